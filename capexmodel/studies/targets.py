"""Works out every target: what was published, what the model says, how far that is off, and whether the comparison may be judged by."""

import dataclasses
import datetime
import math
from collections.abc import Callable, Mapping

import jax.numpy as jnp
import numpy as np

from capexmodel.config.builds import builds, given, tables
from capexmodel.config.costs import method, shipped_cost_rows
from capexmodel.config.embodied import SHOWN, embodied
from capexmodel.config.figures import Given
from capexmodel.config.targets import Target, targets
from capexmodel.energy.embodied import Fab, Parts
from capexmodel.energy.power_chain import PowerChain
from capexmodel.finance.annuity import Money, Ownership
from capexmodel.finance.depreciation import StraightLine
from capexmodel.finance.valuation import Venture, ladder
from capexmodel.studies.backtest import backtest
from capexmodel.studies.cost_ranges import cost_ranges
from capexmodel.studies.power_targets import power_targets
from capexmodel.studies.slopes import slopes
from capexmodel.studies.training_cost import capacity_w, parts_of, validate_costs
from capexmodel.training.topology import FatTree
from capexmodel.units import scale

YEAR_S = float(scale("year"))
BILLION = float(scale("busd"))
MIX = "how runs that tell their hours are mixed with those that do not: as often as in the rows at hand, ours"
PAPER = "paper"
"""First word of the vintage of rows that published shares and growth are of."""


@dataclasses.dataclass(frozen=True)
class Ours:
    """What the model says in the unit of a target, and the figures from memory that it rests on."""

    value: float
    recalled: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Judged:
    """A target and what became of it: `ours` is none where it still waits; what rests on memory `gates` nothing."""

    target: Target
    ours: Ours | None

    @property
    def gates(self) -> bool:
        """Whether missing it counts."""
        return self.ours is not None and not self.ours.recalled and self.target.status != "recalled"

    @property
    def met(self) -> bool:
        """Whether it is as near as it is to be."""
        return self.ours is not None and self.target.miss(self.ours.value) <= 1.0

    @property
    def missed(self) -> bool:
        """Whether it counts, and is missed."""
        return self.gates and not self.met


def judge() -> list[Judged]:
    """Work out every target."""
    found: dict[str, Ours] = {}
    for room in ROOMS:
        found |= room()
    return [Judged(target, found.get(name)) for name, target in targets().items()]


def _numbers(table: str) -> dict[str, Given]:
    """The figures of a table, in base units."""
    body: Mapping[str, object] = tables()[table]
    return {name: given(body, name) for name in body}


def _training_costs() -> dict[str, Ours]:
    """Cost of training runs: identity, growth, parts, and from compute alone."""
    scored = validate_costs(shipped_cost_rows())
    whole = scored.slices["all"]
    paper = [cost for cost in scored.costs if cost.row.vintage.startswith(PAPER) and cost.identity_usd is not None]
    parts = np.array([shares for shares in map(parts_of, paper) if shares is not None])
    costs = _growth([(cost.row.published, cost.identity_usd) for cost in paper])
    power = _growth([(cost.row.published, capacity_w(cost)) for cost in paper])
    shares = 100.0 * parts.mean(axis=0)
    return {
        "V1_identity": Ours(whole.identity_max_percent or math.inf),
        "V1_cost_growth": Ours(costs),
        "V1_power_growth": Ours(power),
        **{f"V2_{name}": Ours(float(share)) for name, share in zip(("chips", "servers", "network", "energy"), shares, strict=True)},
        "V4_blind": Ours(whole.blind_median_dex or math.inf),
        "V4_coverage": Ours(whole.coverage_percent or 0.0),
    }


def _growth(points: list[tuple[datetime.date | None, float | None]]) -> float:
    """Slope of the logarithm of a quantity, in orders of magnitude a year, over those that are known."""
    known = [(day.toordinal() * float(scale("day")) / YEAR_S, math.log10(value)) for day, value in points if day and value]
    times, logs = np.array(known).T
    return float(np.polyfit(times, logs, 1)[0])


def _clusters() -> dict[str, Ours]:
    """How well the price of a whole cluster is known: independent factors, each lognormal."""
    known = {name: 0.5 * math.log(high / low) for name, (low, _, high) in method().cluster_range.items()}
    found = {}
    for kind, price in (("gpu", "price_ratio"), ("tpu", "tensor_price_ratio")):
        factors = [half for name, half in known.items() if not name.endswith("price_ratio")] + [known[price]]
        ratio = math.exp(math.hypot(*factors))
        found |= {f"V3_upfront_{kind}_low": Ours(1.0 / ratio), f"V3_upfront_{kind}_high": Ours(ratio)}
    return found


def _cost_ranges() -> dict[str, Ours]:
    """How well amortized costs are known. How the publisher mixed runs that tell their hours with those that do not is ours."""
    found = cost_ranges(targets()["V2_energy"].value / 100.0)
    return {f"V3_{kind}_{end}": Ours(getattr(each, end), (MIX,)) for kind, each in found.items() for end in ("low", "high")}


def _gigawatts() -> dict[str, Ours]:
    """Dollars a gigawatt, from parts."""
    told = builds()
    found = {
        name: Ours(float(told[target.build].build.cost_usd_per_w()), told[target.build].recalled)
        for name, target in targets().items()
        if target.build
    }
    bernstein, colossus = told["bernstein_gb200"].build.parts(), told["colossus_2"].build.parts()
    return found | {
        "V6_bernstein_halls": Ours(100.0 * float(bernstein.halls_usd_per_w / bernstein.cost_usd_per_w)),
        "V10_compute": Ours(100.0 * float(colossus.it_usd_per_w / colossus.cost_usd_per_w)),
    }


def _ownership() -> dict[str, Ours]:
    """Owning and running a gigawatt of IT: given the split of capital, and from the catalog."""
    told = {name: figure.value for name, figure in _numbers("ownership").items()}
    money = Money(jnp.asarray(told["interest_share"]), jnp.asarray(YEAR_S))
    gigawatt = float(scale("gw"))
    energy = gigawatt * told["load_share"] * told["average_ratio"] * told["energy_usd_per_kwh"]
    running = energy + told["other_running_busd_per_year"]
    parts = builds()["epoch_gb200"].build.parts()

    def owned(it_usd: float, facility_usd: float, years: float, running_usd_per_s: float) -> Ownership:
        lives = jnp.asarray([years * YEAR_S, told["facility_years"]])
        return Ownership(jnp.asarray([it_usd, facility_usd]), lives, jnp.asarray(running_usd_per_s))

    def yearly(one: Ownership) -> float:
        return float(one.cost_usd_per_s(money)) * YEAR_S / BILLION

    split = [
        owned(told["it_capital_busd"], told["facility_capital_busd"], years, told["running_busd_per_year"]) for years in (5.0, 3.0, 7.0)
    ]
    servers = float(split[0].parts_usd_per_s(money)[0] / split[0].cost_usd_per_s(money)) * (1.0 - told["network_share"])
    catalog = owned(gigawatt * float(parts.it_usd_per_w), gigawatt * float(parts.halls_usd_per_w), 5.0, running)
    return {
        "V5_ownership": Ours(yearly(catalog)),
        **{name: Ours(yearly(one)) for name, one in zip(("V5_split", "V5_split_3_years", "V5_split_7_years"), split, strict=True)},
        "V5_servers": Ours(100.0 * servers),
        "V5_running": Ours(running * YEAR_S / BILLION),
    }


def _networks() -> dict[str, Ours]:
    """Price of a fat tree for one chip: of as few tiers as hold them, rails of eight."""
    told = {name: figure.value for name, figure in _numbers("fat_tree").items()}
    found = {}
    for count in (512, 1024, 16384, 32768, 524288):
        tree = next(tree for tree in (_fat_tree(told, tiers) for tiers in (1, 2, 3)) if count <= _RAILS * float(tree.reach_count[-1]))
        bill = tree.bill(jnp.asarray(float(count)))
        found[f"V8_{count}"] = Ours(float(tree.cost_usd(bill)) / count / float(scale("kusd")))
    return found


_RAILS = 8
"""Chips of a node, each on a rail of its own: leaf switches join chips of the same rank."""


def _fat_tree(told: Mapping[str, float], tiers: int) -> FatTree:
    """A non-blocking tree of so many tiers at the quoted prices; a cable's price holds its transceivers."""
    none, nothing = jnp.zeros(tiers), jnp.asarray(0.0)
    links = jnp.asarray([told["host_link_usd"], *[told["link_usd"]] * (tiers - 1)])
    return FatTree(
        radix_count=jnp.full(tiers, told["radix_count"]), oversubscription_ratio=jnp.ones(tiers - 1), planes_count=jnp.asarray(1.0),
        port_gb_per_s=nothing, switch_s=none, cable_s=none, card_s=nothing, switch_usd=jnp.full(tiers, told["switch_kusd"]), switch_w=none,
        cable_transceivers_count=none, cable_usd=links, transceiver_usd=none, transceiver_w=none,
    )  # fmt: skip


def _power() -> dict[str, Ours]:
    """Power of a site for a chip, at peak."""
    told = {name: figure.value for name, figure in _numbers("chain").items()}
    owned, overhead = _numbers("ownership"), given(tables()["common"], "overhead_ratio").value
    one = jnp.asarray(1.0)
    chain = PowerChain(
        jnp.asarray(told["server_ratio"]), jnp.asarray(told["it_ratio"]), jnp.asarray(overhead), one, one,
        jnp.asarray(owned["load_share"].value), jnp.asarray(owned["average_ratio"].value),
    )  # fmt: skip
    watts = float(chain.capacity_w(jnp.asarray(told["chip_w"])))
    return {"V9_facility": Ours(watts / float(scale("kw"))), "V9_chip": Ours(100.0 * float(chain.chip_share))}


def _venture() -> dict[str, Ours]:
    """Worth, rate of return and payback of spending that earns after a lead."""
    told = {name: figure.value for name, figure in _numbers("venture").items()}
    use = ladder(jnp.asarray([told[f"{when}_share"] for when in ("first", "second", "later")]), round(told["life_years"] / YEAR_S))
    found: dict[str, Ours] = {}
    for lead in (0, 1, 2):
        cash = Venture(
            jnp.asarray(told["capital_busd"]), jnp.asarray(lead * YEAR_S), jnp.asarray(YEAR_S), jnp.asarray(told["sales_ratio"]), use,
            jnp.asarray(told["margin_share"]), jnp.asarray(told["tax_share"]),
        ).cash()  # fmt: skip
        found[f"V11_value_{lead}"] = Ours(float(cash.worth_usd(jnp.asarray(told["rate_share"]))) / BILLION)
        found[f"V11_return_{lead}"] = Ours(float(cash.return_share()))
        found[f"V11_payback_{lead}"] = Ours(float(cash.payback_s()) / YEAR_S)
    return found


def _depreciation() -> dict[str, Ours]:
    """A year's depreciation of what was spent in the years before and in it."""
    told = {name: figure.value for name, figure in _numbers("depreciation").items()}
    spent = {int(year): given({f"{year}_busd": body}, f"{year}_busd") for year, body in tables()["spending_busd"].items()}
    edges = YEAR_S * jnp.arange(min(spent), max(spent) + 2.0)
    share = told["server_share"]
    line = StraightLine(
        jnp.asarray([share, 1.0 - share]), jnp.full(2, told["lag_years"]), jnp.asarray([told["server_years"], told["building_years"]])
    )
    charged = line.expense_usd(jnp.asarray([figure.value for figure in spent.values()]), edges, edges[-2:])
    recalled = tuple(str(year) for year, figure in spent.items() if figure.status == "recalled")
    return {"V12_depreciation": Ours(float(jnp.sum(charged)) / BILLION, recalled)}


def _embodied() -> dict[str, Ours]:
    """Carbon embodied in devices, by what they are made of."""
    tree = embodied()
    fab, process = ({name: given(body, name, SHOWN).value for name in body} for body in (tree["fab"], tree["process"]["28nm"]))
    made = Fab(*(jnp.asarray(number) for number in (
        process["energy_kwh_per_cm2"], process["gas_g_per_cm2"], fab["material_g_per_cm2"], fab["coal_g_per_kwh"], fab["yield_share"],
    )))  # fmt: skip
    kinds = jnp.asarray([given(tree["memory"], f"{kind}_g_per_gb", SHOWN).value for kind in ("dram_50nm", "flash_30nm")])
    found = {}
    for name, body in tree["device"].items():
        area, dram, flash, packages = (
            given(body, key, SHOWN).value if key in body else 0.0 for key in ("area_cm2", "dram_gb", "flash_gb", "packages_count")
        )
        parts = Parts(jnp.asarray(area), jnp.asarray([dram, flash]), jnp.asarray(packages))
        found[f"V13_{name}"] = Ours(float(parts.embodied_kg(made, kinds, jnp.asarray(fab["package_g"]))))
    return found


def _power_by_the_hour() -> dict[str, Ours]:
    """The cheapest firm gigawatt at shares of clean energy; the oracle was given the same figures, those from memory too."""
    return {name: Ours(value) for name, value in power_targets().items()}


def _what_came() -> dict[str, Ours]:
    """What was predicted by the as-of date of what came after it."""
    found = backtest()
    fleet, release = found.row("fleet_2025"), found.row("avocado_release")
    middle = float(np.median(found.of(fleet.fact.quantity))) / float(scale("thousand"))
    return {"V15_fleet": Ours(middle), "V16_avocado": Ours(100.0 * (math.inf if release.place is None else release.place))}


def _slopes() -> dict[str, Ours]:
    """Slopes of every room's functions: the worst of differences, and of forward beside backward."""
    return {"V17_slopes": Ours(max(max(one.off_differences, one.off_backward) for one in slopes()))}


ROOMS: tuple[Callable[[], dict[str, Ours]], ...] = (
    _training_costs, _clusters, _cost_ranges, _gigawatts, _ownership, _networks, _power, _venture, _depreciation, _embodied,
    _power_by_the_hour, _what_came, _slopes,
)  # fmt: skip
"""What works targets out, room by room."""

"""What the power of a site is measured against: a closed form, and the same program solved by PyPSA and HiGHS.

One gigawatt day and night in western Texas from combined cycles, wind, sun and a battery, at shares of clean energy from none to nearly
all.
"""

from capexmodel.config.energy import market
from capexmodel.studies.power import Found, Wish, find
from capexmodel.units import scale

SHARES = (0.0, 0.5, 0.8, 0.95)
SOURCES = ("gas_combined_cycle", "wind", "solar")
PLACE = "texas"


def wish(clean_share: float, sources: tuple[str, ...] = SOURCES, battery: bool = True) -> Wish:
    """One gigawatt with at least a share of its energy clean."""
    known = market()
    return Wish(float(scale("gw")), known.place(PLACE), known.named(sources), battery=battery, clean_share=clean_share)


def power_targets() -> dict[str, float]:
    """Cost of gas alone, and at each share the cost and what one more MWh that must be clean costs, in dollars a MWh."""
    found = {share: find(market(), wish(share)) for share in SHARES}
    told = {"V14_gas_alone": _per_mwh(found[0.0].cost_usd_per_j)}
    for share, each in found.items():
        told[f"V14_cost_{_percent(share)}"] = _per_mwh(each.cost_usd_per_j)
        if share > 0:
            told[f"V14_price_{_percent(share)}"] = _per_mwh(clean_price_usd_per_j(each))
    return told


def clean_price_usd_per_j(found: Found) -> float:
    """What one joule more that must be clean costs."""
    return float(found.operation.clean_usd_per_j)


def _per_mwh(usd_per_j: float) -> float:
    return usd_per_j * float(scale("mwh"))


def _percent(share: float) -> int:
    return round(share / float(scale("percent")))

"""L49: the equations of docs/equations.md are what the code computes, on random numbers; and an equation that is wrong is found."""

import ast
import functools
import importlib
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.demand import Core
from capexmodel.components.lead_time import Channels
from capexmodel.components.supply import Supply
from capexmodel.energy.embodied import Fab, Parts
from capexmodel.energy.heat import HeatPump, performance
from capexmodel.energy.power_chain import PowerChain
from capexmodel.finance.annuity import Money
from capexmodel.finance.depreciation import StraightLine
from capexmodel.finance.gigawatt import Build
from capexmodel.finance.training_cost import Amortization, chip_time_s
from capexmodel.finance.valuation import Cash
from capexmodel.finance.vintage import Vintage
from capexmodel.model.curve import curve
from capexmodel.model.timing import arrived, surviving
from capexmodel.training.goodput import Reliability, best_interval_s, share_useful
from capexmodel.training.scaling_laws import ParametricLoss, progress_factor, serving_flop, training_flop
from capexmodel.training.sites import fiber_latency_s
from capexmodel.training.topology import all_reduce_s
from capexmodel.training.utilization import Research, Utilization

PAGE = Path(__file__).parents[2] / "docs" / "equations.md"
TRIES = 200
RTOL = 1e-11
_ROW = re.compile(r"^\| (?P<id>E\d+) \| .+ \| `(?P<equation>[^`]+)`(?: with `(?P<given>[^`]+)`)? \| `(?P<code>[\w.]+)` \|$", re.MULTILINE)
FUNCTIONS = {"exp": math.exp, "log": math.log, "max": max, "cdf": lambda score: 0.5 * math.erfc(-score / math.sqrt(2.0))}
Numbers = Mapping[str, float]


class Row(NamedTuple):
    """An equation as it is written, what it is given, and the code it names."""

    equation: str
    given: str
    code: str


class Kept(NamedTuple):
    """The code of an equation as a function of its symbols, and the range that each is drawn from, evenly in its logarithm."""

    ranges: Mapping[str, tuple[float, float]]
    computed: Callable[[Numbers], object]


def num(value: float, *shape: int):
    """A number as the code takes it."""
    return jnp.full(shape, value)


def loss_law(x: Numbers) -> ParametricLoss:
    return ParametricLoss(*(num(x.get(name, 1.0)) for name in ("E", "A", "B", "a", "b")), num(math.inf), num(math.inf))


def power(x: Numbers) -> PowerChain:
    names = ("server", "it", "facility", "delivered", "oversubscription", "load", "pue")
    return PowerChain(*(num(x.get(name, 1.0)) for name in names))


def system_price(x: Numbers) -> object:
    names = ("p", "told", "k", "s", "early", "first", "fade", "v")
    told = x | {"told": -x["t"], "first": -x["since"]}
    return Vintage(("it",), *(num(told[name], 1) for name in names)).system_usd(num(0.0, 1), num(x["m"], 1), num(x["lots"], 1))


def watt(x: Numbers) -> object:
    told = x | {"now": 0.0, "decline": 0.3}
    names = (
        "system", "now", "network", "now", "now", "decline", "storage", "spares", "chip", "hall", "generation", "pue", "site",
    )  # fmt: skip
    return Build(*(num(told[name]) for name in names)).cost_usd_per_w()


def device(x: Numbers) -> object:
    fab = Fab(*(num(x[name]) for name in ("energy", "gas", "material", "grid", "yield_")))
    return Parts(num(x["area"]), num(x["memory"], 1), num(x["packages"])).embodied_kg(fab, num(x["kg"], 1), num(x["package"]))


def online(x: Numbers) -> object:
    both = [jnp.asarray([x[f"{name}1"], x[f"{name}2"]]) for name in ("lead", "spread")]
    return Channels(("one", "other"), *both, jnp.zeros(2)).online(num(x["t"], 1))


def premium(x: Numbers) -> object:
    supply = Supply(("it",), num(1.0, 1, 1), num(0.0, 1, 1), num(1.0, 1), num(x["premium"], 1))
    return supply.premium_usd(num(x["n"], 1, 1), num(x["K"], 1, 1), num(x["price"], 1, 1))


def order(x: Numbers) -> object:
    return arrived(num(x["t"], 1), jnp.asarray([0.0, x["q"]]), x["a"], x["b"])


def used_up(x: Numbers) -> object:
    chips_s = chip_time_s(num(x["work"], 1), num(x["peak"], 1), num(x["utilization"], 1))
    return Amortization(num(x["decline"]), num(0.2)).spent(chips_s, num(x["value"], 1), num(1.0, 1), num(1.0, 1)).servers_usd


def written_off(x: Numbers) -> object:
    kind = StraightLine(num(1.0, 1), num(0.0, 1), num(x["life"], 1))
    return kind.charged_usd(num(1.0, 1), jnp.asarray([0.0, x["q"]]), num(x["t"], 1))


def core(x: Numbers) -> object:
    relief = num(x["relief"], 1)
    return Core(num(x["share"]), num(x["growth"]), relief, num(0.0, 1)).demand_eflops(num(x["fleet"]), num(x["t"], 1), relief)


def steady(x: Numbers) -> object:
    return curve(jnp.asarray([0.0, 40.0, 100.0]), num(x["rate"], 2)).first(num(x["W"]))[0]


def warmed(x: Numbers) -> object:
    return performance(HeatPump(num(x["carnot"]), num(x["pinch"]), num(1.0)), num(x["cold"]), num(x["warm"]))


SHARE, RATIO, COUNT, USD = (0.05, 1.0), (1.0, 2.0), (1e2, 1e6), (1e2, 1e6)
LAW = {"A": (1e2, 1e3), "B": (1e2, 1e3), "a": (0.2, 0.5), "b": (0.2, 0.5)}
PEOPLE = {"r": (1e-9, 1e-8), "q": (1e6, 1e8)}
KEPT = {
    "E1": Kept({"N": (1e8, 1e12), "D": (1e9, 1e14)}, lambda x: training_flop(num(x["N"]), num(x["D"]))),
    "E2": Kept({"N": (1e8, 1e12), "D": (1e9, 1e14)}, lambda x: serving_flop(num(x["N"]), num(x["D"]))),
    "E3": Kept({"N": (1e8, 1e12), "D": (1e9, 1e14), "E": RATIO, **LAW}, lambda x: loss_law(x).loss(num(x["N"]), num(x["D"]))),
    "E4": Kept({"C": (1e20, 1e27), **LAW}, lambda x: loss_law(x).best_for_work(num(x["C"])).parameters_count),
    "E5": Kept({"span": (1.0, 60.0), "doubling": (5.0, 14.0)}, lambda x: progress_factor(num(x["span"]), num(x["doubling"]))),
    "E6": Kept(
        {"mfu": SHARE, "C": (1e-3, 1e4), "scale": (1.0, 1e3), "k": SHARE},
        lambda x: Utilization(num(x["mfu"]), num(x["scale"]), num(x["k"]), num(1.0)).mfu_at(num(x["C"])),
    ),
    "E7": Kept(
        {"n": COUNT, "chip": (1e-10, 1e-8), "run": (1e-7, 1e-5)},
        lambda x: Reliability(num(x["chip"]), num(x["run"]), num(1.0), num(1.0)).failures_per_s(num(x["n"])),
    ),
    "E8": Kept(
        {"a": (60.0, 1e4), "w": (1.0, 60.0), "R": (10.0, 1e3), "r": (1e-5, 1e-3)},
        lambda x: share_useful(num(x["r"]), num(x["a"]), num(x["w"]), num(x["R"])),
    ),
    "E9": Kept({"w": (1.0, 60.0), "r": (1e-5, 1e-2), "a": RATIO}, lambda x: 1.0),
    "E10": Kept(
        {"V": (1.0, 1e3), "p": COUNT, "bandwidth": COUNT, "latency": (1e-6, 1e-4)},
        lambda x: all_reduce_s(*(num(x[name]) for name in ("V", "p", "bandwidth", "latency"))),
    ),
    "E11": Kept({"km": (1.0, 1e4), "detour": RATIO}, lambda x: fiber_latency_s(num(x["km"]), num(x["detour"]))),
    "E12": Kept(
        {"mfu": SHARE, "E": (1.0, 1e3), "H": COUNT, "balance": (1e-3, 1.0), "a": (0.2, 0.8)},
        lambda x: Research(num(1.0), num(x["a"]), num(x["balance"])).useful_eflops(num(x["E"]), num(x["H"]), num(x["mfu"])),
    ),
    "E13": Kept({"share": SHARE, "fleet": (1.0, 1e3), "growth": (1e-9, 1e-8), "t": (1e6, 1e8), "relief": (1.0, 1e3)}, core),
    "E14": Kept({"t": (1.0, 30.0), "q": (1.0, 10.0), "a": (1.0, 5.0), "b": (6.0, 20.0)}, order),
    "E15": Kept({"t": (50.0, 500.0), **{f"lead{n}": (50.0, 500.0) for n in "12"}, **{f"spread{n}": (0.3, 1.0) for n in "12"}}, online),
    "E16": Kept({"t": (1e8, 2e8), **PEOPLE}, lambda x: surviving(num(x["t"], 1), jnp.asarray([0.0, x["q"]]), num(x["r"]))),
    "E17": Kept({"W": (1.0, 1e3), "rate": (1.0, 10.0)}, steady),
    "E18": Kept(
        {"chip": USD, "server": RATIO, "it": RATIO, "facility": RATIO, "delivered": SHARE, "oversubscription": RATIO},
        lambda x: power(x).capacity_w(num(x["chip"])),
    ),
    "E19": Kept(
        {"chip": USD, "server": RATIO, "it": RATIO, "load": SHARE, "pue": RATIO, "delivered": SHARE},
        lambda x: power(x).mean_w(num(x["chip"])),
    ),
    "E20": Kept({"carnot": SHARE, "cold": (20.0, 45.0), "pinch": (0.1, 1.0), "warm": (30.0, 60.0)}, warmed),
    "E21": Kept(
        {"yield_": SHARE, **dict.fromkeys(("area", "grid", "energy", "gas", "material", "memory", "kg", "packages", "package"), RATIO)},
        device,
    ),
    "E22": Kept({"price": USD, "premium": RATIO, "n": COUNT, "K": COUNT}, premium),
    "E23": Kept(
        {
            "p": USD,
            "k": SHARE,
            "t": RATIO,
            "s": (0.05, 0.9),
            "m": RATIO,
            "early": SHARE,
            "since": RATIO,
            "fade": RATIO,
            "lots": COUNT,
            "v": (0.01, 0.2),
        },
        system_price,
    ),
    "E24": Kept(
        {
            "system": USD,
            "spares": SHARE,
            "network": USD,
            "storage": USD,
            "chip": (500.0, 2e3),
            "hall": USD,
            "generation": USD,
            "pue": (1.01, 1.5),
            "site": SHARE,
        },
        watt,
    ),
    "E25": Kept(
        {"i": (0.01, 0.3), "life": (1.0, 30.0), "every": (0.1, 1.0)},
        lambda x: Money(num(x["i"]), num(x["every"])).recovery_per_s(num(x["life"])),
    ),
    "E26": Kept({"t": (2.0, 4.0), "q": (0.5, 2.0), "life": (4.0, 9.0)}, written_off),
    "E27": Kept({"work": COUNT, "peak": RATIO, "utilization": SHARE, "value": USD, "decline": SHARE}, used_up),
    "E28": Kept(
        {"now": USD, "then": USD, "rate": SHARE, "t": (0.1, 9.0), "every": RATIO},
        lambda x: Cash(jnp.asarray([x["now"], x["then"]]), jnp.asarray([0.0, x["t"]]), num(x["every"])).worth_usd(num(x["rate"])),
    ),
}
SOLVED = {"E9": ("a", lambda x: best_interval_s(num(x["r"]), num(x["w"])))}
"""Symbols that the code itself finds, where the equation says what holds of them."""


@functools.cache
def rows() -> dict[str, Row]:
    """The equations of the page."""
    return {one["id"]: Row(one["equation"], one["given"] or "", one["code"]) for one in _ROW.finditer(PAGE.read_text(encoding="utf-8"))}


def worked_out(tree: ast.Expression, given: str, numbers: Numbers) -> float:
    """What an equation comes to."""
    known = FUNCTIONS | dict(numbers)
    if given:
        name, _, meaning = given.partition(" = ")
        head, _, argument = name.partition("(")
        known[head] = eval(f"lambda {argument[:-1]}: {meaning}" if argument else meaning, dict(known))
    return float(eval(compile(tree, "equation", "eval"), {"__builtins__": {}}, known))


def drawn(kept: Kept, identity: str) -> list[dict[str, float]]:
    """Random numbers for the symbols of an equation, and what the code finds of them."""
    random = np.random.default_rng(int(identity[1:]))
    found = []
    for _ in range(TRIES):
        numbers = {name: float(np.exp(random.uniform(np.log(low), np.log(high)))) for name, (low, high) in kept.ranges.items()}
        if identity in SOLVED:
            name, solved = SOLVED[identity]
            numbers[name] = float(jnp.squeeze(jnp.asarray(solved(numbers))))
        found.append(numbers)
    return found


def agrees(tree: ast.Expression, given: str, cases: list[dict[str, float]], computed: list[float]) -> bool:
    """Whether an equation comes to what was computed, in all cases."""
    try:
        values = [worked_out(tree, given, numbers) for numbers in cases]
    except (ArithmeticError, ValueError, TypeError):
        return False
    return bool(np.allclose(values, computed, rtol=RTOL, atol=0.0))


def wrong(tree: ast.Expression) -> list[ast.Expression]:
    """The equation with one operator, number or order changed, for every place there is."""
    turned = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
    found = []
    for at, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.BinOp) or (isinstance(node, ast.Constant) and node.value):
            changed = ast.parse(ast.unparse(tree), mode="eval")
            other = list(ast.walk(changed))[at]
            if isinstance(other, ast.BinOp):
                other.op = turned[type(other.op)]()
            else:
                other.value *= 1.01
            found.append(ast.fix_missing_locations(changed))
    return found


def test_every_equation_is_held_against_the_code_and_names_code_that_is_there():
    assert set(rows()) == set(KEPT)
    for row in rows().values():
        parts = row.code.split(".")
        module = next(k for k in range(len(parts) - 1, 0, -1) if (Path("capexmodel", *parts[:k]).with_suffix(".py")).exists())
        found = functools.reduce(getattr, parts[module:], importlib.import_module(".".join(["capexmodel", *parts[:module]])))
        assert callable(found), row.code


@pytest.mark.parametrize("identity", KEPT)
def test_L49_a_documented_equation_is_the_code(identity):
    row, kept = rows()[identity], KEPT[identity]
    tree, cases = ast.parse(row.equation, mode="eval"), drawn(kept, identity)
    symbols = {name for part in (row.equation, row.given.partition(" = ")[2]) for name in re.findall(r"[A-Za-z]\w*", part)}
    assert set(kept.ranges) <= symbols
    computed = [float(jnp.squeeze(jnp.asarray(kept.computed(numbers)))) for numbers in cases]
    assert agrees(tree, row.given, cases, computed)
    unseen = [ast.unparse(one) for one in wrong(tree) if agrees(one, row.given, cases, computed)]
    assert not unseen, f"{identity} agrees with the code whichever way these are written: {unseen}"

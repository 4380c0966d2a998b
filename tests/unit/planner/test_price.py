"""What limits are worth, where slopes and re-solves are written down by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.model.leaves import Leaf, leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planner import price as module
from capexmodel.planner.judge import Prices, Verdict
from capexmodel.planner.search import Found
from capexmodel.planning.choice import Choice
from capexmodel.planning.constraint import AbstractAffine
from capexmodel.planning.limits import Crews, Deadline, Envelope, Hiring, VendorSupply
from capexmodel.planning.objective import PresentCost, TimeToModel
from capexmodel.planning.plan import ShadowPrice
from capexmodel.planning.problem import Form, Problem
from capexmodel.solvers.base import Solution
from tests.unit.planner.fakes import fake, quiet, sizes
from tests.unit.planner.town import town

DAY_S = 86400.0


def problem(aim=None) -> Problem:
    return Problem(town(), aim or TimeToModel(), (Crews(), Deadline(), VendorSupply()))


def number(path: str) -> Leaf:
    return leaf(town(), path)


def test_what_can_be_moved_is_the_number_of_a_limit_or_the_slip_of_a_site() -> None:
    assert module.levers(problem()) == {
        ("site", "slip_s"): None, ("site", "power_slip_s"): None, ("site", "hall_starts_w_per_s"): "hall_starts",
        ("job", "deadline_s"): "deadline", ("supply", "offered_count_per_s"): "vendor_supply", ("supply", "stretch"): "vendor_supply",
    }  # fmt: skip


@pytest.mark.parametrize(("field", "unit"), [
    ("high_usd", "usd"), ("hall_starts_w_per_s", "w_per_s"), ("discount_per_s", "1_per_s"), ("price_usd_per_w", "usd_per_w"),
    ("stretch", "1"), ("largest_run_count", "count"), ("work_eflop", "eflop"), ("slip_s", "s"), ("carbon_kg", "kg"),
    ("energy_j", "j"), ("run_eflops", "eflops"), ("power_w", "w"), ("energy_price_usd_per_j", "usd_per_j"),
])  # fmt: skip
def test_a_unit_is_what_follows_the_quantity(field: str, unit: str) -> None:
    assert module.leaf_unit(Leaf("x", "table", field, ())) == unit


def test_a_step_is_a_natural_unit_or_a_tenth() -> None:
    steps = [module.step(problem(), sizes(), number(path)) for path in ("envelope.FY2026.high_usd", "supply.maker.stretch")]
    assert steps == [3.0, pytest.approx(0.05)]
    assert module.step(problem(), sizes(), number("site.east.slip_s")) == 17.0
    assert module.step(problem(), sizes(), number("site.east.hourly_matched_share")) == 0.1


def test_a_trial_is_a_fifth_of_a_step_either_way() -> None:
    found = fake(Found, size=sizes())
    high, low = (module.tried(problem(), found, number("job.first.deadline_s"), sign) for sign in (1.0, -1.0))
    base = float(town().job.deadline_s[0])
    assert (high - base, low - base) == (pytest.approx(3.4), pytest.approx(-3.4))


def gradient(**slopes):
    """Slopes in numbers that are named table__field, all others none."""
    tables: dict = {"site": {"slip_s": np.zeros(3), "power_slip_s": np.zeros(3), "hall_starts_w_per_s": np.zeros(3)}}
    tables |= {"job": {"deadline_s": np.zeros(2)}, "supply": {"offered_count_per_s": np.zeros((2, 1)), "stretch": np.zeros(2)}}
    for name, value in slopes.items():
        table, field = name.split("__")
        tables[table][field] = np.asarray(value, float)
    return fake(Scenario, **{table: SimpleNamespace(**fields) for table, fields in tables.items()})


def test_what_is_worth_something_comes_dearest_first() -> None:
    """By the slope times a step: 17 s for a slip, a tenth of a rate."""
    slopes = gradient(site__slip_s=[0.0, -2.0, 5e-8], job__deadline_s=[-3.0, 0.0], supply__stretch=[0.0, 90.0])
    found = module.priced(problem(), fake(Verdict, gradient=slopes), sizes())
    assert [(one.path, slope) for one, slope in found] == [
        ("job.first.deadline_s", -3.0), ("site.west.slip_s", -2.0), ("supply.house.stretch", 90.0)
    ]  # fmt: skip
    edge = gradient(site__slip_s=[0.9e-6 / 17.0, -1.1e-6 / 17.0, 0.0])
    assert [one.path for one, _ in module.priced(problem(), fake(Verdict, gradient=edge), sizes())] == ["site.west.slip_s"]


def test_prices_are_in_the_unit_of_the_aim() -> None:
    found = fake(Found, size=sizes())
    worthy = [(number("job.first.deadline_s"), -3.0), (number("site.east.slip_s"), 2.0)]
    first, second = module.shadow_prices(problem(PresentCost()), found, worthy, {})
    base = float(town().job.deadline_s[0])
    assert first == ShadowPrice("job.first.deadline_s", "deadline", -9.0, "usd/s", base, None, None)
    assert second == ShadowPrice("site.east.slip_s", None, 6.0, "usd/s", 0.0, None, None)


def test_prices_hold_as_far_as_solving_again_agrees() -> None:
    """One natural unit of time is 17 s, a trial of the deadline 3.4 s; the slope asked for is -3 s a second."""
    worthy, found = [(number("job.first.deadline_s"), -3.0 / 17.0)], fake(Found, size=sizes(), solution=fake(Solution, value=4.0))
    base, path = float(town().job.deadline_s[0]), "job.first.deadline_s"

    def ends(below: float | None, above: float | None) -> tuple[float, float]:
        by = {base - 0.2 * 17.0: below, base + 0.2 * 17.0: above}
        solved = {}
        for at, slope in by.items():
            solved[path, at] = None if slope is None else fake(Found, solution=fake(Solution, value=4.0 + slope * (at - base) / 17.0))
        (price,) = module.shadow_prices(problem(), found, worthy, solved)
        return price.low - base, price.high - base

    assert ends(-3.29, -2.71) == (pytest.approx(-3.4), pytest.approx(3.4))
    assert ends(-3.31, -2.69) == (0.0, 0.0)
    assert ends(None, -3.0) == (0.0, pytest.approx(3.4))
    assert ends(3.0, None) == (0.0, 0.0)


def test_a_range_takes_both_ends() -> None:
    found, where = fake(Found, size=sizes(), solution=fake(Solution, value=4.0)), number("job.first.deadline_s")
    price = ShadowPrice(where.path, None, 1.0, "s/s", float(town().job.deadline_s[0]))
    one_end = {(where.path, module.tried(problem(), found, where, -1.0)): None}
    assert module.validity(problem(), found, where, price, one_end) == (None, None)


def explored(monkeypatch, worthy: list[str], ranges: bool) -> list[tuple[str, float]]:
    """Which numbers are tried, and by how much each is moved."""
    asked = []

    def again(problem, found, changes, progress):
        asked.extend((where.path, value - float(where.read(town()))) for where, value in changes)
        return {}

    monkeypatch.setattr(module, "solve_again", again)
    module.explore(problem(), fake(Found, size=sizes()), [(number(path), 1.0) for path in worthy], ranges, quiet)
    return asked


MONEY, DUE, SLIP, CREWS = "envelope.FY2026.high_usd", "job.first.deadline_s", "site.east.slip_s", "site.east.hall_starts_w_per_s"


def test_money_and_the_two_dearest_are_tried_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = explored(monkeypatch, [DUE, MONEY, SLIP], True)
    assert asked == [
        (MONEY, pytest.approx(0.6)), (MONEY, pytest.approx(-0.6)), (DUE, pytest.approx(3.4)), (DUE, pytest.approx(-3.4)),
    ]  # fmt: skip
    asked = explored(monkeypatch, [DUE, SLIP, CREWS], True)
    assert [path for path, _ in asked] == [MONEY, DUE, DUE, SLIP, SLIP]
    assert asked[0][1] == pytest.approx(0.6)


def test_without_ranges_more_money_is_tried_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert explored(monkeypatch, [DUE, MONEY, SLIP], False) == [(MONEY, pytest.approx(0.6))]


def test_a_billion_more_moves_each_timed_date_by_days() -> None:
    """A trial here is 0.2 of 3 dollars, which moves the dates by 2 and 6 days."""
    found = fake(Found, size=sizes(), verdict=fake(Verdict, choice=fake(Choice, end_s=np.array([30.0, 50.0]) * DAY_S)))
    found.__dict__["form"] = fake(Form, timed=(True, False))
    other = fake(Found, verdict=fake(Verdict, choice=fake(Choice, end_s=np.array([28.0, 44.0]) * DAY_S)))
    at = (MONEY, module.tried(problem(), found, number(MONEY), 1.0))
    assert module.dollar_days(problem(), found, {at: other}) == {"first": pytest.approx(-2.0 / 0.6e-9, rel=1e-6)}
    assert module.dollar_days(problem(), found, {at: None}) == {}


def test_rows_bind_where_their_price_is_above_their_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {AbstractAffine: [(Crews(), ("east", "q1")), (Hiring(), ("q1",)), (Crews(), ("west", "q1"))]}
    monkeypatch.setattr(
        Form, "rows", lambda self, scenario, kind: rows.get(kind, [(Envelope(), ("high", "FY2026")), (Envelope(), ("low", "x"))])
    )
    verdict = fake(Verdict, affine=np.array([0.25, 0.5, -3.0]), curved=np.array([0.1, -1.0]))
    prices = fake(Prices, affine=np.array([0.5, 0.4, 0.9e-6]), curved=np.array([0.2, 1.1e-6]))
    found = fake(Found, size=sizes(), verdict=verdict, prices=prices, form=fake(Form))
    rows = [(one.constraint, one.place, one.unit, one.slack, one.price) for one in module.bindings(problem(), found)]
    assert rows == [
        ("hall_starts", ("east", "q1"), "w", pytest.approx(0.25 * 7.0), pytest.approx(0.5 * 17.0 / 7.0)),
        ("envelope", ("high", "FY2026"), "usd", pytest.approx(0.1 * 3.0), pytest.approx(0.2 * 17.0 / 3.0)),
        ("envelope", ("low", "x"), "usd", pytest.approx(-3.0), pytest.approx(1.1e-6 * 17.0 / 3.0)),
    ]

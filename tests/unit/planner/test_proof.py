"""What a plan leaves behind and how it is read again, on a chart of a few choices of a town."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from capexmodel.errors import ModelError
from capexmodel.planner import proof as module
from capexmodel.planner.chart import Chart
from capexmodel.planner.judge import Prices, Verdict
from capexmodel.planner.proof import Proof
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found
from capexmodel.planning.choice import Choice, nothing
from capexmodel.planning.constraint import AbstractAffine
from capexmodel.planning.limits import Crews, Envelope, StaffFloor
from capexmodel.planning.problem import Form, Problem
from capexmodel.solvers.base import Multipliers, Solution
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town

ROWS = [(Crews(), ("east", "q1")), (StaffFloor(), ("2026-01-01",))], [(Envelope(), ("high", "FY2026")), (Envelope(), ("low", "FY2026"))]


def flat_of(**orders) -> np.ndarray:
    return np.asarray(ravel_pytree(choice(**orders))[0])


def choice(**orders) -> Choice:
    """A choice in which only some orders are not nothing."""
    blank = nothing(town())
    parts = vars(blank.orders) | {name: jnp.asarray(value, float) for name, value in orders.items()}
    return Choice(type(blank.orders)(**parts), blank.end_s)


def chart() -> Chart:
    """Two chip orders are free; one company is bought."""
    base = flat_of(taken=[1.0, 0.0])
    return Chart(jnp.array(base), jnp.full(base.size, 4.0), jnp.array([1, 3]), jnp.array([0, 1]), jnp.array([1]))


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Form, "rows", lambda self, scenario, kind: ROWS[0] if kind is AbstractAffine else ROWS[1])


def test_a_proof_writes_down_every_price_by_name(rows: None) -> None:
    solution = fake(Solution, multipliers=fake(Multipliers, lower=jnp.array([0.25, 0.75])))
    prices = fake(Prices, affine=jnp.array([0.5, 0.0]), curved=jnp.array([0.0, -2.0]))
    own = {"reduced": fake(Reduced, chart=chart()), "problem": Problem(town()), "form": Problem(town()).form, "solution": solution}
    at = choice(hires_count=np.arange(8.0))
    found, whole = fake(Found, **own, prices=prices, verdict=fake(Verdict, choice=at)), choice()
    proof = module.proof_of(found, whole)
    assert proof.prices == {("hall_starts", ("east", "q1")): 0.5, ("envelope", ("low", "FY2026")): -2.0}
    bounds = ravel_pytree(proof.bounds)[0]
    assert (np.flatnonzero(bounds).tolist(), bounds[1], bounds[3]) == ([1, 3], 0.25, 0.75)
    assert proof.choice.orders.hires_count.tolist() == list(range(8))
    assert type(proof.choice.end_s) is type(proof.bounds.end_s) is np.ndarray
    assert proof.whole is whole
    assert module.proof_of(found).whole is None


def judged(monkeypatch, proof: Proof) -> list:
    """What the judge is given of a proof."""
    seen = []

    def judge(x, prices, lower, scenario, size, form, chart):
        seen.append((x.tolist(), prices.affine.tolist(), prices.curved.tolist(), lower.tolist(), scenario.name, size))
        return fake(Verdict)

    def prepare(problem, taken):
        seen.append(taken.tolist())
        return problem.form, "size", fake(Reduced, chart=chart())

    monkeypatch.setattr(module, "prepare", prepare)
    monkeypatch.setattr(module, "judge", judge)
    assert module.judge_again.__wrapped__(Problem(town()), proof)[1] == "size"
    return seen


def bought(**orders) -> Choice:
    return choice(taken=[1.0, 0.0], **orders)


def chips(*first: float) -> np.ndarray:
    """Orders of the first chip at the first site."""
    count = np.zeros((3, 3, 8))
    count[0, 0, : len(first)] = first
    return count


def test_a_proof_is_judged_by_its_own_choices_and_prices(monkeypatch: pytest.MonkeyPatch, rows: None) -> None:
    prices = {("staff_floor", ("2026-01-01",)): 3.0, ("envelope", ("low", "FY2026")): 5.0}
    proof = Proof(bought(chips_count=chips(0.0, 6.0, 0.0, 10.0)), choice(chips_count=chips(9.0, 0.25, 9.0, 0.75)), prices)
    assert judged(monkeypatch, proof) == [[1.0, 0.0], ([1.5, 2.5], [0.0, 3.0], [0.0, 5.0], [0.25, 0.75], "town", "size")]


def test_a_whole_plan_claims_no_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, whole = [], bought(chips_count=chips(3.0))
    monkeypatch.setattr(module, "judge_again", lambda problem, proof: seen.append(proof) or (fake(Verdict, mark=5), None))
    assert module.judge_whole(Problem(town()), whole).mark == 5
    assert (seen[0].choice is whole, seen[0].prices) == (True, {})
    assert not np.any(ravel_pytree(seen[0].bounds)[0])


@pytest.mark.parametrize(("place", "message"), [(("high", "FY2026"), "envelope at high, FY2026"), ((), "envelope at no place")])
def test_a_price_of_what_cannot_bind_is_refused(monkeypatch, rows: None, place: tuple[str, ...], message: str) -> None:
    proof = Proof(bought(), choice(), {("envelope", place): 1.0})
    with pytest.raises(ModelError, match=rf"^proof: a price of {message}, which this problem has not or which cannot bind$"):
        judged(monkeypatch, proof)


def test_what_is_not_offered_cannot_be_used(monkeypatch: pytest.MonkeyPatch, rows: None) -> None:
    proof = Proof(bought(chips_count=chips(1.0, 6.0, 2.0)), choice(), {})
    size = flat_of().size
    with pytest.raises(
        ModelError, match=rf"^proof: 2 of {size} choices are not what the scenario leaves open: was the scenario changed\?$"
    ):
        judged(monkeypatch, proof)


def test_a_company_is_bought_whole_and_the_same_in_both() -> None:
    module._check_bought(Proof(bought(), choice(), {}, bought(chips_count=chips(1.0))))
    with pytest.raises(ModelError, match=r"^proof.choice.taken: a company is bought or it is not, expected 0 or 1$"):
        module._check_bought(Proof(choice(taken=[1.0, 0.5]), choice(), {}))
    with pytest.raises(ModelError, match=r"^proof.whole.taken: other companies than in proof.choice$"):
        module._check_bought(Proof(bought(), choice(), {}, choice(taken=[1.0, 1.0])))


def test_an_order_is_away_from_whole_racks_and_halls_by_so_much() -> None:
    problem = Problem(changed(town(), accelerator__rack_count=[10.0, 4.0, 5.0], hall__block_w=[3.0, 4.0]))
    halls = np.zeros((2, 3, 8))
    assert module.broken_racks(problem, choice(chips_count=chips(20.0, 9.0))) == pytest.approx(0.1)
    halls[1, 2, 5] = 9.0
    assert module.broken_racks(problem, choice(chips_count=chips(20.0, 9.0), hall_w=halls)) == pytest.approx(0.25)

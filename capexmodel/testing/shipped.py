"""The laws on the scenarios that are shipped: what the package holds itself to."""

from collections.abc import Iterator, Sequence

from capexmodel.config import load
from capexmodel.testing.cases import Reach
from capexmodel.testing.check import Checked, Tell, check
from capexmodel.testing.law import Kind, Law
from capexmodel.testing.laws import LAWS

FOLLOWED = frozenset(Kind) - {Kind.PLAN}
SHIPPED: tuple[tuple[str, frozenset[Kind]], ...] = (
    ("one_period", frozenset(Kind)),
    ("greenfield", frozenset(Kind)),
    ("meta_2026", FOLLOWED),
    ("cold_or_warm", FOLLOWED),
    ("firm_power", FOLLOWED),
)
"""Scenarios, and the kinds of laws that are tried on them. Laws of plans are left out where a plan takes a second, for thousands are asked
for, and of the two that have answers of their own to be held against: thirty times the power of `cold_or_warm` is not plenty (L30)."""


def check_shipped(
    laws: Sequence[Law] = LAWS, level: str = "quick", *, seed: int = 0, reach: Reach = Reach.SANE, tell: Tell
) -> Iterator[Checked]:
    """Try laws on every shipped scenario, one after the other. Raises: ModelError for a level that there is not."""
    for name, kinds in SHIPPED:
        yield check(
            load(name),
            [one for one in laws if one.kind in kinds],
            level,
            seed=seed,
            reach=reach,
            tell=lambda text, name=name: tell(f"{name}: {text}"),
        )

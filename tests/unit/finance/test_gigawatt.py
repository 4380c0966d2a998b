"""Cost of a gigawatt by hand, and what a walk from one to another promises."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.gigawatt import ASSUMPTIONS, Build, shapley, walk
from capexmodel.param import params

YEAR_S = 365.25 * 86400.0
PLAIN = {
    "system_usd": 50e3, "system_at_s": 0.0, "network_usd": 6e3, "network_at_s": 0.0, "built_at_s": 0.0, "decline_per_s": 1e-8,
    "storage_usd": 1e3, "spares_share": 0.02, "chip_w": 2000.0, "hall_usd_per_w": 12.0, "generation_usd_per_w": 1.5,
    "overhead_ratio": 1.4, "site_share": 0.0,
}  # fmt: skip


def build(**changed: float) -> Build:
    """A build with some numbers changed."""
    return Build(**{name: jnp.asarray(value) for name, value in (PLAIN | changed).items()})


def test_a_gigawatt_by_hand() -> None:
    """Half a million chips of 2 kW: 25.5 billion of systems, 3 of network, 0.5 of storage, 12 of halls, 1.4 GW of generation."""
    parts = build().parts()
    found = [float(getattr(parts, name)) for name in params(type(parts))]
    assert found == pytest.approx([25.5, 3.0, 0.5, 12.0, 2.1])
    assert float(parts.cost_usd_per_w) == pytest.approx(43.1)
    assert float(parts.it_usd_per_w) == pytest.approx(29.0)


def test_a_gigawatt_of_site_holds_less() -> None:
    """The same hardware over 1.4 times the watts."""
    assert float(build(site_share=1.0).cost_usd_per_w()) == pytest.approx(43.1 / 1.4)


def test_prices_fall_with_their_age() -> None:
    """Systems told a year before, the network two; storage and halls stay."""
    parts = build(built_at_s=YEAR_S, network_at_s=-YEAR_S).parts()
    assert float(parts.systems_usd_per_w) == pytest.approx(25.5 * math.exp(-1e-8 * YEAR_S))
    assert float(parts.network_usd_per_w) == pytest.approx(3.0 * math.exp(-2e-8 * YEAR_S))
    assert float(parts.halls_usd_per_w) == 12.0


def test_every_number_belongs_to_one_assumption() -> None:
    """A field nobody walks over would be left out of the difference."""
    walked = [field for fields in ASSUMPTIONS.values() for field in fields]
    assert sorted(walked) == sorted(params(Build))


def test_a_walk_adds_up_and_back() -> None:
    """The whole difference, the same steps backward with the other sign, nothing for what is alike."""
    other = build(system_usd=60e3, built_at_s=2 * YEAR_S, chip_w=2900.0, overhead_ratio=1.2, site_share=1.0)
    there, back = np.asarray(walk(build(), other)), np.asarray(walk(other, build()))
    assert there.sum() == pytest.approx(float(other.cost_usd_per_w() - build().cost_usd_per_w()), rel=1e-12)
    np.testing.assert_allclose(there, -back, atol=1e-12)
    alike = [place for place, name in enumerate(ASSUMPTIONS) if name in ("price of the network", "storage", "price of halls", "generation")]
    np.testing.assert_allclose(there[alike], 0.0, atol=1e-12)


def test_shares_are_means_over_all_orders() -> None:
    """Beside every order in which three changes may be made."""
    totals = np.random.default_rng(3).normal(size=8)
    wanted = np.zeros(3)
    for order in itertools.permutations(range(3)):
        subset = 0
        for change in order:
            wanted[change] += (totals[subset | 1 << change] - totals[subset]) / 6.0
            subset |= 1 << change
    np.testing.assert_allclose(np.asarray(shapley(jnp.asarray(totals), 3)), wanted, rtol=1e-12)

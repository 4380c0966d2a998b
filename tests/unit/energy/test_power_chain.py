"""The chain of power by hand: peak for what is built, average for what is billed."""

import jax
import jax.numpy as jnp
import pytest

from capexmodel.energy.power_chain import PowerChain


def chain(**changed: float) -> PowerChain:
    """The published chain with some numbers changed."""
    numbers = {"server_ratio": 1.53, "it_ratio": 1.14, "facility_ratio": 1.40, "delivered_share": 1.0, "oversubscription_ratio": 1.0}
    numbers |= {"load_share": 0.75, "average_ratio": 1.10} | changed
    return PowerChain(**{name: jnp.asarray(value) for name, value in numbers.items()})


def test_peak_and_average_are_kept_apart() -> None:
    """A chip of 1.2 kW: 2.09 kW of IT, 2.93 at the meter at peak, 1.73 on average; the two overheads differ by a quarter."""
    watts = jnp.asarray(1200.0)
    assert float(chain().it_w(watts)) == pytest.approx(1200 * 1.53 * 1.14)
    assert float(chain().capacity_w(watts)) == pytest.approx(1200 * 1.53 * 1.14 * 1.40)
    assert float(chain().mean_w(watts)) == pytest.approx(1200 * 1.53 * 1.14 * 0.75 * 1.10)
    assert float(chain().chip_share) == pytest.approx(0.4095, abs=1e-4)


def test_losses_are_drawn_and_loads_that_do_not_meet_are_not() -> None:
    """A twentieth lost before the meter is drawn on top; a tenth sold twice need not be there."""
    watts = jnp.asarray(1200.0)
    peak, mean = float(chain().capacity_w(watts)), float(chain().mean_w(watts))
    assert float(chain(delivered_share=0.95).capacity_w(watts)) == pytest.approx(peak / 0.95)
    assert float(chain(delivered_share=0.95).mean_w(watts)) == pytest.approx(mean / 0.95)
    assert float(chain(oversubscription_ratio=1.1).capacity_w(watts)) == pytest.approx(peak / 1.1)
    assert float(chain(oversubscription_ratio=1.1).mean_w(watts)) == pytest.approx(mean)


def test_every_number_moves_something() -> None:
    """No ratio is idle."""

    def both(one: PowerChain) -> jax.Array:
        return one.capacity_w(jnp.asarray(1.0)) + one.mean_w(jnp.asarray(1.0))

    slopes = jax.tree.leaves(jax.grad(both)(chain()))
    assert len(slopes) == 7
    assert all(float(slope) != 0.0 for slope in slopes)

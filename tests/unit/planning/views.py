"""A choice in a town, with what follows from it written down by hand."""

import jax.numpy as jnp
import numpy as np

from capexmodel.model import money
from capexmodel.model.fleet import Stock
from capexmodel.model.pace import Pace
from capexmodel.planning.choice import Choice, View, nothing
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import town


def seen(scenario=None, books=None, stock=None, end_s=(0.0, 0.0), **orders) -> View:
    """A choice with some orders, what stands, and some books."""
    blank = nothing(town())
    parts = vars(blank.orders) | {name: jnp.asarray(value, float) for name, value in orders.items()}
    choice = Choice(type(blank.orders)(**parts), jnp.asarray(end_s, float))
    own = {name: jnp.asarray(value, float) for name, value in (stock or {}).items()}
    books = fake(money.Money, **{name: jnp.asarray(value, float) for name, value in (books or {}).items()})
    pace = fake(Pace, largest_run_eflops=jnp.array([40.0, 50.0]))
    return fake(View, scenario=scenario or town(), choice=choice, stock=fake(Stock, **own), money=books, pace=pace)


def numbers(*shape: int) -> np.ndarray:
    """All different."""
    return np.arange(3.0, 3.0 + np.prod(shape)).reshape(shape) * 1.5

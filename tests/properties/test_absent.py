"""L37: what is there and does nothing is the same as what is not there, to the last places."""

import dataclasses

import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.config.locate import configs_dir
from capexmodel.model.allocation import Allocation
from capexmodel.testing.cases import allocation_of, draw
from tests.draws import run

IDLE = {
    "a rental market that offers nothing": """
[rental.lease]
accelerator = "chip"
site = "campus"
contracted_thousand = { at = [2026-01-01], value = [0] }
offered_thousand_per_quarter = 0
price_usd_per_hour = 3
install_months = 1.5
install_spread = 0.33
""",
    "a company that is not bought": """
[deal.startup]
price_busd = 2
heads_count = 105
retention = 0.8
clearance = 0.75
close = 2026-03-31
integration_months = 6
""",
    "a way of building that nobody uses": """
[hall.tent]
price_musd_per_mw = 1
build_days = 30
build_spread = 0.5
""",
    "an engine that nobody orders": """
[source.line]
price_usd_per_kw = 500
build_days = 300
build_spread = 0.5
""",
    "a site with nothing on it": """
[site.meadow]
network = "fabric"
open = false
hall_power_mw = { at = [2026-01-01], value = [0] }
site_power_mw = { at = [2026-01-01], value = [0] }
peak_pue = 1.5
average_pue = 1.4
energy_price_usd_per_mwh = 200
""",
    "a network that no site has": """
[network.other]
price_kusd = 1
install_days = 10
install_spread = 0.5
""",
}
"""Tables that change nothing as long as nobody orders any of it."""
BASE = "one_period"


def padded(plan: dict[str, np.ndarray], shapes: Allocation) -> Allocation:
    """A plan in a larger scenario: nothing of what is new. New members stand behind those that were there."""
    found = {}
    for field in (each.name for each in dataclasses.fields(Allocation)):
        old, shape = plan[field][0], getattr(shapes, field).shape
        found[field] = np.pad(old, [(0, new - own) for new, own in zip(shape, old.shape, strict=True)])
    return allocation_of(found)


@pytest.mark.parametrize("what", IDLE)
def test_L37_what_does_nothing_is_as_if_it_were_not_there(what, tmp_path):
    base, text = load(BASE), (configs_dir() / "scenarios" / f"{BASE}.toml").read_text(encoding="utf-8")
    path = tmp_path / "more.toml"
    path.write_text(text + IDLE[what], encoding="utf-8")
    more = load(path)
    cases = draw(base, [3], width=0.0)
    plan = cases.plan | {"taken": np.zeros_like(cases.plan["taken"])}
    shapes = draw(more, [3], width=0.0).plan
    one = run(base, allocation_of({name: values[0] for name, values in plan.items()}))
    other = run(more, padded(plan, allocation_of({name: values[0] for name, values in shapes.items()})))
    for name in ("date_s", "run_end_s", "research_end_s", "run_useful_eflops", "research_useful_eflops"):
        np.testing.assert_allclose(getattr(other.training, name), getattr(one.training, name), rtol=1e-12)
    for name in ("capex_usd", "operating_usd", "acquisition_usd"):
        np.testing.assert_allclose(getattr(other.money, name), getattr(one.money, name), rtol=1e-12)

"""Numbers of a scenario by name: which there are, how each is found, read and replaced."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.demand import Core
from capexmodel.errors import ModelError
from capexmodel.model.leaves import Leaf, leaf, leaves, write
from capexmodel.model.scenario import Envelope
from tests.one_minute import SIZES, table, two_sites


@pytest.fixture
def scenario(monkeypatch):
    """Two sites by hand, with two fiscal years."""
    monkeypatch.setitem(SIZES, "year", 2)
    core = table(Core, relief_at_s=[0.0, 86400.0])
    return two_sites(core=core, envelope=table(Envelope, names=("FY2026", "FY2027"), high_usd=[5.0, 7.0], operating_usd=[3.0, 4.0]))


def paths(scenario, start: str) -> list[str]:
    """Names that begin so."""
    return [each.path for each in leaves(scenario) if each.path.startswith(start)]


def test_a_single_number_is_named_by_its_table_and_field(scenario):
    found = leaf(scenario, "staff.headcount_count")
    assert (found.table, found.field, found.index) == ("staff", "headcount_count", ())
    assert float(found.read(scenario)) == 100.0


def test_a_number_of_a_member_is_named_by_it(scenario):
    found = leaf(scenario, "accelerator.B.price_usd")
    assert (found.table, found.field, found.index) == ("accelerator", "price_usd", (1,))
    assert float(found.read(scenario)) == 50.0


def test_a_cell_of_a_matrix_is_named_by_both_members(scenario):
    found = leaf(scenario, "site.there.fleet_count.A")
    assert found.index == (1, 0)
    assert float(found.read(scenario)) == 23.0
    assert paths(scenario, "site.here.fleet_count") == [f"site.here.fleet_count.{chip}" for chip in "ABC"]


def test_a_stage_is_named_by_its_date(scenario):
    """All stages of these numbers are of the first minute of the year, but those before it."""
    assert paths(scenario, "supply.south.offered_count_per_s") == [
        "supply.south.offered_count_per_s.2025-12-31",
        "supply.south.offered_count_per_s.2026-01-01",
    ]
    assert leaf(scenario, "supply.south.offered_count_per_s.2026-01-01").index == (1, 1)


def test_a_series_without_members_is_named_by_its_dates(scenario):
    assert paths(scenario, "core.relief") == ["core.relief_eflops.2026-01-01", "core.relief_eflops.2026-01-02"]


def test_the_date_of_a_stage_has_no_name_and_other_dates_have_one(scenario):
    names = [each.path for each in leaves(scenario)]
    assert not [name for name in names if "_at_s" in name]
    assert leaf(scenario, "deal.two.close_s").index == (1,)
    assert float(leaf(scenario, "deal.two.close_s").read(scenario)) == 30.0


def test_the_grid_has_no_numbers_and_every_other_table_has(scenario):
    tables = {each.table for each in leaves(scenario)}
    assert "calendar" not in tables
    assert tables >= {"accelerator", "network", "hall", "site", "staff", "core", "utilization", "job", "envelope", "preference"}
    assert not {"shape", "evidence", "name"} & tables


def test_a_reach_is_named_by_job_and_site(scenario):
    named = [(f"job.{job}.reach.{site}", (j, s)) for j, job in enumerate(("m1", "m2")) for s, site in enumerate(("here", "there"))]
    assert [each for each in leaves(scenario) if each.field == "reach"] == [Leaf(path, "job", "reach", at) for path, at in named]


def test_without_a_year_the_first_is_meant(scenario):
    assert leaf(scenario, "envelope.high_usd").path == "envelope.FY2026.high_usd"
    assert leaf(scenario, "envelope.FY2027.high_usd").index == (1,)


@pytest.mark.parametrize("path", ["envelope.high", "envelope.FY2028.high_usd", "high_usd", "staff.envelope.high_usd", "site.high_usd"])
def test_what_is_not_there_is_refused_by_name(scenario, path):
    with pytest.raises(ModelError, match="no number of by_hand is called 'envelope.FY2026.high'" if path == "envelope.high" else path):
        leaf(scenario, path)


def test_a_number_replaced_is_replaced_alone(scenario):
    found = leaf(scenario, "site.there.fleet_count.C")
    after = found.write(scenario, 41.0)
    np.testing.assert_array_equal(after.site.fleet_count, [[13.0, 17.0, 19.0], [23.0, 29.0, 41.0]])
    np.testing.assert_array_equal(scenario.site.fleet_count, [[13.0, 17.0, 19.0], [23.0, 29.0, 37.0]])
    assert after.site.fleet_count.dtype == scenario.site.fleet_count.dtype
    assert isinstance(after.site.fleet_count, jax.Array)


def test_a_traced_number_is_read_and_replaced_too(scenario):
    found = leaf(scenario, "accelerator.B.price_usd")
    written = jax.jit(lambda value: found.write(scenario, value).accelerator.price_usd)(jnp.asarray(51.0))
    np.testing.assert_array_equal(written, [30.0, 51.0, 40.0])
    over = jax.jit(lambda prices: found.write(_priced(scenario, prices), 52.0).accelerator.price_usd)
    np.testing.assert_array_equal(over(jnp.asarray([7.0, 8.0, 9.0])), [7.0, 52.0, 9.0])
    read = jax.jit(lambda prices: found.read(_priced(scenario, prices)))
    assert float(read(jnp.asarray([7.0, 8.0, 9.0]))) == 8.0


def _priced(scenario, prices):
    return eqx.tree_at(lambda s: s.accelerator.price_usd, scenario, prices)


def test_several_numbers_are_replaced_each_in_its_place(scenario):
    where = [
        leaf(scenario, path)
        for path in ("accelerator.C.price_usd", "site.here.fleet_count.B", "staff.headcount_count", "accelerator.A.price_usd",
                     "site.there.fleet_count.A")
    ]  # fmt: skip
    numbers = jnp.asarray([101.0, 102.0, 103.0, 104.0, 105.0])
    for change in (write, jax.jit(lambda s, n: write(s, where, n).accelerator.price_usd)):
        after = change(scenario, where, numbers) if change is write else change(scenario, numbers)
        np.testing.assert_array_equal(after.accelerator.price_usd if change is write else after, [104.0, 50.0, 101.0])
    after = write(scenario, where, numbers)
    np.testing.assert_array_equal(after.site.fleet_count, [[13.0, 102.0, 19.0], [105.0, 29.0, 37.0]])
    assert after.staff.headcount_count.shape == ()
    assert float(after.staff.headcount_count) == 103.0

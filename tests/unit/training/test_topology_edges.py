"""Fat trees added up by hand: every count, price, power, bandwidth and time of a tree with no two numbers alike."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.topology import Bill, FatTree, Ladder, ScaleUp, all_reduce_s

PLAIN = {
    "radix_count": [12.0, 20.0, 14.0], "oversubscription_ratio": [2.0, 3.0], "planes_count": 3.0, "port_gb_per_s": 40.0,
    "switch_s": [11.0, 13.0, 17.0], "cable_s": [3.0, 5.0, 7.0], "card_s": 19.0,
    "switch_usd": [300.0, 500.0, 700.0], "switch_w": [31.0, 37.0, 41.0],
    "cable_transceivers_count": [3.0, 2.0, 4.0], "cable_usd": [10.0, 20.0, 30.0],
    "transceiver_usd": [4.0, 6.0, 9.0], "transceiver_w": [1.5, 2.5, 3.5],
}  # fmt: skip


def scalar(number: float) -> jnp.ndarray:
    """A number as an array."""
    return jnp.asarray(number, float)


def tree(**changed: float | list[float]) -> FatTree:
    """Three tiers with 4 and 5 ports up and 8, 15 and 14 down, on three planes."""
    return FatTree(**{name: jnp.asarray(number, float) for name, number in (PLAIN | changed).items()})


def low(radix: float, ratio: float) -> FatTree:
    """Two tiers on one plane, the upper with switches of nine ports."""
    two = {name: number[:2] for name, number in PLAIN.items() if isinstance(number, list)}
    return tree(**(two | {"radix_count": [radix, 9.0], "oversubscription_ratio": [ratio], "planes_count": 1.0}))


def domain(chips: float) -> ScaleUp:
    """Chips that talk at 900 among themselves."""
    return ScaleUp(scalar(chips), scalar(900.0), scalar(0.25))


def ladder() -> Ladder:
    """Four chips near, 32 in reach, 256 in all."""
    return Ladder(jnp.asarray([4.0, 32.0, 256.0]), jnp.asarray([10.0, 5.0, 0.5]), jnp.asarray([0.25, 0.5, 0.75]))


def bill() -> Bill:
    """Numbers of three tiers, none of them alike."""
    counts = ([3.0, 5.0, 7.0], [11.0, 13.0, 17.0], [19.0, 23.0, 29.0], [31.0, 37.0, 43.0])
    return Bill(*(jnp.asarray(count) for count in counts))


def test_ports_lead_up_as_the_ratio_says_and_none_from_the_top() -> None:
    """12 ports at two to one are 8 and 4; 20 at three to one are 15 and 5; all 14 of the top lead down."""
    np.testing.assert_allclose(tree().up_count, [4.0, 5.0, 0.0], rtol=1e-14)
    np.testing.assert_allclose(tree().down_count, [8.0, 15.0, 14.0], rtol=1e-14)


def test_each_ratio_thins_what_is_above_it() -> None:
    """Half of the cables above the leaves, a third of these above the pods."""
    np.testing.assert_allclose(tree().links_share, [1.0, 1 / 2, 1 / 6], rtol=1e-14)


def test_reach_is_the_product_of_ports_down() -> None:
    """8 on a leaf, 15 leaves, 14 pods."""
    np.testing.assert_allclose(tree().reach_count, [8.0, 120.0, 1680.0], rtol=1e-14)


def test_a_chip_talks_through_a_port_of_every_plane() -> None:
    """Three ports of 40, then a half and a sixth of them."""
    np.testing.assert_allclose(tree().chip_gb_per_s, [120.0, 60.0, 20.0], rtol=1e-14)


def test_a_message_passes_what_is_below_twice_and_the_highest_switch_once() -> None:
    """Cables 3, 5, 7 and switches 11, 13 twice each, the highest switch once, cards of 19."""
    np.testing.assert_allclose(tree().latency_s, [6 + 11 + 19, 16 + 22 + 13 + 19, 30 + 48 + 17 + 19], rtol=1e-14)


def test_half_of_the_chips_talk_to_the_other_half_at_the_top() -> None:
    """Fifty chips, 20 each."""
    assert float(tree().bisection_gb_per_s(scalar(100.0))) == pytest.approx(1000.0, rel=1e-14)


def test_a_smooth_bill_by_hand() -> None:
    """480 chips: 480, 240 and 80 cables of a plane, over 8, 15 and 14 ports; all of it three times."""
    found = tree().bill(scalar(480.0))
    np.testing.assert_allclose(found.switches_count, [180.0, 48.0, 240 / 14], rtol=1e-14)
    np.testing.assert_allclose(found.cables_count, [1440.0, 720.0, 240.0], rtol=1e-14)
    np.testing.assert_allclose(found.ports_count, [2160.0, 960.0, 240.0], rtol=1e-14)
    np.testing.assert_allclose(found.transceivers_count, [4320.0, 1440.0, 960.0], rtol=1e-14)


def test_a_whole_bill_by_hand() -> None:
    """481.5 chips are 482: 61 leaves of 4 cables up, 17 above them of 5, 7 at the top; all of it three times."""
    found = tree().whole_bill(scalar(481.5))
    np.testing.assert_array_equal(found.switches_count, [183.0, 51.0, 21.0])
    np.testing.assert_array_equal(found.cables_count, [3 * 482.0, 3 * 244.0, 3 * 85.0])
    np.testing.assert_array_equal(found.ports_count, [3 * 726.0, 3 * 329.0, 3 * 85.0])
    np.testing.assert_array_equal(found.transceivers_count, [9 * 482.0, 6 * 244.0, 12 * 85.0])


@pytest.mark.parametrize(
    ("radix", "ratio", "up", "down"),
    [(16.0, 2.6, 4, 10), (24.0, 5 / 3, 9, 15), (153.0, 4.1, 30, 123), (23.99, 5 / 3, 8, 13), (12.0 - 4.5e-9, 2.0, 3, 6)],
)
def test_a_whole_bill_has_whole_ports(radix: float, ratio: float, up: int, down: int) -> None:
    """Ports left over stay empty, and none is lost to the rounding of a ratio, only to more than a billionth: forty full leaves."""
    found = low(radix, ratio).whole_bill(scalar(40.0 * down))
    assert found.switches_count.tolist() == [40.0, -(-40 * up // 9)]
    assert found.cables_count.tolist() == [40.0 * down, 40.0 * up]


def test_a_top_switch_has_whole_ports_too() -> None:
    """Of 8.7 ports eight are used."""
    found = low(12.0, 2.0)
    top = FatTree(**(vars(found) | {"radix_count": jnp.asarray([12.0, 8.7])})).whole_bill(scalar(1000.0))
    assert top.switches_count.tolist() == [125.0, 63.0]


def test_a_price_is_that_of_switches_cables_and_transceivers() -> None:
    """Tier by tier."""
    wanted = 3 * 300 + 5 * 500 + 7 * 700 + 19 * 10 + 23 * 20 + 29 * 30 + 31 * 4 + 37 * 6 + 43 * 9
    assert float(tree().cost_usd(bill())) == pytest.approx(wanted, rel=1e-14)


def test_power_is_that_of_switches_and_transceivers() -> None:
    """Tier by tier."""
    wanted = 3 * 31 + 5 * 37 + 7 * 41 + 31 * 1.5 + 37 * 2.5 + 43 * 3.5
    assert float(tree().power_w(bill())) == pytest.approx(wanted, rel=1e-14)


def test_nodes_cabled_one_by_one_stand_beneath_the_tree() -> None:
    """Ten chips of a node where a leaf has eight ports: the leaf reaches the node; above, the tree is what it is."""
    found = tree().ladder(domain(10.0))
    np.testing.assert_allclose(found.reach_count, [10.0, 10.0, 120.0, 1680.0], rtol=1e-14)
    np.testing.assert_allclose(found.chip_gb_per_s, [900.0, 120.0, 60.0, 20.0], rtol=1e-14)
    np.testing.assert_allclose(found.latency_s, [0.25, 36.0, 70.0, 114.0], rtol=1e-14)


@pytest.mark.parametrize(("chips", "reach"), [(10.0, [10.0, 80.0, 120.0, 1680.0]), (40.0, [40.0, 320.0, 320.0, 1680.0])])
def test_rails_bring_whole_nodes_together_on_a_leaf(chips: float, reach: list[float]) -> None:
    """As many nodes as a leaf has ports down."""
    found = tree().rail_ladder(domain(chips))
    np.testing.assert_allclose(found.reach_count, reach, rtol=1e-14)
    np.testing.assert_allclose(found.chip_gb_per_s, [900.0, 120.0, 60.0, 20.0], rtol=1e-14)


def test_members_apart_reach_fewer_of_their_kind_and_at_least_themselves() -> None:
    """Six chips apart: of four none but the one, of 32 and 256 a sixth; bandwidth and latency stay."""
    found = ladder().apart(scalar(6.0))
    np.testing.assert_allclose(found.reach_count, [1.0, 32 / 6, 256 / 6], rtol=1e-14)
    np.testing.assert_array_equal(found.chip_gb_per_s, ladder().chip_gb_per_s)
    np.testing.assert_array_equal(found.latency_s, ladder().latency_s)


@pytest.mark.parametrize(
    ("members", "seconds"),
    [
        (1.0, 0.0),
        (2.0, 6.4 + 0.5),
        (4.0, 9.6 + 1.0),
        (16.0, 9.6 + 1.0 + 2 * 0.75 * 16 / 5 + 2.0),
        (128.0, 9.6 + 1.0 + 2 * 7 / 8 * 16 / 5 + 3.0 + 2 * 0.75 * 2 / 0.5 + 3.0),
        (1000.0, 9.6 + 1.0 + 2 * 7 / 8 * 16 / 5 + 3.0 + 2 * 7 / 8 * 2 / 0.5 + 4.5),
    ],
)
def test_a_group_sums_tier_by_tier(members: float, seconds: float) -> None:
    """64 GB among four, then a quarter of it among eight such, then a 32nd; beyond the last tier there is nobody."""
    assert float(ladder().all_reduce_s(scalar(64.0), scalar(members))) == pytest.approx(seconds, rel=1e-14)


def test_summing_takes_bandwidth_and_latency() -> None:
    """Among eight, 2 x 7/8 of 24 GB at 3 GB/s, and six messages of 5 s; among three, 2 x 2/3 and 2 log2(3)."""
    assert float(all_reduce_s(*(scalar(x) for x in (24.0, 8.0, 3.0, 5.0)))) == pytest.approx(14.0 + 30.0, rel=1e-14)
    assert float(all_reduce_s(*(scalar(x) for x in (24.0, 3.0, 4.0, 0.5)))) == pytest.approx(8.0 + np.log2(3.0), rel=1e-14)

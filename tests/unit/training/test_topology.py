"""Fat trees against graphs that are built cable by cable, against published bills of material, and at their limits."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.topology import FatTree, Ladder, ScaleUp, all_reduce_s


def tree(radix: float | list[float], ratios: list[float], **changed: float | list[float]) -> FatTree:
    """A tree of round numbers: a port of 50, switches that get dearer upward, copper beneath the leaves."""
    tiers = len(ratios) + 1
    numbers = {
        "radix_count": np.broadcast_to(radix, tiers), "oversubscription_ratio": ratios, "planes_count": 1.0, "port_gb_per_s": 50.0,
        "switch_s": [3e-7, 4e-7, 5e-7][:tiers], "cable_s": [1e-8, 1e-7, 5e-7][:tiers], "card_s": 2e-6,
        "switch_usd": [30e3, 40e3, 50e3][:tiers], "switch_w": [1e3, 1.1e3, 1.2e3][:tiers],
        "cable_transceivers_count": [0.0, 2.0, 2.0][:tiers], "cable_usd": [100.0, 200.0, 300.0][:tiers],
        "transceiver_usd": [0.0, 700.0, 900.0][:tiers], "transceiver_w": [0.0, 15.0, 17.0][:tiers],
    } | changed  # fmt: skip
    return FatTree(**{name: jnp.asarray(number, float) for name, number in numbers.items()})


def node(chips: float = 8.0) -> ScaleUp:
    """A node of chips that talk nine times as fast as over the network."""
    return ScaleUp(jnp.asarray(chips), jnp.asarray(450.0), jnp.asarray(1e-6))


def flat(ladder: Ladder, bandwidth: float, latency: float) -> Ladder:
    """The same reach with one bandwidth and one latency everywhere."""
    ones = jnp.ones_like(ladder.reach_count)
    return Ladder(ladder.reach_count, bandwidth * ones, latency * ones)


def built(down: list[int], up: list[int]) -> list[np.ndarray]:
    """The cables of a full tree of two or three tiers, by tier, as pairs (lower, upper) of numbers within their tiers.

    A pod is a leaf tier cabled to a middle tier, one cable for each pair; each top switch has one cable to each pod.
    """
    if len(down) == 2:
        leaves = np.repeat(np.arange(down[1]), down[0])
        return [np.stack([np.arange(leaves.size), leaves]), np.stack(np.divmod(np.arange(down[1] * up[0]), up[0]))]
    pods, leaves, middles = down[2], down[1], up[0]
    hosts = np.arange(pods * leaves * down[0])
    pod, leaf, middle = (part.ravel() for part in np.indices((pods, leaves, middles)))
    of_pod, of_middle, rank = (part.ravel() for part in np.indices((pods, middles, up[1])))
    return [
        np.stack([hosts, hosts // down[0]]),
        np.stack([pod * leaves + leaf, pod * middles + middle]),
        np.stack([of_pod * middles + of_middle, of_middle * up[1] + rank]),
    ]


def counted(cables: list[np.ndarray], chips: int) -> tuple[list[int], list[int], list[int]]:
    """Switches, used ports and cables by tier, counted from cables; every chip has exactly one."""
    assert np.array_equal(np.sort(cables[0][0]), np.arange(chips))
    above = [tier[0] for tier in cables[1:]] + [np.zeros(0, int)]
    ends = [np.concatenate([tier[1], upper]) for tier, upper in zip(cables, above, strict=True)]
    return [np.unique(end).size for end in ends], [end.size for end in ends], [tier.shape[1] for tier in cables]


def hops(cables: list[np.ndarray], first: int, other: int) -> int:
    """Switches between two chips: up from both until they have one in common."""
    here, there, tier = np.array([first]), np.array([other]), 0
    while not np.intersect1d(here, there).size:
        here, there = (cables[tier][1][np.isin(cables[tier][0], place)] for place in (here, there))
        tier += 1
    return 2 * tier - 1


@pytest.mark.parametrize("k", [4, 8, 16, 32, 64, 128])
@pytest.mark.parametrize("tiers", [2, 3])
def test_counts_are_those_of_the_graph(k: int, tiers: int) -> None:
    """Every switch, port and cable of a full tree, counted one by one; smooth and whole bills both, and the formulas of Al-Fares et al."""
    fabric = tree(k, [1.0] * (tiers - 1))
    chips = int(fabric.reach_count[-1])
    assert chips == (k**3 // 4 if tiers == 3 else k**2 // 2)
    switches, ports, cables = counted(built([k // 2] * (tiers - 1) + [k], [k // 2] * (tiers - 1)), chips)
    assert sum(switches) == (5 * k**2 // 4 if tiers == 3 else 3 * k // 2)
    for bill in (fabric.bill(jnp.asarray(float(chips))), fabric.whole_bill(jnp.asarray(float(chips)))):
        np.testing.assert_allclose(bill.switches_count, switches, rtol=1e-14)
        np.testing.assert_allclose(bill.ports_count, ports, rtol=1e-14)
        np.testing.assert_allclose(bill.cables_count, cables, rtol=1e-14)


@pytest.mark.parametrize(("k", "ratios"), [(8, [3.0, 1.0]), (16, [1.0, 3.0]), (64, [3.0, 7.0]), (64, [5 / 3, 1.0]), (32, [3.0])])
def test_oversubscribed_counts_are_those_of_the_graph(k: int, ratios: list[float]) -> None:
    """The same where fewer ports lead up than down."""
    fabric = tree(k, ratios)
    up = [round(k / (1 + ratio)) for ratio in ratios]
    down = [k - ports for ports in up] + [k]
    switches, ports, cables = counted(built(down, up), int(np.prod(down)))
    for count in (fabric.bill, fabric.whole_bill):
        bill = count(jnp.asarray(float(np.prod(down))))
        np.testing.assert_allclose(bill.switches_count, switches, rtol=1e-12)
        np.testing.assert_allclose(bill.ports_count, ports, rtol=1e-12)
        np.testing.assert_allclose(bill.cables_count, cables, rtol=1e-12)


def test_a_tree_that_is_not_full_has_whole_switches() -> None:
    """Never fewer than its share, and at most one switch more at the leaves; each switch that is there has ports enough."""
    fabric = tree(64.0, [1.0, 3.0])
    chips = jnp.asarray([1.0, 33.0, 1000.0, 1025.0, 20_001.0])
    share, whole = (jax.vmap(count)(chips) for count in (fabric.bill, fabric.whole_bill))
    assert bool(jnp.all(whole.switches_count >= share.switches_count))
    assert bool(jnp.all(whole.switches_count[:, 0] < share.switches_count[:, 0] + 1.0))
    np.testing.assert_array_equal(whole.switches_count, jnp.round(whole.switches_count))
    assert bool(jnp.all(whole.ports_count <= 64.0 * whole.switches_count))


PUBLISHED = [
    (512, [16, 8], [512, 512]),
    (1024, [32, 16], [1024, 1024]),
    (2048, [64, 32], [2048, 2048]),
    (4096, [128, 128, 64], [4096, 4096, 4096]),
    (16384, [512, 512, 256], [16384, 16384, 16384]),
]


@pytest.mark.parametrize(("chips", "switches", "cables"), PUBLISHED)
def test_bills_are_those_of_published_designs(chips: int, switches: list[int], cables: list[int]) -> None:
    """Leaf, spine and core switches of 64 ports, and cables. Source: NVIDIA, DGX SuperPOD reference architecture (B200), sizes by SU."""
    bill = tree(64.0, [1.0] * (len(switches) - 1)).whole_bill(jnp.asarray(float(chips)))
    assert bill.switches_count.tolist() == switches
    assert bill.cables_count.tolist() == cables


def test_llama_3_has_pods_of_3072_and_a_seventh_above() -> None:
    """Racks of 16, pods of 192 racks, 8 pods, ports of 400 Gb/s, 1:7 between pods. Source: arXiv 2407.21783, section 3.3.1."""
    fabric = tree([32.0, 192.0 * 8 / 7, 8.0], [1.0, 7.0])
    np.testing.assert_allclose(fabric.reach_count, [16, 3072, 24_576])
    np.testing.assert_allclose(fabric.chip_gb_per_s, [50.0, 50.0, 50.0 / 7])
    assert float(fabric.bisection_gb_per_s(jnp.asarray(24_576.0))) == pytest.approx(24_576 / 2 * 50 / 7)


def test_bisection_is_what_is_cut() -> None:
    """Cables from half of the pods to the top, each a port: all that the other half can be reached by."""
    fabric = tree(16.0, [1.0, 3.0])
    cables = built([8, 12, 16], [8, 4])
    crossing = int(np.sum(cables[2][0] // 8 < 8))
    assert float(fabric.bisection_gb_per_s(fabric.reach_count[-1])) == pytest.approx(50.0 * crossing)


def test_latency_is_that_of_the_switches_passed() -> None:
    """One, three and five switches between chips of a leaf, of a pod and of two pods, as found in the graph."""
    cables = built([4, 4, 8], [4, 4])
    passed = [hops(cables, 0, other) for other in (3, 15, 127)]
    assert passed == [1, 3, 5]
    fabric = tree(8.0, [1.0, 1.0], switch_s=[1e-7] * 3, cable_s=[0.0] * 3, card_s=0.0)
    np.testing.assert_allclose(fabric.latency_s, 1e-7 * np.array(passed))
    by_hand = 2e-6 + 2 * (1e-8 + 1e-7 + 5e-7) + 2 * (3e-7 + 4e-7) + 5e-7
    assert float(tree(8.0, [1.0, 1.0]).latency_s[2]) == pytest.approx(by_hand)


def test_cost_and_power_are_those_of_the_bill() -> None:
    """Two tiers of four-port switches for eight chips, added up by hand; two planes cost and carry twice as much."""
    fabric = tree(4.0, [1.0])
    bill = fabric.bill(jnp.asarray(8.0))
    assert float(fabric.cost_usd(bill)) == pytest.approx(4 * 30e3 + 2 * 40e3 + 8 * 100 + 8 * 200 + 16 * 700)
    assert float(fabric.power_w(bill)) == pytest.approx(4 * 1e3 + 2 * 1.1e3 + 16 * 15)
    double = tree(4.0, [1.0], planes_count=2.0)
    assert float(double.cost_usd(double.whole_bill(jnp.asarray(8.0)))) == pytest.approx(2 * float(fabric.cost_usd(bill)))
    np.testing.assert_allclose(double.chip_gb_per_s, 2 * fabric.chip_gb_per_s)


def test_oversubscription_spares_money_and_costs_bandwidth() -> None:
    """A dearer tree is a wider one, all the way."""

    def judged(ratio: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        fabric = eqx.tree_at(lambda one: one.oversubscription_ratio, tree(64.0, [1.0, 1.0]), jnp.stack([jnp.asarray(1.0), ratio]))
        return fabric.cost_usd(fabric.bill(jnp.asarray(1e4))), fabric.chip_gb_per_s[-1], fabric.reach_count[-1]

    ratios = jnp.asarray([1.0, 2.0, 4.0, 7.0])
    cost, bandwidth, reach = jax.vmap(judged)(ratios)
    assert bool(jnp.all(jnp.diff(cost) < 0))
    np.testing.assert_allclose(bandwidth, 50.0 / ratios)
    assert bool(jnp.all(jnp.diff(reach) > 0))


def test_a_rail_keeps_one_chip_of_each_node_on_the_leaves() -> None:
    """Up to half of the ports of a switch in nodes where rails share leaves; an eighth of that where nodes do."""
    fabric, apart = tree(64.0, [1.0, 3.0]), jnp.asarray(8.0)
    by_rail, by_node = fabric.rail_ladder(node()).apart(apart), fabric.ladder(node()).apart(apart)
    np.testing.assert_allclose(by_rail.reach_count, [1.0, 32.0, 32 * 48 / 8, 32 * 48 * 64 / 8])
    np.testing.assert_allclose(by_node.reach_count, [1.0, 4.0, 32 * 48 / 8, 32 * 48 * 64 / 8])
    data = jnp.asarray(10.0)
    for nodes in (4.0, 32.0, 33.0, 1000.0):
        rail, plain = (float(ladder.all_reduce_s(data, jnp.asarray(nodes))) for ladder in (by_rail, by_node))
        assert rail == pytest.approx(plain, rel=1e-12) if nodes <= 4 else rail < plain
    on_leaf = all_reduce_s(data, jnp.asarray(32.0), jnp.asarray(50.0), fabric.latency_s[0])
    assert float(by_rail.all_reduce_s(data, jnp.asarray(32.0))) == pytest.approx(float(on_leaf), rel=1e-12)


def test_members_farther_apart_than_a_domain_do_not_use_it() -> None:
    """One chip of each eighth node, 64 chips apart: of 32 nodes by rail four meet on a leaf, and nothing goes by way of the domain."""
    group = tree(64.0, [1.0, 3.0]).rail_ladder(node()).apart(jnp.asarray(64.0))
    np.testing.assert_allclose(group.reach_count, [1.0, 4.0, 32 * 48 / 64, 32 * 48 * 64 / 64])
    by_leaf = all_reduce_s(jnp.asarray(10.0), jnp.asarray(4.0), group.chip_gb_per_s[1], group.latency_s[1])
    assert float(group.all_reduce_s(jnp.asarray(10.0), jnp.asarray(4.0))) == pytest.approx(float(by_leaf), rel=1e-12)


def test_tiers_of_one_kind_are_one_network() -> None:
    """Where all tiers are equal, going up tier by tier moves what one step would, and takes as many messages."""
    ladder = flat(tree(16.0, [1.0, 1.0]).ladder(node()), 50.0, 1e-6)
    for members in (1.0, 2.0, 8.0, 100.0, 1024.0):
        once = all_reduce_s(jnp.asarray(3.0), jnp.asarray(members), jnp.asarray(50.0), jnp.asarray(1e-6))
        assert float(ladder.all_reduce_s(jnp.asarray(3.0), jnp.asarray(members))) == pytest.approx(float(once), rel=1e-12, abs=1e-18)
    assert float(ladder.all_reduce_s(jnp.asarray(3.0), jnp.asarray(1.0))) == 0.0


def test_an_all_reduce_sums_as_its_messages_do() -> None:
    """Halving and doubling among eight, message by message."""
    spent, part = 0.0, 4.0
    for _ in range(3):
        part /= 2
        spent += 2 * (1e-3 + part / 10.0)
    assert float(all_reduce_s(*(jnp.asarray(x) for x in (4.0, 8.0, 10.0, 1e-3)))) == pytest.approx(spent, rel=1e-12)


def slope(function: Callable[[FatTree], jax.Array], fabric: FatTree, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The slope of a function by one field of a tree, and by central differences."""
    value = np.asarray(getattr(fabric, name), float)
    found = getattr(jax.jit(jax.grad(function))(fabric), name)
    differences = np.zeros(value.shape)
    for place in np.ndindex(value.shape):
        step = np.zeros(value.shape)
        step[place] = 1e-4 * (value[place] or 1.0)
        changed = [FatTree(**(vars(fabric) | {name: jnp.asarray(value + side * step)})) for side in (1, -1)]
        differences[place] = (float(function(changed[0])) - float(function(changed[1]))) / (2 * step[place])
    return np.asarray(found), differences


@pytest.mark.parametrize(
    "name", ["radix_count", "oversubscription_ratio", "port_gb_per_s", "switch_usd", "switch_s", "transceiver_w", "switch_w"]
)
def test_slopes_are_those_of_the_numbers(name: str) -> None:
    """Cost, power and the time of an all-reduce over all tiers, by what they follow from."""

    def judged(fabric: FatTree) -> jax.Array:
        bill = fabric.bill(jnp.asarray(3000.0))
        spent = fabric.rail_ladder(node()).all_reduce_s(jnp.asarray(10.0), jnp.asarray(2e4))
        return 1e-8 * fabric.cost_usd(bill) + 1e-6 * fabric.power_w(bill) + spent

    found, differences = slope(judged, tree(32.0, [1.5, 3.0]), name)
    np.testing.assert_allclose(found, differences, rtol=1e-5, atol=1e-12)
    assert np.any(found != 0)

"""Integrals of slopes along a line, with pieces and tolerances worked out by hand."""

import numpy as np
import pytest

from capexmodel.studies import integral as room
from capexmodel.studies.integral import Integral, allowed, integral


def test_a_share_of_what_moved_and_rounding_may_be_left_over() -> None:
    """What moved is the larger of all parts and of the ends; rounding is of the larger end."""
    assert allowed((3.0, -7.0), np.array([20.0, -40.0])) == pytest.approx(60e-9 + 7e-13, rel=1e-9)
    assert allowed((3.0, -7.0), np.array([4.0, -2.0])) == pytest.approx(10e-9 + 7e-13, rel=1e-9)
    assert allowed((1e9, 1e9), np.array([0.0, 0.0])) == pytest.approx(1e-4)


def test_what_is_left_over_is_the_whole_less_the_parts() -> None:
    found = Integral(3.0, 10.0, np.array([2.0, 4.0]), 8)
    assert (found.rest, found.closes) == (1.0, False)
    assert Integral(3.0, 10.0, np.array([2.0, 5.0 - 6.9e-9]), 8).closes
    assert not Integral(3.0, 10.0, np.array([2.0, 5.0 - 7.1e-9]), 8).closes
    assert not Integral(3.0, 10.0, np.array([2.0, 5.0 + 7.1e-9]), 8).closes


def polynomial(share: float) -> tuple[float, np.ndarray]:
    """x^12 and x^3."""
    return share**12 + share**3 + 5.0, np.array([12.0 * share**11, 3.0 * share**2])


def test_a_polynomial_of_degree_eleven_is_exact_in_one_piece() -> None:
    looked: list[float] = []
    found = integral(lambda share: looked.append(share) or polynomial(share))
    assert found.parts == pytest.approx([1.0, 1.0], rel=1e-13)
    assert (found.start, found.end, found.looks, len(looked), looked[:2]) == (5.0, 7.0, 8, 8, [0.0, 1.0])
    assert sorted(looked[2:]) == pytest.approx(0.5 + 0.5 * np.polynomial.legendre.leggauss(6)[0])


def kink(at: float):
    """A line that begins to rise at a place."""
    return lambda share: (max(share - at, 0.0), np.array([float(share > at)]))


def test_a_piece_that_does_not_close_is_halved() -> None:
    """A square that begins in the middle takes one cut: three pieces of six looks, both ends and the middle."""
    looked: list[float] = []

    def whole(share: float) -> tuple[float, np.ndarray]:
        return max(share - 0.5, 0.0) ** 2, np.array([2.0 * max(share - 0.5, 0.0)])

    found = integral(lambda share: looked.append(share) or whole(share))
    assert (found.looks, len(looked)) == (21, 21)
    assert looked[8] == 0.5
    assert found.parts == pytest.approx([0.25], rel=1e-14)


def test_the_worst_piece_is_halved_first_and_a_jump_ends_when_it_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A jump of 10 at 0.3: cuts at a half, a quarter, three eighths and five sixteenths; no others, for they close."""
    monkeypatch.setattr(room, "SHORTEST", 1.0 / 16.0)
    looked: list[float] = []
    found = integral(lambda share: looked.append(share) or (share + 10.0 * (share > 0.3), np.array([1.0])))
    cuts = [looked[8 + 13 * n] for n in range(4)]
    assert (cuts, len(looked), found.looks) == ([0.5, 0.25, 0.375, 0.3125], 8 + 13 * 4, 60)
    assert (found.parts, found.rest) == (pytest.approx([1.0]), pytest.approx(10.0))


def test_pieces_are_no_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_PIECES", 3)
    found = integral(kink(0.3))
    assert (found.looks, found.closes) == (2 + 6 + 2 * 13, False)


def test_half_a_way_counts_half() -> None:
    """Parts of both halves are their own."""
    found = integral(lambda share: (3.0 * share + 8.0 * max(share - 0.25, 0.0), np.array([3.0, 8.0 * float(share > 0.25)])))
    assert found.parts == pytest.approx([3.0, 6.0], rel=1e-12)
    assert room._Piece(0.0, 1.0, (3.0, 8.0), np.array([2.0, 9.0])).off == 6.0

"""What judges answers in the search for bad ones: it passes good answers and decent refusals, and nothing else."""

import random

import pytest

from tests.soak.fuzz.edits import edited
from tests.soak.fuzz.targets import COSTS, LONGEST, SCENARIOS, Broken, answered


class Drawn:
    """Draws as the fuzzer would, from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def ConsumeIntInRange(self, low: int, high: int) -> int:
        return self.draw.randint(low, high)

    def ConsumeUnicodeNoSurrogates(self, count: int) -> str:
        return "".join(chr(self.draw.randrange(0xD800)) for _ in range(count))

    def ConsumeBytes(self, count: int) -> bytes:
        return self.draw.randbytes(count)


def refuse(line: str):
    """A question that is refused with a line."""

    def ask() -> None:
        raise ValueError(line)

    return ask


def test_a_result_and_a_decent_refusal_pass():
    assert answered(lambda: 1, (ValueError,)) is None
    assert answered(refuse("a.toml: wrong"), (ValueError,), "a.toml") is None


@pytest.mark.parametrize("line", ["", "two\nlines", "\x1b[31m", "x" * (LONGEST + 100), "b.toml: wrong"])
def test_a_bad_refusal_is_found(line):
    with pytest.raises(Broken):
        answered(refuse(line), (ValueError,), "a.toml" if line.startswith("b") else "")


def test_another_exception_and_a_written_file_are_found(tmp_path):
    with pytest.raises(KeyError):
        answered({}.popitem, (ValueError,))
    with pytest.raises(Broken, match="was written"):
        answered(lambda: (tmp_path / "a").write_text("b"), (ValueError,))


@pytest.mark.parametrize("bases", [SCENARIOS, COSTS], ids=["toml", "csv"])
def test_edits_differ_from_the_good_files(bases):
    texts = [edited(Drawn(seed), bases) for seed in range(50)]
    assert len(set(texts)) > 40
    assert sum(text in [base.encode() for base in bases] for text in texts) < 5

"""What people see while they wait, and the one line they get when something is wrong."""

import contextlib
import difflib
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done in one line that is wiped at the end; nothing when nobody watches."""
    watched = sys.stderr is not None and sys.stderr.isatty()

    def tell(text: str) -> None:
        if watched:
            print(f"\r\x1b[2K{text[:78]} ...", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if watched:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)


def say(line: str) -> None:
    """Tell people on the error stream, in one line; what would move the cursor or turn the writing around is not let through.
    Where nobody can read it, nothing is said, and the exit status is what it was."""
    told = "".join(letter if letter.isprintable() else "?" for letter in " ".join(line.split()))
    if sys.stderr is None:
        return
    try:
        print(f"capexmodel: {told}", file=sys.stderr, flush=True)
    except OSError:
        with contextlib.suppress(OSError):  # what is left to be said would be tried again at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def near(word: str, known: Iterable[str]) -> str:
    """Ask whether a known word was meant; nothing where none is near."""
    found = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean '{found[0]}'?" if found else ""


def internal(error: Exception) -> str:
    """Say in one line what went wrong inside, and where the traceback is."""
    said = f"internal error: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    target = os.environ.get("CAPEXMODEL_TRACEBACK")
    if not target:
        return f"{said}; set CAPEXMODEL_TRACEBACK=FILE to have the traceback written there"
    try:
        Path(target).write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError as failed:
        return f"{said}; its traceback could not be written to {target}: {failed.strerror}"
    return f"{said}; its traceback is in {target}"

"""What is known by its name: functions and classes of which the versions of their packages say what they are."""

import operator
import sys
import types

OURS = ("capexmodel",)
"""The package whose source every key holds the version of."""


def known_by_name(thing: object, homes: tuple[str, ...] = OURS) -> bool:
    """Whether a function, a class or an instance's class is, in a module of these packages, what its name stands for."""
    named = thing if isinstance(thing, types.FunctionType | type) else type(thing)
    if str(named.__module__).partition(".")[0] not in homes:
        return False
    try:
        return operator.attrgetter(named.__qualname__)(sys.modules[named.__module__]) is named
    except (AttributeError, KeyError):
        return False

"""The command line: `capexmodel optimize | simulate | frontier | sweep | uncertainty | robust | hedges | sensitivity | check | grads |
lint | explain SCENARIO`, `verify RESULT`, `validate | calibrate WHAT`, `backtest [SCENARIO]`, `reconcile FROM TO`, `attribute ONE TWO` and
`power --load POWER`.

Exit status: 0 done; 1 no proven plan (wishes that conflict are named), or a goal of a validation missed; 2 bad input, nothing written;
3 an error of the program itself; 130 or 143 interrupted or asked to end. What computes is imported by the command that needs it, so that
`--help` answers at once.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence

from capexmodel.cli import checks, facts, laws, plans, power, risk, sensitivity, sweeps
from capexmodel.cli.options import MOST_FAULTS
from capexmodel.cli.outputs import keep_apart
from capexmodel.cli.parser import build_parser
from capexmodel.cli.status import BAD_INPUT, DONE, INTERNAL, SIGNALED, UNPROVEN
from capexmodel.errors import CapexModelError, ConfigError, ModelError
from capexmodel.report.terminal import internal, near, say

__all__ = ["build_parser", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a threaded factorization of this size is several times slower on shared cores
    try:
        return _shown(_run(words))
    except (ConfigError, ModelError) as error:
        faults = getattr(error, "faults", None) or [str(error)]
        for line in faults[: MOST_FAULTS if "--all" in words else 1]:
            say(line)
        return BAD_INPUT
    except CapexModelError as error:
        say(str(error))
        return UNPROVEN
    except BrokenPipeError:
        return _shown(DONE)
    except OSError as error:
        say(f"{error.filename or 'a file'}: {error.strerror or error}; what was written before is whole")
        return BAD_INPUT
    except KeyboardInterrupt as stop:
        return _stopped(stop)
    except SystemExit as stop:
        return _shown(int(stop.code or 0))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the program, people get one line and a way to the rest
        if (stop := _stop_behind(error)) is not None:
            return _stopped(stop)
        say(internal(error))
        return INTERNAL


def _stopped(stop: KeyboardInterrupt) -> int:
    say("stopped; what was written before is whole")
    return SIGNALED + (stop.args[0] if stop.args else signal.SIGINT)


def _stop_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The wish to stop that an error came of: one that arrives while a lock is being taken ends as an error of that lock."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error


def _run(words: list[str]) -> int:
    parser = build_parser()
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "optimize": plans.optimize,
        "simulate": plans.simulate,
        "frontier": plans.frontier,
        "sweep": sweeps.sweep,
        "uncertainty": sweeps.uncertainty,
        "check": laws.check,
        "verify": laws.verify,
        "grads": laws.grads,
        "robust": risk.robust,
        "hedges": risk.hedges,
        "sensitivity": sensitivity.sensitivity,
        "attribute": sensitivity.attribute,
        "lint": plans.lint,
        "explain": plans.explain,
        "validate": checks.validate,
        "calibrate": checks.calibrate,
        "backtest": facts.backtest,
        "reconcile": checks.reconcile,
        "power": power.power,
    }
    wanted = next((word for word in words if not word.startswith("-")), None)
    if wanted is not None and wanted not in commands:
        raise ConfigError(f"no command '{wanted[:40]}', expected one of {', '.join(commands)}{near(wanted, commands)}")
    options, extra = parser.parse_known_args(words)
    if extra:
        raise ConfigError(f"{options.command} takes no '{extra[0][:40]}'{near(extra[0], [f'--{name}' for name in vars(options)])}")
    keep_apart(options)
    return commands[options.command](options)


def _shown(status: int) -> int:
    """Hand over what was printed; a reader that went away is no error."""
    if sys.stdout is None:  # closed before we began
        return status
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status

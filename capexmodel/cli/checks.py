"""Commands on what was published: validate, calibrate, reconcile."""

import argparse
from pathlib import Path

from capexmodel.cli import facts
from capexmodel.cli.options import EVERY
from capexmodel.cli.status import DONE, UNPROVEN
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import near, progress

TARGETS = (EVERY, "training-throughput", "training-cost")
LEARNED = ("training-throughput", facts.FACTS)
"""What is calibrated."""


def _check(options: argparse.Namespace, known: tuple[str, ...] = TARGETS) -> None:
    """Find out before computing what is asked for, and whether results can be written."""
    from capexmodel.files import check_file
    from capexmodel.report.shelf import keep_compiled

    if options.what not in known:
        raise ConfigError(f"no target '{options.what[:40]}', expected {', '.join(known)}{near(options.what, known)}")
    if options.json is not None:
        check_file(options.json)
    keep_compiled()


def validate(options: argparse.Namespace) -> int:
    """Score predictions of published runs, or of the user's own."""
    _check(options)
    ways = {EVERY: _validate_targets, "training-cost": _validate_costs, "training-throughput": _validate_throughput}
    return ways[options.what](options)


def _validate_targets(options: argparse.Namespace) -> int:
    """List every published figure beside what the model says."""
    from capexmodel.report.targets import targets_document, targets_page
    from capexmodel.studies.targets import judge

    for name in ("rows", "calibration"):
        if getattr(options, name) is not None:
            raise ConfigError(f"--{name} goes with a target by name: {', '.join(TARGETS[1:])}")
    found = judge()
    _write(options.json, targets_document(found))
    print(targets_page(found), end="")
    return UNPROVEN if any(each.missed for each in found) else DONE


def reconcile(options: argparse.Namespace) -> int:
    """Walk from one published cost of a gigawatt to another."""
    from capexmodel.config.builds import builds, read_builds
    from capexmodel.files import check_file
    from capexmodel.report.reconcile import builds_page, walk_document, walk_page
    from capexmodel.studies.reconcile import reconcile as walked

    if options.json is not None:
        check_file(options.json)
    known = builds() | ({} if options.builds is None else read_builds(options.builds))
    if options.start is None:
        if options.json is not None:
            raise ConfigError("--json goes with a walk: name two builds")
        print(builds_page(known), end="")
        return DONE
    if options.end is None:
        raise ConfigError(f"where to? Name a second build: {', '.join(known)}")
    found = walked(known, options.start, options.end)
    _write(options.json, walk_document(found))
    print(walk_page(found), end="")
    return DONE


def _validate_costs(options: argparse.Namespace) -> int:
    """Score what training runs cost: by identity, and from compute alone."""
    from capexmodel.config.costs import read_cost_rows, shipped_cost_rows
    from capexmodel.report.training_cost import cost_document, cost_page
    from capexmodel.studies.training_cost import validate_costs

    if options.calibration is not None:
        raise ConfigError("--calibration goes with training-throughput: costs are not calibrated")
    found = validate_costs(shipped_cost_rows() if options.rows is None else read_cost_rows(options.rows))
    _write(options.json, cost_document(found))
    print(cost_page(found), end="")
    return UNPROVEN if found.missed else DONE


def _validate_throughput(options: argparse.Namespace) -> int:
    """Score predicted throughput."""
    from capexmodel.config.calibrated import read_calibration
    from capexmodel.config.rows import read_rows, shipped_rows
    from capexmodel.report.throughput import validation_document, validation_page
    from capexmodel.studies.throughput import shipped_calibration
    from capexmodel.studies.throughput import validate as validated

    rows = shipped_rows() if options.rows is None else read_rows(options.rows)
    own = options.calibration
    calibrated = shipped_calibration() if own is None else read_calibration(own, str(own))
    found = validated(rows, calibrated)
    _write(options.json, validation_document(found))
    print(validation_page(found), end="")
    return UNPROVEN if found.missed else DONE


def calibrate(options: argparse.Namespace) -> int:
    """Calibrate on published runs, and the user's own; or on public facts."""
    _check(options, LEARNED)
    if options.what == facts.FACTS:
        return facts.calibrate(options)
    facts.refuse(options)
    from capexmodel.config.calibrated import calibration_rows
    from capexmodel.report.throughput import calibration_document, calibration_page
    from capexmodel.studies.throughput import fit

    with progress() as tell:
        found = fit(calibration_rows(options.rows, options.as_of), options.folds, tell, options.as_of)
    _write(options.json, calibration_document(found))
    print(calibration_page(found), end="")
    return DONE


def _write(path: Path | None, body: dict[str, object]) -> None:
    from capexmodel.files import write
    from capexmodel.report.document import finite, to_json

    if path is not None:
        write({path: to_json(finite(body))})

"""Commands on public facts: calibrate facts, backtest."""

import argparse
from typing import TYPE_CHECKING

from capexmodel.cli.given import doubt
from capexmodel.cli.options import FOLDS
from capexmodel.cli.status import DONE, UNPROVEN
from capexmodel.errors import ConfigError

if TYPE_CHECKING:
    from capexmodel.model.scenario import Scenario

FACTS = "facts"
"""What is calibrated on the facts of a company."""


def refuse(options: argparse.Namespace) -> None:
    """Refuse what goes with facts alone."""
    if options.scenario or options.sampled:
        what = "--sampled" if options.sampled else f"SCENARIO ('{str(options.scenario)[:40]}')"
        raise ConfigError(f"{what} goes with facts: `capexmodel calibrate {FACTS}`")


def calibrate(options: argparse.Namespace) -> int:
    """Learn from the facts that were known by the day of the priors."""
    given = {"--rows": options.rows, "--as-of": options.as_of, "--folds": None if options.folds == FOLDS else options.folds}
    for name, value in given.items():
        if value is not None:
            raise ConfigError(f"{name} goes with training-throughput: facts have their own dates")
    from capexmodel.files import write
    from capexmodel.report.backtest import calibration_document, calibration_page
    from capexmodel.report.document import to_json
    from capexmodel.studies.learned import learn

    found = learn(_scenario(options), options.sampled)
    write({} if options.json is None else {options.json: to_json(calibration_document(found))})
    print(calibration_page(found), end="")
    return DONE


def backtest(options: argparse.Namespace) -> int:
    """Predict from what was known, and score what came."""
    from capexmodel.files import check_file, write
    from capexmodel.report.backtest import backtest_document, backtest_page
    from capexmodel.report.document import to_json
    from capexmodel.report.shelf import keep_compiled
    from capexmodel.studies.backtest import backtest as shipped
    from capexmodel.studies.backtest import backtest_of

    if options.json is not None:
        check_file(options.json)
    keep_compiled()
    found = shipped() if options.scenario is None else backtest_of(_scenario(options))
    write({} if options.json is None else {options.json: to_json(backtest_document(found))})
    print(backtest_page(found), end="")
    return UNPROVEN if found.failed else DONE


def _scenario(options: argparse.Namespace) -> "Scenario":
    from capexmodel.config import load
    from capexmodel.studies.backtest import SCENARIO

    scenario = load(options.scenario or SCENARIO)
    doubt(scenario)
    return scenario

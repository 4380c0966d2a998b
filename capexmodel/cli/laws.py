"""Commands on trust: check, verify, grads."""

import argparse
from typing import TYPE_CHECKING

from capexmodel.cli.given import scenario_of
from capexmodel.cli.options import LEVELS, REACHES
from capexmodel.cli.status import DONE, UNPROVEN
from capexmodel.errors import ConfigError, ModelError
from capexmodel.report.terminal import progress

if TYPE_CHECKING:
    from pathlib import Path

    from capexmodel.testing import Checked, Fared, Law
    from capexmodel.testing.shrink import Smallest


def check(options: argparse.Namespace) -> int:
    """Try the laws on a scenario; status 1 where one is broken."""
    from capexmodel.files import check_file, check_folder, write
    from capexmodel.report.shelf import keep_traced

    if options.json is not None:
        check_file(options.json)
    if options.out is not None:
        check_folder(options.out)
    if options.scenario is not None and options.shipped:
        raise ConfigError("--self: tries all that are shipped, expected no SCENARIO beside it")
    if options.scenario is None and not options.shipped:
        raise ConfigError("check: whose laws? expected a SCENARIO, or --self for all that are shipped")
    if options.shipped:
        return _itself(options)
    if options.example is not None and (options.out is not None or (options.level, options.reach) != (LEVELS[0], REACHES[0])):
        raise ConfigError("--example: takes no --out, --level or --reach: it is the scenario as it stands")
    with keep_traced(f"check {options.scenario}"), progress() as tell:
        scenario = scenario_of(options)
        laws = _laws(options.law)
        from capexmodel.report.document import to_json
        from capexmodel.report.laws import check_document, check_page
        from capexmodel.testing import Reach, again
        from capexmodel.testing import check as checked

        if options.example is None:
            found = checked(scenario, laws, options.level, seed=options.seed, reach=Reach[options.reach.upper()], tell=tell)
        else:
            found = again(scenario, laws, options.example, options.seed)
        smallest = [] if options.example is not None else _smallest(found)
        contents = {} if options.json is None else {options.json: to_json(check_document(found, smallest))}
        write(contents | _files(options.out, found, smallest))
        print(check_page(found, smallest), end="")
    return DONE if found.holds else UNPROVEN


def _itself(options: argparse.Namespace) -> int:
    """Try the laws on every shipped scenario."""
    from capexmodel.files import write
    from capexmodel.report.shelf import keep_traced

    if options.example is not None or options.set or options.out is not None:
        raise ConfigError("--self: takes no --set, --example or --out, which are of one scenario")
    with keep_traced("check --self"), progress() as tell:
        from capexmodel.report.document import to_json
        from capexmodel.report.laws import check_page, self_document, self_page
        from capexmodel.testing import Reach
        from capexmodel.testing.shipped import check_shipped

        every, smallest = [], []
        for found in check_shipped(_laws(options.law), options.level, seed=options.seed, reach=Reach[options.reach.upper()], tell=tell):
            every.append(found)
            smallest.append(_smallest(found))
            print(check_page(found, smallest[-1]), flush=True)
        write({} if options.json is None else {options.json: to_json(self_document(every, smallest))})
        print(self_page(every), end="")
    return DONE if all(one.holds for one in every) else UNPROVEN


def verify(options: argparse.Namespace) -> int:
    """Judge a result file again; status 1 where something it says does not hold."""
    from pathlib import Path

    from capexmodel.files import check_file, write
    from capexmodel.report.shelf import keep_traced

    if options.json is not None:
        check_file(options.json)
    path = Path(options.result)
    with keep_traced("verify"), progress():
        from capexmodel.report.document import read_result, to_json
        from capexmodel.report.verified import verified_document, verified_page
        from capexmodel.report.verified import verify as verified

        try:
            found = verified(read_result(path))
        except (ConfigError, ModelError) as error:
            raise ConfigError(f"{path}: {error}" if not str(error).startswith(str(path)) else str(error)) from None
        write({} if options.json is None else {options.json: to_json(verified_document(path.name, found))})
        print(verified_page(path.name, found), end="")
    return DONE if all(one.holds for one in found) else UNPROVEN


def grads(options: argparse.Namespace) -> int:
    """Compare slopes backward, forward and as differences; status 1 where one is wrong."""
    from capexmodel.cli.plans import given_allocation
    from capexmodel.files import check_file, write
    from capexmodel.report.shelf import keep_traced

    if options.json is not None:
        check_file(options.json)
    with keep_traced(f"check {options.scenario}"), progress() as tell:
        scenario = scenario_of(options)
        from capexmodel.report.document import to_json
        from capexmodel.report.grads import gradients_document, gradients_page
        from capexmodel.testing.grads import gradients

        allocation = None if options.allocation is None else given_allocation(options.allocation, scenario)
        tell("compiling outcomes and slopes")
        found = gradients(scenario, allocation, options.example)
        write({} if options.json is None else {options.json: to_json(gradients_document(found))})
        print(gradients_page(found), end="")
    return DONE if found.holds else UNPROVEN


def _laws(wanted: list[str]) -> "list[Law]":
    """The laws that are asked for, in capitals or not: all, or those of an id, or one by id and name.

    Raises: ConfigError for one that there is not.
    """
    if not all(word.strip() for word in wanted):
        raise ConfigError("--law: no law is named, expected L13, or 'L10 price'; `capexmodel check SCENARIO` lists all")
    from capexmodel.testing import LAWS
    from capexmodel.testing.law import asked

    return asked(LAWS, wanted, "--law")


def _smallest(found: "Checked") -> "list[tuple[Fared, Smallest]]":
    """The smallest failing scenario of each law that is broken."""
    from capexmodel.testing.shrink import smallest

    return [(one, smallest(found.scenario, one.law, one.broken[0], found.seed, found.reach)) for one in found.fared if one.broken]


def _files(folder: "Path | None", found: "Checked", smallest: "list[tuple[Fared, Smallest]]") -> "dict[Path, bytes]":
    """The failing scenarios as files."""
    from capexmodel.report.laws import failing_file

    if folder is None:
        return {}
    paths = {one.law.title: folder / f"{one.law.title.replace(' ', '_')}.toml" for one, _ in smallest}
    return {paths[one.law.title]: failing_file(found, one, least, str(paths[one.law.title])) for one, least in smallest}

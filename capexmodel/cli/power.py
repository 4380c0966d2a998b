"""The command on the power of a site: the cheapest portfolio, one or a curve of them, and how one is built."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capexmodel.cli.status import DONE
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import progress

if TYPE_CHECKING:
    from capexmodel.config.energy import Market
    from capexmodel.studies.power import Found, Wish


def power(options: argparse.Namespace) -> int:
    """Find the cheapest power for a site, show it, write what was asked for."""
    from capexmodel.config.energy import market
    from capexmodel.config.power import most, spell, varied
    from capexmodel.files import check_file, check_folder, write
    from capexmodel.report.shelf import keep_compiled
    from capexmodel.studies.power import VARIED, find, vary

    known = market(options.energy)
    asked = _wish(options, known)
    name, values = varied(options.vary, VARIED) if options.vary is not None else (None, [])
    _single(options, name)
    built = None if options.build_out is None else spell(options.build_out)
    most(options.standing, [source.name for source in asked.sources], "standing")
    if options.json is not None:
        check_file(options.json)
    if options.figures is not None:
        check_folder(options.figures)
    keep_compiled()
    with progress() as tell:
        tell("the cheapest power by the hour")
        found = [find(known, asked)] if name is None else vary(known, asked, name, values)
    text, body = _built(options, known, found[0], built)
    from capexmodel.report.document import to_json
    from capexmodel.report.power import curve_page, power_document, power_page, source_toml

    contents: dict[Path, bytes] = {} if options.json is None else {options.json: to_json(power_document(found, name, values) | body)}
    if options.figures is not None:
        from capexmodel.report.hours_figure import drawings

        contents |= {options.figures / file: content for file, content in drawings(found, name, values).items()}
    write(contents)
    if options.toml is not None:
        print(source_toml(found[0], options.toml), end="")
    else:
        print((power_page(found[0]) if name is None else curve_page(name, values, found)) + text, end="")
    return DONE


def _single(options: argparse.Namespace, varied: str | None) -> None:
    """Refuse what is for one portfolio where several are asked for, and what goes with a build-out where none is."""
    if options.toml is not None and (varied is not None or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", options.toml)):
        raise ConfigError("--toml: expected a name of letters, digits and _ -, for one portfolio (without --vary)")
    if options.build_out is not None and (varied is not None or options.toml is not None):
        raise ConfigError("--build-out: is for one portfolio on a page, expected no --vary and no --toml")
    if options.standing and options.build_out is None:
        raise ConfigError("--standing: says what stands before a build-out, expected --build-out beside it")


def _built(
    options: argparse.Namespace, known: "Market", found: "Found", asked: tuple[str, int | None] | None
) -> tuple[str, dict[str, Any]]:
    """The build-out that was asked for, as a section of the page and as a part of the file."""
    if asked is None:
        return "", {}
    from capexmodel.config.power import most
    from capexmodel.report.power_schedule import schedule_document, schedule_page
    from capexmodel.studies.power_schedule import schedule
    from capexmodel.units import scale

    period, count = asked
    standing_w = most(options.standing, found.plants.names, "standing")
    plan = schedule(known, found, standing_w, period, float(scale(period)), count)
    return schedule_page(found, plan), {"build_out": schedule_document(found, plan)}


def _wish(options: argparse.Namespace, known: "Market") -> "Wish":
    """What is asked for, in base units."""
    from capexmodel.config.power import amount, most, names
    from capexmodel.energy.portfolio import BATTERY
    from capexmodel.studies.power import Wish

    chosen, battery = names(options.sources, known, BATTERY)

    def given(flag: str, unit: str) -> float | None:
        text = getattr(options, flag.replace("-", "_"))
        return None if text is None else amount(flag, text, unit)

    return Wish(
        load_w=amount("load", options.load, "w", above=True),
        place=known.place(options.place),
        sources=known.named(chosen),
        battery=battery,
        carbon_usd_per_kg=amount("carbon-price", options.carbon_price, "usd_per_t"),
        clean_share=given("clean", ""),
        carbon_kg_per_j=given("carbon-cap", "g_per_kwh"),
        most_w=most(options.most, (*chosen, BATTERY)),
        by_s=given("by", "months"),
        heat_usd_per_j=given("gas-price", "usd_per_mwh"),
        rate_share=given("rate", ""),
    )

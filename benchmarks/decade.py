"""The ten-year future: the same code on 40 quarters, 5 sites that can be built on and 10 chips that can be bought.

The scenario is made for its size alone: `meta_2026` stretched to the end of 2035 by invented round numbers. It is written into a temporary
folder and loaded like anybody's own. Hindsight is allowed, because figures of some later chips were published after the as-of date.
"""

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.case import ready
from benchmarks.clock import most_memory_gb, timed
from benchmarks.table import show
from capexmodel.config import load
from capexmodel.model.scenario import Scenario
from capexmodel.solvers import Status

YEARS = range(2030, 2036)
GOAL = 1e-6
CHIPS = ["A100", "H100", "H200", "B200", "GB200", "GB300", "VR200", "MI300X", "MI355X", "MI455X"]
ADDED = ["A100", "H100", "H200", "B200", "GB200", "MI300X"]

HEAD = """\
schema_version = 1
name = "decade"
title = "Forty quarters, five sites, ten chips: a scenario made for its size"
as_of = 2026-02-02
extends = "meta_2026"
hindsight = true

[grid]
horizon = 2035-12-31
decisions = [{ every = "quarter" }]
periods = [{ every = "quarter" }]

[use]
accelerator = CHIPS

[core]
growth_per_year = 0.1

[accelerator.MI455X]
share = { at = [2026-02-02, 2026-12-31, 2027-12-31], value = [0.0, 0.3, 1.0] }

[job.fourth]
work_flop = 2e29
release_lag_months = 4
weight = 0.5
largest_run_thousand = 3000
[job.fourth.reach]
prometheus = 0.6
hyperion = 1.0
other = 0.6
legacy = 0.5
leased = 0.5
"""
SITE = """
[site.NAME]
open = true
hall_power_mw = { at = [2026-02-02, 2026-12-31, 2029-12-31, 2035-12-31], value = [BASE, BASE, MIDDLE, END] }
site_power_mw = { at = [2026-02-02, 2026-12-31, 2029-12-31, 2035-12-31], value = [BASE_METER, BASE_METER, MIDDLE_METER, END_METER] }
hall_starts_mw_per_quarter = 150
source_starts_mw_per_quarter = 100
"""
OFFER = """
[accelerator.CHIP]
share = { at = [2026-02-02], value = [1.0] }
"""
YEAR = """
[envelope.FYYEAR]
high_busd = 190
other_share = 0.15
completion_busd = 16
operating_busd = 60
acquisition_busd = 5
"""


def text() -> str:
    """The scenario as TOML."""
    parts = [HEAD.replace("CHIPS", "[" + ", ".join(f'"{chip}"' for chip in CHIPS) + "]")]
    parts += [OFFER.replace("CHIP", chip) for chip in ADDED]
    parts += [_site("legacy", 1700, 1900, 2500), _site("leased", 0, 300, 1000)]
    parts += [YEAR.replace("YEAR", str(year)) for year in YEARS]
    return "".join(parts)


def _site(name: str, base_mw: int, middle_mw: int, end_mw: int) -> str:
    """A site with halls at three dates, and the power at the meter that they draw at most."""
    filled = SITE.replace("NAME", name)
    for word, hall_mw in (("BASE", base_mw), ("MIDDLE", middle_mw), ("END", end_mw)):
        filled = filled.replace(f"{word}_METER", f"{hall_mw * 1.3:.0f}").replace(word, str(hall_mw))
    return filled


def scenario() -> Scenario:
    """Write it down and load it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "decade.toml")
        path.write_text(text(), encoding="utf-8")
        return load(path)


def run() -> dict[str, object]:
    """Compile with a single step, solve, and judge the answer."""
    given = scenario()
    case, prepare_s, _ = timed(lambda: ready(given))
    print(f"  prepared in {prepare_s:.1f} s: {case.shape}", flush=True)
    _, compile_s, _ = timed(case.compile)
    print(f"  compiled in {compile_s:.1f} s", flush=True)
    solution, solve_s, solve_cpu_s = timed(case.solve)
    print(f"  solved in {solve_s:.1f} s and {int(solution.steps)} steps", flush=True)
    verdict, judge_s, _ = timed(lambda: case.verdict(solution))
    calendar, site, chips = given.calendar, given.site, np.asarray(given.accelerator.share)
    error = verdict.kkt_error
    found: dict[str, object] = {
        "quarters": len(calendar.periods),
        "sites": len(site.names),
        "sites_open": sum(site.open),
        "chips": len(given.accelerator.names),
        "chips_on_offer": int(np.sum(chips.max(axis=1) > 0)),
        "hindsight": True,
        **case.shape,
        "status": Status(int(solution.status)).name,
        "steps": int(solution.steps),
        "prepare_s": prepare_s,
        "compile_and_one_step_s": compile_s,
        "solve_s": solve_s,
        "solve_cpu_s": solve_cpu_s,
        "per_step_s": solve_s / max(int(solution.steps), 1),
        "judge_s": judge_s,
        "kkt_error": error,
        "kkt_error_goal": GOAL,
        "certified": error <= GOAL,
        "most_memory_gb": most_memory_gb(),
    }
    show("decade: the same code on ten years (hindsight allowed)", ["what", "value"], [[key, value] for key, value in found.items()])
    return found

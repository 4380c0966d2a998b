"""What can be asked on the command line: commands and their options."""

import argparse
from pathlib import Path

from capexmodel import __version__
from capexmodel.cli.options import (
    AIM,
    DRAWS,
    FOLDS,
    FOLLOWED,
    LEVELS,
    PERCENTILE,
    POINTS,
    REACHES,
    SAMPLE,
    SOLVES,
    Parser,
    aims,
    checked,
    count,
    date,
    described,
    folds,
    many,
    natural,
    of_scenario,
    outputs,
    percentile,
    points,
    sample,
    share,
    starts,
)

AS_PLANNED = "runs stop on their planned day, done or not; without it they go on with what they last had"


def build_parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    parser = Parser(prog="capexmodel", description="From capital expenditure to the date of a trained model.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"capexmodel {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    optimize = of_scenario(commands, "optimize", "find the best plan, prove it, and price its limits")
    aims(optimize)
    starts(optimize)
    outputs(optimize)
    swings = "re-solve at both ends of every undisclosed figure that has a range and a slope (a minute or two)"
    optimize.add_argument("--swings", action="store_true", help=swings)
    optimize.add_argument("--whole", action="store_true", help="order whole racks and halls, and say what that costs")
    simulate = of_scenario(commands, "simulate", "follow a given allocation from dollars to dates")
    simulate.add_argument("--allocation", metavar="FILE.json", help="the result file of an `optimize` run (required)")
    outputs(simulate)
    _frontier(commands)
    _sweep(commands)
    _uncertainty(commands)
    _check(commands)
    _robust(commands)
    _hedges(commands)
    _sensitivity(commands)
    of_scenario(commands, "lint", "check a scenario file without computing anything")
    explain = of_scenario(commands, "explain", "say where each number comes from, what binds when, and what each shadow price means")
    aims(explain)
    starts(explain)
    validate = checked(commands, "validate", "compare what the model says with what was published; status 1 where a goal is missed", True)
    validate.add_argument("--calibration", metavar="FILE.json", type=Path, help="a calibration of your own, as `calibrate --json` wrote it")
    _facts(commands)
    reconcile = described(commands, "reconcile", "walk from one published cost of a gigawatt to another, assumption by assumption")
    reconcile.add_argument("start", metavar="FROM", nargs="?", help="a build, such as bernstein_gb200; without any, all are listed")
    reconcile.add_argument("end", metavar="TO", nargs="?", help="another, such as epoch_gb200")
    reconcile.add_argument("--builds", metavar="FILE.toml", type=Path, help="builds of your own beside the shipped ones: see docs/costs.md")
    reconcile.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    _power(commands)
    return parser


def _facts(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the commands that learn from what was published, and that ask what came of predictions."""
    calibrate = checked(commands, "calibrate", "learn from what was published: what software reaches of its chips, or a company's facts")
    calibrate.add_argument("scenario", metavar="SCENARIO", nargs="?", help="with facts: the scenario that they are about (meta_2026)")
    calibrate.add_argument("--sampled", action="store_true", help="with facts: a sampler, NumPyro's, beside both (minutes)")
    calibrate.add_argument("--as-of", metavar="DATE", type=date, help="only runs published by this date, as 2026-02-02")
    calibrate.add_argument("--folds", metavar="N", type=folds, default=FOLDS, help=f"parts left out one by one, to validate ({FOLDS})")
    backtest = described(commands, "backtest", "predict from what was known on a day, and score what came; status 1 where too little was")
    backtest.add_argument("scenario", metavar="SCENARIO", nargs="?", help="a scenario as of the day of priors.toml (meta_2026)")
    backtest.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _frontier(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command that sweeps one figure, or weighs two aims."""
    frontier = of_scenario(commands, "frontier", "sweep one figure: how the best plan moves with it, each point proven and priced")
    varied = "the figure, as --set takes it, and its values: 'envelope.high=115:135:9 B$' or a list A,B,..."
    frontier.add_argument("--vary", metavar="PATH=LOW:HIGH:N", help=varied)
    weighed = "weigh two aims instead: date,cost; date,power; date,carbon (the date at most so much of the other) or cost,date"
    frontier.add_argument("--aims", metavar="A,B", help=weighed)
    frontier.add_argument("--points", metavar="N", type=folds, default=POINTS, help=f"bounds on the second aim ({POINTS})")
    aims(frontier)
    outputs(frontier)


def _power(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command on the power of a site."""
    power = described(commands, "power", "find the cheapest power for a site, all year and every hour, and price its limits")
    power.add_argument("--load", metavar="POWER", required=True, help="what is drawn at the meter, day and night: '2 GW'")
    power.add_argument("--place", metavar="NAME", default="ohio", help="whose sun, wind and grid (ohio); see configs/energy/weather.toml")
    power.add_argument("--sources", metavar="A,B,...", help="from what, such as grid,wind,solar,battery,gas_engine (all that is known)")
    power.add_argument("--carbon-price", metavar="PRICE", default="0 $/t", help="of a tonne left in the air: '100 $/t' (none)")
    power.add_argument("--clean", metavar="SHARE", help="least share of the energy that is clean: 0.9 or '90 %%'")
    power.add_argument("--carbon-cap", metavar="CARBON", help="most carbon of the energy: '100 g/kWh'")
    power.add_argument("--most", metavar="SOURCE=POWER", action="append", default=[], help="no more of a source: 'grid=500 MW'")
    power.add_argument("--by", metavar="TIME", help="only what can be there within a time from now: '18 months'")
    power.add_argument("--gas-price", metavar="PRICE", help="of a MWh of heat: '14 $/MWh' (4 $ a million BTU is 13.65)")
    power.add_argument("--rate", metavar="SHARE", help="cost of money a year: 0.0675 or '6.75 %%'")
    ranged = "several values of one: carbon-price=0:300:7, clean=0:0.95:6, gas-price, carbon-cap, rate or by"
    power.add_argument("--vary", metavar="WHAT=LOW:HIGH:N", help=ranged)
    built = "what is there by month, quarter or year until all is, or for N of them: 'quarter:12'; for one portfolio"
    power.add_argument("--build-out", metavar="PERIOD[:N]", help=built)
    stands = "what stands when the rest is ordered, for --build-out: 'grid=500 MW' (nothing)"
    power.add_argument("--standing", metavar="SOURCE=POWER", action="append", default=[], help=stands)
    power.add_argument("--energy", metavar="FILE.toml", type=Path, help="sources and places of your own beside the shipped ones")
    power.add_argument("--toml", metavar="NAME", help="print the portfolio as [source.NAME] of a scenario instead of the page")
    outputs(power)


def _sweep(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command that asks a scenario many times."""
    command = of_scenario(commands, "sweep", "vary several figures at once: every combination simulated with one plan, or planned anew")
    varied = "a figure and its values, LOW:HIGH:N, A,B,... or -20%%:+20%%:N of what it is; once for each figure (required)"
    command.add_argument("--vary", metavar="PATH=VALUES", action="append", default=[], help=varied)
    command.add_argument("--over", choices=("simulate", "optimize"), default="simulate", help="follow one plan, or plan each anew")
    command.add_argument("--allocation", metavar="FILE.json", help="the plan to follow, as `optimize --json` wrote it; else the best one")
    command.add_argument("--as-planned", action="store_true", help=AS_PLANNED)
    command.add_argument("--keep-rows", action="store_true", help="keep every scenario, not sums, histograms and extremes alone")
    command.add_argument("--gradients", action="store_true", help="slopes of the first output in every figure varied, beside each row kept")
    command.add_argument("--float32", dest="single", action="store_true", help="32-bit floats: faster, dates good to minutes")
    command.add_argument("--out", metavar="DIR", type=Path, help="write parts and a manifest here; the same command goes on from there")
    command.add_argument("--dask", metavar="ADDRESS", help="work on the Dask cluster of a scheduler, as tcp://127.0.0.1:8786")
    aims(command)
    outputs(command)


def _uncertainty(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command that draws figures from their ranges."""
    command = of_scenario(commands, "uncertainty", "follow one plan through scenarios drawn from the ranges of their figures")
    command.add_argument("--draws", metavar="N", type=many, default=DRAWS, help=f"scenarios to draw ({DRAWS:,})")
    command.add_argument("--seed", metavar="K", type=natural, default=0, help="another seed draws other scenarios (0)")
    command.add_argument("--events-only", action="store_true", help="draw only which sites are late, no figure from its range")
    command.add_argument("--allocation", metavar="FILE.json", help="the plan to follow, as `optimize --json` wrote it; else the best one")
    command.add_argument("--as-planned", action="store_true", help=AS_PLANNED)
    command.add_argument("--keep-rows", action="store_true", help="keep every scenario, not sums, histograms and extremes alone")
    command.add_argument("--float32", dest="single", action="store_true", help="32-bit floats: faster, dates good to minutes")
    command.add_argument("--out", metavar="DIR", type=Path, help="write parts and a manifest here; the same command goes on from there")
    aims(command)
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _check(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command on laws."""
    command = of_scenario(commands, "check", "try the laws on many scenarios near yours; status 1 where one is broken", needed=False)
    command.add_argument("--self", dest="shipped", action="store_true", help="try them on every shipped scenario instead of one of yours")
    levels = "quick (50 examples of each law; of slopes half as many, of plans one in 30), standard (500), deep (14,000), soak (100,000)"
    command.add_argument("--level", metavar="LEVEL", choices=LEVELS, default=LEVELS[0], help=levels)
    command.add_argument("--law", metavar="LAW", action="append", default=[], help="only these: L13, or 'L10 price'")
    reach = "how far numbers are moved: sane (a fifth), edge (half to double, some at their bounds), hostile"
    command.add_argument("--reach", metavar="REACH", choices=REACHES, default=REACHES[0], help=reach)
    command.add_argument("--seed", metavar="N", type=natural, default=0, help="other examples (0)")
    command.add_argument("--example", metavar="N", type=natural, help="the scenario as it stands, with the allocation of this example")
    command.add_argument("--out", metavar="DIR", type=Path, help="write the smallest scenario that breaks a law here, as TOML")
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")

    grads = of_scenario(commands, "grads", "compare every slope of a scenario with differences; status 1 where one is wrong")
    grads.add_argument("--allocation", metavar="FILE.json", help="the plan to look at, as `optimize --json` wrote it; else a random one")
    grads.add_argument("--example", metavar="N", type=natural, default=1, help="which random one: that of this example of the laws (1)")
    grads.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")
    verify = described(commands, "verify", "work out again all that a result says, its proof included; status 1 where it fails")
    verify.add_argument("result", metavar="RESULT.json", help="what `optimize --json` or `simulate --json` wrote")
    verify.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _robust(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command that plans for many futures at once."""
    command = of_scenario(commands, "robust", "plan for many futures at once: the earliest late date, or a deadline met with a probability")
    command.add_argument("--percentile", metavar="P", type=percentile, default=PERCENTILE, help=f"whose date is to be early ({PERCENTILE})")
    command.add_argument(
        "--deadline", metavar="MODEL=DATE", help="the cheapest plan by which a model is out by a date, as first=2027-06-30"
    )
    command.add_argument("--probability", metavar="SHARE", type=share, help="... with at least this probability, as 0.8")
    command.add_argument("--draws", metavar="K", type=sample, default=SAMPLE, help=f"futures to plan on ({SAMPLE})")
    command.add_argument("--seed", metavar="K", type=natural, default=0, help="another seed draws other futures (0)")
    command.add_argument("--events-only", action="store_true", help="draw only which sites are late, no figure from its range")
    aims(command)
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _hedges(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command that ranks what buys probability."""
    command = of_scenario(commands, "hedges", "rank what makes a date surer by the probability that a dollar buys")
    command.add_argument("--deadline", metavar="MODEL=DATE", help="whose probability counts, as first=2027-06-30 (the scenario's own)")
    command.add_argument("--percentile", metavar="P", type=percentile, default=PERCENTILE, help=f"whose date is told ({PERCENTILE})")
    command.add_argument("--draws", metavar="N", type=many, default=FOLLOWED, help=f"futures each plan is followed into ({FOLLOWED:,})")
    command.add_argument("--seed", metavar="K", type=natural, default=0, help="another seed draws other futures (0)")
    command.add_argument("--events-only", action="store_true", help="draw only which sites are late, no figure from its range")
    aims(command)
    command.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")


def _sensitivity(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the commands on what an output hangs on."""
    output = f"what is looked at, such as FY2026.capex_usd or energy_j ({AIM})"
    command = of_scenario(commands, "sensitivity", "what an output hangs on: slopes, ends of ranges, variance, what nobody verified")
    command.add_argument("--output", metavar="NAME", default=AIM, help=output)
    ways = "simulate: one plan is followed; optimize: the aim of the best plan, which is found anew at the ends"
    command.add_argument("--over", choices=("simulate", "optimize"), default="simulate", help=ways)
    solves = f"figures at whose ends --over optimize solves again, widest by slope first ({SOLVES})"
    command.add_argument("--solves", metavar="N", type=count, default=SOLVES, help=solves)
    command.add_argument("--sobol", metavar="N", type=points, default=0, help="shares of the variance too, from N points (none; try 1024)")
    command.add_argument("--seed", metavar="K", type=natural, default=0, help="another seed takes other points (0)")
    command.add_argument("--allocation", metavar="FILE.json", help="the plan to follow, as `optimize --json` wrote it; else the best one")
    command.add_argument("--as-planned", action="store_true", help=AS_PLANNED)
    aims(command)
    outputs(command)
    attribute = described(commands, "attribute", "say why an output of one scenario is another one's: what each number that differs adds")
    attribute.add_argument("one", metavar="ONE", help="a shipped scenario or a TOML file")
    attribute.add_argument("two", metavar="TWO", help="another, or the same with figures replaced")
    attribute.add_argument("--set-one", metavar="PATH=VALUE", action="append", default=[], help="replace a figure of the first")
    attribute.add_argument("--set-two", metavar="PATH=VALUE", action="append", default=[], help="replace a figure of the second")
    attribute.add_argument("--output", metavar="NAME", default=AIM, help=output)
    attribute.add_argument("--allocation", metavar="FILE.json", help="the plan both follow; else the best one of the first")
    attribute.add_argument("--as-planned", action="store_true", help=AS_PLANNED)
    attribute.add_argument("--own-plans", action="store_true", help="each follows its own best plan, and what that changes is told too")
    aims(attribute)
    attribute.add_argument("--json", metavar="FILE", type=Path, help="write the whole result")

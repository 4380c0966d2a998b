"""The power of a site beside PyPSA with HiGHS, given the same numbers: cost, capacities and the price of clean energy at four shares.

PyPSA is large and stays out of the project's environment. Where it is not installed, `python -m benchmarks oracle_power` says so; with
`PYPSA_PYTHON` naming an interpreter that has it (`pip install "capexmodel[oracle]"` in an environment of its own), that one is run on the
numbers written out. Its answers are kept in tests/published/oracle_power.json with the versions, where quick tests compare.
"""

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).resolve().parents[1] / "tests" / "published" / "oracle_power.json"
MOST_COST, MOST_PRICE = 0.01, 0.05
"""Shares by which cost and prices may differ."""
YEAR_H = 8766.0


def numbers(share: float) -> dict[str, object]:
    """The program of a share in MW, MWh and dollars a year, as PyPSA takes it."""
    from capexmodel.config.energy import market
    from capexmodel.studies.power import YEAR_S, inputs
    from capexmodel.studies.power_targets import wish

    given = inputs(market(), wish(share))
    sources, battery, draw = given.sources, given.battery, given.draw
    mw, mwh = 1e6, 3.6e9
    return {
        "share": share,
        "load_mw": (np.asarray(draw.load_w) / mw).tolist(),
        "unmet_usd_per_mwh": float(draw.unmet_usd_per_j) * mwh,
        "sources": {
            name: {
                "capital_usd_per_mw_per_year": float(sources.capacity_usd_per_w_per_s[place]) * mw * YEAR_S,
                "energy_usd_per_mwh": float(sources.energy_usd_per_j[place]) * mwh,
                "clean": float(sources.clean_share[place]),
                "available": np.asarray(sources.available_share[place]).tolist(),
            }
            for place, name in enumerate(sources.names)
        },
        "battery": {
            "power_usd_per_mw_per_year": float(battery.power_usd_per_w_per_s) * mw * YEAR_S,
            "store_usd_per_mwh_per_year": float(battery.store_usd_per_j_per_s) * mwh * YEAR_S,
            "charge": float(battery.charge_share),
            "discharge": float(battery.discharge_share),
        },
    }


def solve(given: dict) -> dict[str, object]:
    """Build and solve one program in PyPSA: each day an investment period of its own, so that the store closes by day."""
    import pandas as pd
    import pypsa

    load = np.array(given["load_mw"])
    days, hours = load.shape
    net = pypsa.Network()
    net.set_snapshots(pd.MultiIndex.from_product([range(1, days + 1), range(hours)], names=["period", "timestep"]))
    net.investment_periods = list(range(1, days + 1))
    net.investment_period_weightings = pd.DataFrame(1.0 / days, index=net.investment_periods, columns=["objective", "years"])
    net.snapshot_weightings = pd.DataFrame(1.0, index=net.snapshots, columns=["objective", "stores", "generators"]).assign(
        objective=YEAR_H / hours, generators=YEAR_H / hours
    )
    net.add("Bus", "site")
    net.add("Bus", "cells")
    net.add("Load", "load", bus="site", p_set=pd.Series(load.ravel(), index=net.snapshots))
    for name, source in given["sources"].items():
        net.add(
            "Generator", name, bus="site", p_nom_extendable=True, capital_cost=source["capital_usd_per_mw_per_year"], build_year=0,
            marginal_cost=source["energy_usd_per_mwh"], p_max_pu=pd.Series(np.ravel(source["available"]), index=net.snapshots),
            lifetime=np.inf,
        )  # fmt: skip
    net.add(
        "Generator", "unmet", bus="site", p_nom=10 * load.max(), marginal_cost=given["unmet_usd_per_mwh"], build_year=0, lifetime=np.inf
    )
    cells = given["battery"]
    common = {"p_nom_extendable": True, "build_year": 0, "lifetime": np.inf}
    net.add(
        "Link", "charge", bus0="site", bus1="cells", efficiency=cells["charge"], capital_cost=cells["power_usd_per_mw_per_year"], **common
    )
    net.add("Link", "discharge", bus0="cells", bus1="site", efficiency=cells["discharge"], capital_cost=0.0, **common)
    net.add(
        "Store", "store", bus="cells", e_nom_extendable=True, e_cyclic=True, e_cyclic_per_period=True, build_year=0, lifetime=np.inf,
        capital_cost=cells["store_usd_per_mwh_per_year"],
    )  # fmt: skip

    def limits(network: object, _snapshots: object) -> None:
        model = network.model
        sizes = model["Link-p_nom"]
        model.add_constraints(sizes.loc["discharge"] * cells["discharge"] - sizes.loc["charge"] == 0, name="inverter")
        dirty = [name for name, source in given["sources"].items() if source["clean"] < 1]
        taken = model["Generator-p"].sel(name=dirty).sum() * (YEAR_H / load.size)
        model.add_constraints(taken <= (1.0 - given["share"]) * load.mean() * YEAR_H, name="clean")

    net.optimize(solver_name="highs", multi_investment_periods=True, extra_functionality=limits, log_to_console=False)
    drawn = load.mean() * YEAR_H
    return {
        "share": given["share"],
        "cost_usd_per_mwh": float(net.model.objective.value) / drawn,
        "clean_usd_per_mwh": abs(float(net.model.dual["clean"])),
        "capacity_mw": {name: float(net.generators.p_nom_opt[name]) for name in given["sources"]},
        "battery_mw": float(net.links.p_nom_opt["charge"]),
        "battery_mwh": float(net.stores.e_nom_opt["store"]),
    }


def answer() -> None:
    """Read programs from the standard input, and write what PyPSA says of them."""
    import pypsa

    version = importlib.metadata.version("highspy")  # its absence is told here rather than by the solver
    found = [solve(given) for given in json.load(sys.stdin)]
    json.dump({"versions": {"pypsa": pypsa.__version__, "highspy": version}, "answers": found}, sys.stdout)


def run() -> dict[str, object]:
    """Ask PyPSA, keep its answers, and set ours beside them."""
    from benchmarks.table import show
    from capexmodel.config.energy import market
    from capexmodel.studies.power import find
    from capexmodel.studies.power_targets import SHARES, clean_price_usd_per_j, wish

    python = os.environ.get("PYPSA_PYTHON") or (sys.executable if importlib.util.find_spec("pypsa") else None)
    if python is None:
        raise SystemExit("PyPSA is not installed here: name an interpreter that has it, PYPSA_PYTHON=/some/venv/bin/python")
    programs = [numbers(share) for share in SHARES]
    asked = [python, str(Path(__file__).resolve()), "--answer"]
    done = subprocess.run(asked, input=json.dumps(programs), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout[done.stdout.rindex('{"versions"') :])
    ANSWERS.write_text(json.dumps({**told, "programs": "benchmarks/oracle_power.py"}, indent=1) + "\n", encoding="utf-8")
    rows = []
    for share, theirs in zip(SHARES, told["answers"], strict=True):
        ours = find(market(), wish(share))
        cost, price = ours.cost_usd_per_j * 3.6e9, clean_price_usd_per_j(ours) * 3.6e9
        rows.append([f"{share:g}", cost, theirs["cost_usd_per_mwh"], price, theirs["clean_usd_per_mwh"]])
    show("oracle: $/MWh of one firm gigawatt, and what one more clean MWh costs", ["share", "ours", "PyPSA", "price", "PyPSA's"], rows)
    return {"versions": told["versions"], "shares": list(SHARES), "rows": rows}


if __name__ == "__main__":
    answer()

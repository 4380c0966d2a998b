"""The throughput estimator beside llm-analysis: how far each misses published training runs, and how many runs each evaluates a second.

Accuracy: ours as stored with the shipped calibration, each run predicted without itself, and by calibrations that leave tenths of the runs
out; with the same tenths, and with models on a chip left out whole, one fitted factor by chip and precision on llm-analysis and on the
peak (a constant utilization). llm-analysis also as shipped: at the peak. It takes every feed-forward block to be 16 hidden^2 of work, and
has no word for what `lacks` names: runs without that it `expresses`; nearly all others it takes too, with that dropped and a context group
given as a tensor group, which its time does not tell apart. A chip that it does not know, a TPU too, is given as our data sheet has it.

It is no dependency, of no extra either, for it wants transformers, which nothing here uses. Without it the benchmark says so. To get it:

    pip install --no-deps llm-analysis==0.2.2 fire==0.7.1 termcolor==3.3.0

Speed: ours in batches under `jax.jit` and one at a time, llm-analysis one at a time, as it works, silenced. Two figures of it: its training
analysis alone on objects made beforehand, which the goal is judged by, and with these objects made anew, as a search would.
"""

import functools
import importlib.metadata
import json
import logging
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.clock import Timed, each_in_turn
from benchmarks.table import show
from capexmodel.config.calibrated import Calibrated
from capexmodel.config.locate import configs_dir
from capexmodel.config.rows import Row
from capexmodel.config.training import WIDTHS
from capexmodel.studies.throughput import FOLDS, GOALS, cross_validate, folds, predict, shipped_calibration
from capexmodel.training.calibration import Runs, efficiency_of
from capexmodel.training.step_time import tokens_per_s_per_chip

KNOWN = {"A100-40GB": "a100-sxm-40gb", "A100-80GB": "a100-sxm-80gb", "H100-SXM": "h100-sxm-80gb"}
"""Chips that llm-analysis knows, by our names and its own."""
MESSAGE_S = 8e-6
"""Shortest message within a node as llm-analysis has it for every chip it knows."""
DTYPES = {16: "w16a16e16", 8: "w8a8e16", 4: "w4a4e16"}
BLOCK = 2048
BATCHES = {"1": (1, 1, 200), "512": (512, 512, 40), "65536": (65_536, 65_536, 1), "65536_in_blocks": (65_536, BLOCK, 1)}
"""Runs of a batch, how many of them are evaluated at once, and how often in a round. A block's numbers stay in the caches."""
ROUNDS = 15
SCORES = ("rows", "median_percent", "p90_percent", "max_percent")
PEER, PEER_ANEW = "llm_analysis", "llm_analysis_made_anew"
GOAL_FASTER, GOAL_SLOPE = 300.0, 3.0


class Peer(NamedTuple):
    """The modules of llm-analysis."""

    analysis: Any
    config: Any


class Task(NamedTuple):
    """Something to be timed, and how many runs it evaluates."""

    call: Callable[[], Any]
    evaluations: int


def run() -> dict[str, object]:
    """Score and time ours and llm-analysis on the published runs."""
    calibrated, peer = shipped_calibration(), installed()
    if peer is None:
        print("training: llm-analysis is not installed; ours is reported alone")
    accuracy, speed = _accuracy(calibrated, peer), _speed(calibrated, peer)
    held = _goals(accuracy["stored"], speed)
    show("training: goals", ["what", "got", "goal", "holds"], [[name, *one.values()] for name, one in held.items()])
    return {"llm_analysis": None if peer is None else importlib.metadata.version("llm-analysis"), **accuracy, **speed, "goals": held}


def installed() -> Peer | None:
    """llm-analysis, silenced; None where it or what its import needs is missing."""
    logging.getLogger("__name__").setLevel(logging.CRITICAL)  # the name of its logger is spelled that way
    try:
        return Peer(*(importlib.import_module(f"llm_analysis.{part}") for part in ("analysis", "config")))
    except ModuleNotFoundError:
        return None


def lacks(row: Row) -> tuple[str, ...]:
    """What of a run llm-analysis has no word for."""
    shape, numbers = row.shape, row.numbers
    said = {
        "context groups": numbers["context_count"] > 1,
        "recomputation of some layers": numbers["partly_share"] > 0,
        "width of heads": shape["head_count"] * shape["heads_count"] != shape["hidden_count"],
        "latent attention": shape["latent_count"] > 0,
        "windows": shape["windowed_share"] > 0,
        "shared experts": shape["shared_ffn_count"] > 0,
        "dense layers among experts": shape["experts_count"] > 0 and shape["dense_layers_count"] > 0,
    }
    return tuple(name for name, there in said.items() if there)


def taken(row: Row) -> bool:
    """Whether llm-analysis takes a run at all: its batch is whole micro-batches."""
    passes = row.numbers["batch_count"] / (row.numbers["data_count"] * row.numbers["micro_batch_count"])
    return passes >= 1 and passes == int(passes) and row.numbers["micro_batch_count"] == int(row.numbers["micro_batch_count"])


def _made(peer: Peer, row: Row) -> tuple[Any, dict[str, Any]]:
    """A run as llm-analysis describes it: its object, and what its training analysis is asked."""
    config, shape = peer.config, row.shape
    count = {name: int(value) for name, value in row.numbers.items() if name.endswith("_count")}
    moe = shape["experts_count"] > 0
    width = shape["expert_ffn_count"] if moe else shape["ffn_count"]
    model = config.ModelConfig(
        row.model, int(shape["layers_count"]), int(shape["heads_count"]), int(shape["hidden_count"]), int(shape["vocabulary_count"]),
        max_seq_len=count["sequence_count"], num_key_value_heads=int(shape["kv_heads_count"]), ffn_embed_dim=int(width),
        expansion_ratio=width / shape["hidden_count"], moe_num_experts=int(shape["experts_count"]) if moe else 1,
        moe_top_k=int(shape["chosen_count"]) if moe else 1,
    )  # fmt: skip
    tensor = count["tensor_count"] * count["context_count"]
    sequence = tensor if row.numbers["sequence_share"] > 0 else 1
    cut = config.ParallelismConfig(tensor, count["pipeline_count"], count["data_count"], count["expert_count"], sequence)
    bits = config.get_dtype_config_by_name(DTYPES[WIDTHS[row.precision]])
    again = 2 if row.numbers["recomputed_share"] else 1 if row.numbers["core_share"] else 0
    asked = {
        "batch_size_per_gpu": count["micro_batch_count"], "global_batch_size": count["batch_count"], "seq_len": count["sequence_count"],
        "activation_recomputation": peer.analysis.ActivationRecomputation(again),
        "ds_zero": peer.analysis.DSZeRO(count["sharding_count"]), "mlp_gated_linear_units": shape["ffn_matrices_count"] > 2,
    }  # fmt: skip
    return peer.analysis.LLMAnalysis(model, _gpu(peer, row), bits, cut), asked


def _gpu(peer: Peer, row: Row) -> Any:
    """A run's chip: as llm-analysis knows it, else as our data sheet has it."""
    name, sheet = row.sheet.name, row.sheet.sheet
    if name in KNOWN:
        return peer.config.get_gpu_config_by_name(KNOWN[name])
    peaks = {bits: peak * 1e6 for bits, peak in row.sheet.peak_eflops.items()}
    given = (sheet[each] for each in ("memory_gb", "memory_gb_per_s", "scaleup_gb_per_s"))
    return peer.config.GPUConfig(name, *given, MESSAGE_S, peaks[16], peaks.get(8), peaks.get(4), sheet["scaleout_gb_per_s"])


def _theirs(peer: Peer, row: Row) -> float:
    """Tokens by second and chip as llm-analysis has them."""
    made, asked = _made(peer, row)
    tokens = row.numbers["batch_count"] * row.numbers["sequence_count"] / row.numbers["chips_count"]
    return tokens / made.training(**asked)["latency_per_iter"]


def fitted(rows: Sequence[Row], missed: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Each run's factor, as a logarithm: the median miss by chip and precision of the runs outside its fold, by width of a number or of all
    runs where none of these is outside."""
    keys = [(f"{row.sheet.name} {row.precision}", WIDTHS[row.precision], "all") for row in rows]
    found = np.zeros(len(rows))
    for place, own in enumerate(keys):
        pools = ([m for m, key, f in zip(missed, keys, fold, strict=True) if f != fold[place] and key[n] == own[n]] for n in range(3))
        found[place] = np.median(next(pool for pool in pools if pool))
    return found


def slices(rows: Sequence[Row], expected: np.ndarray) -> dict[str, dict[str, float]]:
    """How far predictions miss, in percent of what was seen, by kind of model and chip."""
    kinds = [("all", "moe" if r.shape["experts_count"] else "dense", "tpu" if r.sheet.name.startswith("TPU") else "gpu") for r in rows]
    miss = 100.0 * np.abs(expected / np.asarray([row.seen_per_s for row in rows]) - 1.0)
    chosen = {name: miss[[name in kind for kind in kinds]] for name in ("all", "dense", "moe", "gpu", "tpu")}
    return {
        name: dict(zip(SCORES, (m.size, *map(float, (np.median(m), np.quantile(m, 0.9), m.max()))), strict=True))
        for name, m in chosen.items()
        if m.size
    }


def _accuracy(calibrated: Calibrated, peer: Peer | None) -> dict[str, Any]:
    """Misses of everyone, on all runs and on those that llm-analysis expresses or takes."""
    rows = calibrated.rows
    split = {"left_out": folds(rows, False, FOLDS), "left_out_by_model_and_chip": folds(rows, True, FOLDS)}
    seen, ceiling = np.log([row.seen_per_s for row in rows]), np.log(_at_peak(calibrated.runs))
    everyone = {
        "ours_each_without_itself": np.asarray([each.expected for each in predict(rows, calibrated)]),
        "ours_left_out": cross_validate(rows, calibrated.estimator.unknowns, split["left_out"], print).expected,
        **{f"utilization_{name}": np.exp(ceiling + fitted(rows, seen - ceiling, fold)) for name, fold in split.items()},
    }
    stored = json.loads((configs_dir() / "training" / "calibration.json").read_text(encoding="utf-8"))
    stored = {name: stored[name] for name in split}
    found: dict[str, Any] = {"all_runs": {name: slices(rows, expected) for name, expected in everyone.items()}}
    _table("training: misses on all runs", {f"{name} (stored)": one for name, one in stored.items()} | found["all_runs"])
    if peer is None:
        return {"stored": stored, "accuracy": found}
    for title, choice in {"expressed": lambda row: not lacks(row), "taken": lambda row: True}.items():
        places = np.asarray([place for place, row in enumerate(rows) if choice(row) and taken(row)])
        some = [rows[place] for place in places]
        theirs = np.asarray([_theirs(peer, row) for row in some])
        missed = seen[places] - np.log(theirs)
        both = {name: expected[places] for name, expected in everyone.items()} | {"llm_analysis_as_shipped": theirs}
        both |= {f"llm_analysis_fitted_{name}": theirs * np.exp(fitted(some, missed, fold[places])) for name, fold in split.items()}
        found[f"runs_{title}"] = {name: slices(some, expected) for name, expected in both.items()}
        _table(f"training: misses on the {len(some)} runs {title} by llm-analysis", found[f"runs_{title}"])
    reasons = Counter(reason for row in rows for reason in lacks(row)) | Counter({"whole micro-batches": sum(not taken(r) for r in rows)})
    show("training: what llm-analysis has no word for", ["what", "runs"], reasons.most_common())
    return {"stored": stored, "accuracy": found, "not_expressed": dict(reasons)}


def _at_peak(runs: Runs) -> np.ndarray:
    """Tokens by second and chip were all of the peak model work."""
    work = jax.vmap(lambda job: job.shape.training_flop(job.sequence_count))(runs.jobs)
    return np.asarray(runs.chips.peak_eflops * 1e18 / work)


def _speed(calibrated: Calibrated, peer: Peer | None) -> dict[str, Any]:
    """Evaluations a second of everyone, in interleaved rounds."""
    tasks = _ours(calibrated) | ({} if peer is None else _rival(calibrated, peer))
    for task in tasks.values():
        task.call()  # compile
    rounds = [each_in_turn({name: task.call for name, task in tasks.items()}) for _ in range(ROUNDS)]
    speed = {name: _told(name, task.evaluations, rounds, tasks) for name, task in tasks.items()}
    show("training: runs evaluated", ["what", *next(iter(speed.values()))], [[name, *one.values()] for name, one in speed.items()])
    slopes, kinds = {}, ("chip_gradient", "gradient", "gradient_summed")
    for way, size in [(way, size) for way in kinds for size in BATCHES if f"{way}_{size}" in tasks]:
        pairs = [(one[f"{way}_{size}"], one[f"equations{way.partition('gradient')[2]}_{size}"]) for one in rounds]
        slopes[f"{way}, batch_{size}"] = {"over_value": _ratio(pairs, "wall_s"), "cores_over_value": _ratio(pairs, "cpu_s")}
    return {"speed": speed, "gradient": slopes, "rounds": ROUNDS}


def _ratio(pairs: Sequence[tuple[Timed, Timed]], what: str) -> float:
    return statistics.median(getattr(first, what) / getattr(second, what) for first, second in pairs)


def _told(name: str, evaluations: int, rounds: list[dict[str, Timed]], tasks: dict[str, Task]) -> dict[str, float | None]:
    """What is to be said of one task; `over` compares evaluations a second with those of llm-analysis, round by round."""
    wall, cores = (statistics.median(evaluations / getattr(one[name], what) for one in rounds) for what in ("wall_s", "cpu_s"))
    over: list[float | None] = [None, None]
    if PEER in tasks:
        each, pairs = evaluations / tasks[PEER].evaluations, [(one[PEER], one[name]) for one in rounds]
        over = [each * _ratio(pairs, "wall_s"), each * _ratio(pairs, "cpu_s")]
    return {"evaluations_per_s": wall, "per_core_s": cores, "over_llm_analysis": over[0], "cores_over_llm_analysis": over[1]}


def _ours(calibrated: Calibrated) -> dict[str, Task]:
    """Our equations with efficiencies looked up before, their gradient in the chip's numbers and in all, sums alone, and the estimator."""
    estimator = calibrated.estimator
    in_chip, in_all = (jax.value_and_grad(tokens_per_s_per_chip, argnums=which) for which in (1, (0, 1)))
    ways = {
        "equations": lambda runs, reached: jax.vmap(tokens_per_s_per_chip)(runs.jobs, runs.chips, reached),
        "chip_gradient": lambda runs, reached: jax.vmap(in_chip)(runs.jobs, runs.chips, reached),
        "gradient": lambda runs, reached: jax.vmap(in_all)(runs.jobs, runs.chips, reached),
        "estimator": lambda runs, reached: estimator.predict(runs),
    }
    ways |= {f"{way}_summed": lambda *given, call=ways[way]: jax.tree.map(jnp.sum, call(*given)) for way in ("equations", "gradient")}
    tasks = {}
    for name, (size, block, times) in BATCHES.items():
        runs = calibrated.runs.take(jnp.arange(size) % len(calibrated.runs))
        given = runs, jax.vmap(functools.partial(efficiency_of, estimator.prior, estimator.unknowns))(runs.kinds)
        for way, call in ways.items():
            if block <= BLOCK if way == "estimator" else not way.endswith("summed") or block == BLOCK:  # an estimator's memory grows
                tasks[f"{way}_{name}"] = Task(_often(jax.jit(_blocked(call, size // block)), given, times), size * times)
    return tasks


def _blocked(call: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The same, for so many blocks one after the other."""
    if count == 1:
        return call
    return lambda *given: jax.lax.map(lambda one: call(*one), jax.tree.map(lambda leaf: leaf.reshape(count, -1, *leaf.shape[1:]), given))


def _often(call: Callable[..., Any], given: tuple[Any, ...], times: int) -> Callable[[], Any]:
    """Call several times and wait for each."""
    return lambda: [jax.block_until_ready(call(*given)) for _ in range(times)][-1]


def _rival(calibrated: Calibrated, peer: Peer) -> dict[str, Task]:
    """The training analysis of llm-analysis, of every run it takes, one after the other."""
    rows = [row for row in calibrated.rows if taken(row)]
    made = [_made(peer, row) for row in rows]
    alone = Task(lambda: [one.training(**asked) for one, asked in made], len(rows))
    return {PEER: alone, PEER_ANEW: Task(lambda: [_theirs(peer, row) for row in rows], len(rows))}


def _goals(stored: dict[str, Any], speed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every goal, what was reached, and whether it holds."""
    found = {}
    for kind, scored in stored.items():
        for name, goals in GOALS.items():
            for what, most in goals.items():
                got = scored[name][f"{what}_percent"]
                found[f"{kind}, {name}: {what} percent at most"] = {"got": got, "goal": most, "holds": got <= most}
    for size, one in speed["gradient"].items():
        got = one["over_value"]
        found[f"{size}: over value at most"] = {"got": got, "goal": GOAL_SLOPE, "holds": got <= GOAL_SLOPE}
    faster = speed["speed"]["equations_65536_in_blocks"]["over_llm_analysis"]
    if faster is not None:
        found["equations in a batch over llm-analysis at least"] = {"got": faster, "goal": GOAL_FASTER, "holds": faster >= GOAL_FASTER}
    return found


def _table(title: str, found: dict[str, dict[str, dict[str, float]]]) -> None:
    """One line a predictor and slice."""
    told = [(f"{name}, {part}", one) for name, scored in found.items() for part, one in scored.items()]
    show(title, ["what", *SCORES], [[name, *(one[each] for each in SCORES)] for name, one in told])

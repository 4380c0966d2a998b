"""Rows of published runs, from a CSV file: read, completed by what is known of models and chips, and refused with a reason where they
cannot be timed. Both spellings of a column are read: this project's (`tensor_count`) and that of publishers' tables (`tp`)."""

import csv
import dataclasses
import datetime
import io
import stat
from collections.abc import Iterable
from pathlib import Path

from capexmodel.config.faults import called, nearest, plain
from capexmodel.config.locate import configs_dir
from capexmodel.config.provenance import shipped_sources
from capexmodel.config.training import WIDTHS, ChipSheet, Family, chips, family_of, models, release_years
from capexmodel.errors import ConfigError

LARGEST_BYTES = 50_000_000
SPELLINGS = {
    "n_chips": "chips_count", "chips_per_node": "domain_count", "seq_len": "sequence_count", "global_batch_seqs": "batch_count",
    "micro_batch": "micro_batch_count", "tp": "tensor_count", "pp": "pipeline_count", "vpp": "chunk_count", "cp": "context_count",
    "dp": "data_count", "ep": "expert_count", "zero_stage": "sharding_count", "seq_parallel": "sequence_share",
    "tokens_per_s_per_chip": "tokens_per_s", "n_layers": "layers_count", "hidden": "hidden_count", "ffn": "ffn_count",
    "heads": "heads_count", "kv_heads": "kv_heads_count", "head_dim": "head_count", "vocab": "vocabulary_count",
    "n_experts": "experts_count", "topk": "chosen_count", "moe_ffn": "expert_ffn_count", "shared_ffn": "shared_ffn_count",
    "dense_layers": "dense_layers_count",
}  # fmt: skip
NUMBERS = (*SPELLINGS.values(), "gated_ffn", "year")
SHAPE = (
    "layers_count", "hidden_count", "heads_count", "kv_heads_count", "head_count", "ffn_count", "vocabulary_count",
    "experts_count", "chosen_count", "expert_ffn_count", "shared_ffn_count", "dense_layers_count",
)  # fmt: skip
NEEDED = SHAPE[:7]
RECOMPUTED = {"none": (0, 0, 0), "full": (1, 0, 0), "selective": (0, 0, 1), "unknown": (0, 0, 0), "": (0, 0, 0)}
PARTLY = ("minimal", "custom", "offload")
SCORED = ("A", "B", "")
"""Qualities of a row's target that are scored: measured, derived by the publisher's own formula, and not said."""
_ROUNDING = 1e-9
"""By which a batch may fall short of its passes."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A run that can be timed: its numbers by field, its chip, model and software, what was seen if anything, and its cells as written."""

    row_id: str
    numbers: dict[str, float]
    shape: dict[str, float]
    sheet: ChipSheet
    precision: str
    model: str
    family: Family
    release_years: float
    seen_per_s: float | None
    scored: bool
    assumed: tuple[str, ...]
    cells: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Refused:
    """A row that cannot be timed, and why."""

    row_id: str
    reason: str


class _Unfit(Exception):
    """Why one row cannot be timed."""


def read_rows(path: Path) -> list[Row | Refused]:
    """Read every row of a file, in its order.

    Raises: ConfigError for a file that cannot be read, is no CSV table, or has none of the columns that are needed.
    """
    return [understand(number, cells) for number, cells in enumerate(_cells(path), 1)]


def shipped_rows(as_of: datetime.date | None = None) -> list[Row]:
    """The published runs that come with the package; with a date, those that were published by then."""
    found = read_rows(configs_dir() / "training" / "runs.csv")
    refused = [row for row in found if isinstance(row, Refused)]
    if refused:
        raise ConfigError(f"training/runs.csv: {refused[0].row_id}: {refused[0].reason}")
    rows = [row for row in found if isinstance(row, Row)]
    if as_of is None:
        return rows
    published = {name: source["date"] for name, source in shipped_sources(configs_dir()).items() if "date" in source}
    return [row for row in rows if published[row.cells["source"]] <= as_of.isoformat()]


def _cells(path: Path) -> list[dict[str, str]]:
    """The cells of a table, by the project's names of columns."""
    shown = called(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_BYTES:
            raise ConfigError(f"{shown}: is not a plain file of at most {LARGEST_BYTES} bytes, expected a CSV table of runs")
        text = path.read_bytes().decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        raise ConfigError(f"{shown}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: is not UTF-8 text, got byte 0x{error.object[error.start]:02x}, expected a CSV table") from None
    except csv.Error as error:
        raise ConfigError(f"{shown}: is no CSV table: {error}") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{shown}: cannot be read: {getattr(error, 'strerror', None) or 'its name is not a path'}") from None
    if not table:
        raise ConfigError(f"{shown}: is empty, expected a line of column names and a line for each run")
    names = [SPELLINGS.get(name.strip(), name.strip()) for name in table[0]]
    missing = [name for name in ("chip", "chips_count", "sequence_count") if name not in names]
    if missing:
        hint = nearest(missing[0], names)
        raise ConfigError(f"{shown}:1: has no column '{missing[0]}'" + (f"; is '{hint}' meant?" if hint else ""))
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise ConfigError(f"{shown}:1: has the column '{plain(twice[0])[1:-1]}' twice")
    rows = [line for line in table[1:] if any(cell.strip() for cell in line)]
    return [dict(zip(names, (cell.strip() for cell in line), strict=False)) for line in rows]


def understand(number: int, cells: dict[str, str]) -> Row | Refused:
    """One row of a table from its cells, by the project's names of columns, or why it cannot be timed."""
    row_id = cells.get("row_id") or f"row {number}"
    try:
        return _understood(row_id, cells)
    except _Unfit as unfit:
        return Refused(row_id, str(unfit))


def _understood(row_id: str, cells: dict[str, str]) -> Row:
    """A row whose every number is there and fits the others."""
    numbers = {name: value for name in NUMBERS if (value := _number(name, cells.get(name, ""))) is not None}
    sheet = _sheet(cells.get("chip", ""))
    precision = cells.get("precision", "") or "bf16"
    if precision not in WIDTHS:
        raise _Unfit(f"precision: is not known, got {plain(precision)}, expected {', '.join(WIDTHS)}{_meant(precision, WIDTHS)}")
    if WIDTHS[precision] not in sheet.peak_eflops:
        raise _Unfit(f"precision: {sheet.name} does not compute in {precision}")
    model, software = cells.get("model", ""), cells.get("software", "")
    shape, assumed = _shape(numbers, model), []
    family = family_of(software)
    run = _layout(numbers, cells.get("recompute", ""), family, assumed)
    _check(run, shape)
    quality, seen = cells.get("target_quality", "").upper(), numbers.get("tokens_per_s")
    if seen is not None and seen <= 0:
        raise _Unfit(f"tokens_per_s: is not above 0, got {seen:g}")
    unnamed = f"{shape['layers_count']:g}x{shape['hidden_count']:g}"
    return Row(
        row_id, run, shape, sheet, "bf16" if precision == "fp16" else precision, model or unnamed, family,
        release_years(software, numbers.get("year")), seen, seen is not None and quality in SCORED, tuple(assumed),
        {name: cell for name, cell in cells.items() if cell},
    )  # fmt: skip


def _number(name: str, text: str) -> float | None:
    """A cell as a number; None where it is blank."""
    if text == "" or text.lower() in ("nan", "na", "none", "null"):
        return None
    try:
        value = float(text)
    except ValueError:
        raise _Unfit(f"{name}: is not a number, got {plain(text)}") from None
    if not abs(value) < float("inf"):
        raise _Unfit(f"{name}: is not finite, got {plain(text)}")
    return value


def _sheet(name: str) -> ChipSheet:
    """The data sheet of a chip."""
    known = {each.lower(): sheet for each, sheet in chips().items()}
    if name.lower() not in known:
        what = f"got {plain(name)}" if name else "it is missing"
        raise _Unfit(
            f"chip: is not known, {what}, expected one of {', '.join(sorted({s.name for s in known.values()}))}{_meant(name, chips())}"
        )
    return known[name.lower()]


def _meant(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean '{near}'?" if near else ""


def _shape(numbers: dict[str, float], model: str) -> dict[str, float]:
    """The shape of a run's model: that of its name where what the row says agrees with it, else what the row says."""
    known = models().get(model)
    given = {name: numbers[name] for name in SHAPE if name in numbers}
    if known is not None and all(_agrees(name, value, known) for name, value in given.items()):
        return known
    missing = [name for name in NEEDED if name not in given]
    if missing:
        named = f"'{plain(model)[1:-1]}' is not a model whose shape is known" if known is None else f"the rest is not the shape of {model}"
        raise _Unfit(f"shape: {missing[0]} is missing, and {named}")
    gated = {0.0: 2.0, 1.0: 3.0}.get(numbers.get("gated_ffn", 1.0))
    if gated is None:
        raise _Unfit(f"gated_ffn: is neither 0 nor 1, got {numbers['gated_ffn']:g}")
    blank = {"embeddings_count": 2.0, **dict.fromkeys(("positions_count", "query_rank_count", "latent_count", "rotated_count"), 0.0)}
    blank |= dict.fromkeys((*SHAPE, "window_count", "windowed_share"), 0.0)
    return {**blank, **given, "ffn_matrices_count": gated}


def _agrees(name: str, value: float, known: dict[str, float]) -> bool:
    """Whether a row's number is that of a known shape; the width of a head may hold its part for the position."""
    wide = known["head_count"] + known["rotated_count"] if name == "head_count" else known[name]
    return value in (known[name], wide)


def _layout(numbers: dict[str, float], recompute: str, family: Family, assumed: list[str]) -> dict[str, float]:
    """The numbers of a run and its layout; what is blank is the least there can be, and noted where that is a guess."""
    run = {name: numbers.get(name, 1.0) for name in ("tensor_count", "pipeline_count", "chunk_count", "context_count", "expert_count")}
    for name in ("chips_count", "sequence_count"):
        if name not in numbers:
            raise _Unfit(f"{name}: is missing")
        run[name] = numbers[name]
    cut = run["tensor_count"] * run["pipeline_count"] * run["context_count"]
    run["data_count"] = numbers.get("data_count", run["chips_count"] / cut if cut > 0 else 0.0)
    run["micro_batch_count"] = numbers.get("micro_batch_count", 1.0)
    if "batch_count" not in numbers:
        assumed.append("batch_count")
    run["batch_count"] = numbers.get("batch_count", run["data_count"] * run["micro_batch_count"])
    if "micro_batch_count" not in numbers and not family.whole_batch:
        assumed.append("micro_batch_count")
    if not family.whole_batch and run["micro_batch_count"] % 1:
        raise _Unfit(f"micro_batch_count: is not a whole number, got {run['micro_batch_count']:g}")
    if family.whole_batch and run["data_count"] > 0:
        run["micro_batch_count"] = run["batch_count"] / run["data_count"]
    run |= {name: numbers.get(name, 0.0) for name in ("sharding_count", "sequence_share")}
    if "domain_count" in numbers:
        run["domain_count"] = numbers["domain_count"]
    word = recompute.lower()
    if word not in RECOMPUTED and word not in PARTLY:
        known = [*filter(None, RECOMPUTED), *PARTLY]
        raise _Unfit(f"recompute: is not known, got {plain(recompute)}, expected {', '.join(known)}{_meant(word, known)}")
    parts = (0, 1, 0) if word in PARTLY else RECOMPUTED[word]
    return run | dict(zip(("recomputed_share", "partly_share", "core_share"), map(float, parts), strict=True))


def _check(run: dict[str, float], shape: dict[str, float]) -> None:
    """Refuse what cannot be run, with the reason."""
    for name, value in {**run, **{name: shape[name] for name in NEEDED}}.items():
        free = name.endswith("_share") or name == "sharding_count"
        if value < 0 or (value == 0 and not free):
            raise _Unfit(f"{name}: is not above 0, got {value:g}")
        if name not in ("micro_batch_count", "batch_count") and not name.endswith("_share") and value != int(value):
            raise _Unfit(f"{name}: is not a whole number, got {value:g}")
    tensor, heads = run["tensor_count"], shape["heads_count"]
    cut = tensor * run["pipeline_count"] * run["context_count"] * run["data_count"]
    if cut != run["chips_count"]:
        raise _Unfit(f"layout: tensor x pipeline x context x data is {cut:g}, but there are {run['chips_count']:g} chips")
    if heads % tensor:
        raise _Unfit(f"tensor_count: {tensor:g} does not divide the {heads:g} heads")
    if heads % shape["kv_heads_count"]:
        raise _Unfit(f"kv_heads_count: {shape['kv_heads_count']:g} does not divide the {heads:g} heads")
    if run["sharding_count"] > 3:
        raise _Unfit(f"sharding_count: is above 3, got {run['sharding_count']:g}")
    if run["pipeline_count"] > shape["layers_count"]:
        raise _Unfit(f"pipeline_count: {run['pipeline_count']:g} stages for {shape['layers_count']:g} layers")
    _check_pieces(run, shape)
    _check_experts(run, shape)


def _check_pieces(run: dict[str, float], shape: dict[str, float]) -> None:
    """Refuse pieces that layers, sequences and batches do not have. The two tables may be pieces of their own beside the layers."""
    stages, pieces, copies = run["pipeline_count"], run["chunk_count"], run["data_count"]
    if pieces > 1 and stages == 1:
        raise _Unfit(f"chunk_count: {pieces:g} pieces are dealt to one stage alone")
    if stages * pieces > shape["layers_count"] + 2:
        raise _Unfit(f"chunk_count: {stages:g} stages of {pieces:g} pieces for {shape['layers_count']:g} layers")
    if run["sequence_count"] % run["context_count"]:
        raise _Unfit(f"context_count: {run['context_count']:g} does not divide a sequence of {run['sequence_count']:g}")
    if run["sequence_share"] > 1:
        raise _Unfit(f"sequence_share: is above 1, got {run['sequence_share']:g}")
    if run["batch_count"] < copies * run["micro_batch_count"] * (1.0 - _ROUNDING):
        passed = f"{copies:g} copies of {run['micro_batch_count']:g} sequences at once"
        raise _Unfit(f"batch_count: {run['batch_count']:g} sequences are too few for {passed}")


def _check_experts(run: dict[str, float], shape: dict[str, float]) -> None:
    """Refuse experts that are not there, cannot be chosen or cannot be spread."""
    experts, spread, layers = shape["experts_count"], run["expert_count"], shape["layers_count"]
    if not experts and spread > 1:
        raise _Unfit(f"expert_count: experts are spread over {spread:g} chips, but the model has none")
    if not experts and (shape["chosen_count"] or shape["expert_ffn_count"]):
        raise _Unfit(
            f"shape: {shape['chosen_count']:g} experts chosen of width {shape['expert_ffn_count']:g}, but experts_count is missing"
        )
    if experts and (not shape["chosen_count"] or shape["chosen_count"] > experts or not shape["expert_ffn_count"]):
        raise _Unfit(f"shape: {experts:g} experts, but {shape['chosen_count']:g} chosen of width {shape['expert_ffn_count']:g}")
    if experts and shape["dense_layers_count"] >= layers:
        raise _Unfit(f"dense_layers_count: {shape['dense_layers_count']:g} of {layers:g} layers leave none for experts")
    if experts % spread:
        raise _Unfit(f"expert_count: {spread:g} does not divide the {experts:g} experts")
    if spread > run["chips_count"]:
        raise _Unfit(f"expert_count: {spread:g} is more than the {run['chips_count']:g} chips")

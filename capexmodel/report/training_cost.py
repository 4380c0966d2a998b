"""The score of what training runs cost, for people and for programs."""

from typing import Any

from capexmodel.report.text import heading, paragraph, safe, table
from capexmodel.studies.training_cost import Cost, CostSlice, CostValidation

SCHEMA_VERSION = 1
MOST_SHOWN = 12


def cost_page(found: CostValidation) -> str:
    """Say how far both ways miss the published costs, which rows are missed most, and which could not be read."""
    lines = ["training cost: nominal dollars amortized over a run, worked out against published"]
    lines += paragraph(
        f"{len(found.costs)} rows: {sum(each.identity_usd is not None for each in found.costs)} by identity (chip-hours, value of servers "
        f"and power are told), {sum(each.blind_usd is not None for each in found.costs)} from compute, chip and date alone."
    )
    if found.slices:
        lines += heading("errors by slice", "identity: percent; from compute alone: orders of magnitude; ranges promise to hold 90 %")
        head = ["slice", "rows", "identity, worst (%)", "compute alone, median", "p90", "range holds (%)"]
        lines += table(head, [_row(name, part) for name, part in found.slices.items()])
        lines += heading("worst from compute alone", "what was published, and what compute says")
        scored = [each for each in found.costs if each.blind_usd and each.seen_usd]
        worst = sorted(scored, key=lambda each: -abs(_off(each)))[:MOST_SHOWN]
        lines += table(["run", "published ($)", "from compute ($)", "range ($)", "over published"], [_worst(each) for each in worst])
    built = [each for each in found.costs if each.built_on]
    if built:
        lines += heading("built on an earlier run", "its capital and energy are charged too")
        lines += [f"  {safe(each.row.model)} on {safe(each.built_on)}" for each in built]
    refused = [each for each in found.costs if each.reason]
    if refused:
        lines += heading("not worked out", "the reason")
        lines += [line for each in refused[:MOST_SHOWN] for line in paragraph(safe(f"{each.row.row} {each.row.model}: {each.reason}"))]
        if len(refused) > MOST_SHOWN:
            lines += paragraph(f"and {len(refused) - MOST_SHOWN} more; --json lists every row")
    lines += heading("goals", "missed" if found.missed else "met" if found.slices else "nothing to score")
    lines += [f"  {each}" for each in found.missed]
    return "\n".join(lines) + "\n"


def _off(each: Cost) -> float:
    """From compute alone over published, as a factor either way, less one."""
    ratio = (each.blind_usd or 1.0) / (each.seen_usd or 1.0)
    return max(ratio, 1.0 / ratio) - 1.0


def _row(name: str, part: CostSlice) -> list[str]:
    numbers = (part.identity_max_percent, part.blind_median_dex, part.blind_p90_dex, part.coverage_percent)
    digits = (".2g", ".3f", ".3f", ".0f")
    return [safe(name), str(part.rows), *("-" if n is None else f"{n:{d}}" for n, d in zip(numbers, digits, strict=True))]


def _worst(each: Cost) -> list[str]:
    ratio = (each.blind_usd or 0.0) / (each.seen_usd or 1.0)
    return [
        safe(f"{each.row.model}, {each.row.vintage}")[:60],
        f"{each.seen_usd:.4g}",
        f"{each.blind_usd:.4g}",
        f"{each.low_usd:.3g} to {each.high_usd:.3g}",
        f"{ratio:.2f}",
    ]


def cost_document(found: CostValidation) -> dict[str, Any]:
    """The whole score. `row` is the place of a row below the line of names, from 0; dollars are nominal totals."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "training cost validation",
        "unit": "usd",
        "slices": {name: vars(part) for name, part in found.slices.items()},
        "predictions": [
            {
                "row": each.row.row, "model": each.row.model, "identity_usd": each.identity_usd, "blind_usd": each.blind_usd,
                "low_usd": each.low_usd, "high_usd": each.high_usd, "published_usd": each.seen_usd, "built_on": each.built_on or None,
                "chip": each.row.server.name if each.row.server else None, "chip_assumed": each.row.usual, "reason": each.reason or None,
            }
            for each in found.costs
        ],
        "goals_missed": list(found.missed),
    }  # fmt: skip

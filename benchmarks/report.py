"""The figures as one table, with the aims and whether they were met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.commands import Figures

DRAIN_AIM_SECONDS = 2.0


@dataclass(frozen=True)
class Aim:
    """One aim: `measured` against `wanted`, where less is better unless `at_least`."""

    what: str
    measured: float
    wanted: float
    unit: str = "×"
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted

    def row(self) -> tuple[str, ...]:
        bound = "≥" if self.at_least else "≤"
        wanted = f"{bound} {self.wanted:g} {self.unit}"
        return self.what, f"{self.measured:.2f} {self.unit}", wanted, "met" if self.met else "NOT met"

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "met": self.met}


def middle(passes: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure over the passes."""
    rows = [one.as_json() for one in passes]
    return {name: median(row[name] or 0 for row in rows) for name in rows[0]}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are aligned for a terminal too."""
    every = [head, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(head))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in every]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def commands_table(results: Mapping[str, Sequence[Figures]]) -> str:
    """Acknowledged, accepted, processed, kept: a row a server."""
    head = ("`/ops status`", "p50 / p99 at 1, ms", "p50 / p99 at 32, ms", "accepted/s", "processed/s")
    rows = [(name, *_cells(middle(passes)), _kept(passes)) for name, passes in results.items()]
    return table((*head, "backlog gone after, s", "kept after a crash"), rows)


def _cells(row: Mapping[str, float]) -> tuple[str, ...]:
    return (
        f"{row['alone_p50']:.2f} / {row['alone_p99']:.2f}",
        f"{row['busy_p50']:.1f} / {row['busy_p99']:.1f}",
        f"{row['accepted_rate']:,.0f}",
        f"{row['processed_rate']:,.0f}",
        f"{row['drain_seconds']:.1f}",
    )


def _kept(passes: Sequence[Figures]) -> str:
    """Over all passes; a command refused was never promised."""
    if any(one.durable is None for one in passes):
        return "nothing"
    kept = sum(one.durable or 0 for one in passes)
    return f"{kept:,} of {sum(one.accepted for one in passes):,}"


def commands_aims(bolt: Sequence[Figures], handler: Sequence[Figures], ours: Sequence[Figures]) -> list[Aim]:
    """The aims of the issue for slash commands."""
    b, h, c = middle(bolt), middle(handler), middle(ours)
    kept = sum(one.durable or 0 for one in ours) / sum(one.accepted for one in ours)
    return [
        Aim("acknowledged at p50, 1 connection, to bare Bolt", c["alone_p50"] / b["alone_p50"], 0.1),
        Aim("acknowledged at p50, 1 connection, to the bare handler", c["alone_p50"] / h["alone_p50"], 1.3),
        Aim("accepted/s to bare Bolt", c["accepted_rate"] / b["accepted_rate"], 2.5, at_least=True),
        Aim("processed/s to bare Bolt", c["processed_rate"] / b["processed_rate"], 1.0, at_least=True),
        Aim("backlog gone after the end", c["drain_seconds"], DRAIN_AIM_SECONDS, "s"),
        Aim("accepted and kept", 100 * kept, 100.0, "%", at_least=True),
    ]  # fmt: skip


def aims_table(aims: Sequence[Aim]) -> str:
    return table(("aim", "measured", "wanted", ""), [one.row() for one in aims])

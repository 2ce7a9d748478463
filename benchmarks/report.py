"""The figures as tables, with the aims and whether they were met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.approvals import Approved
from benchmarks.commands import BOLT, COUNTERSIGN, HANDLER, Figures
from benchmarks.open_requests import SIZES, Grown
from benchmarks.results import Results
from benchmarks.storm import Storm
from benchmarks.storm_stage import ALERTS


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
        return self.what, f"{self.measured:.2f} {self.unit}", wanted, "met" if self.met else "**not met**"

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "met": self.met}


def text(results: Results) -> str:
    """All tables, as Markdown that a terminal shows well too."""
    tables = []
    if results.commands:
        tables.append(_commands_table(results.commands))
    if results.ours:
        tables.append(_approvals_table(results))
    if results.grown:
        tables.append(_grown_table(results.grown))
    if results.storms:
        tables.append(_storm_table(results.storms))
    rows = [aim.row() for aim in aims(results)]
    return "\n\n".join([*tables, _table(("aim", "measured", "wanted", "met?"), rows)])


def aims(results: Results) -> list[Aim]:
    """The aims of the parts that were measured."""
    found: list[Aim] = []
    if results.commands:
        named = results.commands
        found += _commands_aims(named[BOLT.name], named[HANDLER.name], named[COUNTERSIGN.name])
    if results.ours:
        found += _approvals_aims(results.naive, results.ours)
    if results.grown:
        found += _grown_aims(results.grown)
    for one in results.storms:
        found += _storm_aims(one)
    return found


def _commands_aims(
    bolt: Sequence[Figures], handler: Sequence[Figures], ours: Sequence[Figures]
) -> Iterator[Aim]:
    b, h, c = _middle(bolt), _middle(handler), _middle(ours)
    kept = sum(one.durable or 0 for one in ours) / sum(one.accepted for one in ours)
    yield Aim("acknowledged, p50 at 1, to bare Bolt", c["alone_p50"] / b["alone_p50"], 0.1)
    yield Aim("acknowledged, p50 at 1, to the bare handler", c["alone_p50"] / h["alone_p50"], 1.3)
    yield Aim("accepted/s, to bare Bolt", c["accepted_rate"] / b["accepted_rate"], 2.5, at_least=True)
    yield Aim("processed/s, to bare Bolt", c["processed_rate"] / b["processed_rate"], 1.0, at_least=True)
    yield Aim("backlog gone after the end", c["drain_seconds"], 2.0, "s")
    yield Aim("accepted and kept through a crash", 100 * kept, 100.0, "%", at_least=True)


def _approvals_aims(naive: Sequence[Approved], ours: Sequence[Approved]) -> Iterator[Aim]:
    yield Aim("event to effect, 1 at a time, to the naive bot", _alone(ours) / _alone(naive), 1.5)
    yield Aim("event to effect, 16 at once, to the naive bot", _together(ours) / _together(naive), 1.5)


def _grown_aims(grown: Sequence[Grown]) -> Iterator[Aim]:
    sizes = f"{SIZES[-1]:,} open requests to {SIZES[0]}"
    for what, figures in (
        ("acknowledged", [one.acknowledged for one in grown]),
        ("event to effect", [one.effect for one in grown]),
    ):
        yield Aim(f"{what}, {sizes}", median(Grown.ratio(one) for one in figures), 1.3)


def _storm_aims(storm: Storm) -> Iterator[Aim]:
    yield Aim("alerts of a storm that are recorded", 100 * storm.recorded / ALERTS, 100.0, "%", at_least=True)
    yield Aim("alerts that are recorded twice", storm.twice, 0.0, "")
    yield Aim("10,000 alerts recorded and handled", storm.done_seconds, 60.0, "s")
    yield Aim("acknowledged in the midst of it, p99", storm.ack_p99 / 1000, 1.0, "s")
    yield Aim("sixty alerts told, beyond a second a message", storm.few_late, 5.0, "s")
    yield Aim("their ends told, beyond a second a message", storm.over_late, 5.0, "s")
    yield Aim("of sixty alerts or their ends never told", storm.few_untold + storm.over_untold, 0.0, "")


def _storm_table(storms: Sequence[Storm]) -> str:
    head = ("a storm of 10,000 alerts, a request each", "Countersign", "Alertmanager 0.25")
    rows: list[tuple[str, ...]] = []
    for one in storms:
        acks = sorted(one.ack_ms)
        rows += [
            ("accepted in", f"{one.accept_seconds:.1f} s, on disk", f"{one.alertmanager:.1f} s, in memory"),
            ("handled after", f"{one.done_seconds:.1f} s", "-"),
            ("CPU of one core", f"{one.cpu_seconds:.1f} s", "-"),
            ("others had that core for", f"{one.kept_waiting_seconds:.1f} s", "-"),
            ("recorded / lost / twice", f"{one.recorded:,} / {one.lost} / {one.twice}", "-"),
            ("messages to the storm's channel", f"{one.posts['C0STORM']}", "-"),
            ("most messages there in a second", f"{one.most_in_a_second}", "-"),
            ("acknowledged meanwhile, p50", f"{acks[len(acks) // 2]:.0f} ms of {len(acks)}", "-"),
            ("acknowledged meanwhile, p99", f"{one.ack_p99:.0f} ms", "-"),
            ("peak memory", f"{one.bot_peak_mb:.0f} MB, store {one.store_peak_mb:.0f} MB", "-"),
            ("60 alerts told", f"{one.few_seconds:.0f} s, {one.few_messages} messages", "-"),
            ("their ends told", f"{one.over_seconds:.0f} s, {one.over_messages} messages", "-"),
            ("of both never told", f"{one.few_untold} + {one.over_untold}", "see measured figures"),
            ("with a picture by then", f"{one.pictures}" if one.pictures >= 0 else "pictures off", "-"),
        ]
    return _table(head, rows)


def _commands_table(results: Mapping[str, Sequence[Figures]]) -> str:
    head = (
        "`/ops status`",
        "p50 / p99 at 1, ms",
        "p50 / p99 at 32, ms",
        "accepted/s",
        "processed/s",
        "CPU each",
    )
    rows = [(name, *_cells(_middle(passes)), _kept(passes)) for name, passes in results.items()]
    return _table((*head, "backlog gone after", "kept through a crash"), rows)


def _cells(row: Mapping[str, float]) -> tuple[str, ...]:
    return (
        f"{row['alone_p50']:.2f} / {row['alone_p99']:.2f}",
        f"{row['busy_p50']:.1f} / {row['busy_p99']:.1f}",
        f"{row['accepted_rate']:,.0f}",
        f"{row['processed_rate']:,.0f}",
        f"{row['cpu_microseconds']:,.0f} µs",
        f"{row['drain_seconds']:.1f} s",
    )


def _kept(passes: Sequence[Figures]) -> str:
    """Over all passes; a command refused was never promised."""
    if any(one.durable is None for one in passes):
        return "nothing"
    kept = sum(one.durable or 0 for one in passes)
    return f"{kept:,} of {sum(one.accepted for one in passes):,}"


def _approvals_table(results: Results) -> str:
    bots = {
        "naive bot, in memory": results.naive,
        "naive bot that looks first and keeps it": results.careful,
        "Countersign": results.ours,
    }
    rows = [(name, f"{_alone(passes):.1f}", f"{_together(passes):.1f}") for name, passes in bots.items()]
    return _table(("approval's event to the cluster's PATCH", "p50 at 1, ms", "p50 at 16 at once, ms"), rows)


def _grown_table(grown: Sequence[Grown]) -> str:
    rows = [
        (f"{size:,}", f"{median(one.acknowledged[size] for one in grown):.2f}", _effect(grown, size))
        for size in SIZES
    ]
    return _table(("open requests", "acknowledged p50 at 1, ms", "event to effect p50 at 1, ms"), rows)


def _effect(grown: Sequence[Grown], size: int) -> str:
    return f"{median(one.effect[size] for one in grown):.1f}"


def _alone(passes: Sequence[Approved]) -> float:
    return median(one.alone.p50 for one in passes)


def _together(passes: Sequence[Approved]) -> float:
    return median(one.together.p50 for one in passes)


def _middle(passes: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure over the passes."""
    rows = [one.as_json() for one in passes]
    return {name: median(row[name] or 0 for row in rows) for name in rows[0]}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    every = [head, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (head, rule, *rows)
    ]
    return "\n".join(f"| {line} |" for line in lines)

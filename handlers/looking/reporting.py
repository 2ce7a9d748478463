"""What a reading found, as a message for the one who asked, and as a file where a message cannot hold it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from handlers import texts
from handlers.actions import Links, Report
from handlers.cards import note
from handlers.looking import wording as w
from handlers.messages import Card, Code, Line, Link, Table, TextFile, Tone, plain

MOST_ROWS = 99
"""Slack's limit for a table is 100 rows with its heads.
https://docs.slack.dev/reference/block-kit/blocks/table-block"""

MOST_TEXT = 9_000
"""Characters of a table; Slack refuses a message whose blocks hold about 13,200 (msg_blocks_too_long)."""
CELL = 8
"""Characters that a cell itself counts, whatever stands in it: `raw_text`."""
MOST_LISTED = 2_500
"""Characters of a machine's text that a message shows."""
MOST_IN_FILE = 400_000
"""Characters of a file: it waits in the store until Slack has taken it."""


@dataclass(frozen=True)
class Told:
    """A card for its reader, perhaps a file, and what is said when Slack does not take that."""

    card: Card
    file: TextFile | None = None

    @property
    def otherwise(self) -> Card:
        name = Code(text=self.file.name if self.file else "")
        line = texts.say(w.FILE_REFUSED, file=name, scope=Code(text="files:write"))
        return note(line, Tone.BAD)


def tell(report: Report, file_name: str, narrower: Line = ()) -> Told:
    """The card, and the file `file_name` when not all of it fits. `narrower` says how to ask for less."""
    body: list[Line] = [(report.headline,), *((line,) for line in report.lines), *linked(report.links)]
    rows, listing = (
        _that_fit(report.rows, newest_last=report.newest_last),
        report.text if len(report.text) <= MOST_LISTED else "",
    )
    pages: list[str] = []
    if len(rows) < len(report.rows):
        more = len(report.rows) - len(rows)
        body.append(texts.say(w.ROWS_IN_FILE, more=more, file=Code(text=file_name)))
        pages.append(aligned((report.columns, *report.rows)))
    if len(listing) < len(report.text):
        lines = len(report.text.splitlines())
        body.append(texts.say(w.TEXT_IN_FILE, lines=lines, file=Code(text=file_name)))
        pages.append(report.text)
    if pages and narrower:
        body.append(narrower)
    table = Table(columns=report.columns, rows=rows) if rows else None
    card = Card(body=tuple(body), table=table, listing=listing, summary=report.headline)
    return Told(card, _file(file_name, report.headline, pages) if pages else None)


def linked(links: Links) -> Iterator[Line]:
    """Each link as a line of its own."""
    return ((Link(url=url, text=text),) for url, text in links)


def _that_fit(rows: tuple[tuple[str, ...], ...], *, newest_last: bool) -> tuple[tuple[str, ...], ...]:
    """The first rows, or the last ones, as many as one message holds."""
    ordered = rows[::-1] if newest_last else rows
    sizes = accumulate(sum(map(len, row)) + CELL * len(row) for row in ordered[:MOST_ROWS])
    fit = tuple(row for row, size in zip(ordered, sizes, strict=False) if size <= MOST_TEXT)
    return fit[::-1] if newest_last else fit


def aligned(rows: tuple[tuple[str, ...], ...]) -> str:
    """Rows as lines whose columns stand below one another."""
    cells = [[" ".join(cell.split()) or "-" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
    return "\n".join(padded)


def _file(name: str, title: str, pages: list[str]) -> TextFile:
    """The file, cut between lines where it would be too long, with a last line that says so."""
    text = "\n\n".join(pages)
    if len(text) > MOST_IN_FILE:
        kept = text[:MOST_IN_FILE].rsplit("\n", 1)[0]
        more = len(text[len(kept) :].strip("\n").splitlines())
        text = f"{kept}\n{plain(texts.say(w.FILE_CUT, more=more))}"
    return TextFile(name=name, title=title, text=f"{text}\n")

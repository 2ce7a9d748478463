"""Looking at an HTTP system: a route's answer as an object or as rows, and whether it holds what was
expected.

An answer is foreign: what a route names must be there and be one value, or the look fails in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.actions import Report
from handlers.actions.http import wording as w
from handlers.actions.http.ports import HttpApi
from handlers.actions.http.values import Values, address, listed, passed_on
from handlers.errors import DoNotRetry
from policies.routes import MOST_SEALED, Expectation, ReadingRoute, reference

_LONGEST = 120
"""Characters of one foreign value that are shown, and so the most that is sealed of it."""
_MOST_NAMED = 10
_ROWS_AS_FACTS = 5
_FACT = 400
_PAGE, _MOST_PAGES = 2_200, 4
"""Slack shows 3,000 characters of a section, about 13,200 of a message: such pages are shown whole."""
ODD = "odd-answer"


@dataclass(frozen=True)
class Finding:
    """Whether an expectation held, in words. `met` is None when the answer cannot tell."""

    met: bool | None
    text: str


@dataclass(frozen=True)
class Seen:
    """An answer: one object, or rows by their id in the order of the list. `partial`: more rows elsewhere."""

    route: ReadingRoute
    fields: Mapping[str, Any]
    rows: Mapping[str, Mapping[str, Any]]
    partial: bool = False

    def finding(self, expected: Expectation, values: Values) -> Finding:
        """Whether what was expected is what was seen."""
        if expected.has:
            return self._has(rows_meant(expected.has, values))
        if expected.lacks:
            return self._lacks(rows_meant(expected.lacks, values))
        return self._where(expected.where, values)

    def _has(self, names: tuple[str, ...]) -> Finding:
        missing = tuple(name for name in names if name not in self.rows)
        what = listed(missing or names, _MOST_NAMED)
        if missing and self.partial:
            return Finding(None, w.LIST_GOES_ON.format(title=self.route.title, what=what))
        words = w.NOT_LISTED if missing else w.NOW_LISTED
        return Finding(not missing, words.format(title=self.route.title, what=what))

    def _lacks(self, names: tuple[str, ...]) -> Finding:
        still = tuple(name for name in names if name in self.rows)
        what = listed(still or names, _MOST_NAMED)
        if still:
            return Finding(False, w.STILL_LISTED.format(title=self.route.title, what=what))
        if self.partial:
            return Finding(None, w.LIST_GOES_ON.format(title=self.route.title, what=what))
        return Finding(True, w.GONE.format(title=self.route.title, what=what, left=len(self.rows)))

    def _where(self, where: Mapping[str, Any], values: Values) -> Finding:
        found = {path: self.value(path) for path in where}
        for path, wanted in where.items():
            if not _equal(found[path], wanted, values):
                name = reference(wanted)
                said = said_value(values[name] if name else wanted)
                return Finding(False, w.NOT_SO.format(found=self._told(path, found[path]), wanted=said))
        told = ", ".join(self._told(path, value) for path, value in found.items())
        return Finding(True, w.READ_BACK.format(fields=told))

    def _told(self, path: str, value: Any) -> str:
        words = w.FLAG if isinstance(value, bool) else w.FIELD
        return words.format(field=self._label(path), value=said_value(value))

    def _label(self, path: str) -> str:
        return next((label for label, shown in self.route.show.items() if shown == path), path)

    def value(self, path: str, row: str = "") -> Any:
        """One value of the object, or of a row. Raises DoNotRetry when it is not there or not one value."""
        holder = self.rows[row] if row else self.fields
        found = _at(holder, path)
        if found is _MISSING:
            raise DoNotRetry(w.NO_FIELD.format(send=self.route.send, field=path), ODD)
        if isinstance(found, dict | list) or len(str(found)) > _LONGEST:
            raise DoNotRetry(w.NOT_ONE_VALUE.format(send=self.route.send, field=path), ODD)
        return found

    def shown_fields(self, row: str = "") -> tuple[tuple[str, str], ...]:
        """What people see of the object or of a row, by label; what is not there shows as `-`."""
        holder = self.rows[row] if row else self.fields
        return tuple((label, said_value(_at(holder, path))) for label, path in self.route.show.items())

    def facts(self, names: tuple[str, ...], seal: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """The object, what is sealed first, or some rows, as facts for a card; more rows are documents."""
        if self.route.each is None:
            first = sorted(self.route.show.items(), key=lambda shown: shown[1] not in seal)
            facts = ((label, said_value(_at(self.fields, path))) for label, path in first)
            return tuple(facts)[:MOST_SEALED]
        if self._few(names):
            return tuple((name, self._in_a_line(name)) for name in names)
        return ((w.ROWS.format(count=len(names), title=self.route.title), listed(names)),)

    def documents(self, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Every row that does not fit as a fact: an approver reads all that an approval covers.

        Raises DoNotRetry when that is more than one card can show.
        """
        if self.route.each is None or self._few(names):
            return ()
        pages: list[list[str]] = []
        for name in names:
            line = f"{name}: {self._in_a_line(name)}"
            if not pages or sum(map(len, pages[-1])) + len(line) > _PAGE:
                pages.append([])
            pages[-1].append(line)
        if len(pages) > _MOST_PAGES:
            raise DoNotRetry(w.TOO_MUCH.format(count=len(names)), "too-much")
        titled = enumerate(("\n".join(page) for page in pages), start=1)
        return tuple((w.PAGE.format(title=self.route.title, page=page), text) for page, text in titled)

    def _few(self, names: tuple[str, ...]) -> bool:
        return len(names) <= _ROWS_AS_FACTS and all(len(self._in_a_line(name)) <= _FACT for name in names)

    def _in_a_line(self, name: str) -> str:
        return ", ".join(f"{label} {value}" for label, value in self.shown_fields(name))

    def report(self) -> Report:
        """The answer for the one who looked."""
        if self.route.each is None:
            lines = tuple(f"{label}: {value}" for label, value in self.shown_fields())
            return Report(headline=self.route.title, lines=lines)
        if not self.rows:
            return Report(headline=w.NOTHING_THERE.format(title=self.route.title))
        columns = (str(self.route.id), *self.route.show)
        rows = tuple(
            (said_value(name), *(value for _, value in self.shown_fields(name))) for name in self.rows
        )
        return Report(self.route.title, columns, rows)


async def see(api: HttpApi, route: ReadingRoute, values: Values) -> Seen:
    """Ask the API and take its answer apart. `values` may hold more than the reading takes."""
    _, target = address(route.send, passed_on(values, route.takes), api.now())
    return taken_apart(route, await api.get(target))


def taken_apart(route: ReadingRoute, answer: Any) -> Seen:
    """An answer as the route promises it. Raises DoNotRetry (`odd-answer`) for another one."""
    if route.each is None or route.id is None:
        if not isinstance(answer, dict):
            raise DoNotRetry(w.NO_OBJECT.format(send=route.send), ODD)
        return Seen(route, answer, {})
    items = answer if route.each == "." else _at(answer, route.each)
    if not isinstance(items, list):
        raise DoNotRetry(w.NO_LIST.format(send=route.send, field=route.each), ODD)
    partial = bool(route.more) and _at(answer, route.more or "") not in (_MISSING, None, False, "", 0)
    return Seen(route, {}, _rows(route, items), partial)


def _rows(route: ReadingRoute, items: list[Any]) -> dict[str, Mapping[str, Any]]:
    rows: dict[str, Mapping[str, Any]] = {}
    for item in items:
        name = _at(item, route.id or "")
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise DoNotRetry(w.NO_FIELD.format(send=route.send, field=route.id), ODD)
        if str(name) in rows:
            what = said_value(name)
            raise DoNotRetry(w.TWICE_LISTED.format(what=what, send=route.send), ODD)
        rows[str(name)] = item
    return rows


_MISSING = object()


def _at(holder: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(holder, dict) or step not in holder:
            return _MISSING
        holder = holder[step]
    return holder


def rows_meant(wanted: str, values: Values) -> tuple[str, ...]:
    """The rows that `$name` stands for: one, or those of a list."""
    value = values[reference(wanted)]
    return value if isinstance(value, tuple) else (str(value),)


def _equal(found: Any, wanted: Any, values: Values) -> bool:
    """`true` is not 1; what people typed is compared as text, because an answer's 42 is their `42`."""
    name = reference(wanted)
    if name:
        return not isinstance(found, bool) and str(found) == str(values[name])
    return type(found) is type(wanted) and bool(found == wanted)


def said_value(value: Any) -> str:
    """A foreign value on one line, not too long."""
    if value is _MISSING or value is None or value == "":
        return "-"
    text = w.YES_OR_NO[value] if isinstance(value, bool) else str(value)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

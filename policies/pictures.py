"""Which measured values an alert's picture shows. A system with pictures has the kind `prometheus`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from policies import fields as f

_LONGEST = timedelta(days=7)
_PIECES = re.compile(r"""("(?:\\.|[^"\\])*")|'(?:\\.|[^'\\])*'|`[^`]*`|\#[^\n]*|[^"'`\#]+|.""", re.DOTALL)
_STANDS_FOR = re.compile(r"\$(?:\{\w+\}|\w+)")


def _a_few_days(length: timedelta) -> timedelta:
    if timedelta(minutes=15) <= length <= _LONGEST:
        return length
    raise f.refuse("a picture shows 15m at least and 7d at most")


def _quoted(query: str) -> str:
    """Words of an alert are escaped for double quotes; elsewhere they would be part of the expression."""
    for piece in _PIECES.finditer(query):
        bare = None if piece[1] else _STANDS_FOR.search(piece[0])
        if bare:
            raise f.refuse(f'put `{bare[0]}` between double quotes, as in {{pod="{bare[0]}"}}')
    return query


class Picture(f.Rules):
    """What is drawn for an alert: an expression as in an alerting rule, and the unit of its values.

    In the expression `$name` stands for the alert's name, `$subject` for what it is about, `$<label>` for one
    of its labels; each belongs between double quotes.
    """

    query: Annotated[str, f.up_to(2000), AfterValidator(_quoted)]
    unit: Annotated[str, f.shaped(r"[\w%/ -]{1,20}", "write a unit like `seconds`, `ratio` or `credits`")] = (
        ""
    )
    row: f.Row | None = None


class PictureRules(f.Rules):
    """The pictures of a system's alerts: `queries` by their names, `others` for those that have none there.

    `from_rules` lets an alert bring its own expression (the rule's, in Alertmanager's generatorURL): whoever
    holds the token of the alert routes can then have any series of this Prometheus drawn in the thread.
    """

    over: Annotated[f.PositiveDuration, AfterValidator(_a_few_days)] = timedelta(hours=6)
    from_rules: bool = False
    others: Picture | None = None
    queries: Mapping[Annotated[str, f.up_to(200)], Picture] = {}

    @property
    def wanted(self) -> bool:
        """Whether any alert gets a picture."""
        return self.from_rules or bool(self.queries or self.others)

    def of(self, name: str) -> Picture | None:
        """What policy draws for alerts of this name."""
        return self.queries.get(name) or self.others

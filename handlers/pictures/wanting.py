"""Of what an alert gets a picture: the expression of policy, or that of the rule that fired."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers.alerts.model import Alert
from handlers.pictures import wording as w
from handlers.pictures.expression import Measured, measured, unit_of
from handlers.world import World
from policies.schema import PolicyBook

_STANDS_FOR = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class NoPicture(Exception):
    """There is none, and this is why, in words for the card."""


def what_to_draw(world: World, alert: Alert) -> tuple[Measured, str]:
    """The expression with its bound, and the unit of its values. Raises NoPicture."""
    rules = world.book.systems[alert.system].pictures
    own = rules.of(alert.name)
    try:
        found = measured(filled(own.query, _known(alert)) if own else alert.query)
    except ValueError:
        raise NoPicture(w.NOT_AN_EXPRESSION) from None
    return found, own.unit if own and own.unit else unit_of(found.query)


def _known(alert: Alert) -> Mapping[str, str]:
    return {**alert.labels, "name": alert.name, "subject": alert.subject}


def what_is_told(book: PolicyBook, alert: Alert, query: str) -> str:
    """The expression as a picture may show it: where policy keeps words back, policy's own words."""
    if book.tells(alert.system) is None:
        return query
    own, known = (
        book.systems[alert.system].pictures.of(alert.name),
        book.signal_rule(alert.system, alert.name),
    )
    if own is not None:
        return own.query
    return query if known is not None and known.query == alert.query else w.QUERY_KEPT_BACK


def filled(query: str, known: Mapping[str, str]) -> str:
    """Policy's expression with an alert's words in it; each is escaped, for it stands between double quotes.

    https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in known:
            raise NoPicture(w.NO_LABEL.format(name=name))
        return known[name].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return _STANDS_FOR.sub(value, query)

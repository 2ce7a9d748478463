"""What a signal may tell, decided at one place: by policy first, then by the redactor (ADR 29).

Everything that people, notifiers, logs and the record get to know of an alert comes from what is made here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from handlers import texts
from handlers.alerting.signals import Signal, Stray, Tellable
from handlers.alerting.sources import wording as w
from handlers.alerts.model import Link
from handlers.redaction import Kind, Redactor, together
from policies.alert_rules import ALERT_NAME, SignalRule
from policies.schema import PolicyBook

MOST_SHOWN = 12
"""Labels of one alert that its card shows."""
_LONGEST_TITLE = 200
"""Characters of the title of a case (`OpenCaseParams`)."""
_STUMP = re.compile(r"[^\s=]+…")
"""A word that was cut where a text was too long: half a secret is one that no pattern knows."""


@dataclass
class _Wanted:
    """What policy lets a signal tell, before it is redacted. `kept_back` counts what it does not."""

    called: str
    title: str
    claims: dict[str, str]
    labels: tuple[str, ...]
    links: tuple[Link, ...]
    kept_back: int = 0


async def disclosed(book: PolicyBook, redactor: Redactor, signal: Signal) -> Tellable:
    """The signal with what may be told of it."""
    rule = book.signal_rule(signal.system, signal.name)
    wanted = _wanted(book, signal, rule)
    ours = rule.runbook if rule else None
    addresses = {one.url: unquote(one.url) for one in wanted.links if one.url != ours}
    # What it is about stays as it is, for it is what the bot acts on; its form lets nothing else in.
    known = {name: one for name, one in signal.known.items() if one != signal.subject}
    claims = {label: one for label, one in wanted.claims.items() if label != w.RISK_FLAGS}
    said = [
        wanted.called, wanted.title, signal.subject, *claims.values(), *wanted.labels,
        *(one for one in known.values() if isinstance(one, str)), *signal.risk_flags,
        *(one.label for one in wanted.links), *addresses.values(),
    ]  # fmt: skip
    told = await _told(redactor, said)
    links = [one for one in wanted.links if not told.hides(addresses.get(one.url, ""))]
    flags = tuple(map(told.text, signal.risk_flags))
    in_words = ", ".join(flags).replace("_", " ")  # only now: a token with spaces in it is none to the nets
    claims = {
        label: in_words if label == w.RISK_FLAGS else told.text(claim)
        for label, claim in wanted.claims.items()
    }
    if wanted.labels:
        claims[w.LABELS] = " · ".join(map(told.text, wanted.labels))
    # Every part of it is a part of the signal, or a text: nothing is left to validate.
    return Tellable.model_construct(
        **signal.__dict__
        | {
            "called": told.text(wanted.called),
            "about": told.text(signal.subject),
            "title": told.text(wanted.title),
            "claimed": {label: claims[label] for label in sorted(claims, key=_place)},
            "links": tuple(told.link(one) for one in links),
            "risk_flags": flags,
            "known": signal.known | {name: _known(told, value) for name, value in known.items()},
            "hidden": told.hidden,
            "kept_back": wanted.kept_back,
        }
    )


async def disclosed_strays(book: PolicyBook, redactor: Redactor, strays: Sequence[Stray]) -> list[Stray]:
    """Alerts without a place, as they may be told: by the rules of every system that they may be of, and
    where nobody knows whose they are, by the redactor alone."""
    strays = [_tellable(book, one) for one in strays]
    said = [text for one in strays for text in (one.sentence, one.name, *_pairs(one.labels))]
    told = await _told(redactor, said)
    return [
        Stray(
            one.why,
            told.text(one.sentence),
            told.text(one.name),
            dict(told.text(pair).partition("=")[::2] for pair in _pairs(one.labels)),
        )
        for one in strays
    ]


def _tellable(book: PolicyBook, stray: Stray) -> Stray:
    """Without the name and the labels that a system of its own would keep back."""
    name, labels = stray.name, dict(stray.labels)
    for system in stray.systems:
        tells = book.tells(system)
        if tells is not None:
            name = name if book.signal_rule(system, stray.name) is not None else w.UNNAMED
            labels = {label: labels[label] for label in tells.labels if label in labels}
    return replace(stray, name=name, labels=labels)


class _Told:
    """Texts as they may be told, by what they were."""

    def __init__(self, shown: Mapping[str, str], counts: Mapping[str, Mapping[Kind, int]]) -> None:
        self._shown, self._counts = shown, counts

    def text(self, said: str) -> str:
        return self._shown[said]

    def hides(self, said: str) -> bool:
        return bool(self._counts.get(said)) or "…" in said

    def link(self, one: Link) -> Link:
        label = self._shown[one.label]
        return one if label == one.label else one.model_copy(update={"label": label})

    @property
    def hidden(self) -> dict[Kind, int]:
        """Values of all texts; a text that stands twice counts once."""
        return together([one for one in self._counts.values() if one])


async def _told(redactor: Redactor, said: Sequence[str]) -> _Told:
    each = list(dict.fromkeys(said))
    redacted = await redactor.each([_STUMP.sub("…", one) if "…" in one else one for one in each])
    shown = zip(each, redacted.lines, strict=True)
    return _Told(dict(shown), dict(zip(each, redacted.counts, strict=True)))


def _wanted(book: PolicyBook, signal: Signal, rule: SignalRule | None) -> _Wanted:
    labels = {name: value for name, value in signal.labels.items() if name != ALERT_NAME}
    tells = book.tells(signal.system)
    if tells is None:
        shown = _pairs(labels)[:MOST_SHOWN]
        return _Wanted(signal.name, signal.title, dict(signal.claimed), shown, signal.links)
    called = signal.name if rule is not None else w.UNNAMED
    ours = rule.title if rule and rule.title else ""
    title = ours or (signal.title if "title" in tells.texts else called)
    claims = {}
    for label, claim in signal.claimed.items():
        if _TEXTS.get(label) in tells.texts:
            claims[label] = claim
        elif label == texts.SENDERS_TIME and (moment := _moment(claim)):
            claims[label] = moment
    told = {name: labels[name] for name in tells.labels if name in labels}
    links = tuple(one for one in signal.links if "links" in tells.texts or (rule and one.url == rule.runbook))
    kept_back = len(labels) - len(told) + len(signal.claimed) - len(claims) + len(signal.links) - len(links)
    kept_back += (called != signal.name) + (signal.title not in (title, signal.name))
    return _Wanted(called, title, claims, _pairs(told)[:MOST_SHOWN], links, kept_back)


def _pairs(labels: Mapping[str, str]) -> tuple[str, ...]:
    """`name=value` of each: what is a secret by its name is found only with it."""
    return tuple(f"{name}={value}" for name, value in labels.items())


def _moment(text: str) -> str:
    """A sender's time and nothing beside it; empty for what is none."""
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _known(told: _Told, value: Any) -> Any:
    if isinstance(value, str):
        return told.text(value)[:_LONGEST_TITLE]
    return tuple(map(told.text, value)) if isinstance(value, tuple) else value


_TEXTS = {w.DESCRIPTION: "description", w.VALUE: "value"}
"""What policy calls them (`policies.alert_rules.Tells`)."""
_ORDER = (w.DESCRIPTION, w.VALUE, w.LABELS)


def _place(label: str) -> int:
    """The labels stand behind what was measured, and before the sender's time."""
    return _ORDER.index(label) if label in _ORDER else len(_ORDER)

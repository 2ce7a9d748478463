"""The command `countersign explain-alert`: what policy makes of labels, without Slack or a store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.policy_folder import read_book
from bot.redaction.redactor import Redactor
from handlers.alerting.disclosing import disclosed
from handlers.alerting.signals import Tellable
from handlers.alerting.sources.labelled import Labelled, placed
from handlers.redaction import told
from policies.alert_rules import ALERT_NAME
from policies.faults import PolicyFaults
from policies.placing import Placed, Unplaced, place
from policies.schema import PolicyBook

OK, FAULTY = 0, 2

_FORM = "Write labels as name=value, such as: alertname=ApiDown namespace=auditron severity=critical"
_TELLS = "tells its people: {title}"
_TELLS_ALL = "  its sender's words are told, redacted; `signals.tells` in {file} would list what may be"
_TELLS_LISTED = "  of its sender's words only what is listed is told [signals.tells, {file}:{line}]"
_TELLS_NOTHING = (
    "  of its sender's words nothing is told, because raw_logs is not `redacted` [{file}:{line}];"
    " list labels and texts under `signals.tells`"
)
_KEPT_BACK = "  kept back: {names}"


def explain_alert(folder: Path, source: str, words: Sequence[str]) -> int:
    """Print whose alert this is, how urgent, what it sets off and what it tells; exit status 2 when it has
    no place."""
    try:
        book = read_book(folder)
    except PolicyFaults as faults:
        print(faults)
        return FAULTY
    labels = dict(word.partition("=")[::2] for word in words)
    name = labels.get(ALERT_NAME, "")
    if not name or not all(labels.values()):
        print(_FORM)
        return FAULTY
    found = place(book, source, name, labels)
    if isinstance(found, Unplaced):
        print(found.sentence)
        return FAULTY
    (signal,) = placed(book, source, [Labelled(name, name, firing=True, labels=labels)]).signals
    told_of = asyncio.run(disclosed(book, Redactor(), signal))
    print("\n".join((*_explained(book, source, name, found), *_told(book, told_of))))
    return OK


def _explained(book: PolicyBook, source: str, name: str, found: Placed) -> Iterator[str]:
    file = f"systems/{found.system}.yaml"
    severity = book.severities[found.severity]
    rule = book.alert_rule(found.system, source, found.severity)
    yield f"{name} is an alert of {found.system} [{found.rule}, {file}:{book.line(file, 'signals.when')}]"
    yield f"severity: {found.severity} ({severity.title})"
    if rule is not None:
        yield f"channel: {rule.channel}"
        yield from (f"happens by itself: {action}" for action in rule.automatic)
    known = book.signal_rule(found.system, name)
    if known is None:
        yield f"policy says nothing more of {name}; add it under signals.rules for a checklist and buttons"
        return
    line = book.line(file, f"signals.rules.{name}")
    yield f"rule: signals.rules.{name}{f' ({known.row})' if known.row else ''} [{file}:{line}]"
    yield from (f"  to do: {todo}" for todo in known.checklist)
    if known.actions:
        yield f"  buttons: {', '.join(known.actions)}"
    if known.query:
        yield f"  picture: {known.query}"


def _told(book: PolicyBook, of: Tellable) -> Iterator[str]:
    """What people would read of these labels, and what not."""
    file = f"systems/{of.system}.yaml"
    yield _TELLS.format(title=of.title)
    yield from (f"  {label}: {claim}" for label, claim in of.claimed.items())
    if hidden := told(of.hidden):
        yield f"  {hidden}"
    tells = book.tells(of.system)
    if tells is None:
        yield _TELLS_ALL.format(file=file)
    elif line := book.line(file, "signals.tells"):
        yield _TELLS_LISTED.format(file=file, line=line)
    else:
        yield _TELLS_NOTHING.format(file=file, line=book.line(file, "settings.raw_logs"))
    kept_back = [name for name in of.labels if tells and name not in (*tells.labels, ALERT_NAME)]
    if kept_back:
        yield _KEPT_BACK.format(names=", ".join(kept_back))

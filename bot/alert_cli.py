"""The command `countersign explain-alert`: what policy makes of labels, without Slack or a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.policy_folder import read_book
from policies.alert_rules import ALERT_NAME
from policies.faults import PolicyFaults
from policies.placing import Placed, Unplaced, place
from policies.schema import PolicyBook

_FORM = "Write labels as name=value, such as: alertname=ApiDown namespace=auditron severity=critical"


def explain_alert(folder: Path, source: str, words: Sequence[str]) -> int:
    """Print whose alert this is, how urgent, and what it sets off; exit status 2 when it has no place."""
    try:
        book = read_book(folder)
    except PolicyFaults as faults:
        print(faults)
        return 2
    labels = dict(word.partition("=")[::2] for word in words)
    name = labels.get(ALERT_NAME, "")
    if not name or not all(labels.values()):
        print(_FORM)
        return 2
    found = place(book, source, name, labels)
    if isinstance(found, Unplaced):
        print(found.sentence)
        return 2
    print("\n".join(_explained(book, source, name, found)))
    return 0


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

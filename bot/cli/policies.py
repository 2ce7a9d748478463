"""The commands `countersign check` and `countersign explain`: policy folders, without Slack or a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.policy_folder import read_book
from policies.decisions import held_roles, may_approve, may_read, may_request
from policies.faults import PolicyFaults, unknown
from policies.fields import is_user_id
from policies.grants import Decision
from policies.naming import FoundAction, find_action, role_named
from policies.schema import PolicyBook

OK = 0
FAULTY = 2

_NO_ID = "`{user}` is no member id; write one that begins with U or W (in Slack: profile > Copy member ID)"
_NO_ACTION = "Name an action after `{system}`: {actions}."
_RUNS_AT_ONCE = "It runs as soon as it is requested."
_RUNS_BY_ALERT = "It runs when an alert's rule lists it under `automatic`."
_SOMEBODY_ELSE = frozenset({"somebody else"})


def check(folder: Path) -> int:
    """Print one line for a sound policy folder (exit status 0), or every fault (2)."""
    try:
        book = read_book(folder)
    except PolicyFaults as faults:
        return _tell_faults(faults)
    counted = ", ".join(
        (
            _count(len(book.roles), "role", "roles"),
            _count(len(book.severities), "severity", "severities"),
            _count(len(book.systems), "system", "systems"),
            _count(sum(len(system.actions) for system in book.systems.values()), "action", "actions"),
            _count(_alert_rules(book), "alert rule", "alert rules"),
            _count(_signal_rules(book), "signal rule", "signal rules"),
        )
    )
    _say(f"ok: {counted}; revision {book.revision}")
    return OK


def _alert_rules(book: PolicyBook) -> int:
    """Where alerts go: one for each severity, or the default, of a source of a system."""
    return sum(len(rules) for system in book.systems.values() for rules in system.alerts.values())


def _signal_rules(book: PolicyBook) -> int:
    """What policy adds to alerts by their names."""
    return sum(len(system.signals.rules) for system in book.systems.values() if system.signals)


def explain(folder: Path, user: str, words: str, roles: list[str] | None) -> int:
    """Print whether `user` may request, and approve, what `words` name, rule by rule.

    Groups are not asked: roles come from the ids in `users`, or are given. Exit status 2 when the folder
    has faults or there is nothing to explain.
    """
    try:
        book = read_book(folder)
    except PolicyFaults as faults:
        return _tell_faults(faults)
    given = [role_named(book, role) or role for role in roles or ()]
    stranger = next((role for role in given if role not in book.roles), None)
    asked = _as_asked(words)
    found = find_action(book, asked)
    if not is_user_id(user):
        problem = _NO_ID.format(user=user)
    elif stranger is not None:
        problem = unknown("role", stranger, book.roles)
    elif not found:
        problem = _nothing_found(book, asked)
    else:
        held = frozenset(name for role in given for name in book.included_in(role))
        held |= held_roles(book, user, frozenset())
        _say("\n\n".join("\n".join(_explained(book, user, held, action)) for action in found))
        if roles is None:
            _say("\nGroups are not asked here; add --roles o2 to see the answer for a role.")
        return OK
    _say(problem)
    return FAULTY


def _nothing_found(book: PolicyBook, words: Sequence[str]) -> str:
    granted = sorted({action for system in book.systems.values() for action in system.actions})
    if not words:
        return f"Name an action: {', '.join(granted)}."
    system = words[0].lower()
    if system in book.systems:
        if len(words) > 1:
            return may_request(book, system, words[1], frozenset()).reasons[0]
        return _NO_ACTION.format(system=system, actions=", ".join(sorted(book.systems[system].actions)))
    if len(words) > 1 and find_action(book, words[1:]):
        return unknown("system", words[0], book.systems)
    return unknown("action", words[0], granted)


def _as_asked(words: str) -> list[str]:
    """The words without what they begin with in Slack: `/ops`, or the stroke of a short form."""
    listed = words.removeprefix("/").split()
    return listed[1:] if listed[:1] == ["ops"] else listed


def _explained(book: PolicyBook, user: str, held: frozenset[str], found: FoundAction) -> Iterator[str]:
    titles = [role.title for name, role in book.roles.items() if name in held]
    yield f"{user} holds {', '.join(titles) or 'no role'}."
    if found.reading:
        yield f"{found.action} on {found.system}: a look, which nobody approves"
        yield from _decided(book, found, "read", may_read(book, found.system, found.action, held))
        return
    yield from _explained_action(book, user, held, found)


def _explained_action(book: PolicyBook, user: str, held: frozenset[str], found: FoundAction) -> Iterator[str]:
    rule = book.systems[found.system].actions[found.action]
    yield f"{found.action} on {found.system}: {rule.title}"
    yield from _route(book, found)
    asking = may_request(book, found.system, found.action, held)
    yield from _decided(book, found, f"actions.{found.action}.request", asking)
    yield from (
        f"  gate {gate.gate}: {gate.text}{f' ({gate.row})' if gate.row else ''}" for gate in rule.gates
    )
    if rule.approve is None:
        yield "approve: not needed"
        yield f"  {_RUNS_AT_ONCE if rule.request else _RUNS_BY_ALERT}"
        return
    others = {"requesters": _SOMEBODY_ELSE, "earlier_approvers": frozenset[str]()}
    approving = may_approve(book, found.system, found.action, held, approver=user, **others)
    yield from _decided(book, found, f"actions.{found.action}.approve", approving)
    people = "one person" if rule.approve.count == 1 else f"{rule.approve.count} people"
    reason = ", each with a reason" if rule.approve.reason == "required" else ""
    yield f"  It needs the approval of {people} who did not request it{reason}."


def _route(book: PolicyBook, found: FoundAction) -> Iterator[str]:
    """What an action that policy itself describes does; nothing for one that is code."""
    route = book.systems[found.system].routes.actions.get(found.action)
    if route is not None:
        before = route.before.reading if route.before else "nothing"
        after = route.after.reading if route.after else "nothing, so it ends unknown"
        yield f"  It sends {route.send}, looks at {before} before, and reads back {after}."


def _decided(book: PolicyBook, found: FoundAction, key: str, decision: Decision) -> Iterator[str]:
    file = f"systems/{found.system}.yaml"
    what = key.rsplit(".", 1)[-1]
    yield f"{what}: {'yes' if decision.allowed else 'no'} [{decision.rule}, {file}:{book.line(file, key)}]"
    yield from (f"  {reason}" for reason in decision.reasons)


def _tell_faults(faults: PolicyFaults) -> int:
    for fault in faults.faults:
        _say(str(fault))
    count = len(faults.faults)
    _say(f"{_count(count, 'fault', 'faults')}; mend {'it' if count == 1 else 'them'} and check again")
    return FAULTY


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _say(text: str) -> None:
    print(text)

"""What is allowed. Pure functions of the policy book; what no rule grants is refused.

`roles` are role names that a person holds (see `held_roles`); whether included roles are spelled out
makes no difference. Nothing here raises for a name that policy does not know: the answer is no.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from policies import wording as w
from policies.alert_rules import DEFAULT_ALERT
from policies.grants import Decision, by_role, cited, grant, granted, no_system, rule_at, titles
from policies.naming import role_named
from policies.role_rules import RoleRule
from policies.schema import PolicyBook
from policies.thread_rules import ThreadWord

_LOCKDOWN = "roles.yaml lockdown"
"""The place of the rules for a lockdown."""


def held_roles(book: PolicyBook, user_id: str, groups: AbstractSet[str]) -> frozenset[str]:
    """The roles of a person: bound to the id or to one of the groups, with everything those include.

    `groups` are the user groups that the person has been in for at least `PolicyBook.settle_time` of each.
    """
    bound = (
        n for n, role in book.roles.items() if user_id in role.users or not groups.isdisjoint(role.groups)
    )
    return frozenset(name for role in bound for name in book.included_in(role))


def may_request(book: PolicyBook, system: str, action: str, roles: AbstractSet[str]) -> Decision:
    """Whether somebody with these roles may ask for an action."""
    rule = book.action(system, action)
    if rule is None:
        return _no_action(book, system, action)
    given = grant(book, system, f"actions.{action}.request", rule.row, rule.request)
    if not given.who:
        return Decision(
            False, given.rule, (w.NOBODY_BY_HAND.format(do=f"request {action}", rule=given.rule),)
        )
    return by_role(book, given, roles, f"request {action}")


def broadest(book: PolicyBook, roles: AbstractSet[str]) -> str:
    """The held role that includes most others, of equals the first in the book; empty when none is held."""
    held = [name for name in book.roles if name in roles]
    return max(held, key=lambda name: len(book.included_in(name)), default="")


def may_lock(book: PolicyBook, roles: AbstractSet[str]) -> Decision:
    """Whether somebody with these roles may stop every effect."""
    rule = book.lockdown
    if rule is None:
        return Decision(False, _LOCKDOWN, (w.NO_LOCKDOWN,))
    given = granted(book, f"{_LOCKDOWN}.start{cited(rule.row)}", rule.start)
    return by_role(book, given, roles, "start a lockdown")


def may_lift(book: PolicyBook, roles: AbstractSet[str]) -> Decision:
    """Whether somebody with these roles may be one of the two who lift a lockdown."""
    rule = book.lockdown
    if rule is None:
        return Decision(False, _LOCKDOWN, (w.NO_LOCKDOWN,))
    given = granted(book, f"{_LOCKDOWN}.lift{cited(rule.row)}", rule.lift)
    return by_role(book, given, roles, "lift a lockdown")


def may_switch_alerts(book: PolicyBook, system: str, roles: AbstractSet[str]) -> Decision:
    """Whether somebody with these roles may switch a system's alerts off, and on again (CM-73)."""
    rule = book.systems[system].kill_switch if system in book.systems else None
    place = f"{system}.yaml kill_switch"
    if rule is None:
        return Decision(False, place, (w.NO_KILL_SWITCH.format(system=system),))
    return by_role(book, granted(book, f"{place}{cited(rule.row)}", rule.roles), roles, "switch alerts off")


def has_part(book: PolicyBook, system: str, roles: AbstractSet[str]) -> bool:
    """Whether somebody with these roles may do, or look at, anything at all in a system."""
    rules = book.systems[system]
    named = {role for rule in rules.actions.values() for role in rule.request}
    named |= {role for rule in rules.actions.values() if rule.approve for role in rule.approve.roles}
    named |= {role for rule in rules.acknowledge.values() for role in rule.roles}
    named |= rules.thread.every_role
    named |= rules.read.every_role if rules.read else frozenset()
    named |= set(rules.kill_switch.roles) if rules.kill_switch else set()
    return any(not roles.isdisjoint(book.counting_as(name)) for name in named)


def may_approve(
    book: PolicyBook,
    system: str,
    action: str,
    roles: AbstractSet[str],
    *,
    approver: str,
    requesters: AbstractSet[str],
    earlier_approvers: AbstractSet[str],
) -> Decision:
    """Whether this person may approve this request: role, four eyes, each approver once.

    Ids are Slack's immutable ids. Somebody unknown never approves, and nothing that nobody asked for is.
    """
    rule = book.action(system, action)
    if rule is None:
        return _no_action(book, system, action)
    approval = rule.approve
    given = grant(book, system, f"actions.{action}.approve", rule.row, approval.roles if approval else ())
    if approval is None:
        return Decision(False, given.rule, (w.NO_APPROVAL.format(action=action, rule=given.rule),))
    held = by_role(book, given, roles, f"approve {action}")
    who = w.one_of(titles(book, given.who))
    obstacles = (
        (not approver, w.WHO_ARE_YOU),
        (not requesters, w.WHO_ASKED),
        (approver in requesters, w.OWN_REQUEST),
        (approver in earlier_approvers, w.APPROVED_BEFORE),
    )
    against = tuple(sentence.format(who=who, rule=given.rule) for stands, sentence in obstacles if stands)
    if held.allowed and not against:
        return held
    reasons = against if held.allowed else held.reasons + against
    return Decision(False, given.rule, reasons, given.who)


def may_deny(book: PolicyBook, system: str, action: str, roles: AbstractSet[str]) -> Decision:
    """Whether somebody may deny a request (CM-56): whoever holds an approver's role, even after approving."""
    rule = book.action(system, action)
    if rule is None:
        return _no_action(book, system, action)
    approvers = rule.approve.roles if rule.approve else ()
    given = grant(book, system, f"actions.{action}.approve", rule.row, approvers)
    if rule.approve is None:
        return Decision(False, given.rule, (w.NO_APPROVAL.format(action=action, rule=given.rule),))
    return by_role(book, given, roles, f"deny {action}")


def may_in_thread(book: PolicyBook, system: str, word: ThreadWord, roles: AbstractSet[str]) -> Decision:
    """Whether somebody with these roles may use a word in the thread of a system's alert."""
    if system not in book.systems:
        return no_system(book, system)
    rule: RoleRule | None = getattr(book.systems[system].thread, word)
    does = w.THREAD_WORDS[word]
    if rule is None:
        place = rule_at(system, f"thread.{word}", None)
        return Decision(False, place, (w.NO_THREAD_WORD.format(do=does, rule=place),))
    given = grant(book, system, f"thread.{word}", rule.row, rule.roles)
    return by_role(book, given, roles, does)


def may_acknowledge(book: PolicyBook, system: str, severity: str, roles: AbstractSet[str]) -> Decision:
    """Whether somebody with these roles may acknowledge an alert of this severity (CM-10)."""
    if system not in book.systems:
        return no_system(book, system)
    rules = book.systems[system].acknowledge
    if severity not in rules:
        reason = w.NO_SEVERITY.format(severity=severity, system=system, severities=w.all_of(rules))
        return Decision(False, rule_at(system, "acknowledge", None), (reason,))
    rule = rules[severity]
    given = grant(book, system, f"acknowledge.{severity}", rule.row, rule.roles)
    return by_role(book, given, roles, f"acknowledge {severity}")


def may_read(book: PolicyBook, system: str, reading: str, roles: AbstractSet[str]) -> Decision:
    """Whether somebody with these roles may look at this part of a system's state (CM-01)."""
    if system not in book.systems:
        return no_system(book, system)
    rule = book.systems[system].read
    if rule is None or reading not in rule.what:
        given = w.all_of(rule.what if rule else ())
        reason = w.NO_READING.format(reading=reading, system=system, given=given)
        return Decision(False, rule_at(system, "read", None), (reason,))
    meant = rule.of(reading)
    key, what = "read", system
    if reading in rule.narrower:  # the rest of the system may be open to more
        key, what = f"read.narrower.{reading}", f"{reading} of {system}"
    return by_role(book, grant(book, system, key, meant.row, meant.roles), roles, f"look at {what}")


def may_happen_automatically(
    book: PolicyBook, system: str, source: str, severity: str, action: str
) -> Decision:
    """Whether an alert may run this action without a person: only if its rule lists it (CM-05, CM-08)."""
    if book.action(system, action) is None:
        return _no_action(book, system, action)
    rules = book.systems[system].alerts.get(source, {})
    found = book.alert_rule(system, source, severity)
    key = severity if severity in rules else DEFAULT_ALERT
    rule = rule_at(system, f"alerts.{source}.{key}.automatic", found.row if found else None)
    granted = found is not None and action in found.automatic
    sentence = w.AUTOMATIC if granted else w.NOT_AUTOMATIC
    return Decision(granted, rule, (sentence.format(action=action, severity=severity, rule=rule),))


def goes_back_by_rule(book: PolicyBook, system: str, action: str) -> str:
    """The rule by which what was asked for a time goes back by itself at its end; empty if there is none."""
    rule = book.action(system, action)
    if rule is None or rule.on_end != "revert":
        return ""
    return rule_at(system, f"actions.{action}.on_end", rule.row)


def may_claim_role(book: PolicyBook, claimed_name: str, roles: AbstractSet[str]) -> Decision:
    """Whether a word after `ACK -` that names a role names one the writer holds.

    A word that is no role claims nothing and is allowed. An O3 approver may say O2: O3 includes it.
    """
    claimed = role_named(book, claimed_name)
    if claimed is None:
        return Decision(True, "", (w.NO_CLAIM.format(word=claimed_name),))
    rule = f"roles.yaml roles.{claimed}{cited(book.roles[claimed].row)}"
    who = book.counting_as(claimed)
    title = book.roles[claimed].title
    if roles.isdisjoint(who):
        return Decision(False, rule, (w.CLAIM_NOT_HELD.format(role=title, rule=rule),), who)
    return Decision(True, rule, (w.CLAIM_HELD.format(role=title),), who)


def approvals_needed(book: PolicyBook, system: str, action: str) -> int | None:
    """How many people must approve; None (not "no approvals") when no rule grants the action."""
    rule = book.action(system, action)
    if rule is None:
        return None
    return rule.approve.count if rule.approve else 0


def _no_action(book: PolicyBook, system: str, action: str) -> Decision:
    if system not in book.systems:
        return no_system(book, system)
    granted = w.all_of(book.systems[system].actions)
    reason = w.NO_ACTION.format(action=action, system=system, actions=granted)
    return Decision(False, rule_at(system, "actions", None), (reason,))

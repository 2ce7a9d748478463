"""The sentences of decisions, in one place. They are shown to people as plain text."""

from __future__ import annotations

from collections.abc import Iterable

ALLOWED = "{who} may {do}."
ONLY = "Only {who} may {do}. Rule: {rule}."
YOU_HOLD = "You hold {held}."
YOU_HOLD_NOTHING = "You hold no role here."
NOBODY_BY_HAND = "Nobody may {do} by hand: it only happens as the automatic part of an alert. Rule: {rule}."
NO_APPROVAL = "{action} needs no approval. Rule: {rule}."
OWN_REQUEST = "You asked for this yourself, so somebody else approves it: {who}. Rule: {rule}."
APPROVED_BEFORE = (
    "You have approved this already; the next approval comes from somebody else: {who}. Rule: {rule}."
)
WHO_ARE_YOU = "It is not certain who you are, so this does not count. Rule: {rule}."
WHO_ASKED = "It is not recorded who asked for this, so nobody can approve it. Ask for it again. Rule: {rule}."
NO_SYSTEM = "No policy grants anything on {system}. Systems: {systems}."
NO_ACTION = "No rule grants {action} on {system}. Granted there: {actions}."
NO_SEVERITY = "No rule lets anybody acknowledge {severity} on {system}. Severities with a rule: {severities}."
NO_THREAD_WORD = "No rule lets anybody {do}. Rule: {rule}. Ask whoever keeps the policies."
THREAD_WORDS = {
    "snooze": "snooze an alert",
    "assign": "assign an alert",
    "tick": "tick the checklist of an alert",
    "resolve": "resolve an alert",
    "raise_severity": "raise the severity of an alert",
    "lower_severity": "lower the severity of an alert",
}
NO_LOCKDOWN = "Policy has no `lockdown` in roles.yaml, so nobody may start or lift one."
NO_READING = "No rule lets anybody look at {reading} of {system}. Given there: {given}."
NOT_AUTOMATIC = "No rule lets {action} happen by itself when a {severity} alert comes. Rule: {rule}."
AUTOMATIC = "{action} happens by itself when a {severity} alert comes."
PLACE_NOWHERE = "No policy says whose alert this is: its labels {labels} fit no system's `signals.when`."
PLACE_AMBIGUOUS = (
    "Its labels fit {systems} alike, and nothing is guessed: make `signals.when` tell them apart."
)
PLACE_NOT_TAKEN = "{system} takes no {source} alerts: add `{source}` to its `alerts`. It takes: {sources}."
PLACE_NO_RULE = "{system} has no rule for {source} alerts of {severity}: add `{severity}` or `default` there."
NO_CLAIM = "“{word}” is not a role, so no role is claimed."
CLAIM_HELD = "You hold {role}."
CLAIM_NOT_HELD = "You wrote {role} but do not hold it. Write a role that you hold, or none. Rule: {rule}."


def one_of(names: Iterable[str], nothing: str = "nobody") -> str:
    """`A`, `A or B`, `A, B or C`; `nothing` when there is none."""
    *first, last = tuple(names) or (nothing,)
    return f"{', '.join(first)} or {last}" if first else last


def all_of(names: Iterable[str], nothing: str = "none") -> str:
    """`A`, `A and B`, `A, B and C`; `nothing` when there is none."""
    *first, last = tuple(names) or (nothing,)
    return f"{', '.join(first)} and {last}" if first else last


NO_KILL_SWITCH = "No rule lets anybody switch off the alerts of {system}: its file has no `kill_switch`."

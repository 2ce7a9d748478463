"""Silences in Alertmanager: whose alerts they may hide, which of them never, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator

from policies import fields as f
from policies.alert_rules import ALERT_NAME, LabelName, LabelValue, Signals
from policies.matchers import Matcher, equal, one_of_these

ACTIONS = frozenset({"silence", "unsilence"})
"""The actions that work by these rules."""
_LONGEST = timedelta(days=30)


def _a_month(length: timedelta) -> timedelta:
    if length <= _LONGEST:
        return length
    raise f.refuse("what is silent for longer than 30d belongs out of the alerting rules; write 30d at most")


class SilenceRules(f.Rules):
    """What every silence of a system keeps to.

    `carries` are the labels that make an alert this system's, which the bot adds to each silence. `hides`
    are the severities that may be hidden: what is not listed never is, now or later. `longest` is for how
    long at most.
    """

    carries: Annotated[Mapping[LabelName, LabelValue], f.AtLeastOne]
    hides: Annotated[tuple[f.SeverityName, ...], f.Distinct, f.AtLeastOne]
    longest: Annotated[f.PositiveDuration, AfterValidator(_a_month)] = timedelta(hours=4)
    row: f.Row | None = None

    def applied(self, action: str) -> dict[str, Any]:
        """The part of the rules that an action works by."""
        return self.model_dump(mode="json") if action in ACTIONS else {}


def graver(signals: Signals, rules: SilenceRules) -> tuple[str, ...]:
    """The severities of a system's alerts that a silence never hides."""
    return tuple(severity for severity in signals.severities if severity not in rules.hides)


def kept_audible(signals: Signals, rules: SilenceRules) -> tuple[Matcher, ...]:
    """The matchers that keep every alert of the graver severities out of a silence, those to come as well.

    A rule's own severity counts before its label, as for the alerts themselves: so both are matched, and an
    alert is hidden only where both let it.
    """
    label, values = signals.severity.label, signals.severity.values
    names = tuple(
        name for name, rule in signals.rules.items() if rule.severity and rule.severity not in rules.hides
    )
    by_name = (one_of_these(ALERT_NAME, names, negated=True),) if names else ()
    if signals.severity.otherwise in rules.hides:
        loud = tuple(value for value, severity in values.items() if severity not in rules.hides)
        by_label = (one_of_these(label, loud, negated=True),) if loud else ()
    else:
        # Whatever is not listed is grave: only what is listed as less may be hidden.
        by_label = (one_of_these(label, hidden_values(signals, rules)),)
    return (*by_name, *by_label)


def hidden_values(signals: Signals, rules: SilenceRules) -> tuple[str, ...]:
    """The values of the label of severity that stand for what may be hidden."""
    values = signals.severity.values
    return tuple(value for value, severity in values.items() if severity in rules.hides)


def carried(rules: SilenceRules) -> tuple[Matcher, ...]:
    """The matchers that keep a silence to one system's alerts."""
    return equal(rules.carries)

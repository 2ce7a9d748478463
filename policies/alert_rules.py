"""Where alerts go, what is done by itself when they arrive, and how a sender's labels become a system and
a severity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BeforeValidator

from policies import fields as f

DEFAULT_ALERT = "default"
"""The key of the alert rule that holds for every severity without a rule of its own."""
WATCHDOG = "watchdog"
"""The source by which the bot tells that its own work is late."""
ALERT_NAME = "alertname"
"""The label that holds the name of the sender's rule."""
PLACING = ("system", "team", "component", "cluster", "namespace")
"""The labels that can tell one system from another; an alert's name cannot, because many systems have it."""


class AlertRule(f.Rules):
    """Where an alert of one source and severity goes, and what the bot does by itself when it arrives."""

    channel: f.Channel
    automatic: Annotated[tuple[f.ActionName, ...], f.Distinct] = ()
    row: f.Row | None = None


def _compiles(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        where = f" near character {error.lex_position + 1}" if hasattr(error, "lex_position") else ""
        raise f.refuse(
            f"`{text[:80]}` is no JMESPath{where}; write an expression such as `events[].name`"
        ) from None
    return text


def _number(value: object) -> object:
    """A threshold as written: whole, or with decimals, which the reader of policies leaves as text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}\.[0-9]{1,6}", value):
        return float(value)
    raise f.refuse("write a number, such as 100 or 0.05; what it counts belongs into `unit`")


def _tells_systems_apart(labels: Mapping[str, str]) -> Mapping[str, str]:
    if labels and not labels.keys() & set(PLACING):
        named = " or ".join((", ".join(PLACING[:-1]), PLACING[-1]))
        raise f.refuse(f"this can be said of many systems; add the label {named}")
    return labels


LabelName = Annotated[str, f.shaped(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}", "write a label's name like `namespace`")]
LabelValue = Annotated[str, f.up_to(200)]
SignalName = Annotated[str, f.up_to(200)]
Url = Annotated[str, f.shaped(r"https?://[^\s<>|]{1,500}", "write an address that begins with https://")]
Query = Annotated[str, f.up_to(1000)]
Threshold = Annotated[float, BeforeValidator(_number)]
Expression = Annotated[str, f.up_to(500), AfterValidator(_compiles)]


class SeverityLabel(f.Rules):
    """How a sender's label becomes a severity; `otherwise` holds for a value that is not listed, or for
    none."""

    label: LabelName = "severity"
    values: Mapping[LabelValue, f.SeverityName] = {}
    otherwise: f.SeverityName


class SignalRule(f.Rules):
    """What policy adds to the alerts of one name: the runbook's row, what to look at, what to do next.

    `severity` overrides the sender's label. `actions` are those whose buttons its thread offers; `query`
    is what its picture shows, with the `threshold` in it, counted in `unit`.
    """

    title: f.Title | None = None
    severity: f.SeverityName | None = None
    row: f.Row | None = None
    runbook: Url | None = None
    checklist: Annotated[tuple[f.Words, ...], f.Distinct] = ()
    actions: Annotated[tuple[f.ActionName, ...], f.Distinct] = ()
    query: Query | None = None
    threshold: Threshold | None = None
    unit: f.Title | None = None


class Mapped(f.Rules):
    """How any JSON becomes alerts of this system, by JMESPath. `each` finds the alerts in a body; the
    others are asked of each one. `firing` is true or false."""

    each: Expression = "@"
    id: Expression
    name: Expression
    firing: Expression
    severity: Expression | None = None
    title: Expression | None = None
    description: Expression | None = None
    value: Expression | None = None
    started_at: Expression | None = None
    labels: Mapping[LabelName, Expression] = {}
    links: Mapping[f.Title, Expression] = {}

    def alerts(self, body: Any) -> list[dict[str, Any]]:
        """The alerts of a body in the form of the source `generic`. Raises ValueError with what does not
        fit."""
        found = _asked("each", self.each, body)
        if found is None:
            raise ValueError("the mapping's `each` finds nothing in this body")
        listed = found if isinstance(found, list) else [found]
        return [self._alert(one) for one in listed]

    def _alert(self, one: Any) -> dict[str, Any]:
        firing = _asked("firing", self.firing, one)
        if not isinstance(firing, bool):
            raise ValueError("the mapping's `firing` is neither true nor false here")
        labels = {name: _asked(f"labels.{name}", how, one) for name, how in self.labels.items()}
        if self.severity is not None:
            labels["severity"] = _asked("severity", self.severity, one)
        links = [(label, _asked(f"links.{label}", how, one)) for label, how in self.links.items()]
        told: dict[str, Any] = {
            "id": _text(_asked("id", self.id, one)),
            "name": _text(_asked("name", self.name, one)),
            "state": "firing" if firing else "resolved",
            "labels": {name: _text(value) for name, value in labels.items() if value is not None},
            "links": [{"label": label, "url": url} for label, url in links if url is not None],
        }
        for key in ("title", "description", "value", "started_at"):
            how = getattr(self, key)
            value = None if how is None else _asked(key, how, one)
            if value is not None:
                told[key] = _text(value)
        return told


def _asked(key: str, how: str, of: Any) -> Any:
    try:
        return jmespath.search(how, of)
    except (JMESPathError, TypeError, ArithmeticError):
        # What the library says repeats the sender's values; it compares text and numbers as Python does.
        raise ValueError(f"the mapping's `{key}` cannot be asked of this body") from None


def _text(value: Any) -> Any:
    """Numbers become texts: ids and values are often numbers elsewhere. What is no scalar stays, and is
    refused."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Tells(f.Rules):
    """What of its senders' words a system's alerts may tell; whatever is not listed is kept back (ADR 29).

    `title` is the sender's summary, `value` what it measured. What is listed passes the redactor as well.
    """

    labels: Annotated[tuple[LabelName, ...], f.Distinct] = ()
    texts: Annotated[tuple[Literal["title", "description", "value", "links"], ...], f.Distinct] = ()


class Signals(f.Rules):
    """How labels become this system's alerts. `when` lists sets of labels; all labels of one of them must
    hold.

    What fires again within `reopen_within` of its end goes on in its thread; later it begins a new one.
    Without `tells` everything is told that the redactor lets pass, and nothing where patients are.
    """

    when: Annotated[
        tuple[
            Annotated[Mapping[LabelName, LabelValue], f.AtLeastOne, AfterValidator(_tells_systems_apart)], ...
        ],
        f.AtLeastOne,
    ]
    severity: SeverityLabel
    reopen_within: f.Duration = timedelta(hours=1)
    tells: Tells | None = None
    rules: Mapping[SignalName, SignalRule] = {}
    mappings: Mapping[f.Name, Mapped] = {}

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels are this system's."""
        return any(all(labels.get(name) == value for name, value in one.items()) for one in self.when)

    def severity_of(self, name: str, labels: Mapping[str, str]) -> str:
        """The severity of an alert: its rule's own, or what its label stands for."""
        rule = self.rules.get(name)
        if rule is not None and rule.severity is not None:
            return rule.severity
        return self.severity.values.get(labels.get(self.severity.label, ""), self.severity.otherwise)

    @property
    def severities(self) -> dict[str, tuple[str, ...]]:
        """Every severity that can come out, and where policy says so."""
        found: dict[str, tuple[str, ...]] = {self.severity.otherwise: ("severity", "otherwise")}
        for value, severity in self.severity.values.items():
            found.setdefault(severity, ("severity", "values", value))
        for name, rule in self.rules.items():
            if rule.severity is not None:
                found.setdefault(rule.severity, ("rules", name, "severity"))
        return found

"""Silences: matchers are read as they were meant, and nothing grave is ever hidden, whatever its labels."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import catalog
from bot.notify.kinds import outside
from handlers.actions.alertmanager.bounding import bounded
from handlers.actions.alertmanager.ports import Bounds
from handlers.actions.alertmanager.vocabulary import SilenceParams
from policies.alert_rules import SeverityLabel, SignalRule, Signals
from policies.faults import PolicyFaults
from policies.loading import load
from policies.matchers import Matcher, parse_matcher
from policies.silences import SilenceRules, carried, graver, kept_audible
from tests.unit.policies.folder import FOLDER

SEVERITIES = ("critical", "warning", "info")
VALUES = ("page", "ticket", "note", "a.b", "x|y", "")
NAMES = ("ApiDown", "Slow", "Disk (full)")


@st.composite
def rules(draw: st.DrawFn) -> tuple[Signals, SilenceRules]:
    """A system's signals and what of them may be hidden."""
    values = draw(st.dictionaries(st.sampled_from(VALUES[:-1]), st.sampled_from(SEVERITIES)))
    otherwise = draw(st.sampled_from(SEVERITIES))
    named = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from((None, *SEVERITIES))))
    signals = Signals(
        when=({"namespace": "ours"},),
        severity=SeverityLabel(values=values, otherwise=otherwise),
        rules={name: SignalRule(severity=severity) for name, severity in named.items()},
    )
    hides = draw(st.lists(st.sampled_from(SEVERITIES), min_size=1, unique=True))
    return signals, SilenceRules(carries={"namespace": "ours"}, hides=tuple(hides))


def matched(matchers: tuple[Matcher, ...], labels: dict[str, str]) -> bool:
    """What Alertmanager would say: a label that is not there is an empty one."""
    return all(one.holds_for(labels.get(one.name, "")) for one in matchers)


@given(rules(), st.sampled_from(VALUES), st.sampled_from(NAMES), st.sampled_from(("ours", "theirs")))
def test_no_alert_is_hidden_that_is_grave_or_another_systems(
    book: tuple[Signals, SilenceRules], value: str, name: str, namespace: str
) -> None:
    signals, silences = book
    labels = {"alertname": name, "severity": value, "namespace": namespace}
    try:
        matchers = (*carried(silences), *kept_audible(signals, silences))
    except ValueError:
        return  # nothing may be hidden here: such a policy is refused
    if matched(matchers, labels):
        assert signals.holds(labels)
        assert signals.severity_of(name, labels) in silences.hides


@given(rules(), st.sampled_from(VALUES), st.sampled_from(NAMES))
def test_what_may_be_hidden_by_name_and_label_is_not_kept_audible(
    book: tuple[Signals, SilenceRules], value: str, name: str
) -> None:
    signals, silences = book
    rule = signals.rules.get(name)
    by_label = signals.severity.values.get(value, signals.severity.otherwise)
    listed = value in signals.severity.values or signals.severity.otherwise in silences.hides
    if by_label in silences.hides and listed and (rule is None or rule.severity in (None, *silences.hides)):
        labels = {"alertname": name, "severity": value}
        assert matched(kept_audible(signals, silences), labels)


@given(st.text(min_size=1, max_size=30).filter(str.isprintable))
def test_a_matcher_is_read_back_as_it_is_written(value: str) -> None:
    for operator in ("=", "!=", "=~", "!~"):
        one = Matcher("instance", operator, value)
        assert one == parse_matcher(str(one))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ('instance="web-1"', 'instance="web-1"'),
        ("instance=“web-1”", 'instance="web-1"'),
        ("instance!~web-.*", 'instance!~"web-.*"'),
        (r"job=~a\sb", r'job=~"a\\sb"'),
        ("a==b", 'a="=b"'),
    ],
)
def test_matchers_are_read_with_and_without_quotes(typed: str, meant: str) -> None:
    assert meant == str(parse_matcher(typed))


@pytest.mark.parametrize("typed", ["web-1", "a=", 'a=""', "a-b=c", "=x", "a=b\u0000", f"a={'x' * 201}"])
def test_what_is_no_matcher_is_none(typed: str) -> None:
    assert parse_matcher(typed) is None


def test_the_length_stands_anywhere_and_comes_back_from_the_store_as_it_was() -> None:
    first = SilenceParams.model_validate({"matchers": ("for", "2h", "alertname=Slow", "alertname=Slow")})
    assert (('alertname="Slow"',), 7200) == (first.matchers, first.seconds)
    assert first == SilenceParams.model_validate_json(first.model_dump_json())


def test_a_host_that_slack_made_a_link_of_is_read_as_it_was_typed() -> None:
    typed = 'instance="<http://web-1.example.com:9090|web-1.example.com:9090>"'
    found = SilenceParams.model_validate({"matchers": (typed, "1h")})
    assert ('instance="web-1.example.com:9090"',) == found.matchers


BOUNDS = Bounds(
    carried=(Matcher("namespace", "=", "ours"),),
    audible=(Matcher("alertname", "!~", "ApiDown|Down"), Matcher("severity", "!=", "critical")),
    grave=("critical",),
    longest=SilenceRules.model_fields["longest"].default,
)


def test_what_was_typed_and_says_it_already_is_not_said_twice() -> None:
    typed = (Matcher("alertname", "=", "Slow"), Matcher("namespace", "=", "ours"))
    assert (*typed, Matcher("severity", "!=", "critical")) == bounded(typed, BOUNDS)


POLICY = (FOLDER / "systems" / "auditron.yaml").read_text()


def faults(old: str, new: str) -> str:
    """What the practice policies' loader says once AUDITRON's are changed so."""
    assert old in POLICY
    files = {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*.yaml")}
    with pytest.raises(PolicyFaults) as caught:
        load(files | {"systems/auditron.yaml": POLICY.replace(old, new, 1).encode()}, catalog(), outside())
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("carries: {namespace: auditron}", "carries: {team: auditron}", "make no alert this system's"),
        ("hides: [warning, info]", "hides: [urgent]", "unknown severity"),
        ("hides: [warning, info]", "hides: []", "name at least one"),
        ("longest: 4h\n\nactions", "longest: 31d\n\nactions", "write 30d at most"),
        (
            "silences:\n  carries: {namespace: auditron}\n  hides: [warning, info]\n  longest: 4h\n",
            "",
            "nothing says what may be hidden",
        ),
    ],
)
def test_policy_that_bounds_nothing_is_refused(old: str, new: str, why: str) -> None:
    assert re.search(why, faults(old, new))


def test_silences_need_something_that_can_be_silenced() -> None:
    files = {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*.yaml")}
    clinic = "systems/clinchat-rag.yaml"
    more = b"\nsilences: {carries: {namespace: clinchat-rag}, hides: [alert-warning]}\n"
    with pytest.raises(PolicyFaults, match="nothing here can be silenced"):
        load(files | {clinic: files[clinic] + more}, catalog(), outside())


def test_the_practice_workspace_never_hides_what_is_critical() -> None:
    files = {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*.yaml")}
    system = load(files, catalog(), outside()).systems["auditron"]
    assert system.signals is not None
    assert system.silences is not None
    assert ("critical",) == graver(system.signals, system.silences)

"""An object as it is shown: without noise, secrets hidden; what differs is what is sealed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.systems.kubernetes import guards, selectors
from bot.systems.kubernetes.objects import autoscaler_of
from bot.systems.kubernetes.rehearsal import change
from handlers.actions.kubernetes.wording import autoscaled

API = {"app": "api", "tier": "front"}


def settings(**data: str) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def secret(**data: str) -> dict[str, Any]:
    return {"kind": "Secret", "metadata": {"name": "keys"}, "data": data}


def test_what_the_server_keeps_for_itself_is_left_out() -> None:
    noise = {
        "resourceVersion": "7",
        "generation": 2,
        "uid": "u-1",
        "creationTimestamp": "2026-11-21T10:00:00Z",
        "managedFields": [{"manager": "kubectl"}],
        "annotations": {
            "countersign.dev/request": "R-1",
            "deployment.kubernetes.io/revision": "4",
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
        },
    }
    found = {**settings(a="1"), "status": {"seen": True}}
    found["metadata"] |= noise

    made = change("config map settings", found, settings(a="1"))

    assert made.before == made.after == "data:\n  a: '1'\nkind: ConfigMap\nmetadata:\n  name: settings\n"


def test_a_text_that_may_not_be_told_is_told_as_redacted_and_another_one_as_another() -> None:
    redacted = {f"db://u:{password}@h": "db://u:[password hidden]@h" for password in ("one", "two")}
    was, becomes = settings(url="db://u:one@h", a="1"), settings(url="db://u:two@h", a="1")

    made = change("it", was, becomes, redacted)

    assert "  url: db://u:[password hidden]@h\n" in made.before
    assert "  url: db://u:[password hidden]@h (another value)\n" in made.after
    assert made.sha256 == change("it", was, becomes).sha256


def test_noise_is_no_part_of_the_digest_and_an_effect_is() -> None:
    quiet = change("it", settings(a="1", b="1"), settings(a="2", b="1"))
    elsewhere = change("it", settings(a="1", b="5"), settings(a="2", b="5"))
    other = change("it", settings(a="1", b="1"), settings(a="3", b="1"))

    assert quiet.sha256 == elsewhere.sha256
    assert quiet.sha256 != other.sha256


def test_values_of_a_secret_are_never_shown_nor_digested() -> None:
    made = change("secret keys", secret(a="b2xk", b="c2FtZQ=="), secret(a="bmV3", b="c2FtZQ==", c="bW9yZQ=="))
    anew = change("secret keys", secret(a="b2xk", b="c2FtZQ=="), secret(a="b3RoZXI=", b="c2FtZQ==", c="eA=="))

    assert made == anew
    assert "a: (hidden, another value)\n  b: (hidden)\n  c: (hidden)\n" in made.after
    for value in ("b2xk", "bmV3", "c2FtZQ", "bW9yZQ"):
        assert value not in made.before + made.after


@pytest.mark.parametrize("name", ["ADMIN_TOKEN", "db-password", "apiKey", "PRIVATE_PEM"])
def test_values_whose_names_tell_are_hidden_wherever_they_are(name: str) -> None:
    def pod(value: str) -> dict[str, Any]:
        spec = {"containers": [{"name": "api", "env": [{"name": name, "value": value}]}]}
        return {"kind": "Deployment", "metadata": {}, "spec": {"template": {"spec": spec}}}

    for made in (change("it", pod("s3cret"), pod("other")), change("it", settings(**{name: "s3cret"}), {})):
        assert "s3cret" not in made.before + made.after
        assert "(hidden" in made.before


def test_letters_that_look_like_others_are_written_out() -> None:
    shown = change("it", {}, settings(a="a\u202eb", б="é")).after

    assert "\\u202E" in shown
    assert shown.isascii()


def test_texts_of_several_lines_stay_lines() -> None:
    assert "  a: |-\n    one\n    two\n" in change("it", {}, settings(a="one\ntwo")).after


@pytest.mark.parametrize(
    ("selector", "query", "holds"),
    [
        (None, None, False),
        ({}, "", True),
        ({"matchLabels": {"app": "api"}}, "app in (api)", True),
        ({"matchLabels": {"app": "other"}}, "app in (other)", False),
        (
            {
                "matchLabels": {"app": "api"},
                "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back", "side"]}],
            },
            "app in (api),tier notin (back,side)",
            True,
        ),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, "tier", True),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, "!tier", False),
        (
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "api"]}]},
            "app in (a,api)",
            True,
        ),
    ],
)
def test_selectors_are_judged_as_the_cluster_judges_them(
    selector: dict[str, Any] | None, query: str | None, holds: bool
) -> None:
    assert holds == selectors.matches(selector, API)
    assert query == (None if selector is None else selectors.as_query(selector))
    assert holds == guards.guards({"spec": {"selector": selector}}, API)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"minAvailable": 2}, "at least 2 available"),
        ({"minAvailable": "50%"}, "at least 50% available"),
        ({"maxUnavailable": 0}, "at most 0 away"),
        ({}, "at least 1 available"),
    ],
)
def test_the_rule_of_a_budget_is_told_in_words(spec: dict[str, Any], words: str) -> None:
    found = {"metadata": {"name": "b"}, "spec": spec, "status": {"disruptionsAllowed": 1}}

    assert (words, 1) == (guards.budget(found).keeps, guards.budget(found).spare)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (("True", "ValidMetricFound"), "it may change the number again: it wants 4 now"),
        (("False", "FailedGetResourceMetric"), "it does not act now (FailedGetResourceMetric)"),
        (None, "it may change the number again"),
    ],
)
def test_an_autoscaler_that_will_undo_a_number_is_told(condition: tuple[str, str] | None, words: str) -> None:
    """AU-06, CC-28."""
    told = [{"type": "ScalingActive", "status": condition[0], "reason": condition[1]}] if condition else []
    found = {
        "metadata": {"name": "api"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "api"},
            "minReplicas": 3,
            "maxReplicas": 10,
        },
        "status": {"desiredReplicas": 4, "conditions": told},
    }
    scaler = autoscaler_of(found, "api")

    assert scaler is not None
    assert autoscaled(scaler, 6) == f"keeps it between 3 and 10; {words}"

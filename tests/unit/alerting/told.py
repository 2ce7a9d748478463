"""Bodies of every source with something planted in them, and all that is told of what they bring."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

from bot.policy_folder import read_book
from bot.redaction.redactor import Redactor
from bot.slack.blocks import card_blocks
from handlers.alerting.disclosing import disclosed, disclosed_strays
from handlers.alerting.making import Names, new_alert
from handlers.alerting.placing import stand_for
from handlers.alerting.signals import Signal, Tellable, Told
from handlers.alerting.sources import SOURCES
from handlers.alerts.model import Alert, Gathered
from handlers.alerts.storm_cards import member_line, page_card, root_card
from handlers.changes import Cause
from handlers.escalating.notifying import standing_of
from handlers.messages import Card
from handlers.rungs import Rung
from handlers.world import World
from policies.alert_rules import AlertRule
from policies.schema import PolicyBook
from tests.scenarios.bodies import notice, notification
from tests.scenarios.opening import RULES

Json = dict[str, Any]
BOOK = read_book(RULES)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
REDACTOR = Redactor()


def alertmanager(text: str, system: str) -> Json:
    """Every field of a notification that may hold any text."""
    made = notice(text, namespace=system, instance=text, owner=f"by {text}")
    made["annotations"] = {
        "summary": f"Look at {text}!", "description": text, "value": text, "runbook_url": f"https://x.org/{text}",
        "dashboard_url": f"https://x.org/d?x={text}", text: "?",
    }  # fmt: skip
    made |= {"startsAt": text, "generatorURL": f"https://x.org/graph?g0.expr=up%7Bu%3D%22{text}%22%7D"}
    return notification(made, externalURL=f"https://x.org/{text}", groupLabels={"instance": text})


def grafana(text: str, system: str) -> Json:
    """The same and what Grafana adds."""
    body = alertmanager(text, system)
    body["alerts"][0] |= {"valueString": text, "values": {text: 1.5}, "panelURL": f"https://x.org/{text}"}
    body["alerts"][0] |= {"dashboardURL": f"https://{text}.org/", "imageURL": text, "silenceURL": text}
    return body


def generic(text: str, system: str) -> Json:
    """Every field of our own form."""
    told = {
        "id": text, "name": text, "state": "firing", "labels": {"namespace": system, "who": text[:200]},
        "title": text, "description": text, "value": text[:200], "query": f'up{{user="{text}"}}',
        "links": [{"label": text[:60], "url": f"https://x.org/{text}"}],
    }  # fmt: skip
    return {"version": "1", "alerts": [told], "group_by": ["who"]}


def run_record(text: str, system: str) -> Json:
    """A record of the credit monitor; run id and severity have forms of their own."""
    said = dict.fromkeys(
        ("Scenario_Name", "Scenario_ID", "Job_Type", "Misconfig_Likelihood", "Status", "Timestamp"), text
    )
    return said | {
        "Run_ID": "RUN-20261121-0001", "Severity": "SEV0", "Credits_Total": 5, "Risk_Flags": [text],
        "Risk_Summary": text,
    }  # fmt: skip


BODIES = {
    "alertmanager": alertmanager, "grafana": grafana, "generic": generic, "run-record": run_record
}  # fmt: skip


def read(source: str, body: Json) -> Told:
    """What a body says, as it is recorded and read again."""
    return SOURCES[source].read(BOOK, json.loads(json.dumps(body))).told


def tellable(signal: Signal, book: PolicyBook = BOOK) -> Tellable:
    """The signal as it may be told."""
    return asyncio.run(disclosed(book, REDACTOR, signal))


def opened(told: Tellable, book: PolicyBook = BOOK) -> Alert:
    """The alert that a signal becomes."""
    world = cast(World, type("_World", (), {"book": book}))
    rule = book.alert_rule(told.system, told.source, told.severity) or AlertRule(channel="#c")
    made = new_alert(world, Cause("c", "test", NOW), rule, told, NOW, Names("A-7K2QF", {}))
    rung = Rung(after_seconds=0, at=NOW, notify=("pagerduty",))
    return made.model_copy(update={"ladder": (rung,), "escalated": 1})


def everything_told(told: Told, book: PolicyBook = BOOK) -> str:
    """Cards, lines, notices and entries: every text that leaves the process because of a body."""
    said = list(_of_signals(told, book))
    said += [repr(one) for one in asyncio.run(disclosed_strays(book, REDACTOR, told.strays))]
    return "\n".join(said)


def _of_signals(told: Told, book: PolicyBook) -> Iterator[str]:
    world = cast(World, type("_World", (), {"book": book}))
    for signal in told.signals:
        may = tellable(signal, book)
        alert = opened(may, book)
        shared = opened(stand_for(may, "storm/x", mixed=False), book)
        gathered = Gathered(alerts=2, lines=(member_line(alert),))
        shared = shared.model_copy(update={"gathered": gathered})
        for card in (root_card(alert, book), root_card(shared, book), page_card(gathered)):
            yield _blocks(card)
        for one in (alert, shared):
            stands = standing_of(world, one, "pagerduty")
            assert stands is not None
            yield repr(asdict(stands.notice))
        yield repr((may.known, may.risk_flags, alert.about, alert.called, alert.title))


def _blocks(card: Card) -> str:
    return json.dumps([card.summary, card_blocks(card, {})], ensure_ascii=False)


def somewhere_else(body: Json) -> Json:
    """The same body with labels that fit no system."""
    made = copy.deepcopy(body)
    for alert in made["alerts"]:
        alert["labels"]["cluster"] = alert["labels"].get("who", alert["labels"].get("instance", "x"))
        alert["labels"]["namespace"] = "nobody-s"
    return made

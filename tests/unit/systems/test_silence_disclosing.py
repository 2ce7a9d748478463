"""Where patients are, an alert in a silence's card tells what policy lists and nothing beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.catalog import catalog
from bot.notify.kinds import outside
from bot.policy_folder import read_folder
from bot.redaction.redactor import Redactor
from bot.systems.alertmanager.answers import Alert
from bot.systems.alertmanager.disclosing import Disclosure
from policies.loading import load
from tests.unit.policies.folder import FOLDER

CLINIC = load(read_folder(FOLDER), catalog(), outside()).systems["clinchat-rag"]


async def test_labels_that_policy_does_not_list_and_strange_names_are_kept_back() -> None:
    labels = {"alertname": "Record of Jane Doe", "namespace": "clinchat-rag", "patient": "Jane Doe"}
    raw = Alert(labels=labels, startsAt=datetime(2026, 11, 21, tzinfo=UTC))
    (told,) = await Disclosure(CLINIC, Redactor()).alerts([raw])
    assert ("an alert whose name is kept back", ("namespace=clinchat-rag",)) == (told.called, told.labels)


async def test_names_that_policy_itself_has_are_told() -> None:
    raw = Alert(labels={"alertname": "ServiceDown"}, startsAt=datetime(2026, 11, 21, tzinfo=UTC))
    (told,) = await Disclosure(CLINIC, Redactor()).alerts([raw])
    assert "ServiceDown" == told.called

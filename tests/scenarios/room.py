"""An operations room for scenarios, and what one does and sees in it.

Everything speaks its real protocol: signed HTTP or a Socket Mode connection in, Web API calls out.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import Running
from sandbox.alertmanager import PracticeAlertmanager
from sandbox.cluster import PracticeCluster
from sandbox.credits import CreditMonitor
from sandbox.ledger import PracticeLedger
from sandbox.outside import PracticeOutside
from sandbox.queue_admin import PracticeQueueAdmin
from sandbox.slack.administration import change_user, set_group_members
from sandbox.slack.server import PracticeSlack
from tests.contracts.store.servers import Server
from tests.scenarios.virtual import VirtualClock

CRITICAL, ALERTS = "C0CRITICAL", "C0ALERTS"
VERA, OMAR, PIA, RUTH, IVO, NOOR = "U01VERA", "U02OMAR", "U02PIA", "U03RUTH", "U03IVO", "U0NOOR"
GUEST, STRANGER, OTHER_BOT, COUNTER = "U0GUEST", "W0STRANGE", "U0MONITOR", "U0COUNTER"
INTAKE_TOKEN = "intake-token-of-the-practice-monitor"
PATIENCE = 60.0
"""Seconds a test waits for something that will be so soon, on a busy machine."""

Json = dict[str, Any]


def text_of(message: Json) -> str:
    """Everything that a message shows, markup included, invisible joiners left out."""
    return json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False).replace("\u2060", "")


@dataclass(repr=False)
class Room:
    """One scenario's world. Threads are named by the ts of their root."""

    slack: PracticeSlack
    server: Server
    clock: VirtualClock
    monitor: CreditMonitor
    cluster: PracticeCluster
    ledger: PracticeLedger
    queue_admin: PracticeQueueAdmin
    alertmanager: PracticeAlertmanager
    outside: PracticeOutside
    folder: Path
    policies: Path
    environment: dict[str, str]
    replicas: list[Running] = field(default_factory=list)
    intake: str = ""

    @property
    def evidence(self) -> Path:
        """The folder of evidence files."""
        return self.folder / "evidence"

    # -- doing

    async def alert(self, severity: str = "SEV0", **record: Any) -> Json:
        """The monitor makes a run and tells the bot; returns the record."""
        made = self.monitor.record("EMAIL_SEND_001", severity, self.clock.now())
        made |= record
        self.monitor.write_run(made)
        status, text = await self.post_record(made)
        assert 202 == status, text
        return made

    async def post_record(self, record: Any, token: str = INTAKE_TOKEN) -> tuple[int, str]:
        """POST something to the alert route; returns status and text."""
        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bearer {token}"}
            url = f"{self.intake}/alerts/run-record"
            async with session.post(url, json=record, headers=headers) as response:
                return response.status, await response.text()

    async def post_records(self, records: Sequence[Any]) -> None:
        """Tell records twenty at a time, and again what is not kept for now (503), as senders do."""
        for first in range(0, len(records), 20):
            told = await asyncio.gather(*map(self._keep, records[first : first + 20]))
            assert {202} == set(told)

    async def _keep(self, record: Any) -> int:
        status = 503
        for _ in range(100):
            status, _ = await self.post_record(record)
            if status != 503:
                break
            await asyncio.sleep(0.2)
        return status

    async def say(self, who: str, text: str, thread: str = "", channel: str = CRITICAL, **more: Any) -> str:
        """Somebody writes in a channel; returns the message's ts."""
        place = {"thread_ts": thread} if thread else {}
        told = await self.slack.act(who, "message", channel=channel, text=text, **place, **more)
        return str(told["ts"])

    async def command(self, who: str, command: str, text: str, channel: str = CRITICAL) -> Json:
        """Somebody types a slash command."""
        return await self.slack.act(who, "command", command=command, text=text, channel=channel)

    async def press(self, who: str, message: Json, label: str) -> Json:
        """Somebody presses the button with this label, on a message or an ephemeral."""
        for block in message.get("blocks", []):
            for element in block.get("elements", []):
                if element.get("type") == "button" and element["text"]["text"] == label:
                    at = (
                        {"ephemeral": message["id"]}
                        if "id" in message
                        else {"channel": CRITICAL, "ts": message["ts"]}
                    )
                    return await self.slack.act(who, "click", **at, action_id=element["action_id"])
        raise AssertionError(f"no button {label!r} in {text_of(message)}")

    async def submit(self, who: str, **values: str) -> Json:
        """Somebody fills the modal in front of them and submits it."""
        view = await self.modal(who)
        filled = {name: {name: value} for name, value in values.items()}
        return await self.slack.act(who, "submit", view_id=view["id"], values=filled)

    def served_by(self, url: str) -> None:
        """Slack delivers to the replica at this address from now on, and the monitor tells it its alerts."""
        self.intake = url
        self.slack.request_url = f"{url}/slack/events"

    def machine_now(self) -> datetime:
        """The machine's own time, for what is to be told how far the room is ahead."""
        return datetime.now(UTC)

    def advance(self, **duration: float) -> None:
        """Let time pass, for the bot and for Slack's stamps."""
        self.clock.advance(**duration)

    def set_group(self, group: str, *users: str) -> None:
        """Somebody changes a user group in Slack."""
        set_group_members(self.slack.workspace, self.slack.workspace.groups[group], list(users))

    def change_user(self, user: str, **changes: Any) -> None:
        """An admin changes an account in Slack."""
        change_user(self.slack.workspace, self.slack.workspace.users[user], changes)

    # -- seeing

    async def until(self, look: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Wait for something to be truthy and return it; fail with `what` and the thread when it is not."""
        end = time.monotonic() + patience
        while not (found := look()):
            if time.monotonic() > end:
                said = (*self.slack.messages(CRITICAL), *self.slack.messages(ALERTS))
                shown = "\n".join(text_of(one) for one in said)
                raise AssertionError(f"in vain waited for {what}; there is:\n{shown}\n{self.ephemerals()}")
            await asyncio.sleep(0.02)
        return found

    def from_bot(self, thread: str = "", channel: str = CRITICAL) -> list[Json]:
        """The bot's messages in a channel, of one thread or all."""
        messages = [one for one in self.slack.messages(channel) if one.get("user") == COUNTER]
        return [one for one in messages if not thread or one.get("thread_ts") == thread]

    async def sees(self, pattern: str, thread: str = "", channel: str = CRITICAL) -> Json:
        """Wait until a message of the bot shows this (a regular expression); the newest that does."""

        def look() -> Json | None:
            spoken = self.from_bot(thread, channel)
            shown = [one for one in spoken if re.search(pattern, text_of(one), re.DOTALL)]
            return shown[-1] if shown else None

        found: Json = await self.until(look, f"a message with {pattern!r}")
        return found

    def ephemerals(self, who: str = "") -> list[Json]:
        """What was shown to one person alone."""
        listed = list(self.slack.workspace.ephemerals.values())
        return [one for one in listed if not who or one["user"] == who]

    async def hears(self, who: str, pattern: str, thread: str = "") -> Json:
        """Wait until somebody privately hears this, in one thread or anywhere."""

        def look() -> Json | None:
            here = [one for one in self.ephemerals(who) if not thread or one.get("thread_ts") == thread]
            told = [one for one in here if re.search(pattern, text_of(one), re.DOTALL)]
            return told[-1] if told else None

        found: Json = await self.until(look, f"{who} to hear {pattern!r}")
        return found

    async def modal(self, who: str) -> Json:
        """Wait until somebody has a modal in front of them that can be filled in, no mere receipt."""

        def top() -> Json | None:
            stack = self.slack.views.stacks.get(who)
            return stack[-1] if stack and stack[-1]["submit"] else None

        found: Json = await self.until(top, f"a modal for {who}")
        return found

    def where(self, run_id: str) -> str:
        """The folder, relative to the root, that holds the run's record."""
        (found,) = self.monitor.root.glob(f"runs/*/*/run_{run_id}.json")
        return str(found.parent.relative_to(self.monitor.root))

    def case_of(self, record: Json) -> Json:
        """The case of a run."""
        for path in (self.monitor.root / "cases").glob("CASE-*.json"):
            case: Json = json.loads(path.read_text())
            if case["Primary_Run_ID"] == record["Run_ID"]:
                return case
        raise AssertionError(f"no case for {record['Run_ID']}")

    def case(self) -> Json:
        """The one case there is."""
        (path,) = (self.monitor.root / "cases").glob("CASE-*.json")
        case: Json = json.loads(path.read_text())
        return case

    def record(self) -> list[Json]:
        """The audit record, in order."""
        with self.server.plain() as client:
            entries = client.xrange("{cs:T0PRACTICE}:audit")
        return [json.loads(next(iter(fields.values()))) for _, fields in entries]

    def events(self, name: str) -> list[Json]:
        """The audit entries of one kind."""
        return [entry for entry in self.record() if entry["event"] == name]

    # -- longer ways

    async def contained(self) -> tuple[Json, Json]:
        """A run in quarantine whose case is open, all of it told: the record and the thread's root."""
        record = await self.alert("SEV0")
        await self.sees(rf"{record['Run_ID']}.*Quarantined:.*")
        root = await self.sees(rf"{record['Run_ID']}.*is open \(status Open\)")
        await self.sees("assesses within", root["ts"])
        return record, root

    async def resolved(self, record: Json, root: Json) -> None:
        """The case is documented by Omar and resolved by Ruth."""
        card = await self.resolution_asked(root)
        assert "an unbounded iterator" in text_of(card)
        await self.say(RUTH, "APPROVED - complete", root["ts"])
        await self.sees("now reads Resolved.*Resolved_At", root["ts"])

    async def resolution_asked(self, root: Json) -> Json:
        """Omar documents the case; returns the card."""
        thread = root["ts"]
        await self.say(OMAR, "@countersign resolve-case", thread)
        button = await self.hears(OMAR, "Open the form", thread)
        await self.press(OMAR, button, "Open the form")
        await self.submit(
            OMAR,
            root_cause="Misconfig",
            analysis="an unbounded iterator read the whole list",
            mitigation="max_items is 1000 now",
            evidence="the access log shows no read of personal data",
        )
        return await self.sees("Resolve the case.*waiting for approval", thread)

    async def release_asked(self, record: Json, root: Json, who: str = OMAR) -> Json:
        """A release is asked for; returns its card."""
        await self.command(who, "/release", f"{record['Run_ID']} because false positive")
        return await self.sees("Release a run.*waiting for approval", root["ts"])

    async def new_card(self, known: Collection[str], channel: str = CRITICAL) -> Json:
        """Wait for the card of a request in a message that is not among those known by their ts."""

        def look() -> Json | None:
            new = [one for one in self.from_bot(channel=channel) if one["ts"] not in known]
            return next((one for one in new if "waiting for approval" in text_of(one)), None)

        card: Json = await self.until(look, "the card of another request")
        return card

    def request_id(self, card: Json) -> str:
        """The request that a card shows."""
        found = re.search(r"`(R-[0-9A-Z]+)`", text_of(card))
        assert found is not None
        return found.group(1)

"""What approvers look at fits the page, wide and narrow, and can be read by day and by night."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.test_story_in_browser import open_page
from tests.chaos.containments import NODE, a_drain, an_isolation
from tests.sandbox.page.stage import FAINT_TEXT, PHONE, WIDE, chromium, screenshot
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, Json, Room, text_of
from tests.scenarios.test_progress import stamped
from tests.scenarios.workloads import asked, outcome

TOO_WIDE = """() => [...document.querySelectorAll('#thread *')]
    .filter(one => one.getClientRects().length && getComputedStyle(one).overflowX === 'visible'
        && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
    .map(one => `${one.tagName}.${one.className}: ${one.scrollWidth} in ${one.clientWidth}`)"""
"""What is wider than its place and can neither be scrolled nor is cut off on purpose."""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[Room]:
    """Rollouts go on when the test says so."""
    async with ops_room(tmp_path, rollout_seconds=None) as opened:
        yield opened


async def fits(browser: Browser, room: Room, channel: str, thread: str, name: str) -> None:
    """The thread fits and can be read, at both widths and in both colour schemes; a picture of each.

    The window is high enough for the whole card, which a picture shows only as far as it is in sight.
    """
    for size, where in ((WIDE, "wide"), (PHONE, "phone")):
        for dark in (False, True):
            page = await open_page(browser, room, dark=dark, size={**size, "height": 2200})
            await page.evaluate(f"sessionStorage['countersign.person'] = '{RUTH}'")
            await page.goto(f"{room.slack.url}/#/{channel}/{thread}")
            await page.reload()
            await page.locator("#thread .message-body").first.wait_for()
            await screenshot(page, f"card-{name}-{where}-{'dark' if dark else 'light'}")
            await nothing_overflows(page)
            await page.context.close()


async def nothing_overflows(page: Page) -> None:
    assert await page.evaluate("innerWidth") == await page.evaluate("document.documentElement.scrollWidth")
    assert [] == await page.evaluate(TOO_WIDE)
    assert [] == await page.evaluate(FAINT_TEXT)


async def test_the_card_of_a_scaling_its_progress_and_its_undo_fit(slow: Room) -> None:
    room = slow
    card = await asked(room, "/scale", "auditron-api 8 for 2h because a batch runs")
    async with chromium() as browser:
        await fits(browser, room, ALERTS, card["ts"], "scale")
        await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
        await stamped(room, "auditron-api", room.request_id(card))
        room.cluster.tick()
        await outcome(room, card, "is under way.*pods ready")
        await fits(browser, room, ALERTS, card["ts"], "progress")
        room.cluster.settle()
        await outcome(room, card, "is done and was read back")
        await room.command(OMAR, "/ops", f"undo {room.request_id(card)} because the batch is through", ALERTS)
        await outcome(room, card, "This undoes")
        await fits(browser, room, ALERTS, card["ts"], "undo")


async def test_the_card_of_a_drain_fits(room: Room) -> None:
    story = await a_drain(room)
    assert NODE in text_of(await room.sees(story.request, channel=ALERTS))
    async with chromium() as browser:
        await fits(browser, room, ALERTS, story.thread, "drain")


async def test_the_card_of_an_isolation_fits(room: Room) -> None:
    story = await an_isolation(room)
    async with chromium() as browser:
        await fits(browser, room, CRITICAL, story.thread, "isolate")


async def test_the_card_of_a_new_key_fits(room: Room) -> None:
    card: Json = await asked(
        room, "/ops", "auditron rotate-secret auditron-secrets jwt-secret because it leaked"
    )
    async with chromium() as browser:
        await fits(browser, room, ALERTS, card["ts"], "rotate")


async def test_the_card_of_a_silence_and_its_end_fit(room: Room) -> None:
    labels = {"namespace": "auditron", "severity": "warning"}
    for name in ("web-1", "web-2"):
        room.alertmanager.tell({"alertname": "HighLatency", "instance": name, **labels}, {}, firing=True)
    words = "auditron silence alertname=HighLatency instance=~web-.* for 2h because the disk is being changed"
    card = await asked(room, "/ops", words)
    async with chromium() as browser:
        await fits(browser, room, ALERTS, card["ts"], "silence")
        await room.say(RUTH, "APPROVED - until the disk is there", card["ts"], channel=ALERTS)
        await outcome(room, card, "is done and was read back")
        room.advance(minutes=1)
        room.advance(hours=2)
        await outcome(room, card, "when its time was over")
        await fits(browser, room, ALERTS, card["ts"], "silence-over")

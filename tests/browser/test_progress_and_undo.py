"""A slow rollout for two hours, as people see it: how far it is, what was verified, and its way back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.test_story_in_browser import be, open_page, shows, write
from tests.sandbox.page.stage import PHONE, WIDE, chromium, screenshot
from tests.scenarios.room import ALERTS, OMAR, RUTH, Room
from tests.scenarios.test_progress import slow_room, stamped
from tests.scenarios.workloads import asked

NAME = "auditron-api"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with slow_room(tmp_path) as opened:
        yield opened


async def test_a_slow_rollout_is_followed_and_undone_by_clicking_and_typing(room: Room) -> None:
    card = await asked(room, "/scale", f"{NAME} 8 for 2h because a batch runs")
    thread = f"{room.slack.url}/#/{ALERTS}/{card['ts']}"
    async with chromium() as browser:
        page = await open_page(browser, room)
        await page.goto(thread)
        await page.locator("dialog.view[open] .button", has_text="Close").click()
        await be(page, RUTH)
        await write(page, "#thread-box", "APPROVED - for the batch")
        await stamped(room, NAME, room.request_id(card))
        room.cluster.tick()
        await shows(page, "is under way.*3 of 8 pods ready")
        await screenshot(page, "progress-1-under-way")
        phone = await open_page(browser, room, dark=True, size=PHONE)
        await phone.goto(thread)
        await shows(phone, "3 of 8 pods ready")
        await screenshot(phone, "progress-2-phone-dark")

        room.cluster.settle()
        await shows(page, "scale auditron-api: done.*8 of 8 pods ready.*is done and was read back.*It ends")
        await screenshot(page, "progress-3-verified")

        await be(page, OMAR)
        await page.locator("#thread").get_by_role("button", name="Undo…").click()
        await page.locator("dialog").get_by_label(re.compile("Why")).fill("the batch is through")
        await screenshot(page, "undo-1-modal")
        await page.locator("dialog").get_by_role("button", name="Ask", exact=True).click()
        await shows(page, "8 → 3.*This undoes")
        dark = await open_page(browser, room, dark=True, size=WIDE)
        await dark.goto(thread)
        await shows(dark, "This undoes")
        await screenshot(dark, "undo-2-card-dark")
        await be(page, RUTH)
        await write(page, "#thread-box", "APPROVED - seen")
        await stamped(room, NAME, unlike=room.request_id(card))
        room.cluster.settle()
        await shows(page, "is done and was read back.*Undone by")
        await screenshot(page, "undo-3-undone")
        await screenshot(phone, "undo-4-phone-dark")

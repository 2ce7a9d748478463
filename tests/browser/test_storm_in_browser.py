"""A storm from the page's button: what people see of it, wide and narrow."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.test_story_in_browser import PATIENCE as MILLISECONDS
from tests.browser.test_story_in_browser import open_page
from tests.sandbox.page.stage import PHONE, chromium, screenshot
from tests.scenarios.room import PATIENCE, Room

MONITORING = "C0MONITOR"


async def test_a_storm_is_one_message_that_tells_of_it_and_a_thread_for_each_cause(room: Room) -> None:
    async with chromium() as browser:
        page = await open_page(browser, room)
        await page.get_by_role("button", name="Send a storm of 300").first.click()
        told = "Alert storm in this channel: 300 alerts"
        await room.until(lambda: _storms(room, told), "the storm's message", 4 * PATIENCE)
        await page.goto(f"{room.slack.url}/#/{MONITORING}")
        await shows(page, told)
        await shows(page, "Top causes")
        await screenshot(page, "storm-wide")
        phone = await open_page(browser, room, size=PHONE)
        await phone.goto(f"{room.slack.url}/#/{MONITORING}")
        await shows(phone, told)
        await screenshot(phone, "storm-phone")
        room.advance(minutes=6)
        digest = "After the storm: 300 alerts"
        await room.until(lambda: _storms(room, digest), "the digest", 4 * PATIENCE)
        for name, where in (("wide", page), ("phone", phone)):
            await shows(where, digest)
            await screenshot(where, f"storm-digest-{name}")


async def shows(page: Page, words: str) -> None:
    """Some message on the page shows this by now, or soon."""
    shown = page.get_by_text(words).last
    await expect(shown).to_be_visible(timeout=MILLISECONDS)
    await shown.scroll_into_view_if_needed()


def _storms(room: Room, words: str) -> list[object]:
    return [one for one in room.slack.messages(MONITORING) if words in str(one.get("blocks"))]

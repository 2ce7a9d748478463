"""The guided tour in Debian's Chromium, wide and narrow, with the real bot behind the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.sandbox.page.stage import PHONE, WIDE, chromium
from tests.scenarios.room import CRITICAL, Room

PATIENCE = 20_000
"""Milliseconds for a step to happen, on a busy machine."""
STEPS = (
    "1. An alert comes in",
    "2. Omar takes it",
    "3. Omar asks",
    "4. Vera may not",
    "5. Ruth countersigns",
    "6. Now for the run",
    "7. The effect",
    "8. And back again",
)
SIZES = {"wide": WIDE, "phone": PHONE}


@asynccontextmanager
async def _tour(browser: Browser, room: Room, size: str, *, dark: bool = False) -> AsyncIterator[Page]:
    """The page as a newcomer opens it; fails when it wrote an error to its console."""
    context = await browser.new_context(
        viewport={"width": SIZES[size]["width"], "height": SIZES[size]["height"]},
        color_scheme="dark" if dark else "light",
        has_touch=size == "phone",
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{room.slack.url}/#/{CRITICAL}")
    await page.locator(".connection.live").wait_for(state="attached")
    yield page
    assert [] == complaints
    await context.close()


async def _stands_at(page: Page, title: str) -> None:
    """The tour is at this step by now, or soon."""
    await expect(page.locator(".guide h3")).to_have_text(title, timeout=PATIENCE)


async def _take(page: Page, pictures: Path, size: str) -> None:
    """The whole tour, by the button that does each step; a picture before every one."""
    for number, title in enumerate(STEPS):
        await _stands_at(page, title)
        await page.screenshot(path=pictures / f"tour-{size}-{number}.png")
        await page.locator('.guide [data-focus="do"]').click()
    await _stands_at(page, "That was it")
    await page.screenshot(path=pictures / f"tour-{size}-end.png")


@pytest.mark.parametrize("size", SIZES)
async def test_the_tour_plays_itself_and_everything_really_happens(
    room: Room, tmp_path: Path, size: str
) -> None:
    async with chromium() as browser, _tour(browser, room, size, dark=size == "phone") as page:
        await _take(page, tmp_path, size)
    run_id = str(room.case()["Primary_Run_ID"])
    assert "Resolved" == room.case()["Status"]
    assert f"runs/QUARANTINE/{run_id}" == room.where(run_id)
    case_id = room.case()["Case_ID"]
    done = [entry["detail"]["what"] for entry in room.events("request-succeeded")]
    what = (f"resolve-case {case_id}", f"release {run_id}", f"quarantine {run_id}")
    assert [f"credit-monitoring {each}" for each in what] == done[-3:]


async def test_the_tour_is_played_by_hand_and_by_keyboard(room: Room, tmp_path: Path) -> None:
    """What the tour offers as words is sent with Enter; forms and receipts are answered by keyboard too."""
    async with chromium() as browser, _tour(browser, room, "wide") as page:
        await page.keyboard.press("t")
        await expect(page.locator('.guide [data-focus="do"]')).to_be_focused()
        await page.keyboard.press("Enter")
        await _stands_at(page, STEPS[1])
        await _send(page)
        await _stands_at(page, STEPS[2])
        await _send(page)
        await page.get_by_role("button", name="Open the form").press("Enter")
        form = page.get_by_role("dialog")
        await form.get_by_label("Root cause", exact=True).select_option("Misconfig")
        for label in ("Root cause analysis", "Mitigation steps taken", "Evidence of no data exposure"):
            await form.get_by_label(label).fill("there is much to say about this")
        await form.get_by_role("button", name="Ask for approval").press("Enter")
        await _stands_at(page, STEPS[3])
        await _send(page)
        await _stands_at(page, STEPS[4])
        await _send(page)
        await _stands_at(page, STEPS[5])
        await _send(page)
        await _close_receipt(page)
        await _stands_at(page, STEPS[6])
        await _send(page)
        await _stands_at(page, STEPS[7])
        await _send(page)
        await _close_receipt(page)
        await _stands_at(page, "That was it")


async def _send(page: Page) -> None:
    """Lets the tour write its words, and sends them."""
    words = page.locator('.guide [data-focus="words"]')
    await words.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(":focus")).not_to_have_value("")
    await page.keyboard.press("Enter")


async def _close_receipt(page: Page) -> None:
    receipt = page.get_by_role("dialog", name="Received")
    await expect(receipt).to_be_visible(timeout=PATIENCE)
    await page.keyboard.press("Escape")
    await expect(receipt).to_be_hidden(timeout=PATIENCE)


async def test_the_tour_goes_on_where_it_stood_after_the_page_was_closed(room: Room, tmp_path: Path) -> None:
    async with chromium() as browser, _tour(browser, room, "wide") as page:
        await page.locator('.guide [data-focus="do"]').click()
        await _stands_at(page, STEPS[1])
        await page.get_by_role("button", name="Leave the tour").click()
        await page.reload()
        await page.get_by_role("button", name="Go on with the tour, step 2 of 8").click()
        await page.locator('.guide [data-focus="do"]').click()
        await _stands_at(page, STEPS[2])

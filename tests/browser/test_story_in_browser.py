"""The story by hand, in Debian's Chromium: the page, the practice Slack and the real bot behind it."""

from __future__ import annotations

import re

from playwright.async_api import Browser, FloatRect, Page, expect

from tests.sandbox.page.stage import OUTPUT, PHONE, WIDE, chromium, screenshot
from tests.scenarios.room import CRITICAL, OMAR, RUTH, VERA, Room

PATIENCE = 20_000
"""Milliseconds for the page to show what the bot has said."""


TALL = {"width": 1440, "height": 1500}
"""High enough for a whole thread card: for the picture in the README."""


async def open_page(
    browser: Browser, room: Room, *, dark: bool = False, size: dict[str, int] = WIDE, thread: str = ""
) -> Page:
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{room.slack.url}/#/{CRITICAL}" + (f"/{thread}" if thread else ""))
    await page.locator(".connection.live").wait_for(state="attached")
    return page


async def be(page: Page, person: str) -> None:
    await page.locator(f'#people [data-user="{person}"]').click()


async def write(page: Page, box: str, text: str) -> None:
    await page.locator(box).fill(text)
    await page.locator(box).press("Enter")


async def shows(page: Page, pattern: str) -> None:
    """The thread shows this by now, or soon."""
    await expect(page.locator("#thread")).to_contain_text(re.compile(pattern, re.DOTALL), timeout=PATIENCE)


async def picture_of_the_end(page: Page) -> None:
    """The last two messages of the thread, for the README."""
    cards = page.locator("#thread .message-body")
    first, last = await cards.nth(-2).bounding_box(), await cards.last.bounding_box()
    assert first is not None
    assert last is not None
    clip = FloatRect(
        x=first["x"] - 8,
        y=first["y"] - 8,
        width=first["width"] + 16,
        height=last["y"] + last["height"] - first["y"] + 16,
    )
    await page.screenshot(path=OUTPUT / "thread.png", clip=clip)


async def test_the_story_is_played_by_clicking_and_typing(room: Room) -> None:
    async with chromium() as browser:
        page = await open_page(browser, room)
        await page.get_by_role("button", name=re.compile("Send a SEV0 run")).first.click()
        root = await room.sees(r"is open \(status Open\)")
        await page.goto(f"{room.slack.url}/#/{CRITICAL}/{root['ts']}")
        await shows(page, "Quarantined: 2 files")
        await screenshot(page, "story-1-alert")

        await be(page, VERA)
        await write(page, "#thread-box", "ACK - looking")
        await shows(page, "may acknowledge SEV0")
        await be(page, OMAR)
        case_id = room.case()["Case_ID"]
        await write(page, "#thread-box", f"ACK - O2 Omar investigating {case_id}")
        await shows(page, "acknowledged as O2")

        await write(page, "#thread-box", "@countersign resolve-case")
        await page.get_by_role("button", name="Open the form").click()
        form = page.locator("dialog.view")
        await form.locator("select").select_option(label="Misconfig")
        for name in ("analysis", "mitigation", "evidence"):
            await form.locator(f'[data-block="{name}"] textarea').fill(f"what there is to say about {name}")
        await screenshot(page, "story-2-form")
        await form.get_by_role("button", name="Ask for approval").click()
        await shows(page, "Resolve the case.*waiting for approval")
        await be(page, RUTH)
        await write(page, "#thread-box", "APPROVED - root cause confirmed")
        await shows(page, "now reads Resolved")

        await be(page, OMAR)
        run_id = str(room.case()["Primary_Run_ID"])
        await write(page, "#channel-box", f"/release {run_id} because false positive")
        receipt = page.locator("dialog.view[open]")
        await expect(receipt).to_contain_text("Because: false positive")
        await screenshot(page, "story-3-receipt")
        await receipt.locator(".button", has_text="Close").click()
        await shows(page, "Release a run from quarantine.*waiting for approval")
        await screenshot(page, "story-3-card")
        phone = await open_page(browser, room, size=PHONE, thread=root["ts"])
        await shows(phone, "Release a run from quarantine.*waiting for approval")
        await screenshot(phone, "story-3-phone")

        held = page.locator(".run", has_text=run_id).locator(".run-where")
        await be(page, VERA)
        await page.locator("#thread").get_by_role("button", name="Approve…").click()
        await shows(page, "Only O3 Approver may approve release")
        await expect(held).to_have_text(f"QUARANTINE/{run_id}")
        await be(page, RUTH)
        await page.locator("#thread").get_by_role("button", name="Approve…").click()
        await (
            page.locator("dialog.view[open]")
            .get_by_label("What did you check?")
            .fill("access log read, nothing got out")
        )
        await screenshot(page, "story-4-approve")
        await page.locator("dialog.view[open]").get_by_role("button", name="Approve").click()
        await shows(page, "Released: 2 files back")
        await screenshot(page, "story-5-released")
        home = room.where(run_id)
        assert home.startswith("runs/CREDIT_MONITORING/")
        await expect(held).to_have_text(home.removeprefix("runs/CREDIT_MONITORING/"))

        for name, dark, size in (("6-dark", True, WIDE), ("7-phone", False, PHONE)):
            again = await open_page(browser, room, dark=dark, size=size, thread=root["ts"])
            await shows(again, "Released: 2 files back")
            await screenshot(again, f"story-{name}")
        tall = await open_page(browser, room, size=TALL, thread=root["ts"])
        await shows(tall, "Released: 2 files back")
        await screenshot(tall, "story-8-tall")
        await picture_of_the_end(tall)

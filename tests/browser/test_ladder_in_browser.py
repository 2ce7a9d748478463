"""A ladder climbs out of Slack: what the page shows of PagerDuty and mail, wide and narrow."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.test_story_in_browser import PATIENCE, be, open_page, write
from tests.sandbox.page.stage import FAINT_TEXT, PHONE, WIDE, chromium, screenshot
from tests.scenarios.bodies import notice, notification, post
from tests.scenarios.room import ALERTS, OMAR, Room


@pytest.fixture(autouse=True)
def outside(room: Room) -> None:
    for each in (room.outside.pagerduty, room.outside.mail, room.outside.texts):
        room.slack.control.panels.append(each)


def row(page: Page, panel: str) -> Locator:
    return page.locator(f'#system [data-panel="{panel}"] .panel-row[data-row="0"]')


async def can_be_read(page: Page, name: str) -> None:
    await screenshot(page, f"ladder-{name}")
    assert await page.evaluate("innerWidth") == await page.evaluate("document.documentElement.scrollWidth")
    assert "" == "\n".join(await page.evaluate(FAINT_TEXT))


async def test_an_answer_in_the_thread_is_an_answer_to_pagerduty_and_by_mail(room: Room) -> None:
    alert = notice("HighLatency", namespace="clinchat-rag")
    assert 202 == (await post(room, notification(alert)))[0]
    root = await room.sees("alert-warning · ", channel=ALERTS)
    async with chromium() as browser:
        page = await open_page(browser, room, size=WIDE)
        await page.goto(f"{room.slack.url}/#/{ALERTS}/{root['ts']}")
        await expect(page.locator('#system [data-panel="pagerduty"]')).to_contain_text("Nobody was paged.")
        room.advance(minutes=15, seconds=5)
        await expect(row(page, "pagerduty")).to_contain_text("triggered", timeout=PATIENCE)
        await expect(row(page, "pagerduty")).to_contain_text("nobody has answered yet")
        room.advance(minutes=15)
        await expect(row(page, "mail")).to_contain_text("production-team@example.com", timeout=PATIENCE)
        await be(page, OMAR)
        await write(page, "#thread-box", "ACK - scaling up")
        await expect(row(page, "pagerduty")).to_contain_text("acknowledged", timeout=PATIENCE)
        link = row(page, "pagerduty").get_by_role("link", name="Open the thread")
        assert f"#/{ALERTS}/{root['ts']}" == await link.get_attribute("href")
        await row(page, "mail").scroll_into_view_if_needed()
        await can_be_read(page, "wide")
        phone = await open_page(browser, room, size=PHONE, dark=True)
        await phone.locator("#bar [data-to=systems]").click()
        await row(phone, "pagerduty").scroll_into_view_if_needed()
        await can_be_read(phone, "phone")

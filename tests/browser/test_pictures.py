"""The picture of an alert in the page: wide and narrow, in light and in dark mode."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.test_story_in_browser import open_page
from tests.sandbox.page.stage import PHONE, WIDE, chromium, screenshot
from tests.scenarios.pictured import measured_room, picture_of

_PATIENCE = 30_000


async def drawn_width(page: Page) -> tuple[int, float, float]:
    """Points of the picture itself, its width on the page, and that of the page."""
    image = page.locator("#thread figure img")
    await expect(image).to_be_visible(timeout=_PATIENCE)
    await image.evaluate("node => node.decode()")
    natural, shown, page_width = await image.evaluate(
        "node => [node.naturalWidth, node.getBoundingClientRect().width, innerWidth]"
    )
    return natural, shown, page_width


async def test_the_picture_is_shown_wide_and_narrow_light_and_dark(tmp_path: Path) -> None:
    async with measured_room(tmp_path) as (room, _), chromium() as browser:
        await room.alert()
        root = await room.until(lambda: picture_of(room) and room.from_bot()[0], "the picture")
        for name, size, dark in (
            ("wide-light", WIDE, False),
            ("wide-dark", WIDE, True),
            ("narrow-light", PHONE, False),
            ("narrow-dark", PHONE, True),
        ):
            page = await open_page(browser, room, dark=dark, size=size, thread=root["ts"])
            natural, shown, page_width = await drawn_width(page)
            assert 1200 == natural
            assert 200 < shown <= page_width
            alt = await page.locator("#thread figure img").get_attribute("alt")
            assert alt is not None
            assert "credits at" in alt
            await page.locator("#thread figure img").scroll_into_view_if_needed()
            await screenshot(page, f"picture-{name}")
            await page.context.close()

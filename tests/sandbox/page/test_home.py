"""The app's Home tab on the page: opened by its row, shown as the bot published it, one a person."""

from __future__ import annotations

from playwright.async_api import expect

from sandbox.slack.server import PracticeSlack
from tests.sandbox.page.stage import Stage

VIEW = {
    "type": "home",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Nothing* waits for you."}}],
}


async def test_the_home_tab_tells_the_bot_that_it_was_opened_and_shows_what_is_published(
    stage: Stage,
) -> None:
    page = await stage.page()
    await page.get_by_role("link", name="Countersign · Home").click()
    home = page.locator("#home")
    await expect(home).to_contain_text("published nothing here yet")
    await stage.app.arrived(1)
    told = stage.app.events("app_home_opened")
    assert ["home"] == [one["tab"] for one in told]
    await stage.bot.views_publish(user_id="U02OMAR", view=VIEW)
    await expect(home).to_contain_text("Nothing waits for you.")
    await page.get_by_role("link", name="ops-critical").click()
    await expect(home).to_be_hidden()


async def test_the_home_tab_shows_that_the_line_is_lost_and_is_opened_again_after_it(stage: Stage) -> None:
    async with PracticeSlack(request_url=stage.app.url) as before:
        page = await Stage(before, stage.app, stage.browser, stage.bot).page(place="#/@home")
        await stage.app.arrived(1)
        port = int(before.url.rpartition(":")[2])
    await expect(page.locator("#home .connection")).to_have_text("Connection lost, trying again…")
    async with PracticeSlack(request_url=stage.app.url, port=port):
        await expect(page.locator("#home .connection")).to_have_text("Live", timeout=20_000)
        await stage.app.arrived(2)
    assert ["home", "home"] == [one["tab"] for one in stage.app.events("app_home_opened")]

"""The app's Home tab on the page: opened by its row, shown as the bot published it, one a person."""

from __future__ import annotations

from playwright.async_api import expect

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

"""The page by keyboard: keys that work anywhere, menus moved by arrows, Escape that closes what is open."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.sandbox.page.small_panel import SmallCluster
from tests.sandbox.page.stage import CRITICAL, Stage


async def _page_with_thread(stage: Stage) -> Page:
    root = await stage.say("an alert")
    return await stage.page(place=f"#/{CRITICAL}/{root}")


async def test_a_stroke_leads_to_the_box_one_writes_in(stage: Stage) -> None:
    page = await _page_with_thread(stage)
    await page.get_by_role("radio", name="Omar Haddad").focus()
    await page.keyboard.press("/")
    await expect(page.locator("#channel-box")).to_be_focused()
    await expect(page.locator("#channel-box")).to_have_value("")
    await page.keyboard.press("/")
    await expect(page.locator("#channel-box")).to_have_value("/")
    await page.get_by_role("log", name="Messages of the thread").focus()
    await page.keyboard.press("/")
    await expect(page.locator("#thread-box")).to_be_focused()


async def test_t_leads_to_the_tour_and_s_hides_the_systems(stage: Stage) -> None:
    page = await stage.page()
    await page.keyboard.press("t")
    tour = page.get_by_role("region", name="The tour")
    await expect(tour.get_by_role("button", name="Send a SEV0 run")).to_be_focused()
    await page.keyboard.press("s")
    await expect(page.locator("#system")).to_be_hidden()
    await page.keyboard.press("s")
    await expect(page.locator("#system")).to_be_visible()


async def test_the_keys_are_listed_and_escape_puts_the_list_away(stage: Stage) -> None:
    page = await stage.page()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("to the tour")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)


async def test_arrows_move_in_a_menu_and_escape_leads_back_to_its_button(stage: Stage) -> None:
    stage.slack.app.shortcuts = (("ack", "Acknowledge"), ("note", "Add a note"))
    message = await stage.say("an alert")
    page = await stage.page()
    row = page.locator(f'#channel [data-ts="{message}"]')
    button = row.locator("summary")
    await button.focus()
    await page.keyboard.press("ArrowDown")
    await expect(row.get_by_role("menuitem", name="Acknowledge")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(row.get_by_role("menuitem", name="Add a note")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(row.get_by_role("menuitem", name="Acknowledge")).to_be_focused()
    await page.keyboard.press("End")
    await expect(row.get_by_role("menuitem", name="Add a note")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()
    await expect(row.get_by_role("menuitem", name="Add a note")).to_be_hidden()


async def test_a_menu_item_is_chosen_by_keyboard(stage: Stage) -> None:
    cluster = SmallCluster()
    stage.slack.control.panels.append(cluster)
    cluster.scale(7, 7)
    page = await stage.page()
    await page.locator('summary[aria-label="More for Practice cluster"]').focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    row = page.locator('[data-row="auditron-api"]')
    await expect(row).to_contain_text("3 of 3")


async def test_a_foot_bar_leads_through_a_phone(stage: Stage) -> None:
    root = await stage.say("an alert")
    page = await stage.page(phone=True)
    bar = page.get_by_role("navigation", name="Places")
    await expect(bar.get_by_role("button", name="Channel")).to_have_attribute("aria-current", "page")
    await expect(bar.get_by_role("button", name="Thread")).to_be_disabled()
    await page.goto(f"{stage.slack.url}/#/{CRITICAL}/{root}")
    await expect(page.locator("#thread")).to_be_visible()
    await bar.get_by_role("button", name="Systems").click()
    await expect(page.get_by_role("tabpanel", name="Systems")).to_be_visible()
    await expect(page.locator("#thread")).to_be_hidden()
    await bar.get_by_role("button", name="Break it").click()
    await expect(page.get_by_role("tabpanel", name="Break it")).to_be_visible()
    await bar.get_by_role("button", name="You").click()
    await expect(page.get_by_role("radio", name="Vera Lind")).to_be_visible()
    await bar.get_by_role("button", name="Thread").click()
    await expect(page.locator("#thread")).to_be_visible()
    await bar.get_by_role("button", name="Channel").click()
    await expect(page.locator("#channel")).to_be_visible()
    await expect(bar).to_be_visible()


async def test_what_escape_closes_gives_the_keyboard_back(stage: Stage) -> None:
    root = await stage.say("an alert")
    await stage.say("a reply", thread_ts=root)
    page = await stage.page(place=f"#/{CRITICAL}/{root}")
    await page.get_by_role("tab", name="Systems").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator("#system")).to_be_hidden()
    await expect(page.get_by_role("button", name="Systems pane")).to_be_focused()
    await page.locator("#thread-box").press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()
    await expect(page.get_by_role("link", name="1 reply")).to_be_focused()


async def test_the_first_tab_skips_to_the_box_and_stays_in_the_channel(stage: Stage) -> None:
    page = await stage.page(place="#/C0ALERTS")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#channel-box")).to_be_focused()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#ops-alerts")


async def test_tab_goes_from_people_over_channels_and_the_tour_to_the_box(stage: Stage) -> None:
    """People are one stop; nothing on the way takes the keyboard captive."""
    page = await stage.page()
    await page.get_by_role("radio", name="Omar Haddad").focus()
    stops = []
    for _ in range(24):
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate("document.activeElement.id || document.activeElement.className"))
        if stops[-1] == "channel-box":
            break
    assert ["channel", "guide-close", "channel-box"] == [
        stop
        for stop in dict.fromkeys(each.strip() for each in stops)
        if stop in ("channel", "guide-close", "channel-box")
    ]

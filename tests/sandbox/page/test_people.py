"""Who one is: the switcher, its badges and keys, and what each person can see."""

from __future__ import annotations

from playwright.async_api import expect

from sandbox.slack.administration import change_user, set_group_members
from tests.sandbox.page.stage import Stage


async def test_everybody_is_offered_with_their_standing(stage: Stage) -> None:
    page = await stage.page()
    badges = page.locator("#people .badge")
    await expect(badges).to_have_text(["O1", "O2", "O2", "O3", "O3", "no role", "guest", "partner"])
    await expect(page.get_by_role("radio", name="Omar Haddad")).to_be_checked()
    await expect(
        page.get_by_role("radio", name="Ruth Adeyemi").get_by_role("img", name="on call")
    ).to_be_visible()


async def test_a_number_key_and_the_arrows_choose_a_person_but_not_while_typing(stage: Stage) -> None:
    page = await stage.page()
    await expect(page.get_by_role("radio", name="Omar Haddad")).to_be_checked()
    await page.locator("#channel .messages").focus()
    await page.keyboard.press("4")
    await expect(page.get_by_role("radio", name="Ruth Adeyemi")).to_be_checked()
    await page.get_by_role("radio", name="Ruth Adeyemi").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="Ivo Novak")).to_be_checked()
    await expect(page.get_by_role("radio", name="Ivo Novak")).to_be_focused()
    await page.locator("#channel-box").press_sequentially("1")
    await expect(page.get_by_role("radio", name="Ivo Novak")).to_be_checked()
    await expect(page.locator("#channel .composer-who")).to_contain_text("as Ivo Novak")


async def test_a_guest_sees_only_the_channel_he_is_in(stage: Stage) -> None:
    page = await stage.page(place="#/C0ALERTS")
    await page.get_by_role("radio", name="Gus Guest").click()
    await expect(page.locator("#channels .channel-name")).to_have_text(["ops-critical"])
    await expect(page.get_by_role("heading", level=1)).to_have_text("#ops-critical")


async def test_a_change_of_a_user_group_shows_at_once(stage: Stage) -> None:
    page = await stage.page()
    workspace = stage.slack.workspace
    set_group_members(workspace, workspace.groups["S03APPROVERS"], ["U03RUTH", "U03IVO", "U0NOOR"])
    await expect(page.get_by_role("radio", name="Noor Aziz").locator(".badge")).to_have_text("O3")
    change_user(workspace, workspace.users["U02PIA"], {"deleted": True})
    await expect(page.get_by_role("radio", name="Pia Costa").locator(".badge")).to_have_text("left")


async def test_a_deactivated_person_is_refused_with_a_sentence(stage: Stage) -> None:
    page = await stage.page("U02PIA")
    change_user(stage.slack.workspace, stage.slack.workspace.users["U02PIA"], {"deleted": True})
    await page.locator("#channel-box").fill("hello?")
    await page.locator("#channel-box").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Pia Costa is deactivated")
    await expect(page.locator("#channel-box")).to_have_value("hello?")


async def test_new_messages_elsewhere_are_counted_until_they_are_read(stage: Stage) -> None:
    page = await stage.page()
    await stage.say("one", channel="C0ALERTS")
    await stage.say("two", channel="C0ALERTS")
    row = page.get_by_role("link", name="ops-alerts")
    await expect(row.locator(".count")).to_have_text("2")
    await row.click()
    await expect(page.locator("#channel .message")).to_have_count(2)
    await page.get_by_role("link", name="ops-critical").click()
    await expect(row.locator(".count")).to_have_count(0)


async def test_a_press_is_not_lost_when_news_arrive_in_the_middle_of_it(stage: Stage) -> None:
    page = await stage.page()
    await page.get_by_role("radio", name="Ruth Adeyemi").hover()
    await page.mouse.down()
    await stage.say("news")
    await expect(page.locator("#channel .message")).to_have_count(1)
    await page.mouse.up()
    await expect(page.get_by_role("radio", name="Ruth Adeyemi")).to_be_checked()

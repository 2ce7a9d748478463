"""Wide and narrow, light and dark, by keyboard and by ear."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, Route, expect

from sandbox.slack.server import PracticeSlack
from tests.sandbox.page.small_monitor import SmallMonitor
from tests.sandbox.page.small_panel import SmallCluster
from tests.sandbox.page.stage import CRITICAL, FAINT_TEXT, PHONE, Stage, button, screenshot, section


async def _conversation(stage: Stage) -> str:
    actions = {"type": "actions", "elements": [button("Acknowledge", "ack", style="primary")]}
    root = await stage.say(
        "SEV0", blocks=[section("*SEV0* `RUN-20261121-EMA961` " + "long words " * 30), actions]
    )
    await stage.slack.act(
        "U02OMAR", "message", channel=CRITICAL, thread_ts=root, text="ACK - looking " + "x" * 200
    )
    return root


async def test_on_a_phone_one_column_is_shown_and_back_leads_up(stage: Stage) -> None:
    root = await _conversation(stage)
    page = await stage.page(place=f"#/{CRITICAL}/{root}", phone=True)
    await expect(page.locator("#thread")).to_be_visible()
    await expect(page.locator("#channel")).to_be_hidden()
    await screenshot(page, "phone-thread")
    await page.get_by_role("button", name="Back to the channel").click()
    await expect(page.locator("#channel .message")).to_be_visible()
    await expect(page.locator("#thread")).to_be_hidden()
    await page.get_by_role("button", name="Back to people and channels").click()
    await expect(page.get_by_role("radio", name="Ruth Adeyemi")).to_be_visible()
    await page.get_by_role("link", name="ops-alerts").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#ops-alerts")
    await page.go_back()
    await expect(page.get_by_role("radio", name="Ruth Adeyemi")).to_be_visible()


async def test_an_empty_box_is_one_line_high_wherever_one_comes_from(stage: Stage) -> None:
    """What is measured before its place has its width is measured again."""
    page = await stage.page(place="#/@home", phone=True)
    await page.evaluate("location.hash = '#/C0MONITOR'")
    await expect(page.locator("#channel-box")).to_be_visible()
    one_line = "() => document.querySelector('#channel-box').clientHeight < 60"
    await page.wait_for_function(one_line)


async def test_in_a_low_window_channels_are_seen_beside_the_tour(stage: Stage) -> None:
    await SmallMonitor(stage).alert()
    page = await stage.page()
    await page.set_viewport_size({"width": 1366, "height": 650})
    await expect(page.locator(".guide .suggestion")).to_be_visible()
    for name in ("Home", "ops-critical"):
        await expect(page.locator(".channel", has_text=name)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
async def test_nothing_overflows_and_text_can_be_read(stage: Stage, phone: bool, dark: bool) -> None:
    monitor, cluster = SmallMonitor(stage), SmallCluster()
    stage.slack.control.panels.append(cluster)
    await monitor.alert()
    cluster.fault("hang", True)
    cluster.scale(5, 4)
    root = await _conversation(stage)
    page = await stage.page(place=f"#/{CRITICAL}/{root}", dark=dark, phone=phone)
    await expect(page.locator("#thread .message")).to_have_count(2)
    await _can_be_read(page, f"{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")
    for tab in ("systems", "break"):
        if phone:
            await page.locator(f"#bar [data-to={tab}]").click()
        else:
            await page.locator(f"#tab-{tab}").click()
        await expect(page.locator(f"#tab-{tab}")).to_have_attribute("aria-selected", "true")
        await _can_be_read(page, f"{tab}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")


async def _can_be_read(page: Page, name: str) -> None:
    await screenshot(page, name)
    if "phone" in name:
        shown = page.locator(".panel:visible")
        assert [PHONE["width"]] == await shown.evaluate_all("all => all.map((one) => one.offsetWidth)")
    assert await page.evaluate("innerWidth") == await page.evaluate("document.documentElement.scrollWidth")
    assert "" == "\n".join(await page.evaluate(FAINT_TEXT))


async def test_the_colours_can_be_switched_and_are_kept(stage: Stage) -> None:
    page = await stage.page()
    await page.get_by_role("button", name="Dark colours").click()
    assert "dark" == await _scheme(page)
    await page.reload()
    await expect(page.get_by_role("button", name="Light colours")).to_be_visible()
    assert "dark" == await _scheme(page)


async def test_who_switches_back_follows_the_system_again(stage: Stage) -> None:
    page = await stage.page()
    await page.get_by_role("button", name="Dark colours").click()
    await page.get_by_role("button", name="Light colours").click()
    await page.emulate_media(color_scheme="dark")
    await expect(page.get_by_role("button", name="Light colours")).to_be_visible()
    dark = "rgb(20, 24, 26)"
    await expect(page.locator("html")).to_have_css("background-color", dark)


async def _scheme(page: Page) -> str:
    return str(await page.evaluate("getComputedStyle(document.documentElement).colorScheme"))


async def test_every_control_has_a_name(stage: Stage) -> None:
    root = await _conversation(stage)
    page = await stage.page(place=f"#/{CRITICAL}/{root}")
    await expect(page.locator("#thread .message")).to_have_count(2)
    nameless = await page.locator("button, a, input, textarea, select, summary").evaluate_all(
        "all => all.filter((one) => !one.textContent.trim() && !one.ariaLabel && !one.labels?.length)"
        ".map((one) => one.outerHTML)"
    )
    assert [] == nameless


async def test_the_system_pane_can_be_put_away_and_stays_away(stage: Stage) -> None:
    page = await stage.page()
    await page.get_by_role("button", name="Systems pane", exact=True).click()
    await expect(page.locator("#system")).to_be_hidden()
    await page.reload()
    await expect(page.locator("#system")).to_be_hidden()


async def test_what_can_be_done_with_a_card_longer_than_the_list_stays_in_view(stage: Stage) -> None:
    await stage.say("a long card", blocks=[section("a line\n" * 120)])
    page = await stage.page()
    card = page.locator("#channel .message")
    await expect(card).to_contain_text("a line")
    reply = card.get_by_role("button", name="Reply in thread")
    await expect(reply).to_be_in_viewport()
    await page.locator("#channel .messages").evaluate("list => (list.scrollTop = 0)")
    await expect(reply).to_be_in_viewport()
    await reply.focus()
    await expect(reply).to_be_in_viewport()


async def test_escape_leaves_the_thread(stage: Stage) -> None:
    root = await _conversation(stage)
    page = await stage.page(place=f"#/{CRITICAL}/{root}")
    await page.locator("#thread-box").press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()
    await expect(page.locator("#channel .message")).to_be_visible()


async def test_the_channel_shows_that_a_thread_holds_an_answer_for_one_alone(stage: Stage) -> None:
    root = await _conversation(stage)
    page = await stage.page()
    bar = page.locator("#channel .reply-bar")
    await expect(bar).not_to_contain_text("for you alone")
    await stage.bot.chat_postEphemeral(channel=CRITICAL, user="U02OMAR", text="Only O3 may.", thread_ts=root)
    await expect(bar).to_contain_text("1 for you alone")
    await bar.click()
    await page.locator("#thread").get_by_role("button", name="Dismiss message").click()
    await expect(bar).not_to_contain_text("for you alone")


async def test_the_page_says_that_it_connects_while_no_answer_has_come(stage: Stage) -> None:
    page = await (await stage.context()).new_page()
    page.on("pageerror", lambda error: stage.complaints.append(str(error)))

    async def never_answered(_: Route) -> None:
        """The request stays as it is."""

    await page.route("**/practice/stream", never_answered)
    await page.goto(f"{stage.slack.url}/#/{CRITICAL}")
    await expect(page.locator(".connection")).to_have_text("Connecting…")


async def test_a_restarted_workspace_is_found_again(stage: Stage) -> None:
    async with PracticeSlack(request_url=stage.app.url) as before:
        page = await Stage(before, stage.app, stage.browser, stage.bot).page()
        await before.act("U02OMAR", "message", channel=CRITICAL, text="before")
        await expect(page.locator("#channel .message")).to_have_text(re.compile("before"))
        port = int(before.url.rpartition(":")[2])
    await expect(page.locator(".connection")).to_have_text("Connection lost, trying again…")
    # Not that the bot can be started under “Break it”: nothing can be done there now.
    await expect(page.locator("#channel .bot-hint")).to_contain_text(
        "The practice workspace does not answer."
    )
    async with PracticeSlack(request_url=stage.app.url, port=port) as after:
        await after.act("U02OMAR", "message", channel=CRITICAL, text="after")
        await expect(page.locator(".connection")).to_have_text("Live", timeout=20_000)
        await expect(page.locator("#channel .message")).to_have_text(re.compile("after"))

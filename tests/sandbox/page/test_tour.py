"""The guided tour: it goes on when something has happened, and by nothing else."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, Route, expect

from sandbox.slack.app_config import Command
from tests.sandbox.endpoint import Received
from tests.sandbox.page.small_monitor import CASE, HOME, QUARANTINE, RUN, SmallMonitor
from tests.sandbox.page.stage import CRITICAL, FAINT_TEXT, Json, Stage, button, plain, screenshot, section
from tests.sandbox.wanted import until

ACK = f"ACK - O2 Omar investigating {CASE}"


@pytest.fixture
def monitor(stage: Stage) -> SmallMonitor:
    return SmallMonitor(stage)


def _step(page: Page) -> Locator:
    return page.locator(".guide h3")


async def _play(page: Page, words: str, person: str, box: str) -> None:
    """Press the words that are due, look at what they wrote, and send it."""
    await page.get_by_role("region", name="The tour").get_by_role("button", name=words).click()
    await expect(page.get_by_role("radio", name=person)).to_be_checked()
    await expect(page.locator(box)).to_have_value(words)
    await expect(page.locator(box)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(box)).to_have_value("")
    if box == "#thread-box":
        await expect(page.get_by_role("log", name="Messages of the thread")).to_contain_text(words)


def _form() -> Json:
    names = ("root_cause", "analysis", "mitigation", "evidence")
    fields = [
        {
            "type": "input",
            "block_id": name,
            "label": plain(name),
            "element": {"type": "plain_text_input", "action_id": name},
        }
        for name in names
    ]
    return {"type": "modal", "title": plain("Document"), "submit": plain("Ask"), "blocks": fields}


async def test_the_tour_leads_through_eight_steps(stage: Stage, monitor: SmallMonitor) -> None:
    page = await stage.page("U01VERA")
    await screenshot(page, "welcome")
    await page.locator(".welcome").get_by_role("button", name="Send a SEV0 run").click()
    await expect(_step(page)).to_have_text("2. Omar takes it")

    await _play(page, ACK, "Omar Haddad", "#thread-box")
    await expect(_step(page)).to_have_text("2. Omar takes it")
    await monitor.becomes("acknowledged")
    await expect(_step(page)).to_have_text("3. Omar asks")

    await _play(page, "@countersign resolve-case", "Omar Haddad", "#thread-box")
    offer = [{"type": "actions", "elements": [button("Open the form", "open-form")]}]
    await stage.bot.chat_postEphemeral(
        channel=CRITICAL, user="U02OMAR", text="Document it", blocks=offer, thread_ts=monitor.root
    )
    await expect(page.get_by_role("button", name="Open the form")).to_have_class("button tour-here")
    card = await monitor.card(f"Resolve the case {CASE}", "waiting for approval")
    await expect(_step(page)).to_have_text("4. Vera may not")

    await _play(page, "APPROVED - looks fine to me", "Vera Lind", "#thread-box")
    await expect(_step(page)).to_have_text("4. Vera may not")
    await stage.say("⛔ Not counted: only O3 may.", thread_ts=monitor.root)
    await expect(_step(page)).to_have_text("5. Ruth countersigns")

    await _play(page, "APPROVED - root cause confirmed", "Ruth Adeyemi", "#thread-box")
    monitor.status = "Resolved"
    await stage.bot.chat_update(channel=CRITICAL, ts=card, text=f"Resolve {CASE} (R-4H7Q): done")
    await expect(_step(page)).to_have_text("6. Now for the run")

    await _play(page, f"/release {RUN} because false positive", "Omar Haddad", "#channel-box")
    card = await monitor.card(f"Release {RUN}", "waiting for approval")
    await expect(_step(page)).to_have_text("7. The effect")
    await expect(page.locator(".run.held.tour-here")).to_be_visible()

    await _play(page, "APPROVED - false positive confirmed", "Ruth Adeyemi", "#thread-box")
    monitor.where = HOME
    await stage.bot.chat_update(channel=CRITICAL, ts=card, text=f"Release {RUN} (R-4H7Q): done")
    await expect(_step(page)).to_have_text("8. And back again")
    await expect(page.locator(".guide-seen")).to_have_text(f"The files are home, in {HOME}.")

    words = f"/ops credit-monitoring quarantine {RUN} because the tour is over"
    await _play(page, words, "Ruth Adeyemi", "#channel-box")
    await monitor.card(f"Quarantine {RUN}", "done")
    await expect(_step(page)).to_have_text("8. And back again")
    monitor.where = QUARANTINE
    await expect(_step(page)).to_have_text("That was it")
    await screenshot(page, "tour-done")


@pytest.mark.parametrize("dark", [False, True])
async def test_the_button_that_takes_the_tour_up_again_can_be_read_under_the_pointer(
    stage: Stage, dark: bool
) -> None:
    page = await stage.page(dark=dark)
    await page.get_by_role("button", name="Leave the tour").click()
    await page.get_by_role("button", name="Take the tour").hover()
    assert "" == "\n".join(await page.evaluate(FAINT_TEXT))


@pytest.mark.parametrize("dark", [False, True])
async def test_the_form_is_filled_in_from_inside_the_dialog(
    stage: Stage, monitor: SmallMonitor, dark: bool
) -> None:
    await monitor.alert()
    await monitor.becomes("acknowledged")

    page = await stage.page("U02OMAR", place=f"#/{CRITICAL}/{monitor.root}", dark=dark)
    await expect(_step(page)).to_have_text("3. Omar asks")
    mention = {"channel": CRITICAL, "thread_ts": monitor.root, "text": "@countersign resolve-case"}
    await stage.slack.act("U02OMAR", "message", **mention)
    offer = [{"type": "actions", "elements": [button("Open the form", "open-form")]}]
    await stage.bot.chat_postEphemeral(
        channel=CRITICAL, user="U02OMAR", text="Document it", blocks=offer, thread_ts=monitor.root
    )
    await expect(page.locator(".guide-say")).to_contain_text("with a button")
    await page.get_by_role("button", name="Open the form").click()
    trigger = await _trigger(stage)
    await stage.bot.views_open(trigger_id=trigger, view=_form())
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator(".guide-say")).to_contain_text("Write what happened")
    await screenshot(page, f"tour-form-{'dark' if dark else 'light'}")
    assert "" == "\n".join(await page.evaluate(FAINT_TEXT))
    await dialog.get_by_role("button", name="Do it for me").click()
    await expect(dialog).to_be_hidden()
    submitted = [each.payload for each in stage.app.received if "view" in each.body.decode()]
    values = submitted[-1]["view"]["state"]["values"]
    assert "Misconfig" == values["root_cause"]["root_cause"]["value"]
    assert "max_items" in values["mitigation"]["mitigation"]["value"]
    await monitor.card(f"Resolve the case {CASE}", "waiting for approval")
    await expect(_step(page)).to_have_text("4. Vera may not")


async def test_a_card_that_comes_before_its_form_is_closed_does_not_hurry_the_tour_on(
    stage: Stage, monitor: SmallMonitor
) -> None:
    await monitor.alert()
    await monitor.becomes("acknowledged")
    page = await stage.page("U02OMAR", place=f"#/{CRITICAL}/{monitor.root}")
    looked = asyncio.Event()

    async def card_first(received: Received) -> web.Response:
        if received.payload.get("type") == "view_submission":
            await monitor.card(f"Resolve the case {CASE}", "waiting for approval")
            await looked.wait()
        return web.Response()

    stage.app.answer = card_first
    stage.slack.delivery.patience = 60.0
    await stage.slack.act("U02OMAR", "command", command="/release", text="", channel=CRITICAL)
    await stage.bot.views_open(trigger_id=await _trigger(stage), view=_form())
    await page.get_by_role("dialog").get_by_role("button", name="Do it for me").click()
    await expect(page.locator("#thread")).to_contain_text("Resolve the case")
    await expect(_step(page)).to_have_text("3. Omar asks")
    looked.set()
    await expect(_step(page)).to_have_text("4. Vera may not")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_the_tour_goes_on_when_something_has_happened_though_no_answer_came_yet(
    stage: Stage, monitor: SmallMonitor
) -> None:
    await monitor.alert()
    page = await stage.page("U02OMAR", place=f"#/{CRITICAL}/{monitor.root}")
    seen = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await seen.wait()
        await route.fulfill(response=answer)

    await page.route("**/practice/act", late, times=1)
    do_it = page.get_by_role("region", name="The tour").get_by_role("button", name="Do it for me")
    await do_it.click()
    await expect(page.locator("#thread")).to_contain_text(ACK)
    await monitor.becomes("acknowledged")
    await expect(_step(page)).to_have_text("3. Omar asks")
    await do_it.click()
    await expect(page.locator("#thread")).to_contain_text("@countersign resolve-case")
    seen.set()


async def test_a_receipt_is_closed_before_the_tour_goes_on(stage: Stage, monitor: SmallMonitor) -> None:
    await monitor.alert()
    await monitor.becomes("resolved")
    monitor.status = "Resolved"
    page = await stage.page("U02OMAR", place=f"#/{CRITICAL}/{monitor.root}")
    await expect(_step(page)).to_have_text("6. Now for the run")
    await page.locator("#channel-box").fill(f"/release {RUN} because false positive")
    await page.keyboard.press("Enter")
    trigger = await _trigger(stage)
    other = {"type": "modal", "title": plain("Received"), "blocks": [section("Your word is heard.")]}
    await stage.bot.views_open(trigger_id=trigger, view=other)
    await expect(page.get_by_role("dialog")).to_contain_text("Your word is heard.")
    await expect(page.get_by_role("dialog").locator(".guide-say")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.locator("#channel-box").fill(f"/release {RUN} because false positive")
    await page.keyboard.press("Enter")
    trigger = await _trigger(stage, 2)
    receipt = {"type": "modal", "title": plain("Received"), "blocks": [section(f"I look at {RUN} now.")]}
    await stage.bot.views_open(trigger_id=trigger, view=receipt)
    await monitor.card(f"Release {RUN}", "waiting for approval")
    await expect(page.get_by_role("dialog").locator(".guide-say")).to_contain_text("Close it")
    await page.keyboard.press("Escape")
    await expect(_step(page)).to_have_text("7. The effect")


async def test_files_that_are_in_quarantine_again_are_not_said_to_be_home(
    stage: Stage, monitor: SmallMonitor
) -> None:
    await monitor.alert()
    await monitor.becomes("resolved")
    monitor.status, monitor.where = "Resolved", HOME
    await monitor.card(f"Release {RUN}", "done")
    page = await stage.page("U03RUTH")
    await expect(page.locator(".guide-seen")).to_have_text(f"The files are home, in {HOME}.")
    await _play(
        page,
        f"/ops credit-monitoring quarantine {RUN} because the tour is over",
        "Ruth Adeyemi",
        "#channel-box",
    )
    receipt = {"type": "modal", "title": plain("Received"), "blocks": [section(f"I look at {RUN} now.")]}
    await stage.bot.views_open(trigger_id=await _trigger(stage), view=receipt)
    monitor.where = QUARANTINE
    await monitor.card(f"Quarantine {RUN}", "done")
    await expect(page.get_by_role("dialog").locator(".guide-say")).to_contain_text("Close it")
    await expect(page.get_by_role("dialog").locator(".guide-seen")).to_have_text("The files were home.")


async def test_the_tour_points_at_the_person_first_and_then_at_the_box(
    stage: Stage, monitor: SmallMonitor
) -> None:
    await monitor.alert()
    page = await stage.page("U03RUTH", place=f"#/{CRITICAL}/{monitor.root}")
    here = page.locator(".tour-here")
    await expect(here).to_have_attribute("data-user", "U02OMAR")
    await page.get_by_role("radio", name="Omar Haddad").click()
    await expect(here).to_have_class("composer-frame tour-here")


async def test_the_tour_can_be_left_and_taken_up_where_it_stands(stage: Stage, monitor: SmallMonitor) -> None:
    await monitor.alert()
    page = await stage.page()
    await page.get_by_role("button", name="Leave the tour").click()
    await expect(page.locator(".tour-here")).to_have_count(0)
    await monitor.becomes("acknowledged")
    await page.reload()
    await page.get_by_role("button", name="Go on with the tour, step 3 of 8").click()
    await expect(_step(page)).to_have_text("3. Omar asks")


async def test_each_step_is_read_out_and_keeps_the_keyboard(stage: Stage, monitor: SmallMonitor) -> None:
    page = await stage.page()
    tour = page.get_by_role("region", name="The tour")
    await expect(tour.get_by_role("status")).to_contain_text("Step 1 of 8: An alert comes in.")
    await tour.get_by_role("button", name="Send a SEV0 run").focus()
    await page.keyboard.press("Enter")
    await expect(tour.get_by_role("status")).to_contain_text("Step 2 of 8: Omar takes it.")
    await expect(tour.get_by_role("button", name="Do it for me")).to_be_focused()


async def test_a_release_asked_for_too_early_does_not_skip_the_case(
    stage: Stage, monitor: SmallMonitor
) -> None:
    await monitor.alert()
    await monitor.becomes("acknowledged")
    await monitor.card(f"Release {RUN}", "waiting for approval")
    page = await stage.page()
    await expect(_step(page)).to_have_text("3. Omar asks")


async def test_a_later_alert_does_not_take_the_tour_away(stage: Stage, monitor: SmallMonitor) -> None:
    await monitor.alert()
    await monitor.becomes("acknowledged")
    page = await stage.page()
    await expect(_step(page)).to_have_text("3. Omar asks")
    await stage.say("SEV0 firing", blocks=[section("RUN-20261121-EMA100 CASE-20261121-AAAAAA")])
    await expect(page.locator("#channel .message")).to_have_count(2)
    await expect(_step(page)).to_have_text("3. Omar asks")


async def test_after_a_denial_the_tour_offers_to_ask_again(stage: Stage, monitor: SmallMonitor) -> None:
    await monitor.alert()
    await monitor.becomes("resolved")
    monitor.status = "Resolved"
    await monitor.card(f"Release {RUN}", "denied")
    page = await stage.page()
    await expect(_step(page)).to_have_text("6. Now for the run")
    again = page.get_by_role("button", name=f"/release {RUN} because false positive")
    await expect(again).to_be_visible()


async def test_a_rerun_is_not_taken_for_the_release(stage: Stage, monitor: SmallMonitor) -> None:
    await monitor.alert()
    await monitor.becomes("resolved")
    monitor.status = "Resolved"
    await monitor.card(f"Approve a rerun {RUN}", "done")
    page = await stage.page()
    await expect(_step(page)).to_have_text("6. Now for the run")
    await monitor.card(f"Release {RUN}", "waiting for approval")
    await expect(_step(page)).to_have_text("7. The effect")


async def test_what_a_browser_remembers_of_another_run_does_not_hold_the_tour_up(
    stage: Stage, monitor: SmallMonitor
) -> None:
    await monitor.alert()
    page = await stage.page()
    kept = '{"left": false, "thread": "1.000001", "notBefore": 9999999999, "run": "of yesterday"}'
    await page.evaluate("kept => localStorage.setItem('countersign.tour', kept)", kept)
    await page.goto(f"{stage.slack.url}/#/{CRITICAL}/1.000001")
    await page.reload()
    await expect(_step(page)).to_have_text("2. Omar takes it")
    await expect(page.locator("#thread")).to_be_hidden()


async def test_the_tour_writes_commands_with_the_prefix_of_policy(
    stage: Stage, monitor: SmallMonitor
) -> None:
    stage.slack.app.commands = (Command("/cs-ops", "", ""), Command("/cs-release", "", ""))
    await monitor.alert()
    await monitor.becomes("resolved")
    monitor.status = "Resolved"
    page = await stage.page()
    # Words that are no command would stay in the box.
    await _play(page, f"/cs-release {RUN} because false positive", "Omar Haddad", "#channel-box")


async def test_a_finished_tour_is_played_again_with_the_next_alert(
    stage: Stage, monitor: SmallMonitor
) -> None:
    await monitor.alert()
    await monitor.becomes("resolved")
    monitor.status = "Resolved"
    await monitor.card(f"Release {RUN}", "done")
    await monitor.card(f"Quarantine {RUN}", "done")
    page = await stage.page()
    await expect(_step(page)).to_have_text("That was it")
    await page.get_by_role("button", name="Play it again").click()
    await expect(_step(page)).to_have_text("1. An alert comes in")
    monitor.status = "Open"
    await monitor.alert()
    await expect(_step(page)).to_have_text("2. Omar takes it")


async def test_where_time_can_be_skipped_the_ladder_climbs_before_omar_answers(
    stage: Stage, monitor: SmallMonitor
) -> None:
    told: list[float] = []
    stage.slack.clock.keep = told.append
    await monitor.alert()
    page = await stage.page()
    await expect(_step(page)).to_have_text("2. Nobody answers")
    await expect(page.locator("#clock .tour-here")).to_have_text("15 min")
    await page.get_by_role("region", name="The tour").get_by_role("button", name="Skip 15 minutes").click()
    await expect(page.locator("#clock")).to_contain_text("15 min ahead")
    await stage.say("🔥 Nobody has acknowledged this SEV0 within 15 minutes.", thread_ts=monitor.root)
    await expect(_step(page)).to_have_text("2. Omar takes it")
    await expect(page.locator("#thread")).to_contain_text("Nobody has acknowledged")
    await _play(page, ACK, "Omar Haddad", "#thread-box")
    assert [900.0] == told


async def _trigger(stage: Stage, number: int = 1) -> str:
    """The command's own, whatever else the page tells beside it; of several, the one with this number."""

    def told() -> list[str]:
        return [one.payload["trigger_id"] for one in stage.app.received if "trigger_id" in one.payload]

    await until(lambda: len(told()) >= number)
    return told()[number - 1]

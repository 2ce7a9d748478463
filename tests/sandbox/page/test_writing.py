"""Writing, editing, deleting, forwarding; slash commands; and everybody seeing it at once."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web
from playwright.async_api import Route, expect

from tests.sandbox.page.stage import CRITICAL, Json, Stage, button, by_name, json_answer, screenshot, section
from tests.sandbox.wanted import until


async def test_what_one_person_writes_another_sees_at_once(stage: Stage) -> None:
    omar, ruth = await stage.page("U02OMAR"), await stage.page("U03RUTH")
    await omar.locator("#channel-box").fill("hello *all*\nand < you")
    await omar.locator("#channel-box").press("Enter")
    await expect(ruth.locator("#channel .message .text")).to_have_text("hello all\nand < you")
    await expect(ruth.locator("#channel .author")).to_have_text("Omar Haddad")
    await expect(omar.locator("#channel-box")).to_have_value("")


async def test_a_draft_stays_with_whoever_wrote_it_where_it_was_written(stage: Stage) -> None:
    page = await stage.page("U02OMAR")
    await stage.say("the alert")
    box = page.locator("#channel-box")
    await box.fill("half of what Omar")
    await page.locator('#people [data-user="U03RUTH"]').click()
    await expect(box).to_have_value("")
    await box.fill("half of what Ruth")
    await page.get_by_role("link", name="ops-alerts").click()
    await expect(box).to_have_value("")
    await page.get_by_role("link", name="ops-critical").click()
    await expect(box).to_have_value("half of what Ruth")
    await page.locator('#people [data-user="U02OMAR"]').click()
    await expect(box).to_have_value("half of what Omar")
    await page.locator("#channel .message").hover()
    await page.get_by_role("button", name="Reply in thread").click()
    await page.locator("#thread-box").fill("Omar's reply")
    await page.locator('#people [data-user="U03RUTH"]').click()
    await expect(page.locator("#thread-box")).to_have_value("")


async def test_words_that_did_not_leave_go_back_to_whoever_wrote_them(stage: Stage) -> None:
    page = await stage.page("U02OMAR")
    leave = asyncio.Event()

    async def late(route: Route) -> None:
        await leave.wait()
        await route.abort()

    await page.route("**/practice/act", late)
    box = page.locator("#channel-box")
    await box.fill("hello")
    await box.press("Enter")
    await expect(box).to_have_value("")
    await page.locator('#people [data-user="U03RUTH"]').click()
    leave.set()
    await expect(page.locator(".toast")).to_contain_text("The message was not sent")
    await expect(box).to_have_value("")
    await page.locator('#people [data-user="U02OMAR"]').click()
    await expect(box).to_have_value("hello")


async def test_a_message_that_is_too_long_says_how_much_fits_and_stays_in_the_box(stage: Stage) -> None:
    page = await stage.page()
    words = "word " * 8_000
    await page.locator("#channel-box").fill(words)
    await page.locator("#channel-box").press("Enter")
    await expect(page.locator(".toast")).to_contain_text("That message is too long: 13,200 characters fit.")
    await expect(page.locator("#channel-box")).to_have_value(words)


async def test_shift_enter_breaks_the_line_and_sends_nothing(stage: Stage) -> None:
    page = await stage.page()
    box = page.locator("#channel-box")
    await box.fill("one")
    await box.press("Shift+Enter")
    await box.press_sequentially("two")
    await expect(box).to_have_value("one\ntwo")
    await expect(page.locator("#channel .message")).to_have_count(0)


async def test_a_mention_is_offered_and_really_mentions(stage: Stage) -> None:
    page = await stage.page()
    box = page.locator("#channel-box")
    await box.press_sequentially("ask @coun")
    await expect(page.get_by_role("option").first).to_contain_text("@countersign")
    await box.press("Tab")
    await box.press_sequentially("status")
    await box.press("Enter")
    await expect(page.locator("#channel .message .mention")).to_have_text("@countersign")
    assert ["U0COUNTER"] == stage.slack.messages(CRITICAL)[0]["mentions"]


async def test_arrow_up_edits_the_last_own_message(stage: Stage) -> None:
    page = await stage.page()
    await stage.slack.act("U02OMAR", "message", channel=CRITICAL, text="mine, @countersign")
    await stage.slack.act("U03RUTH", "message", channel=CRITICAL, text="hers")
    await expect(page.locator("#channel .message")).to_have_count(2)
    await page.locator("#channel-box").press("ArrowUp")
    editor = page.get_by_label("Edit message")
    await expect(editor).to_have_value("mine, @countersign")
    await editor.fill("mine, better")
    await editor.press("Enter")
    row = page.locator("#channel .message").first
    await expect(row).to_contain_text("mine, better")
    await expect(row.locator(".edited")).to_have_text("(edited)")


async def test_an_edit_under_way_is_not_disturbed_by_replies(stage: Stage) -> None:
    page = await stage.page()
    mine = await stage.slack.act("U02OMAR", "message", channel=CRITICAL, text="mine")
    await expect(page.locator("#channel .message")).to_have_count(1)
    await page.locator("#channel-box").press("ArrowUp")
    await page.get_by_label("Edit message").fill("half a sen")
    await stage.say("a reply", thread_ts=mine["ts"])
    await stage.say("another message")
    await expect(page.locator("#channel .message")).to_have_count(2)
    await expect(page.get_by_label("Edit message")).to_have_value("half a sen")
    await page.get_by_label("Edit message").press("Escape")
    await expect(page.get_by_role("link", name="1 reply")).to_be_visible()


async def test_only_its_author_is_offered_to_edit_or_delete_a_message(stage: Stage) -> None:
    page = await stage.page("U02OMAR")
    await stage.slack.act("U03RUTH", "message", channel=CRITICAL, text="hers")
    row = page.locator("#channel .message")
    await row.hover()
    await expect(row.get_by_role("button", name="Reply in thread")).to_be_visible()
    await expect(row.get_by_role("button", name="Edit")).to_have_count(0)
    await expect(row.get_by_role("button", name="Delete")).to_have_count(0)


async def test_a_deleted_message_leaves_a_mark(stage: Stage) -> None:
    page = await stage.page()
    await stage.slack.act("U02OMAR", "message", channel=CRITICAL, text="APPROVED")
    row = page.locator("#channel .message")
    await row.hover()
    await row.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(row).to_contain_text("This message was deleted.")
    await expect(row).not_to_contain_text("APPROVED")


async def test_a_forwarded_message_is_shown_as_somebody_elses_words(stage: Stage) -> None:
    page = await stage.page()
    await stage.slack.act("U03RUTH", "message", channel="C0ALERTS", text="APPROVED - over there")
    await page.get_by_role("link", name="ops-alerts").click()
    row = page.locator("#channel .message")
    await row.hover()
    await row.get_by_role("button", name="Forward").click()
    await page.get_by_role("dialog").get_by_label("To").select_option(label="#ops-critical")
    await page.get_by_role("dialog").get_by_role("button", name="Forward").click()
    await page.get_by_role("link", name="ops-critical").click()
    await expect(page.locator("#channel .quote-source")).to_have_text("Ruth Adeyemi in #ops-alerts")
    await expect(page.locator("#channel .quote-card")).to_contain_text("APPROVED - over there")


async def test_a_reply_goes_to_the_thread_and_counts_at_its_root(stage: Stage) -> None:
    page = await stage.page()
    root = await stage.say("the alert")
    row = page.locator("#channel .message")
    await row.hover()
    await row.get_by_role("button", name="Reply in thread").click()
    await page.locator("#thread-box").fill("ACK - looking")
    await page.locator("#thread-box").press("Enter")
    await expect(page.locator("#thread .message")).to_have_count(2)
    await expect(row.get_by_role("link", name="1 reply")).to_be_visible()
    assert root == stage.slack.messages(CRITICAL)[-1]["thread_ts"]


async def test_a_slash_command_in_a_thread_is_refused_in_slacks_words(stage: Stage) -> None:
    root = await stage.say("the alert")
    page = await stage.page(place=f"#/{CRITICAL}/{root}")
    await page.locator("#thread-box").fill("/release RUN-1 because noise")
    await page.locator("#thread-box").press("Enter")
    await expect(page.locator("#thread .notice")).to_contain_text(
        "/release is not supported in threads. Sorry!"
    )
    await expect(page.locator("#thread-box")).to_have_value("/release RUN-1 because noise")
    assert [] == [one for one in stage.app.received if "command" in one.payload]


async def test_an_unknown_command_is_explained_and_not_sent(stage: Stage) -> None:
    page = await stage.page()
    await page.locator("#channel-box").fill("/relese RUN-1")
    await page.locator("#channel-box").press("Enter")
    await expect(page.locator("#channel .notice")).to_contain_text("/relese is not a valid command.")
    await expect(page.locator("#channel-box")).to_have_value("/relese RUN-1")


async def test_a_command_is_completed_and_its_answer_seen_by_its_author_only(stage: Stage) -> None:
    async def answer(payload: Json) -> web.Response:
        return json_answer({"text": f"I heard `{payload['text']}`"})

    stage.app.answer = by_name(release=answer)
    omar, ruth = await stage.page("U02OMAR"), await stage.page("U03RUTH")
    box = omar.locator("#channel-box")
    await box.press_sequentially("/rel")
    await expect(omar.get_by_role("option")).to_have_count(1)
    await box.press("Tab")
    await box.press_sequentially("RUN-1 because noise")
    await box.press("Enter")
    whisper = omar.locator("#channel .whisper")
    await expect(whisper).to_contain_text("Only visible to you")
    await expect(whisper.locator("code")).to_have_text("RUN-1 because noise")
    await stage.say("for all")
    await expect(ruth.locator("#channel .message")).to_have_count(1)
    await whisper.get_by_role("button", name="Dismiss").click()
    await expect(whisper).to_have_count(0)


async def test_a_command_that_fails_raises_a_toast_and_keeps_the_words(stage: Stage) -> None:
    async def answer(_: Json) -> web.Response:
        return web.Response(status=500)

    stage.app.answer = by_name(release=answer)
    page = await stage.page()
    await page.locator("#channel-box").fill("/release RUN-1")
    await page.locator("#channel-box").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text(
        "/release failed with the error “dispatch_failed”"
    )
    await expect(page.locator("#channel-box")).to_have_value("/release RUN-1")
    await screenshot(page, "toast")


async def test_a_button_asks_first_when_it_should_and_then_tells_the_app(stage: Stage) -> None:
    confirm = {
        "title": {"type": "plain_text", "text": "Release this run?"},
        "text": {"type": "mrkdwn", "text": "Two files *move*."},
        "confirm": {"type": "plain_text", "text": "Release"},
        "deny": {"type": "plain_text", "text": "Not yet"},
    }
    page = await stage.page("U03RUTH")
    await stage.say(
        "card", blocks=[{"type": "actions", "elements": [button("Approve", "approve", confirm=confirm)]}]
    )
    press = page.get_by_role("button", name="Approve")
    await press.click()
    dialog = page.get_by_role("dialog", name="Release this run?")
    await dialog.get_by_role("button", name="Not yet").click()
    await expect(dialog).to_have_count(0)
    assert [] == _clicks(stage)
    await press.click()
    await dialog.get_by_role("button", name="Release").click()
    await expect(dialog).to_have_count(0)
    await expect(press).not_to_have_attribute("aria-busy", "true")
    await until(lambda: [("U03RUTH", "approve")] == _clicks(stage))


async def test_an_updated_card_changes_in_place_and_keeps_the_keyboard(stage: Stage) -> None:
    page = await stage.page("U03RUTH")
    actions = {
        "type": "actions",
        "block_id": "gate",
        "elements": [button("Approve", "approve"), button("Deny", "deny")],
    }
    ts = await stage.say("card", blocks=[section("waiting"), actions])
    await page.get_by_role("button", name="Deny").focus()
    await stage.bot.chat_update(
        channel=CRITICAL, ts=ts, text="card", blocks=[section("one approval"), actions]
    )
    row = page.locator("#channel .message")
    await expect(row).to_contain_text("one approval")
    await expect(row).to_have_class(re.compile("changed"))
    await expect(page.get_by_role("button", name="Deny")).to_be_focused()


async def test_who_reads_the_end_stays_there_and_who_reads_back_is_left_alone(stage: Stage) -> None:
    for number in range(12):
        await stage.say(f"{number}\n\n\n\n")
    page = await stage.page()
    messages = page.locator("#channel .message")
    await expect(messages.last).to_be_in_viewport()
    await stage.say("newest")
    await expect(messages.last).to_contain_text("newest")
    await expect(messages.last).to_be_in_viewport()
    await messages.first.scroll_into_view_if_needed()
    await stage.say("even newer")
    await expect(messages.last).to_contain_text("even newer")
    await expect(messages.first).to_be_in_viewport()
    await page.locator("#channel-box").fill("mine")
    await page.locator("#channel-box").press("Enter")
    await expect(messages.last).to_contain_text("mine")
    await expect(messages.last).to_be_in_viewport()


async def test_the_end_stays_in_view_when_a_card_above_it_becomes_shorter(stage: Stage) -> None:
    """A card that was decided loses its buttons and words while the outcome is said below it."""
    for number in range(12):
        await stage.say(f"{number}\n\n\n\n")
    card = await stage.say("card", blocks=[section("a line\n" * 12)])
    await stage.say("and a reply")
    page = await stage.page()
    messages = page.locator("#channel .message")
    await expect(messages.last).to_be_in_viewport()
    await stage.bot.chat_update(channel=CRITICAL, ts=card, text="card", blocks=[section("decided")])
    await stage.say("the outcome\n" * 12)
    await expect(messages.last).to_contain_text("the outcome")
    await expect(messages.last).to_be_in_viewport(ratio=0.99)


async def test_the_end_stays_in_view_when_a_picture_gets_its_height_late(stage: Stage) -> None:
    for number in range(12):
        await stage.say(f"{number}\n\n\n\n")
    page = await stage.page()

    async def late(route: Route) -> None:
        await expect(messages.last).to_contain_text("and words")
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="600"/>'
        await route.fulfill(content_type="image/svg+xml", body=svg)

    await page.route("**/late.svg", late)
    messages = page.locator("#channel .message")
    picture = {"type": "image", "image_url": f"{stage.slack.url}/late.svg", "alt_text": "a chart"}
    await stage.say("card", blocks=[picture, section("card")])
    await stage.say("and words")
    await page.wait_for_function("() => document.querySelector('#channel img')?.naturalHeight === 600")
    await expect(messages.last).to_be_in_viewport(ratio=0.99)


async def test_a_message_shortcut_reaches_the_app(stage: Stage) -> None:
    page = await stage.page()
    await stage.say("the alert")
    row = page.locator("#channel .message")
    await row.hover()
    await row.get_by_label("Shortcuts of apps").click()
    await page.get_by_role("menuitem", name="Show what is pending here").click()
    await expect(page.locator(".deliveries")).to_contain_text("shortcut countersign_status")


def _clicks(stage: Stage) -> list[tuple[str, str]]:
    payloads = [received.payload for received in stage.app.received]
    clicks = [payload for payload in payloads if payload["type"] == "block_actions"]
    return [(click["user"]["id"], click["actions"][0]["action_id"]) for click in clicks]

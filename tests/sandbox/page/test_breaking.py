"""Break it: each experiment says what to expect, and then in one sentence what was seen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.async_api import Locator, Page, expect

from tests.sandbox.endpoint import answering
from tests.sandbox.page.stage import CRITICAL, Json, Stage, screenshot, section

CASE = "CASE-20261121-4D7F4C"


class SmallBot:
    """A bot as the control API sees it; killed, it takes nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.running = True
        self._tell: Callable[[], None] = stage.slack.control.tell_app

    def state(self) -> Json:
        return {
            "running": self.running,
            "ready": self.running,
            "pid": 4711,
            "exit_status": None if self.running else -9,
        }

    async def kill(self) -> None:
        self.running = False
        self._stage.app.answer = answering(503, text="not recorded; try again")
        self._tell()

    async def start(self) -> None:
        self.running = True
        self._stage.app.answer = answering()
        self._tell()


class SmallStore:
    """A store that can be frozen; the app then answers as the bot does."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.frozen = False

    def state(self) -> Json:
        return {"frozen": self.frozen}

    async def cut(self) -> None:
        self.frozen, self._stage.app.answer = True, answering(503, text="not recorded; try again")
        self._stage.slack.control.tell_app()

    async def mend(self) -> None:
        self.frozen, self._stage.app.answer = False, answering()
        self._stage.slack.control.tell_app()


@pytest.fixture
async def thread(stage: Stage) -> str:
    stage.slack.control.bot, stage.slack.control.store = SmallBot(stage), SmallStore(stage)
    return await stage.say(f"SEV0 {CASE}", blocks=[section(f"held; see `{CASE}`")])


async def _open(stage: Stage, thread: str, person: str = "U02OMAR") -> Page:
    page = await stage.page(person, place=f"#/{CRITICAL}/{thread}")
    await page.get_by_role("tab", name="Break it").click()
    return page


def _experiment(page: Page, title: str) -> Locator:
    return page.get_by_role("article", name=title)


async def _write(page: Page, text: str) -> None:
    await page.locator("#thread-box").fill(text)
    await page.locator("#thread-box").press("Enter")


async def test_a_killed_bot_misses_what_slack_will_try_again(stage: Stage, thread: str) -> None:
    page = await _open(stage, thread)
    experiment = _experiment(page, "Kill the bot")
    await expect(experiment.get_by_role("button", name="Start it")).to_be_disabled()
    await experiment.get_by_role("button", name="Kill it").click()
    await expect(experiment.get_by_role("status")).to_contain_text("It ended with status -9")
    await expect(page.locator(".bot-status")).to_contain_text("Not running")
    await _write(page, "ACK - looking")
    await expect(experiment.get_by_role("status")).to_contain_text(re.compile(r"[12] deliver.* found nobody"))
    await screenshot(page, "break-it")
    await experiment.get_by_role("button", name="Start it").click()
    await expect(experiment.get_by_role("status")).to_contain_text("It is back. 1 event waits")
    await experiment.get_by_role("button", name="Let a minute pass").click()
    await expect(experiment.get_by_role("status")).to_contain_text(
        "1 event came at a later try: nothing was lost."
    )
    await expect(experiment.get_by_role("button", name="Let a minute pass")).to_be_disabled()


async def test_who_writes_to_a_bot_that_only_starts_is_told_and_waited_for(stage: Stage, thread: str) -> None:
    stage.slack.control.opening.begin()
    page = await _open(stage, thread)
    hint = page.locator("#thread .bot-hint")
    await expect(hint).to_have_text("The bot is starting. What you send now waits for it.")
    await _write(page, "ACK - looking")
    await screenshot(page, "starting")
    await expect(page.locator("#thread")).not_to_contain_text("ACK - looking")
    stage.slack.control.opening.end()
    await expect(page.locator("#thread")).to_contain_text("ACK - looking")
    await expect(hint).to_be_hidden()
    await _experiment(page, "Kill the bot").get_by_role("button", name="Kill it").click()
    await expect(hint).to_have_text("The bot is not running. Under “Break it” it is started.")


async def test_a_frozen_store_turns_deliveries_away(stage: Stage, thread: str) -> None:
    page = await _open(stage, thread)
    experiment = _experiment(page, "Cut Redis")
    tab = page.get_by_role("tab", name="Break it")
    await expect(tab).to_have_class("tab")
    await experiment.get_by_role("button", name="Freeze it").click()
    await expect(experiment.get_by_role("status")).to_contain_text("It is frozen.")
    await expect(tab).to_have_class("tab marked")
    await _write(page, "ACK - looking")
    await expect(experiment.get_by_role("status")).to_contain_text("not recorded, so not acknowledged")
    await experiment.get_by_role("button", name="Thaw it").click()
    await expect(experiment.get_by_role("status")).to_contain_text("It is thawed.")


async def test_what_the_next_experiment_breaks_is_not_put_down_to_the_one_before(
    stage: Stage, thread: str
) -> None:
    page = await _open(stage, thread)
    killed, cut = _experiment(page, "Kill the bot"), _experiment(page, "Cut Redis")
    await killed.get_by_role("button", name="Kill it").click()
    await killed.get_by_role("button", name="Start it").click()
    await expect(killed.get_by_role("status")).to_have_text("It is back. Nothing had come for it meanwhile.")
    await cut.get_by_role("button", name="Freeze it").click()
    await expect(cut.get_by_role("status")).to_contain_text("It is frozen.")
    await _write(page, "ACK - looking")
    await expect(cut.get_by_role("status")).to_contain_text("not recorded, so not acknowledged")
    await expect(killed.get_by_role("status")).to_have_text("It is back. Nothing had come for it meanwhile.")


async def test_slack_is_cut_off_and_mended(stage: Stage, thread: str) -> None:
    page = await _open(stage, thread)
    experiment = _experiment(page, "Cut Slack")
    await experiment.get_by_role("button", name="Cut it off").click()
    await expect(experiment.get_by_role("status")).to_contain_text("Slack is away")
    await _write(page, "is anybody there")
    await expect(page.get_by_role("alert")).to_contain_text("Slack cannot be reached.")
    await experiment.get_by_role("button", name="Mend it").click()
    await expect(experiment.get_by_role("status")).to_contain_text("Slack is well again. 0 messages")
    await stage.say("what had waited", thread_ts=thread)
    await expect(experiment.get_by_role("status")).to_contain_text("1 message of the bot came through")


async def test_a_rate_limit_is_told_while_it_lasts(stage: Stage, thread: str) -> None:
    page = await _open(stage, thread)
    experiment = _experiment(page, "Cut Slack")
    await experiment.get_by_role("button", name="Answer 429").click()
    await expect(experiment.get_by_role("status")).to_contain_text("In force; 0 calls of the bot hit so far.")
    await expect(experiment.get_by_role("button", name="Answer 429")).to_be_disabled()


async def test_an_edited_reply_shows_what_the_bot_made_of_it(stage: Stage, thread: str) -> None:
    await stage.slack.act("U02OMAR", "message", channel=CRITICAL, thread_ts=thread, text="ACK - looking")
    page = await _open(stage, thread)
    experiment = _experiment(page, "Edit my last reply")
    await experiment.get_by_role("button", name="Edit it").click()
    await expect(page.locator("#thread")).to_contain_text("DENIED - I changed my mind")
    await expect(experiment.get_by_role("status")).to_contain_text("The message reads otherwise now.")
    await stage.say("⚠️ What was said first stands; nothing changed.", thread_ts=thread)
    await expect(experiment.get_by_role("status")).to_have_text(
        "The bot: “What was said first stands; nothing changed.”"
    )


async def test_who_has_not_replied_has_nothing_to_edit(stage: Stage, thread: str) -> None:
    page = await _open(stage, thread, "U03RUTH")
    await _experiment(page, "Edit my last reply").get_by_role("button", name="Edit it").click()
    await expect(page.get_by_role("alert")).to_contain_text("Write a reply in a thread first")
    await expect(_experiment(page, "Edit my last reply").get_by_role("status")).to_be_hidden()


async def test_a_stranger_speaks_and_is_answered(stage: Stage, thread: str) -> None:
    page = await _open(stage, thread)
    experiment = _experiment(page, "Be a stranger")
    await experiment.get_by_role("button", name="Approve as Sasha").click()
    await expect(page.get_by_role("radio", name="Sasha Partner")).to_be_checked()
    await expect(page.locator("#thread .message").last).to_contain_text("APPROVED - let me through")
    await expect(experiment.get_by_role("status")).to_contain_text("the bot has not answered yet")
    await stage.say("⛔ Not counted: people of other organisations never count.", thread_ts=thread)
    await expect(experiment.get_by_role("status")).to_contain_text("The bot: “Not counted")


async def test_the_tabs_of_the_pane_are_moved_by_arrows_and_kept(stage: Stage) -> None:
    page = await stage.page()
    await page.get_by_role("tab", name="Systems").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Break it")).to_be_focused()
    await expect(page.get_by_role("tabpanel", name="Break it")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("tab", name="Break it")).to_have_attribute("aria-selected", "true")

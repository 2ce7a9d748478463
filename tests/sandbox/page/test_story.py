"""The story of the welcome, played by its buttons; and the disk beside it."""

from __future__ import annotations

from playwright.async_api import Page, expect

from sandbox.slack.server import PracticeSlack
from tests.sandbox.page.stage import CRITICAL, Json, Stage, button, screenshot, section

RUN, CASE, DAY = "RUN-20261121-EMA961", "CASE-20261121-4D7F4C", "2026-11-21"


class SmallMonitor:
    """A credit monitor's folder with one run in it, and the alert that the app posts for it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.where = f"runs/QUARANTINE/{RUN}"
        self.status = "Open"
        self.sent = False
        self.intact = True

    def state(self) -> Json:
        files = [{"name": f"run_{RUN}.json", "bytes": 812, "sha256_ok": self.intact}]
        run = {
            "run_id": RUN,
            "severity": "SEV0",
            "scenario": "EMAIL_SEND_001",
            "where": self.where,
            "files": files,
        }
        case = {"Case_ID": CASE, "Status": self.status, "Primary_Run_ID": RUN}
        return {"runs": [run] if self.sent else [], "cases": [case] if self.sent else []}

    async def alert(self, scenario: str | None, severity: str | None) -> Json:
        self.sent = True
        self.root = await self._stage.say(_root("firing"), blocks=[section(f"{RUN} is held; see `{CASE}`.")])
        return {"run_id": RUN, "status": 202}


def _root(state: str) -> str:
    return f"SEV0 credit spike {RUN}: {state}"


def _monitor(slack: PracticeSlack, stage: Stage) -> SmallMonitor:
    monitor = SmallMonitor(stage)
    slack.control.credits = monitor
    return monitor


async def _play(page: Page, words: str, person: str, box: str) -> None:
    """Presses the suggestion of the step that is due, looks at what it wrote, and sends it."""
    await page.locator("#story .step.now").get_by_role("button", name=words).click()
    await expect(page.get_by_role("radio", name=person)).to_be_checked()
    await expect(page.locator(box)).to_have_value(words)
    await expect(page.locator(box)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(box)).to_have_value("")


async def test_the_story_leads_through_four_steps(stage: Stage) -> None:
    monitor = _monitor(stage.slack, stage)
    page = await stage.page("U01VERA")
    done = page.locator("#story .step.done")
    await screenshot(page, "welcome")
    await page.locator(".welcome").get_by_role("button", name="Send a SEV0 run").click()
    await expect(done).to_have_count(1)

    await _play(page, f"ACK - O2 Omar investigating {CASE}", "Omar Haddad", "#thread-box")
    await expect(done).to_have_count(1)
    await stage.bot.chat_update(
        channel=CRITICAL, ts=monitor.root, text=_root("acknowledged"), blocks=[section(f"{RUN} {CASE}")]
    )
    await expect(done).to_have_count(2)

    await _play(page, "@countersign resolve-case", "Omar Haddad", "#thread-box")
    await expect(page.locator("#story .step.now")).to_contain_text("fill in the form")
    form = [{"type": "actions", "elements": [button("Open the form", "open-form")]}]
    await stage.say("Document the case", blocks=form, thread_ts=monitor.root)
    await page.locator("#story").get_by_role("button", name="Show me the button").click()
    await expect(page.get_by_role("button", name="Open the form")).to_be_focused()
    await stage.say(f"Resolve the case {CASE} (R-2B9C): waiting for approval", thread_ts=monitor.root)
    await _play(page, "APPROVED - root cause confirmed", "Ruth Adeyemi", "#thread-box")
    monitor.status = "Resolved"
    await expect(done).to_have_count(3)

    await _play(page, f"/release {RUN} because false positive", "Omar Haddad", "#channel-box")
    await stage.say(f"Release {RUN} (R-4H7Q): waiting for approval", thread_ts=monitor.root)
    await _play(page, "APPROVED - false positive confirmed", "Ruth Adeyemi", "#thread-box")
    monitor.where = f"runs/CREDIT_MONITORING/{DAY}"
    await expect(done).to_have_count(4)
    await screenshot(page, "story-done")


async def test_after_a_denial_the_story_offers_to_ask_again(stage: Stage) -> None:
    monitor = _monitor(stage.slack, stage)
    await monitor.alert(None, None)
    await stage.bot.chat_update(channel=CRITICAL, ts=monitor.root, text=f"{_root('resolved')} {CASE}")
    monitor.status = "Resolved"
    await stage.say(f"Release {RUN} (R-4H7Q): denied", thread_ts=monitor.root)
    page = await stage.page()
    again = page.locator("#story").get_by_role("button", name=f"/release {RUN} because false positive")
    await expect(again).to_be_visible()


async def test_the_disk_is_shown_as_it_is(stage: Stage) -> None:
    monitor = _monitor(stage.slack, stage)
    page = await stage.page()
    await (
        page.get_by_role("complementary", name="Systems")
        .get_by_role("button", name="Send a SEV0 run")
        .click()
    )
    run = page.locator(".run")
    await expect(run.locator(".run-where")).to_have_text(f"QUARANTINE/{RUN}")
    await expect(run.locator(".digest")).to_have_text("matches")
    await expect(run.locator(".pill")).to_have_text("Open")
    monitor.intact, monitor.where = False, f"runs/CREDIT_MONITORING/{DAY}"
    await expect(run.locator(".run-where")).to_have_text(DAY)
    await expect(run.locator(".digest")).to_have_text("differs")

"""The credit monitor's disk beside the chat, shown as it is."""

from __future__ import annotations

from playwright.async_api import expect

from tests.sandbox.page.small_monitor import DAY, HOME, RUN, SmallMonitor
from tests.sandbox.page.stage import Stage


async def test_the_disk_is_shown_as_it_is(stage: Stage) -> None:
    monitor = SmallMonitor(stage)
    page = await stage.page()
    await (
        page.get_by_role("region", name="Credit monitor")
        .get_by_role("button", name="Send a SEV0 run")
        .click()
    )
    run = page.locator(".run")
    await expect(run.locator(".run-where")).to_have_text(f"QUARANTINE/{RUN}")
    await expect(run.locator(".digest")).to_have_text("matches")
    await expect(run.locator(".pill")).to_have_text("Open")
    await expect(run).to_have_css("border-top-style", "solid")
    monitor.intact, monitor.where = False, HOME
    await expect(run.locator(".run-where")).to_have_text(DAY)
    await expect(run.locator(".digest")).to_have_text("differs")

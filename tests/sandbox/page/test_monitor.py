"""The credit monitor's disk beside the chat, shown as it is."""

from __future__ import annotations

import asyncio

from playwright.async_api import Route, expect

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


async def test_an_answer_that_comes_after_a_later_one_does_not_bring_old_times_back(stage: Stage) -> None:
    monitor = SmallMonitor(stage)
    page = await stage.page()
    await monitor.alert()
    where = page.locator(".run .run-where")
    await expect(where).to_have_text(f"QUARANTINE/{RUN}")
    seen: list[str] = []
    await page.expose_function("seen", lambda where: seen.append(where))
    await page.evaluate(
        """() => new MutationObserver(() => seen(document.querySelector(".run .run-where")?.textContent))
            .observe(document.querySelector(".runs"), {childList: true, subtree: true})"""
    )
    held, overtaken = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        held.set()
        await overtaken.wait()
        await route.fulfill(response=answer)

    await page.route("**/practice/credits", late, times=1)
    await held.wait()
    monitor.where = HOME
    await expect(where).to_have_text(DAY)
    async with page.expect_response("**/practice/credits"):
        overtaken.set()
    async with page.expect_response("**/practice/credits"):
        pass
    assert [DAY] == seen

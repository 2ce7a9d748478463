"""Practice time on the page: shown, skipped, and believed by everything that shows times."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from sandbox.slack.clock import LONGEST_SKIP, Clock
from tests.sandbox.page.stage import Stage

QUARTER = 15 * 60


async def test_time_is_skipped_by_a_button_for_the_app_and_for_slack(stage: Stage) -> None:
    told: list[float] = []
    stage.slack.clock.keep = told.append
    await stage.say("before")
    page = await stage.page()
    skip = page.get_by_role("group", name="Skip time").get_by_role("button", name="15 min")
    await skip.click()
    await expect(page.locator("#clock")).to_contain_text("15 min ahead")
    await skip.click()
    await expect(page.locator("#clock")).to_contain_text("30 min ahead")
    assert [QUARTER, 2 * QUARTER] == told
    before, after = stage.slack.messages("C0CRITICAL")[-1]["ts"], await stage.say("after")
    assert float(after) - float(before) > 2 * QUARTER
    await page.reload()
    await expect(page.locator("#clock")).to_contain_text("30 min ahead")


async def test_where_the_app_goes_by_its_own_clock_nobody_can_skip(stage: Stage) -> None:
    page = await stage.page()
    await expect(page.locator("#clock")).to_be_hidden()


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_SKIP + 1, float("nan"), float("inf")])
def test_time_goes_forward_and_not_too_far(seconds: float) -> None:
    clock = Clock(keep=lambda _: None)
    with pytest.raises(ValueError, match=str(seconds)):
        clock.skip(seconds)
    assert 0 == clock.ahead

"""Practice systems beside the chat: drawn from what they say of themselves."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from sandbox.slack.errors import RefusedAct
from tests.sandbox.page.small_panel import IMAGE, SmallCluster
from tests.sandbox.page.stage import Stage, screenshot
from tests.sandbox.wanted import refused


@pytest.fixture
def cluster(stage: Stage) -> SmallCluster:
    made = SmallCluster()
    stage.slack.control.panels.append(made)
    return made


def _deployment(page: Page) -> Locator:
    return page.get_by_role("region", name="Practice cluster").locator('[data-row="auditron-api"]')


async def test_a_panel_shows_its_sections_with_columns_and_bars(stage: Stage, cluster: SmallCluster) -> None:
    page = await stage.page()
    panel = page.get_by_role("region", name="Practice cluster")
    await expect(panel.get_by_role("table", name="Deployments").get_by_role("columnheader")).to_have_text(
        ["name", "ready", "revision", "image", "changed by"]
    )
    row = _deployment(page)
    await expect(row.get_by_role("rowheader")).to_have_text("auditron-api")
    await expect(row.get_by_role("cell").first).to_have_text("3 of 3")
    await expect(row.get_by_role("cell", name=IMAGE)).to_be_visible()
    await expect(panel.get_by_role("table", name="Pods").get_by_role("rowheader")).to_have_count(3)
    await expect(panel.locator(".address")).to_have_text("127.0.0.1:6443")
    await screenshot(page, "panels")


async def test_a_row_flashes_when_its_system_says_that_it_changed(
    stage: Stage, cluster: SmallCluster
) -> None:
    page = await stage.page()
    row = _deployment(page)
    await expect(row).to_contain_text("3 of 3")
    await expect(row).not_to_have_class(re.compile("changed"))
    cluster.scale(5, 4)
    await expect(row).to_contain_text("4 of 5")
    await expect(row).to_have_class(re.compile("changed"))
    await expect(row.locator(".warning .bar-filled")).to_have_attribute("style", "inline-size: 80%;")


async def test_a_fault_is_switched_on_and_off_by_keyboard(stage: Stage, cluster: SmallCluster) -> None:
    page = await stage.page()
    await page.get_by_text("Make it misbehave").press("Enter")
    switch = page.get_by_role("switch", name="Stop answering")
    await switch.focus()
    await page.keyboard.press("Space")
    await expect(switch).to_be_checked()
    await expect(switch).to_be_focused()
    await expect(page.locator(".in-force")).to_have_text("1 in force")
    assert cluster.faults["hang"]
    await page.keyboard.press("Space")
    await expect(switch).not_to_be_checked()
    assert not cluster.faults["hang"]


async def test_a_panel_is_put_back_to_its_start(stage: Stage, cluster: SmallCluster) -> None:
    cluster.scale(7, 7)
    page = await stage.page()
    await expect(_deployment(page)).to_contain_text("7 of 7")
    await page.locator('summary[aria-label="More for Practice cluster"]').click()
    await page.get_by_role("menuitem", name="Put it back to the start").click()
    await expect(_deployment(page)).to_contain_text("3 of 3")


async def test_many_rows_are_short_until_they_change(stage: Stage, cluster: SmallCluster) -> None:
    cluster.others = [f"worker-{number}" for number in range(8)]
    page = await stage.page()
    row = _deployment(page)
    await expect(row).to_contain_text("3 of 3")
    await expect(row.get_by_text(IMAGE)).to_be_hidden()
    cluster.scale(5, 5)
    await expect(row.get_by_text(IMAGE)).to_be_visible()


async def test_a_row_that_changes_out_of_sight_is_brought_into_view(
    stage: Stage, cluster: SmallCluster
) -> None:
    page = await stage.page()
    await page.set_viewport_size({"width": 1440, "height": 380})
    row = _deployment(page)
    await expect(row).not_to_be_in_viewport()
    cluster.scale(5, 5)
    await expect(row).to_be_in_viewport()


async def test_a_folded_section_stays_folded_while_rows_come_and_go(
    stage: Stage, cluster: SmallCluster
) -> None:
    page = await stage.page()
    panel = page.get_by_role("region", name="Practice cluster")
    await panel.locator("summary", has_text="Pods").click()
    cluster.scale(5, 5)
    await expect(panel.locator("summary", has_text="Pods").locator(".count")).to_have_text("5")
    await expect(panel.get_by_role("table", name="Pods")).to_be_hidden()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"panel": "moon", "do": "reset"}, "no_such_panel"),
        ({"panel": "cluster", "do": "explode"}, "invalid_arguments"),
        ({"panel": "cluster", "do": "fault", "fault": "rain", "on": True}, "no_such_fault"),
    ],
)
async def test_what_no_panel_knows_is_refused(
    stage: Stage, cluster: SmallCluster, wanted: dict[str, object], code: str
) -> None:
    answer: RefusedAct = await refused(stage.slack.control.panels.do(wanted))
    assert code == answer.code

"""`countersign sandbox` as its own process, and everything on its page that breaks something, for real."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection

from sandbox.bot_process import REPOSITORY
from tests.sandbox.page.stage import WIDE, chromium
from tests.scenarios.room import CRITICAL

PATIENCE = 30_000
"""Milliseconds for something to happen in three processes on a busy machine."""
START_SECONDS = 90.0
END_SECONDS = 40.0
ALERT = re.compile(r"Quarantined: 2 files")


@dataclass
class Sandbox:
    """The running process, where its page is, and where it keeps its data."""

    process: asyncio.subprocess.Process
    url: str
    data: Path

    async def end(self) -> int:
        """Ctrl-C; the exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(END_SECONDS):
                return await self.process.wait()
        finally:
            if self.process.returncode is None:
                self.process.kill()


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder with a short name: a socket's path may have a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="practice-") as made:
        yield Path(made)


@pytest.fixture
async def sandbox(data: Path) -> AsyncIterator[Sandbox]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--data", str(data)),
        cwd=REPOSITORY,
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
    )
    running = Sandbox(process, "", data)
    try:
        async with asyncio.timeout(START_SECONDS):
            running.url = await _address(process)
        yield running
    finally:
        await running.end()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = ""
    async for line in process.stdout:
        said += line.decode()
        if found := re.search(r"Open\s+(http://\S+)", line.decode()):
            return found.group(1)
    raise AssertionError(f"the sandbox ended before it had a page:\n{said}")


@asynccontextmanager
async def _page(sandbox: Sandbox) -> AsyncIterator[Page]:
    async with chromium() as browser:
        context = await browser.new_context(
            viewport={"width": WIDE["width"], "height": WIDE["height"]}, reduced_motion="reduce"
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        await page.goto(f"{sandbox.url}/#/{CRITICAL}")
        await page.locator(".connection.live").wait_for(state="attached")
        yield page


async def _alert(page: Page) -> None:
    """A run is sent, and its thread opened."""
    await page.get_by_role("button", name="Send a SEV0 run").first.click()
    await expect(page.locator("#channel")).to_contain_text(ALERT, timeout=PATIENCE)
    root = page.locator("#channel .message").last
    await root.hover()
    await root.get_by_role("button", name="Reply in thread").click()
    await page.get_by_role("tab", name="Break it").click()


async def _write(page: Page, box: str, text: str) -> None:
    await page.locator(box).fill(text)
    await page.locator(box).press("Enter")


def _experiment(page: Page, title: str) -> Locator:
    return page.get_by_role("article", name=title)


async def _says(experiment: Locator, words: str) -> None:
    await expect(experiment.get_by_role("status")).to_contain_text(words, timeout=PATIENCE)


async def test_what_is_broken_on_the_page_is_survived(sandbox: Sandbox) -> None:
    async with _page(sandbox) as page:
        await _alert(page)
        thread = page.locator("#thread")

        killing = _experiment(page, "Kill the bot")
        await killing.get_by_role("button", name="Kill it").click()
        await _says(killing, "It ended with status -9")
        await _write(page, "#thread-box", "ACK - O2 Omar looks into it")
        await _says(killing, "found nobody")
        await killing.get_by_role("button", name="Start it").click()
        await _says(killing, "It is back.")
        await killing.get_by_role("button", name="Let a minute pass").click()
        await expect(thread).to_contain_text("acknowledged as O2", timeout=PATIENCE)
        await _says(killing, "nothing was lost")

        freezing = _experiment(page, "Cut Redis")
        await freezing.get_by_role("button", name="Freeze it").click()
        await _says(freezing, "It is frozen.")
        await _write(page, "#channel-box", "/ops pending")
        await _says(freezing, "not recorded, so not acknowledged")
        await freezing.get_by_role("button", name="Thaw it").click()
        await _says(freezing, "It is thawed.")

        editing = _experiment(page, "Edit my last reply")
        await editing.get_by_role("button", name="Edit it").click()
        await _says(editing, "What was said first stands")
        strange = _experiment(page, "Be a stranger")
        await strange.get_by_role("button", name="Approve as Sasha").click()
        await _says(strange, "people of other organisations never count")

        cutting = _experiment(page, "Cut Slack")
        await cutting.get_by_role("button", name="Cut it off").click()
        await cutting.get_by_role("button", name="Send a run meanwhile").click()
        await page.get_by_role("tab", name="Systems").click()
        await expect(page.locator(".run.held")).to_have_count(2, timeout=PATIENCE)
        await page.get_by_role("tab", name="Break it").click()
        await cutting.get_by_role("button", name="Mend it").click()
        await expect(page.locator("#channel").get_by_text(ALERT)).to_have_count(2, timeout=PATIENCE)


async def test_nothing_is_left_running_after_a_bot_was_killed(sandbox: Sandbox) -> None:
    async with Redis(unix_socket_path=str(sandbox.data / "bot" / "valkey.sock")) as store:
        assert await store.ping()
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{sandbox.url}/practice/bot", json={"do": "kill"}) as response,
        ):
            assert not (await response.json())["bot"]["running"]
        assert await store.ping()
        assert 0 == await sandbox.end()
        with pytest.raises((NoConnection, FileNotFoundError)):
            await store.ping()

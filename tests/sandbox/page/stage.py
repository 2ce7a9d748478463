"""The stage of the page's tests: the practice Slack, an app that answers it, and a browser that looks."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Answerer, Endpoint, Received

Json: TypeAlias = dict[str, Any]
Answer: TypeAlias = Callable[[Json], Awaitable[web.Response]]

FAINT_TEXT = (Path(__file__).parent / "faint_text.js").read_text()
"""A script that lists what is too faint to read."""
OUTPUT = Path(__file__).parents[2] / "output"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CRITICAL = "C0CRITICAL"


def by_name(**answers: Answer) -> Answerer:
    """Answers by command (without its stroke), action id or callback id; 200 for the rest."""

    async def answer(received: Received) -> web.Response:
        chosen = answers.get(_name_of(received.payload))
        return await chosen(received.payload) if chosen else web.Response()

    return answer


def _name_of(payload: Json) -> str:
    if "command" in payload:
        return str(payload["command"]).removeprefix("/")
    if payload["type"] == "block_actions":
        return str(payload["actions"][0]["action_id"])
    return str(payload["view"]["callback_id"]) if "view" in payload else str(payload.get("callback_id"))


@dataclass
class Stage:
    """All that a test needs: `page()` opens the page as a person, `say` posts as the app."""

    slack: PracticeSlack
    app: Endpoint
    browser: Browser
    bot: AsyncWebClient
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    async def context(self, *, dark: bool = False, phone: bool = False) -> BrowserContext:
        return await self.browser.new_context(
            viewport={"width": PHONE["width"], "height": PHONE["height"]}
            if phone
            else {"width": WIDE["width"], "height": WIDE["height"]},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            timezone_id="Europe/London",
            has_touch=phone,
            reduced_motion="reduce",
        )

    async def page(
        self,
        person: str = "U02OMAR",
        place: str = f"#/{CRITICAL}",
        *,
        dark: bool = False,
        phone: bool = False,
    ) -> Page:
        """A browser tab in which `person` looks at `place`; script errors and foreign requests are kept."""
        page = await (await self.context(dark=dark, phone=phone)).new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._watch(request.url))
        await page.add_init_script(f"sessionStorage['countersign.person'] ??= '{person}'")
        await page.goto(f"{self.slack.url}/{place}")
        await page.locator(".connection.live").wait_for(state="attached")
        return page

    def _watch(self, url: str) -> None:
        if not url.startswith((self.slack.url, "data:")):
            self.strangers.append(url)

    async def say(self, text: str, *, channel: str = CRITICAL, **more: Any) -> str:
        """Posts as the app; the message's ts."""
        answer = await self.bot.chat_postMessage(channel=channel, text=text, **more)
        return str(answer["ts"])


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium")
    assert path, "These tests need Debian's chromium: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        await browser.close()


async def screenshot(page: Page, name: str) -> None:
    """A picture for people to look at; git ignores it."""
    OUTPUT.mkdir(exist_ok=True)
    await page.screenshot(path=OUTPUT / f"page-{name}.png")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(label), "action_id": action_id, "value": action_id, **more}


def options(*labels: str) -> list[Json]:
    return [{"text": plain(label), "value": label.lower()} for label in labels]


def json_answer(body: Mapping[str, Any]) -> web.Response:
    return web.json_response(dict(body))

"""Files of the app: an address to upload to, the bytes, and the message that shares or shows them.

https://docs.slack.dev/messaging/working-with-files#upload
https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.block_schema import fault
from sandbox.slack.clock import Clock
from sandbox.slack.people import BOT_USER, TEAM
from sandbox.slack.pictures import Picture, picture_in
from sandbox.slack.shapes import Json

FILE_BYTES_MOST = 1_500_000
"""What this server takes; Slack itself takes 1 GB."""
PREVIEW_LINES = 5
PROCESSING_SECONDS = 1.0
"""How long a completed image is none yet; people wait one to two (slackapi/python-slack-sdk issue 1521)."""


@dataclass
class File:
    """A file between its announcement and its sharing: `content` is None until it was uploaded."""

    id: str
    name: str
    length: int
    ticket: str
    created: int
    content: bytes | None = None
    shared: bool = False
    ready_at: float = 0.0
    """From when on, on the clock that a test may skip, Slack knows what is in it."""

    @property
    def picture(self) -> Picture | None:
        """The image in it, None for everything else."""
        return picture_in(self.content or b"")

    def to_slack(self, base_url: str, title: str) -> Json:
        """Slack's file object, with the preview of a snippet; what an image is, is not known at first."""
        if self.picture is not None:
            return self._common(base_url, title) | {"mimetype": "", "filetype": "", "mode": "hosted"}
        lines = (self.content or b"").decode(errors="replace").splitlines()
        return self._common(base_url, title) | {
            "mimetype": "text/plain",
            "filetype": "text",
            "pretty_type": "Plain Text",
            "mode": "snippet",
            "preview": "\n".join(lines[:PREVIEW_LINES]),
            "lines": len(lines),
            "lines_more": max(0, len(lines) - PREVIEW_LINES),
        }

    def _common(self, base_url: str, title: str) -> Json:
        address = f"{base_url}/files-pri/{TEAM}-{self.id}"
        return {
            "id": self.id,
            "created": self.created,
            "name": self.name,
            "title": title,
            "user": BOT_USER,
            "size": self.length,
            "url_private": f"{address}/{self.name}",
            "url_private_download": f"{address}/download/{self.name}",
        }


class Files:
    """Every file that the app has announced."""

    def __init__(self, new_id: Callable[[str], str], clock: Clock) -> None:
        self._new_id, self._clock = new_id, clock
        self._files: dict[str, File] = {}
        self.processing_seconds = PROCESSING_SECONDS

    def announce(self, name: str, length: int) -> File:
        """A new file that is still to be uploaded."""
        file = File(self._new_id("F"), name, length, secrets.token_urlsafe(24), int(self._clock.wall()))
        self._files[file.id] = file
        return file

    def find(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def complete(self, file: File) -> None:
        """The file is in its place; what it is, Slack finds out by and by."""
        file.shared = True
        file.ready_at = self._clock.elapsed() + self.processing_seconds

    def faults(self, blocks: object, at: str = "/blocks") -> list[str]:
        """What is wrong with the files that blocks show: each must be an image that Slack knows by now."""
        faults: list[str] = []
        for reference, pointer in _references(blocks, at):
            named = str(reference.get("id") or _id_in(str(reference.get("url") or "")))
            file = self._files.get(named)
            if file is None or not file.shared or file.picture is None or not self._is_ready(file):
                fault(faults, "invalid slack file", pointer)
        return faults

    def _is_ready(self, file: File) -> bool:
        return self._clock.elapsed() >= file.ready_at

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/upload/v1/{ticket}", self._take),
            web.get("/files-pri/{file}/{name:.+}", self._give),
        ]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        """The bytes, raw or as a form; once, and as many as were announced."""
        ticket = request.match_info["ticket"]
        file = next((each for each in self._files.values() if each.ticket == ticket), None)
        if file is None or file.content is not None:
            return web.Response(status=404, text="no such upload")
        content = await self._bytes_of(request)
        if len(content) != file.length:
            return web.Response(status=400, text=f"announced {file.length} bytes, got {len(content)}")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    @staticmethod
    async def _bytes_of(request: web.Request) -> bytes:
        if request.content_type != "multipart/form-data":
            return await request.read()
        parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
        return parts[0].file.read() if parts else b""

    async def _give(self, request: web.Request) -> web.StreamResponse:
        file = self._files.get(request.match_info["file"].removeprefix(f"{TEAM}-"))
        if file is None or not file.shared or file.content is None:
            return web.Response(status=404, text="no such file")
        # Whatever else it holds, a browser shows it as text.
        headers = {"X-Content-Type-Options": "nosniff"}
        if file.picture is not None:
            return web.Response(body=file.content, content_type=file.picture.mimetype, headers=headers)
        return web.Response(body=file.content, content_type="text/plain", charset="utf-8", headers=headers)


def _references(node: object, at: str) -> Iterator[tuple[Json, str]]:
    """Every slack_file of a tree of blocks, with its JSON pointer."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _references(each, f"{at}/{index}")
    elif isinstance(node, dict):
        for name, each in node.items():
            if name == "slack_file" and isinstance(each, dict):
                yield each, f"{at}/slack_file"
            else:
                yield from _references(each, f"{at}/{name}")


def _id_in(url: str) -> str:
    """The id in a url_private or permalink: `…/T0123456-F0123456/name.png`, `…/files/U0123456/F0123456/…`."""
    found = re.search(r"(?:[-/])(F[A-Z0-9]{8,})(?:/|\Z)", url)
    return found.group(1) if found else ""

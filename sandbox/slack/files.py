"""Files of the app: an address to upload to, the bytes, and the message that shares them.

https://docs.slack.dev/messaging/working-with-files#upload
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.people import BOT_USER, TEAM
from sandbox.slack.shapes import Json

FILE_BYTES_MOST = 1_500_000
"""What this server takes; Slack itself takes 1 GB."""
PREVIEW_LINES = 5


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

    def to_slack(self, base_url: str, title: str) -> Json:
        """Slack's file object, with the preview that a snippet has."""
        lines = (self.content or b"").decode(errors="replace").splitlines()
        address = f"{base_url}/files-pri/{TEAM}-{self.id}"
        return {
            "id": self.id,
            "created": self.created,
            "name": self.name,
            "title": title,
            "mimetype": "text/plain",
            "filetype": "text",
            "pretty_type": "Plain Text",
            "user": BOT_USER,
            "mode": "snippet",
            "size": self.length,
            "url_private": f"{address}/{self.name}",
            "url_private_download": f"{address}/download/{self.name}",
            "preview": "\n".join(lines[:PREVIEW_LINES]),
            "lines": len(lines),
            "lines_more": max(0, len(lines) - PREVIEW_LINES),
        }


class Files:
    """Every file that the app has announced."""

    def __init__(self, new_id: Callable[[str], str], wall: Callable[[], float]) -> None:
        self._new_id, self._wall = new_id, wall
        self._files: dict[str, File] = {}

    def announce(self, name: str, length: int) -> File:
        """A new file that is still to be uploaded."""
        file = File(self._new_id("F"), name, length, secrets.token_urlsafe(24), int(self._wall()))
        self._files[file.id] = file
        return file

    def find(self, file_id: str) -> File | None:
        return self._files.get(file_id)

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
        # Whatever it holds, a browser shows it as text.
        headers = {"X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="text/plain", charset="utf-8", headers=headers)

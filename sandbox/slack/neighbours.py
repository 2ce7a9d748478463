"""What a sandbox may run beside its practice Slack, as the control API and so the page see it."""

from __future__ import annotations

from typing import Protocol

from sandbox.slack.shapes import Json


class Credits(Protocol):
    """The practice credit monitor, as the page sees it."""

    def state(self) -> Json: ...

    async def alert(self, scenario: str | None, severity: str | None) -> Json: ...

    async def storm(self) -> Json: ...


class BotProcess(Protocol):
    """The bot as a process that the page can kill and start."""

    def state(self) -> Json: ...

    async def kill(self) -> None: ...

    async def start(self) -> None: ...


class StoreProcess(Protocol):
    """The bot's own store, which the page can cut off and mend."""

    def state(self) -> Json: ...

    async def cut(self) -> None: ...

    async def mend(self) -> None: ...

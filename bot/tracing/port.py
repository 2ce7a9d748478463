"""What the rest of the bot knows of traces; without an endpoint nothing is made and nothing is imported."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol


class Tracing(Protocol):
    """Spans around what is done. Attributes are names and ids, never what people wrote."""

    def span(self, name: str, *, parent: str = "", **attributes: str | int) -> AbstractContextManager[None]:
        """A span under the one that is open here, or under a carried context; what is raised fails it."""
        ...

    def note(self, **attributes: str) -> None:
        """Say something more of the span that is open here."""
        ...

    def parent(self) -> str:
        """The context to carry on, as a `traceparent`; empty where no span is open."""
        ...

    def wrap(self, name: str, port: Any) -> Any:
        """A port whose calls are spans."""
        ...

    async def aclose(self) -> None:
        """Send what is left."""
        ...


_NOTHING: AbstractContextManager[None] = nullcontext()


class NoTracing:
    """Nobody listens."""

    def span(self, name: str, *, parent: str = "", **attributes: str | int) -> AbstractContextManager[None]:
        """See `Tracing`, here and below."""
        return _NOTHING

    def note(self, **attributes: str) -> None:
        pass

    def parent(self) -> str:
        return ""

    def wrap(self, name: str, port: Any) -> Any:
        return port

    async def aclose(self) -> None:
        pass

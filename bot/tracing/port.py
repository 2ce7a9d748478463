"""What the rest of the bot knows of traces; without an endpoint nothing is made and nothing is imported."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
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


class NoTracing:
    """Nobody listens."""

    @contextmanager
    def span(self, name: str, *, parent: str = "", **attributes: str | int) -> Iterator[None]:
        """See `Tracing`, here and below."""
        with contextlib.nullcontext():
            yield

    def note(self, **attributes: str) -> None:
        pass

    def parent(self) -> str:
        return ""

    def wrap(self, name: str, port: Any) -> Any:
        return port

    async def aclose(self) -> None:
        pass

"""`handlers.ports.pictures.Artist`: a process for each picture, one at a time, that ends or is ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Self

from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports.pictures import Chart

PATIENCE = 60.0
"""Seconds for one picture, on a machine that is busy; an idle one takes less than two."""
LARGEST = 1_000_000
"""Bytes of a picture; what a chart makes is a fifth of it."""
_LESS_URGENT = 3
"""Nice: on a busy core the bot gets twice as much. At nineteen a busy machine drew nothing in its time."""
_PNG = b"\x89PNG\r\n\x1a\n"
_BUSY, _FAILED = "the picture is not drawn in time", "the picture cannot be drawn"


class ProcessArtist:
    """Draws with `python -m bot.pictures.drawing`, which gives its memory back and cannot stop the loop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._one = asyncio.Lock()
        # Here the library keeps its list of fonts; in a home that cannot be written it would look each time.
        self._folder = tempfile.TemporaryDirectory(prefix="countersign-pictures-", ignore_cleanup_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    async def draw(self, chart: Chart) -> bytes:
        """See `Artist.draw`."""
        async with self._one:
            drawing = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.pictures.drawing"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self.environment,
                cwd=Path(__file__).parents[2],
            )
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, drawing.pid, _LESS_URGENT)
            try:
                async with asyncio.timeout(self._patience):
                    made, _ = await drawing.communicate(chart.model_dump_json().encode())
            except TimeoutError:
                raise TryAgainLater(_BUSY, after=30) from None
            finally:
                if drawing.returncode is None:
                    drawing.kill()
                    await drawing.communicate()  # to the end of its pipes, which must not outlive the loop
        if drawing.returncode or not made.startswith(_PNG) or len(made) > LARGEST:
            raise DoNotRetry(_FAILED, "drawing")
        return made

    @property
    def environment(self) -> dict[str, str]:
        """What an interpreter needs and no secret: the bot's own variables stay here."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return kept | {"MPLCONFIGDIR": self._folder.name, "OPENBLAS_NUM_THREADS": "1"}

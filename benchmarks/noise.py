"""What else the machine was doing: without it a table of milliseconds cannot be read."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

_WRITES = 200
_QUIET_SYNC_MS = 1.0


@dataclass(frozen=True)
class Noise:
    """Processes that wanted a core in the last minute, and what bringing a small write to the disk took."""

    load_average: float
    sync_p50_ms: float
    sync_p99_ms: float

    def describe(self) -> str:
        """One line for the report, with a warning where the machine was not ours."""
        line = f"load average {self.load_average:.1f}, fdatasync p50 {self.sync_p50_ms:.2f} ms"
        line += f" / p99 {self.sync_p99_ms:.2f} ms"
        busy = self.load_average > (os.cpu_count() or 1) / 2 or self.sync_p50_ms > _QUIET_SYNC_MS
        return line + (" (others work here: read the ratios with care)" if busy else "")

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


def probe(folder: Path) -> Noise:
    """Look at the machine, and at the disk that `folder` is on; takes a second or less."""
    load_average, _, _ = os.getloadavg()
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_WRITES):
            began = time.perf_counter()
            os.write(file.fileno(), b"x" * 300)
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    took.sort()
    return Noise(load_average, median(took), took[int(len(took) * 0.99)])

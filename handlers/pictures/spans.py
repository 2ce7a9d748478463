"""Which moments a picture asks for: the last hours up to now, at most three hundred of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.ports.pictures import Span

MOST = 300
STEPS = tuple(timedelta(seconds=one) for one in (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400))


def span_until(now: datetime, length: timedelta) -> Span:
    """So many hours, the last moment being now: what fired just now lies inside."""
    step = next((one for one in STEPS if length / one <= MOST - 1), STEPS[-1])
    count = min(MOST, int(length / step) + 1)
    end = now.replace(microsecond=0) + timedelta(seconds=1)
    return Span(start=end - (count - 1) * step, step=step, count=count)

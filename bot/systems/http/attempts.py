"""What one attempt came to: whether another can help, and whether this one may have had its effect."""

from __future__ import annotations

import aiohttp

from bot.systems.http import wording as w
from handlers.errors import CountersignError, DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater

_UNTOUCHED = frozenset({425, 429})
"""Not acted upon, and welcome later (RFC 8470, RFC 6585)."""
_TROUBLE = frozenset({408, 500, 502, 503, 504})
_LONGEST_WAIT = 3600


class Failed(Exception):
    """An attempt without success: the error to tell, and what it means for the next attempt.

    `again`: another one can succeed. `arrived`: this one may have had its effect. `wait`: seconds that
    the API asks for.
    """

    def __init__(
        self, error: CountersignError, *, again: bool = False, arrived: bool = False, wait: float = 0.0
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.arrived = arrived
        self.wait = wait


def judge(response: aiohttp.ClientResponse, *, changing: bool = False) -> None:
    """Let a success pass. Raises Failed with what any other status means (RFC 9110, section 15)."""
    status = response.status
    if 200 <= status < 300:
        return
    if status in _UNTOUCHED:
        wait = _wait(response)
        raise Failed(TryAgainLater(w.BUSY.format(status=status), wait or 1.0), again=True, wait=wait)
    if status in _TROUBLE:
        text = w.BUSY.format(status=status)
        raise Failed(OutcomeUnknown(text), again=True, arrived=True, wait=_wait(response))
    if 300 <= status < 400:
        # After a change a 303 can mean that it was made: nobody knows until it is read back.
        text = w.REDIRECTED.format(status=status)
        raise Failed(OutcomeUnknown(text), arrived=True) if changing else Failed(DoNotRetry(text, "redirect"))
    if status == 409 and changing:
        raise Failed(OutcomeUnknown(w.CONFLICT.format(status=status)), arrived=True)
    if status == 412 and changing:
        raise Failed(TargetChanged(w.MOVED_ON.format(status=status)))
    text = {401: w.NO_ENTRY, 403: w.NO_ENTRY, 404: w.NOT_FOUND, 410: w.NOT_FOUND}.get(status, w.REFUSED)
    raise Failed(DoNotRetry(text.format(status=status), f"http-{status}"))


def _wait(response: aiohttp.ClientResponse) -> float:
    """Seconds of Retry-After; a date counts as none, because two clocks would have to agree."""
    said = response.headers.get("Retry-After", "")
    return float(min(int(said), _LONGEST_WAIT)) if said.isascii() and said.isdigit() else 0.0

"""Errors of the ports, named by what the caller should do next."""


class CountersignError(Exception):
    """Root of every error that crosses a port."""


class TryAgainLater(CountersignError):
    """The neighbour is busy or away and nothing happened: ask again after `after` seconds."""

    def __init__(self, why: str, after: float = 1.0) -> None:
        super().__init__(why)
        self.after = after


class DoNotRetry(CountersignError):
    """The neighbour said no for good and nothing happened; `code` is its own word for why."""

    def __init__(self, why: str, code: str = "") -> None:
        super().__init__(why)
        self.code = code


class PictureNotReady(DoNotRetry):
    """Slack does not show this picture, or not yet; the message without it can be sent."""


class OutcomeUnknown(CountersignError):
    """The call may or may not have had its effect: ask the target before doing anything else."""


class TargetChanged(CountersignError):
    """A precondition no longer holds and nothing was done: what was sealed is not what is there."""


class StoppedMidway(CountersignError):
    """Part of the effect is there and the rest will not come: `lines` say what was read back, `way_back`
    as in `Verified`."""

    def __init__(self, why: str, lines: tuple[str, ...], way_back: str = "") -> None:
        super().__init__(why)
        self.lines = lines
        self.way_back = way_back


class AskAgainWithNewTrigger(CountersignError):
    """Slack's `trigger_id` is older than three seconds: offer a button, which brings a fresh one."""


class StoreUnavailable(CountersignError):
    """The store could not be reached or refused the write (full, wrong type): nothing was recorded."""


class StopClaiming(CountersignError):
    """This replica's policies or clock are not the ones in force: claim no work until they are."""

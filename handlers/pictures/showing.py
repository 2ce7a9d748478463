"""The picture comes into the thread's first message by an update, after it and never before it."""

from __future__ import annotations

from handlers.alerts import events
from handlers.alerts.model import Alert
from handlers.alerts.stored import alert_key, read_alert
from handlers.alerts.transitions import gets_picture, move_alert
from handlers.changes import Cause, Draft, settle
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.messages import Image
from handlers.pictures import wording as w
from handlers.pictures.composing import chart_of, in_words, shortened
from handlers.pictures.spans import span_until
from handlers.pictures.wanting import NoPicture, what_is_told, what_to_draw
from handlers.ports.pictures import KIND, Artist, Chart, Measurements
from handlers.work import Verdict
from handlers.world import World

TRIES = 6
"""Attempts before the card says that no picture comes: with growing pauses, about two minutes."""
_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
_FILE = "metric.png"


async def show_picture(world: World, cause: Cause, alert_id: str, fired: str, attempt: int) -> Verdict:
    """Draw what an alert measured when it `fired` and show it; `attempt` counts from 1. Raises TryAgainLater.

    What stands against it is told on the card once: a picture is help, and never in the way.
    """
    alert = await read_alert(world.store, alert_id)
    if (
        alert is None
        or alert.received_at.isoformat() != fired
        or world.artist is None
        or not gets_picture(world, alert)
    ):
        return await _tell(world, cause, alert_id, fired, None)
    try:
        # Places of their own: a Prometheus that hangs holds up no other work on this system.
        with world.crowd.enter(f"{alert.system}/{KIND}"):
            image = await _made(world, world.artist, alert)
    except NoPicture as no:
        return await _tell(world, cause, alert_id, fired, str(no))
    except DoNotRetry as no:
        return await _tell(world, cause, alert_id, fired, w.NO_PICTURE.format(why=no))
    except (TryAgainLater, OutcomeUnknown) as away:
        if attempt >= TRIES:
            return await _tell(world, cause, alert_id, fired, w.NO_PICTURE.format(why=away))
        asked = away.after if isinstance(away, TryAgainLater) else _PAUSE
        raise TryAgainLater(str(away), max(asked, min(_PAUSE**attempt, _LONGEST_PAUSE))) from away
    return await _tell(world, cause, alert_id, fired, image)


async def _made(world: World, artist: Artist, alert: Alert) -> Image:
    """Ask, draw, upload. A file that is uploaded twice stays unseen once: only the bot has it."""
    now = world.clock.now()
    what, unit = what_to_draw(world, alert)
    span = span_until(now, world.book.systems[alert.system].pictures.over)
    prometheus: Measurements = world.systems[alert.system][KIND]
    series = await prometheus.over(what.query, span)
    tells = world.book.tells(alert.system)
    labels = None if tells is None else tells.labels
    chart = chart_of(alert, what, unit, span, series, alert.received_at, tells=labels)
    chart = await _told(world, alert, chart)
    drawn = await artist.draw(chart)
    file = await world.messenger.upload(_FILE, chart.title, drawn)
    return Image(file=file, alt=in_words(chart), at=world.clock.now())


async def _told(world: World, alert: Alert, chart: Chart) -> Chart:
    """The chart as it may be told: labels of series, and what stands in an expression, are foreign text."""
    query = what_is_told(world.book, alert, chart.query)
    told = await world.redactor.each([query, *(curve.name for curve in chart.curves)])
    return shortened(chart, told.lines[0], told.lines[1:])


async def _tell(world: World, cause: Cause, alert_id: str, fired: str, found: Image | str | None) -> Verdict:
    """Put it into the alert, unless it fired anew meanwhile; the item is done with either way."""
    key = alert_key(alert_id)
    if isinstance(found, str):  # what went wrong may repeat the expression
        (found,) = (await world.redactor.each([found])).lines

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is not None and found is not None and alert.received_at.isoformat() == fired:
            move_alert(draft, world, alert, events.Pictured(found))

    return await settle(world.store, cause, decide)

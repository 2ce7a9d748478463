"""The picture itself: drawn by a process of its own, from foreign names, in bounded time."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from bot.pictures.artist import ProcessArtist
from handlers.errors import TryAgainLater
from handlers.ports.pictures import Chart, Curve, Span

START = datetime(2026, 11, 21, 8, tzinfo=UTC)
SPAN = Span(start=START, step=timedelta(seconds=72), count=300)
ALARM, FIRED, PANEL = (255, 107, 107), (255, 209, 102), (27, 31, 39)


def chart(*values: float | None, name: str = "service=api", **more: object) -> Chart:
    shown = (*values, *([None] * (300 - len(values))))
    made = Chart(
        title="Errors are high", query="rate(x[5m])", unit="ratio", span=SPAN,
        curves=(Curve(name=name, values=shown),), threshold=0.5, fired_at=START + timedelta(hours=5),
    )  # fmt: skip
    return made.model_copy(update=more)


async def drawn(wanted: Chart) -> Image.Image:
    with ProcessArtist() as artist:
        return Image.open(io.BytesIO(await artist.draw(wanted)))


def points_of(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    """How many points have about this colour and are no part of the see-through corners."""
    dots = np.asarray(picture.convert("RGBA")).astype(int)
    near = (np.abs(dots[..., :3] - colour).max(axis=-1) < 12) & (dots[..., 3] > 250)
    return int(near.sum())


async def test_a_picture_has_its_own_panel_its_threshold_and_the_moment_it_fired() -> None:
    picture = await drawn(chart(*[0.3] * 150))
    assert ("PNG", (1200, 480)) == (picture.format, picture.size)
    assert 300_000 < points_of(picture, PANEL)
    assert 500 < points_of(picture, ALARM)
    assert 200 < points_of(picture, FIRED)
    assert 0 == picture.convert("RGBA").getpixel((2, 2))[3], "what is around the panel is see-through"  # type: ignore[index]


async def test_without_threshold_there_is_no_line() -> None:
    assert 0 == points_of(await drawn(chart(*[0.3] * 150, threshold=None)), ALARM)


async def test_a_lone_value_between_gaps_is_seen() -> None:
    with_one = await drawn(chart(None, None, *[None] * 100, 0.4, None, threshold=None, fired_at=None))
    assert 10 < points_of(with_one, (90, 180, 255))


@pytest.mark.parametrize(
    "name", ["$\\frac{", "$x$ _a^b", "\u202egnal", "名前🔥", "\x00\x1b[0m", "x" * 5000, "<b>&amp;"]
)
async def test_foreign_names_are_only_text(name: str) -> None:
    picture = await drawn(chart(0.1, 0.2, 0.3, name=name, title=name, query=name))
    assert (1200, 480) == picture.size


@pytest.mark.parametrize(
    "values", [(0.0,), (-5.0, 5.0), (1e300, 1e-300), (0.0,) * 300, (None,) * 299 + (1.0,), (-1.0,) * 300]
)
async def test_any_finite_values_are_drawn(values: tuple[float | None, ...]) -> None:
    assert (1200, 480) == (await drawn(chart(*values))).size


async def test_a_drawing_that_takes_too_long_is_ended() -> None:
    with ProcessArtist(patience=0.01) as artist, pytest.raises(TryAgainLater, match="not drawn in time"):
        await artist.draw(chart(0.1))


async def test_the_loop_goes_on_while_a_picture_is_drawn() -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    with ProcessArtist() as artist:
        other = asyncio.ensure_future(turn())
        await artist.draw(chart(0.1, 0.2))
        other.cancel()
    assert 100 < turns


async def test_the_bots_secrets_are_not_in_the_drawing_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    with ProcessArtist() as artist:
        assert "xoxb-secret" not in "".join(artist.environment.values())

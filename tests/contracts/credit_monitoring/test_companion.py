"""The companion file: what a move makes of a damaged one, of others' fields, of an improper stamp."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import Move
from handlers.errors import DoNotRetry
from tests.contracts.credit_monitoring.folder import (
    COMPANION,
    HOME,
    RUN,
    companion_of,
    snapshot,
)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"schema": 2}',
        json.dumps({"schema": 1, "run_id": RUN, "state": "elsewhere"}),
        json.dumps(
            {
                "schema": 1,
                "run_id": "RUN-20261120-EMA9610",
                "state": "released",
                "quarantined": False,
                "dispatch_blocked": False,
                "request_id": "R-9",
                "files": {},
                "history": [],
            }
        ),
    ],
)
async def test_a_damaged_companion_stops_every_move(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, content: str
) -> None:
    (root / HOME / COMPANION).write_text(content)
    before = snapshot(root)

    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.quarantine(quarantine)

    assert "bad-companion" == caught.value.code
    assert before == snapshot(root)


async def test_what_others_add_to_the_companion_is_kept(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    companion = companion_of(root)
    assert companion is not None
    (root / HOME / COMPANION).write_text(json.dumps({**companion, "rerun": "R-7"}))

    state = await monitor.files.release(release)

    assert state.companion is not None
    assert ("R-7", "released") == (state.companion["rerun"], state.companion["state"])


@pytest.mark.parametrize("request_id", ["", "R-1\n", "x" * 201, "\ud800"])
async def test_a_move_without_a_proper_stamp_is_refused(
    monitor: CreditMonitorOnDisk, quarantine: Move, request_id: str
) -> None:
    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.quarantine(replace(quarantine, request_id=request_id))

    assert "bad-request-id" == caught.value.code

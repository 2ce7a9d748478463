"""A replica died before it wrote to a case: whoever takes that up writes only to the case that was sealed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handlers.errors import TargetChanged
from tests.contracts.actions.place import a_place, recovered
from tests.contracts.actions.trials import CASE, DOCUMENTED, TRIALS

MONITOR = "credit-monitoring"
RESOLUTION = {"case_id": CASE, "run_id": "RUN-20261120-EMA961", **DOCUMENTED}


@pytest.mark.parametrize("name", ["classify-case", "resolve-case"])
async def test_a_case_that_somebody_resolved_meanwhile_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    trial = TRIALS[MONITOR, name]
    async with a_place(tmp_path, MONITOR) as place:
        begun = await place.order(name, await trial.prepare(place))
        await place.do("resolve-case", RESOLUTION, "R-9")
        before = await trial.state(place)
        with pytest.raises(TargetChanged, match="what was sealed has changed"):
            await recovered(place.action(name), place.target(name), begun)

        assert before == await trial.state(place)


async def test_a_case_that_was_classified_meanwhile_is_not_resolved_over_it(tmp_path: Path) -> None:
    trial = TRIALS[MONITOR, "resolve-case"]
    async with a_place(tmp_path, MONITOR) as place:
        begun = await place.order("resolve-case", await trial.prepare(place))
        await place.do("classify-case", {"case_id": CASE, "root_cause": "Legit Load"}, "R-9")
        before = await trial.state(place)
        with pytest.raises(TargetChanged, match="what was sealed has changed"):
            await recovered(place.action("resolve-case"), place.target("resolve-case"), begun)

        assert before == await trial.state(place)


async def test_a_run_whose_case_was_opened_again_meanwhile_is_not_released(tmp_path: Path) -> None:
    """The gates of a release are judged from the case: what it says now would not have been approved."""
    async with a_place(tmp_path, MONITOR) as place:
        trial = TRIALS[MONITOR, "release"]
        begun = await place.order("release", await trial.prepare(place))
        path = place.monitor.root / "cases" / f"{CASE}.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "Status": "Investigating"}))
        before = await trial.state(place)
        with pytest.raises(TargetChanged, match="what was sealed has changed"):
            await recovered(place.action("release"), place.target("release"), begun)

        assert before == await trial.state(place)

"""A rollout is stopped where it is and goes on, and both say what they did."""

from __future__ import annotations

import pytest

from handlers.errors import DoNotRetry
from tests.contracts.kubernetes.place import Place, order
from tests.contracts.kubernetes.sealing import ACTIONS, sealed

PAUSE, RESUME = ACTIONS["pause-rollout"], ACTIONS["resume-rollout"]
NEW_IMAGE = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "auditron/api:9"}]


async def test_a_change_made_while_it_is_paused_runs_when_it_is_resumed(place: Place) -> None:
    paused = await PAUSE.run(place.namespace, order("R-1", PAUSE.params, await sealed(place, PAUSE)))
    before = await place.now()
    await place.administer(NEW_IMAGE)
    waiting = await place.now()
    looked = await RESUME.action.look(place.namespace, RESUME.params)

    resumed = await RESUME.run(place.namespace, order("R-2", RESUME.params, looked.sealed))

    now = await place.now()
    assert "no rollout begins or goes on until it is resumed" in paused.lines[0]
    assert ("resume-rollout auditron-api", True) == (paused.way_back, paused.over)
    assert before.revision == waiting.revision < now.revision
    assert ("is no longer paused; 3 of 3 ready." in resumed.lines[0], now.settled) == (True, True)
    assert "pause-rollout auditron-api" == resumed.way_back


async def test_the_card_of_resuming_shows_which_template_would_begin_to_run(place: Place) -> None:
    told = dict((await RESUME.look(place)).shown)

    assert "paused → goes on" == told["Rollout"]
    assert "auditron/api:2.4.1" == told["Pod template"]


async def test_what_is_so_already_is_not_asked_for(place: Place) -> None:
    with pytest.raises(DoNotRetry, match="is not paused") as no:
        await RESUME.action.look(place.namespace, RESUME.params)
    assert "already-so" == no.value.code

    await RESUME.look(place)
    with pytest.raises(DoNotRetry, match="is paused already"):
        await PAUSE.action.look(place.namespace, PAUSE.params)


@pytest.mark.parametrize("name", ["restart", "rollback"])
async def test_what_would_not_begin_while_it_is_paused_says_how_to_go_on(place: Place, name: str) -> None:
    await RESUME.look(place)

    with pytest.raises(DoNotRetry, match="Resume it first: `resume-rollout auditron-api`") as no:
        await ACTIONS[name].look(place)
    assert "paused" == no.value.code

"""One contract for every action of the shipped policies: refused without a rule, sealed, run once, undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handlers.actions import Action
from handlers.values import given_values
from policies.decisions import may_request
from policies.schema import PolicyBook
from tests.contracts.actions.dying import Died, Dying, Fuse
from tests.contracts.actions.place import BOOK, Place, Values, a_place, recovered
from tests.contracts.actions.trials import TRIALS, Trial

EVERY = pytest.mark.parametrize(
    ("system", "name", "trial"),
    [(*key, trial) for key, trial in TRIALS.items()],
    ids=[" ".join(key) for key in TRIALS],
)
ALL_ROLES = frozenset(BOOK.roles)


def test_the_trials_are_all_the_actions_that_policy_grants() -> None:
    granted = {(system, name) for system, rules in BOOK.systems.items() for name in rules.actions}

    assert granted == set(TRIALS)


@EVERY
async def test_its_five_things_are_declared(tmp_path: Path, system: str, name: str, trial: Trial) -> None:
    async with a_place(tmp_path, system) as place:
        action = place.action(name)

    five = (action.sealed, action.precondition, action.stamp, action.question, action.way_back)
    assert all(one.strip() for one in five)


@EVERY
def test_without_its_rule_it_is_refused_to_everybody(system: str, name: str, trial: Trial) -> None:
    whole = BOOK.systems[system]
    others = {key: rule for key, rule in whole.actions.items() if key != name}
    without: PolicyBook = BOOK.model_copy(
        update={"systems": {**BOOK.systems, system: whole.model_copy(update={"actions": others})}}
    )

    assert not may_request(without, system, name, ALL_ROLES).allowed


@EVERY
async def test_looking_seals_the_same_twice_and_changes_nothing(
    tmp_path: Path, system: str, name: str, trial: Trial
) -> None:
    async with a_place(tmp_path, system) as place:
        values = await trial.prepare(place)
        before = await trial.state(place)
        first, second = await place.order(name, values), await place.order(name, values)

        assert first.sealed
        assert first.sealed == second.sealed == json.loads(json.dumps(first.sealed))
        assert before == await trial.state(place)


@EVERY
async def test_it_runs_and_recovery_finds_it(tmp_path: Path, system: str, name: str, trial: Trial) -> None:
    async with a_place(tmp_path, system) as place:
        order = await place.order(name, await trial.prepare(place))
        action, target = place.action(name), place.target(name)
        before = await trial.state(place)
        assert await action.ask(target, order) is None
        done = await action.run(target, order)
        after = await trial.state(place)

        assert done.lines
        assert before != after
        assert await action.ask(target, order) is not None
        assert after == await trial.state(place)


@EVERY
async def test_it_happens_once_wherever_a_replica_dies(
    tmp_path: Path, system: str, name: str, trial: Trial
) -> None:
    fuse = Fuse()
    wanted = await lived(tmp_path / "unharmed", trial, system, name, fuse)
    assert fuse.calls
    for at in range(1, len(fuse.calls) + 1):
        for after in (False, True):
            died = Fuse(at, after)
            ended = await lived(tmp_path / f"{at}-{after}", trial, system, name, died)
            assert wanted == ended, f"died {'after' if after else 'before'} call {at} of {fuse.calls}"


async def lived(folder: Path, trial: Trial, system: str, name: str, fuse: Fuse) -> object:
    """The state after an order was run, or begun by a replica that died and finished by another."""
    async with a_place(folder, system) as place:
        order = await place.order(name, await trial.prepare(place))
        action, target = place.action(name), place.target(name)
        try:
            await action.run(Dying(target, fuse), order)
            assert not fuse.at
        except Died:
            await recovered(action, target, order)
        return await trial.state(place)


@EVERY
async def test_it_is_undone_as_it_says_or_says_that_it_cannot_be(
    tmp_path: Path, system: str, name: str, trial: Trial
) -> None:
    async with a_place(tmp_path, system) as place:
        values = await trial.prepare(place)
        before = trial.restored(await trial.state(place))
        done = await place.do(name, values, "R-1")
        if not done.way_back:
            assert place.action(name).way_back.startswith(("none", "classify it anew"))
            return
        way, *typed = done.way_back.split()
        back = place.action(way)
        again = await place.order(way, values_of(place, back, typed, values), "R-2")
        assert done.leaves.items() <= again.sealed.items()
        undone = await back.run(place.target(way), again)

        assert undone.lines
        assert undone.way_back.split()[0] == (trial.back or name)
        assert before == trial.restored(await trial.state(place))


def values_of(place: Place, back: Action, typed: list[str], values: Values) -> Values:
    """What the way back is given: the words that it says, or the same target."""
    given = given_values(back, place.system, tuple(typed), ())
    assert isinstance(given, dict)
    known = {key: value for key, value in values.items() if key in back.params.model_fields}
    return {**known, **given}

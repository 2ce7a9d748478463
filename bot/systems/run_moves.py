"""What a stamped move may do, decided from the state of the disk alone. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.systems.companion import Companion, Stage
from handlers.actions.credit_monitoring.ports import Move, RunFile, RunState
from handlers.errors import OutcomeUnknown, TargetChanged


@dataclass(frozen=True)
class Direction:
    """One way of a move: the stages that its stamps show while it runs and when it is done."""

    doing: Stage
    done: Stage

    def source(self, state: RunState) -> tuple[RunFile, ...]:
        """The files that this move takes away."""
        return state.in_home if self is TO_QUARANTINE else state.in_quarantine

    def destination(self, state: RunState) -> tuple[RunFile, ...]:
        """The files that this move brings."""
        return state.in_quarantine if self is TO_QUARANTINE else state.in_home


TO_QUARANTINE = Direction(Stage.QUARANTINING, Stage.QUARANTINED)
TO_HOME = Direction(Stage.RELEASING, Stage.RELEASED)


@dataclass(frozen=True)
class Plan:
    """What is left to do: `stamp` says whether the first stamp is missing, `names` which files to move."""

    stamp: bool
    names: tuple[str, ...]


def plan_move(way: Direction, move: Move, state: RunState, companion: Companion | None) -> Plan | None:
    """What is left of this move; None when all of it was done before under this stamp.

    A move continues one that was interrupted, its own or another request's: what counts is that the files
    in both folders together are exactly the sealed ones, and that nobody has moved them since they were.

    Raises TargetChanged when nothing was moved and must not be, OutcomeUnknown when this request has moved
    something and the rest no longer fits.
    """
    own = companion is not None and companion.request_id == move.request_id
    if companion is not None and own:
        _refuse_other_way(way, move, companion)
        if companion.state is way.done:
            _require_done(way, move, state)
            return None
    if not own:
        _refuse_late(move, companion)
        _refuse_without_purpose(way, state, companion)
    if not _sealed_files_are_there(move, state):
        begun = own and bool(way.destination(state))
        raise _changed(move.run_id, begun)
    return Plan(stamp=not own, names=tuple(file.name for file in way.source(state)))


def require_complete(way: Direction, move: Move, state: RunState) -> None:
    """Raise OutcomeUnknown unless the sealed files, and nothing else, lie where the move brings them."""
    if way.source(state) or _digests(way.destination(state)) != dict(move.digests):
        raise OutcomeUnknown(f"The files of {move.run_id} are not all where they should be after the move.")


def _refuse_other_way(way: Direction, move: Move, companion: Companion) -> None:
    if companion.state not in (way.doing, way.done):
        raise TargetChanged(f"{move.request_id} already stamped another move of {move.run_id}.")


def _refuse_late(move: Move, companion: Companion | None) -> None:
    """A stamp is given once, so the last one names one state of the journal and no later one."""
    last = "" if companion is None else companion.request_id
    if last != move.after:
        what = f"{last} has moved {move.run_id}" if last else f"The companion file of {move.run_id} went away"
        raise TargetChanged(f"{what} since it was looked at.")


def _refuse_without_purpose(way: Direction, state: RunState, companion: Companion | None) -> None:
    if way.source(state):
        return
    if companion is not None and companion.state is way.done:
        raise TargetChanged(f"{state.run_id} is already {way.done} by {companion.request_id}.")
    if companion is None and way is TO_HOME:
        raise TargetChanged(f"{state.run_id} is not in quarantine.")


def _require_done(way: Direction, move: Move, state: RunState) -> None:
    left = {file.name for file in way.source(state)} & move.digests.keys()
    there = _digests(way.destination(state))
    if left or any(there.get(name) != digest for name, digest in move.digests.items()):
        raise OutcomeUnknown(
            f"{move.request_id} was done, but the files of {move.run_id} were changed since."
        )


def _sealed_files_are_there(move: Move, state: RunState) -> bool:
    copies = (*state.in_home, *state.in_quarantine)
    return {file.name for file in copies} == move.digests.keys() and all(
        file.sha256 == move.digests[file.name] for file in copies
    )


def _changed(run_id: str, begun: bool) -> TargetChanged | OutcomeUnknown:
    why = f"The files of {run_id} are not the ones that were sealed."
    return OutcomeUnknown(why) if begun else TargetChanged(why)


def _digests(files: tuple[RunFile, ...]) -> Mapping[str, str]:
    return {file.name: file.sha256 for file in files}

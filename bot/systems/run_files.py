"""Moves a run's files into quarantine and back, once, whatever crashes (rows CM-05, CM-47 to CM-51).

The companion file is written before the first move and after the last. Each file gets its second name
before it loses the first, so at no moment is a file nowhere; a call that was interrupted is finished by
calling it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.systems.companion import (
    Companion,
    Stage,
    companion_name,
    parse_companion,
    read_companion,
    stamped,
)
from bot.systems.disk_lane import DiskLane
from bot.systems.durable_files import Folder, begun
from bot.systems.run_folder import ISOLATED, RUNS, RunFolders, open_run, steady_look
from bot.systems.run_moves import TO_HOME, TO_QUARANTINE, Direction, Plan, plan_move, require_complete
from bot.systems.stamps import check_request_id
from handlers.actions.credit_monitoring.ports import Move, RunState
from handlers.errors import DoNotRetry, OutcomeUnknown


class RunFilesOnDisk:
    """The `RunFiles` port on a folder tree."""

    def __init__(self, root: Path, lane: DiskLane, now: Callable[[], datetime], lock_wait: float) -> None:
        self._root = root
        self._lane = lane
        self._now = now
        self._lock_wait = lock_wait

    async def look(self, run_id: str) -> RunState:
        """Read where every file of the run is. Writes nothing and takes no lock.

        `companion` is an empty mapping when there is a companion file that cannot be read.
        """
        return await self._lane.read(partial(self._look, run_id))

    async def quarantine(self, move: Move) -> RunState:
        """Move the run's files to `runs/QUARANTINE/<run_id>/`; dispatch is blocked before the first moves."""
        return await self._lane.change(partial(self._move, TO_QUARANTINE, move))

    async def release(self, move: Move) -> RunState:
        """Move them back; dispatch is unblocked after the last has moved."""
        return await self._lane.change(partial(self._move, TO_HOME, move))

    def _look(self, run_id: str) -> RunState:
        with Folder.root(self._root) as root:
            return steady_look(root, run_id)

    def _move(self, way: Direction, move: Move) -> RunState:
        check_request_id(move.request_id)
        with Folder.root(self._root) as root:
            with open_run(root, move.run_id):
                pass  # A run that is nowhere gets no lock file.
            return self._move_alone(root, way, move)

    def _move_alone(self, root: Folder, way: Direction, move: Move) -> RunState:
        with (
            root.locked(f"run_{move.run_id}", self._lock_wait),
            open_run(root, move.run_id) as run,
        ):
            state = run.state()
            journal = read_companion(state.companion, move.run_id)
            plan = plan_move(way, move, state, journal)
            if plan is None:
                _home(run).sync()
                return state
            with _both_open(root, run) as both:
                return self._carry_out(way, move, plan, journal, both)

    def _carry_out(
        self, way: Direction, move: Move, plan: Plan, journal: Companion | None, both: _Both
    ) -> RunState:
        if plan.stamp:
            journal = self._stamp(both.home, way.doing, move, journal)
        with begun(f"The move of {move.run_id}"):
            # A killed predecessor may have renamed the stamp without bringing it to the disk.
            both.home.sync()
            source, destination = both.ends(way)
            for name in plan.names:
                _move_file(source, destination, name, move.digests[name])
            if way is TO_HOME:
                both.parent.remove_if_empty(move.run_id)
            state = both.run.state()
            require_complete(way, move, state)
            journal = self._stamp(both.home, way.done, move, journal)
        return replace(state, companion=parse_companion(journal.encoded()))

    def _stamp(self, home: Folder, stage: Stage, move: Move, journal: Companion | None) -> Companion:
        journal = stamped(journal, move.run_id, stage, move.request_id, move.digests, self._now())
        home.replace(companion_name(move.run_id), journal.encoded())
        return journal


@dataclass(frozen=True)
class _Both:
    """A run with both of its folders open. `parent` holds the quarantine folders of all runs."""

    run: RunFolders
    home: Folder
    isolated: Folder
    parent: Folder

    def ends(self, way: Direction) -> tuple[Folder, Folder]:
        """Source and destination of a move."""
        return (self.home, self.isolated) if way is TO_QUARANTINE else (self.isolated, self.home)


@contextmanager
def _both_open(root: Folder, run: RunFolders) -> Iterator[_Both]:
    home = _home(run)
    with root.enter(RUNS) as runs, runs.make(ISOLATED) as parent, parent.make(run.run_id) as isolated:
        if home.device() != isolated.device():
            raise DoNotRetry(
                f"{isolated.path} and {home.path} are on two file systems; put them on one.",
                "other-filesystem",
            )
        yield _Both(replace(run, quarantine=isolated), home, isolated, parent)


def _home(run: RunFolders) -> Folder:
    if run.home is None:
        raise DoNotRetry(f"Nothing tells which dated folder {run.run_id} came from.", "no-home")
    return run.home


def _move_file(source: Folder, destination: Folder, name: str, digest: str) -> None:
    source.link_into(destination, name)
    moved = destination.measure(name)[1] == digest
    # Last of all: whoever puts another file in its place after this is a few microseconds too late.
    if not moved or not (source.same_file(destination, name) or source.measure(name)[1] == digest):
        raise OutcomeUnknown(f"{destination.path}/{name} was changed while it moved.")
    source.unlink(name)

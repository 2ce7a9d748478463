"""Approvals of reruns as files, `runs/APPROVALS/<Run_ID>.json` (rows CM-28, CM-53 to CM-56).

The file is the stamp: it is created once, before the quarantine flag is cleared and before anybody is told.
Taking it back first writes what was taken back to `runs/APPROVALS/WITHDRAWN/`, then takes the file away, then
sets the flag again. Each call that was interrupted is finished by making it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bot.systems.companion import SETTLED, Companion, read_companion
from bot.systems.disk_lane import DiskLane
from bot.systems.durable_files import Folder, begun
from bot.systems.plain_json import dump
from bot.systems.rerun_call import RerunCall
from bot.systems.rerun_papers import (
    APPROVALS,
    WITHDRAWN,
    JsonFile,
    approval_content,
    approval_in,
    kept_name,
    ran_since,
    read_json,
    scenario_config,
    time_text,
    valid_approval,
    withdrawn_by,
    withdrawn_in,
)
from bot.systems.run_folder import RUNS, RunFolders, check_run_id, open_run
from handlers.actions.credit_monitoring.ports import RerunApproval, RerunState, RerunWithdrawal
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,59}")


class RerunsOnDisk:
    """The `Reruns` port on the monitor's folder. `call` tells the URL that policy names, None for none."""

    def __init__(self, root: Path, lane: DiskLane, lock_wait: float, call: RerunCall | None) -> None:
        self._root = root
        self._lane = lane
        self._lock_wait = lock_wait
        self._call = call

    async def look(self, run_id: str, scenario_id: str = "") -> RerunState:
        """Read the approval, those that were taken back and the scenario's configuration."""
        return await self._lane.read(partial(self._look, run_id, scenario_id))

    async def approve(self, approval: RerunApproval) -> None:
        """Write the approval file, then clear the quarantine flag."""
        await self._lane.change(partial(self._approve, approval))

    async def tell(self, run_id: str, request_id: str) -> str:
        """POST the file, byte for byte, to the URL that policy names."""
        if self._call is None:
            return ""
        file = await self._lane.read(partial(self._read_approval, run_id))
        if file is None or file.content["request_id"] != request_id:
            raise OutcomeUnknown(f"The approval of {run_id} by {request_id} was taken back meanwhile.")
        return await self._call.post(file.data, request_id)

    async def ran(self, run_id: str) -> Mapping[str, Any] | None:
        """Look through the ledger for what ran after the approval."""
        return await self._lane.read(partial(self._ran, run_id))

    async def withdraw(self, withdrawal: RerunWithdrawal) -> None:
        """Keep what is taken back, take the approval file away, set the quarantine flag again."""
        await self._lane.change(partial(self._withdraw, withdrawal))

    def _look(self, run_id: str, scenario_id: str) -> RerunState:
        check_run_id(run_id)
        with Folder.root(self._root) as root:
            file = approval_in(root, run_id)
            config = scenario_config(root, scenario_id)
            return RerunState(
                run_id=run_id,
                approval=None if file is None else file.content,
                approval_sha256="" if file is None else file.sha256,
                withdrawn=withdrawn_in(root, run_id),
                config=None if config is None else config.content,
                config_sha256="" if config is None else config.sha256,
                told="" if self._call is None else self._call.host,
            )

    def _read_approval(self, run_id: str) -> JsonFile | None:
        check_run_id(run_id)
        with Folder.root(self._root) as root:
            return approval_in(root, run_id)

    def _ran(self, run_id: str) -> Mapping[str, Any] | None:
        check_run_id(run_id)
        with Folder.root(self._root) as root:
            file = approval_in(root, run_id)
            return None if file is None else ran_since(root, file)

    def _approve(self, new: RerunApproval) -> None:
        _check_request_id(new.request_id)
        with self._locked(new.run_id) as (run, approvals):
            journal = read_companion(run.raw_companion(), new.run_id)
            _refuse_withdrawn(approvals, new)
            there = valid_approval(read_json(approvals, f"{new.run_id}.json"), new.run_id)
            if there is None:
                _refuse_moved(new, journal)
                _create(approvals, f"{new.run_id}.json", approval_content(new))
            elif there.content["request_id"] != new.request_id:
                raise TargetChanged(
                    f"{there.content['request_id']} has approved a rerun of {new.run_id} since."
                )
            with begun(f"The approval of {new.run_id}"):
                approvals.sync()
                _clear_flag(run, journal, new)

    def _withdraw(self, wish: RerunWithdrawal) -> None:
        _check_request_id(wish.request_id)
        _check_request_id(wish.approval_id)
        name = f"{wish.run_id}.json"
        with self._locked(wish.run_id) as (run, approvals), approvals.make(WITHDRAWN) as kept:
            journal = read_companion(run.raw_companion(), wish.run_id)
            there = valid_approval(read_json(approvals, name), wish.run_id)
            kept.sweep(kept_name(wish.run_id, wish.approval_id))
            stamp = read_json(kept, kept_name(wish.run_id, wish.approval_id))
            if stamp is None:
                self._stamp(kept, wish, there)
            elif withdrawn_by(stamp.content) != wish.request_id:
                raise TargetChanged(f"{withdrawn_by(stamp.content)} has withdrawn {wish.approval_id} since.")
            with begun(f"Withdrawing {wish.approval_id}"):
                kept.sync()
                if there is not None and there.content["request_id"] == wish.approval_id:
                    approvals.unlink(name)
                approvals.sync()
                _set_flag_again(run, journal, wish)

    def _stamp(self, kept: Folder, wish: RerunWithdrawal, there: JsonFile | None) -> None:
        if there is None or there.sha256 != wish.approval_sha256:
            raise TargetChanged(f"The approval of {wish.run_id} is not the one that was sealed.")
        with Folder.root(self._root) as root:
            ran = ran_since(root, there)
        if ran is not None:
            raise TargetChanged(f"{ran['Run_ID']} has run since {wish.approval_id} approved it.")
        taken = {"request_id": wish.request_id, "reason": wish.reason, "time": time_text(wish.at)}
        content = {**there.content, "withdrawn": taken}
        _create(kept, kept_name(wish.run_id, wish.approval_id), content)

    @contextmanager
    def _locked(self, run_id: str) -> Iterator[tuple[RunFolders, Folder]]:
        """The run's folders and the folder of approvals, with no move and no other approval under way."""
        with Folder.root(self._root) as root:
            with open_run(root, run_id):
                pass  # A run that is nowhere gets no lock file.
            with (
                root.locked(f"run_{run_id}", self._lock_wait),
                open_run(root, run_id) as run,
                root.enter(RUNS) as runs,
                runs.make(APPROVALS) as approvals,
            ):
                approvals.sweep(f"{run_id}.json")
                yield run, approvals


def _create(folder: Folder, name: str, content: Mapping[str, Any]) -> None:
    try:
        folder.create(name, dump(content))
    except FileExistsError:
        raise TargetChanged(f"Somebody else has just written {name}.") from None


def _check_request_id(request_id: str) -> None:
    """Request ids name files here, so they must be plainer than other stamps."""
    if _REQUEST_ID.fullmatch(request_id) is None:
        raise DoNotRetry("That is not the id of a request.", "bad-request-id")


def _refuse_withdrawn(approvals: Folder, new: RerunApproval) -> None:
    """An executor that thaws after its approval was taken back must not give it again."""
    if not approvals.has_folder(WITHDRAWN):
        return
    with approvals.enter(WITHDRAWN) as kept:
        if kept.stat(kept_name(new.run_id, new.request_id)) is not None:
            raise TargetChanged(f"The approval of {new.run_id} by {new.request_id} was withdrawn since.")


def _refuse_moved(new: RerunApproval, journal: Companion | None) -> None:
    last = "" if journal is None else journal.request_id
    if last != new.after or (journal is not None and journal.state not in SETTLED):
        raise TargetChanged(
            f"{last or 'Somebody'} has moved the files of {new.run_id} since it was looked at."
        )


def _clear_flag(run: RunFolders, journal: Companion | None, new: RerunApproval) -> None:
    """Clear the flag that was seen; one that a later move has set stays."""
    if journal is None or run.home is None or not journal.quarantined or journal.rerun == new.request_id:
        return
    if journal.request_id != new.after:
        raise OutcomeUnknown(
            f"{new.run_id} is approved, but {journal.request_id} has moved it since; its flag stays."
        )
    run.home.replace(run.companion, journal.cleared(new.request_id).encoded())


def _set_flag_again(run: RunFolders, journal: Companion | None, wish: RerunWithdrawal) -> None:
    if journal is None or run.home is None or journal.rerun != wish.approval_id:
        return
    run.home.replace(run.companion, journal.uncleared().encoded())

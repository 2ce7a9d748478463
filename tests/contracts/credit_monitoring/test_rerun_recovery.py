"""The action `rerun`, stopped after any of its steps: recovery finishes it, and nothing is done twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from bot.systems.rerun_call import RerunCall
from handlers.actions import Order
from handlers.actions.credit_monitoring.ports import Move
from handlers.actions.credit_monitoring.vocabulary import KIND, RerunParams, RunTarget
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged
from tests.contracts.credit_monitoring.folder import HOME, RUN, companion_of, digests_in, put_run, snapshot
from tests.contracts.credit_monitoring.listener import Listener, listening, status, text
from tests.contracts.credit_monitoring.puppet import AT

RERUN = REGISTRY.find((KIND,), "rerun")
WITHDRAW = REGISTRY.find((KIND,), "withdraw-rerun")
RECORD: dict[str, Any] = {"Scenario_ID": "EMAIL_SEND_001", "Risk_Flags": ["retry_loop"]}


class Stopped(Exception):
    """The replica was killed here."""


class StoppedAfter:
    """One of the adapter's rooms, whose replica is stopped after so many calls that change something."""

    def __init__(self, room: Any, calls: int) -> None:
        self._room, self._left = room, calls

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._room, name)
        if name not in ("approve", "tell", "withdraw"):
            return called

        async def counted(*arguments: Any) -> Any:
            said = await called(*arguments)
            self._left -= 1
            if self._left == 0:
                raise Stopped
            return said

        return counted


class Dying:
    """The monitor as a replica sees it that is stopped after so many calls."""

    def __init__(self, monitor: CreditMonitorOnDisk, calls: int) -> None:
        self.files, self.cases = monitor.files, monitor.cases
        self.reruns = StoppedAfter(monitor.reruns, calls)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as listener:
        yield listener


@pytest.fixture(params=[False, True], ids=["file", "file-and-url"])
async def monitor(
    request: pytest.FixtureRequest, root: Path, listener: Listener
) -> AsyncIterator[CreditMonitorOnDisk]:
    """The adapter on a folder whose run is in quarantine, with and without a URL to tell."""
    put_run(root, RUN, **RECORD)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        call = RerunCall(session, listener.url, pause=0.01) if request.param else None
        monitor = CreditMonitorOnDisk(root, lambda: AT, call=call)
        await monitor.files.quarantine(Move(RUN, "A-1", digests_in(root / HOME), after=""))
        yield monitor
        monitor.close()


async def _order(monitor: CreditMonitorOnDisk) -> Order:
    observed = await RERUN.look(monitor, RerunParams(run_id=RUN))
    return _of("R-5", RerunParams(run_id=RUN), observed.sealed)


def _of(request_id: str, params: RunTarget, sealed: Mapping[str, Any], minutes: int = 0) -> Order:
    return Order(
        request_id=request_id,
        params=params,
        sealed=sealed,
        precondition="",
        reason="customer waits",
        approvers=("O3 Ruth",),
        at=AT + timedelta(minutes=minutes),
        approved_because=("max_items limit added",),
    )


@pytest.mark.parametrize("calls", [1, 2])
async def test_a_rerun_stopped_after_any_step_is_finished_by_recovery(
    monitor: CreditMonitorOnDisk, root: Path, listener: Listener, calls: int
) -> None:
    order = await _order(monitor)
    assert await RERUN.ask(monitor, order) is None
    with pytest.raises(Stopped):
        await RERUN.run(Dying(monitor, calls), order)
    before = snapshot(root)

    later = _of("R-5", order.params, order.sealed, minutes=7)
    verified = await RERUN.ask(monitor, later) or await RERUN.run(monitor, later)

    assert any("runs/APPROVALS" in line for line in verified.lines)
    assert before == snapshot(root), "the approval keeps its first time and words"
    assert {"R-5"} >= set(listener.keys)
    assert 1 >= len(set(listener.bodies))
    companion = companion_of(root)
    assert companion is not None
    assert not companion["quarantined"]


async def test_what_the_url_is_told_is_the_file_byte_for_byte(
    monitor: CreditMonitorOnDisk, root: Path, listener: Listener
) -> None:
    verified = await RERUN.run(monitor, await _order(monitor))

    data = (root / f"runs/APPROVALS/{RUN}.json").read_bytes()
    assert [data] * len(listener.bodies) == listener.bodies
    assert bool(listener.bodies) is any("took the approval" in line for line in verified.lines)


@pytest.mark.parametrize("monitor", [True], indirect=True)
@pytest.mark.parametrize("answer", [status(422), status(503), text("<html>", "text/html")])
async def test_when_the_url_does_not_take_it_the_approval_is_said_to_stand(
    monitor: CreditMonitorOnDisk, root: Path, listener: Listener, answer: Any
) -> None:
    order = await _order(monitor)
    listener.answers = [answer] * 3

    with pytest.raises(OutcomeUnknown) as caught:
        await RERUN.run(monitor, order)

    assert "The approval stands in runs/APPROVALS" in str(caught.value)
    assert (root / f"runs/APPROVALS/{RUN}.json").exists()
    assert await RERUN.ask(monitor, order) is None


async def test_a_withdrawal_stopped_in_the_middle_is_finished_by_recovery(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    await RERUN.run(monitor, await _order(monitor))
    observed = await WITHDRAW.look(monitor, RunTarget(run_id=RUN))
    order = _of("R-6", RunTarget(run_id=RUN), observed.sealed)
    assert await WITHDRAW.ask(monitor, order) is None
    with pytest.raises(Stopped):
        await WITHDRAW.run(Dying(monitor, 1), order)

    assert await WITHDRAW.ask(monitor, order) is not None

    companion = companion_of(root)
    assert companion is not None
    assert companion["quarantined"]


async def test_a_rerun_that_was_withdrawn_is_not_recovered_into_being(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    order = await _order(monitor)
    with pytest.raises(Stopped):
        await RERUN.run(Dying(monitor, 1), order)
    observed = await WITHDRAW.look(monitor, RunTarget(run_id=RUN))
    await WITHDRAW.run(monitor, _of("R-6", RunTarget(run_id=RUN), observed.sealed))

    with pytest.raises(OutcomeUnknown):
        await RERUN.ask(monitor, order)
    with pytest.raises(TargetChanged):
        await RERUN.run(monitor, order)
    assert not (root / f"runs/APPROVALS/{RUN}.json").exists()


@pytest.mark.parametrize("record", [{"Scenario_ID": ""}, {"Scenario_ID": None}, {"Scenario_ID": 5}])
async def test_a_run_without_a_scenario_cannot_be_rerun(root: Path, record: Mapping[str, Any]) -> None:
    put_run(root, RUN, **record)
    monitor = CreditMonitorOnDisk(root, lambda: AT)

    with pytest.raises(DoNotRetry) as caught:
        await RERUN.look(monitor, RerunParams(run_id=RUN))

    assert "no-scenario" == caught.value.code
    monitor.close()


@pytest.mark.parametrize(
    ("record", "needed"),
    [
        ({"Severity": "SEV0"}, "SEV0, always (CM-52)"),
        ({"Severity": "SEV1"}, "SEV1, always (CM-52)"),
        ({"Severity": "SEV2", "Misconfig_Likelihood": "High"}, "SEV2 flagged as a misconfiguration (CM-52)"),
        ({"Severity": "SEV2", "Misconfig_Likelihood": "Low"}, "not by the runbook (CM-52)"),
        ({"Severity": "SEV4"}, "not by the runbook (CM-52)"),
    ],
)
async def test_the_card_says_whether_the_runbook_asks_for_approval(
    root: Path, record: Mapping[str, Any], needed: str
) -> None:
    put_run(root, RUN, **RECORD, **record)
    monitor = CreditMonitorOnDisk(root, lambda: AT)

    observed = await RERUN.look(monitor, RerunParams(run_id=RUN))

    assert needed == dict(observed.shown)["Approval needed"]
    monitor.close()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (None, "nothing in config/scenarios"),
        ('{"max_items": 1000, "key": "confidential"}', "max_items 1000 in config/scenarios"),
        ('{"retries": 3}', "no max_items in config/scenarios"),
        ("not json", "no max_items in config/scenarios"),
    ],
)
async def test_the_card_shows_the_limit_and_a_changed_configuration_breaks_the_seal(
    root: Path, config: str | None, said: str
) -> None:
    put_run(root, RUN, **RECORD)
    monitor = CreditMonitorOnDisk(root, lambda: AT)
    bare = await RERUN.look(monitor, RerunParams(run_id=RUN))
    if config is not None:
        (root / "config/scenarios").mkdir(parents=True)
        (root / "config/scenarios/EMAIL_SEND_001.json").write_text(config)

    observed = await RERUN.look(monitor, RerunParams(run_id=RUN))

    assert said in dict(observed.shown)["Scenario"]
    assert "confidential" not in str(observed.shown)
    assert (config is None) is (bare.sealed == observed.sealed)
    monitor.close()

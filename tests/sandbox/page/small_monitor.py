"""A small credit monitor for the page to draw: one run, its case, and the alert that the app posts for it."""

from __future__ import annotations

from tests.sandbox.page.stage import Json, Stage, section

RUN, CASE, DAY = "RUN-20261121-EMA961", "CASE-20261121-4D7F4C", "2026-11-21"
QUARANTINE, HOME = f"runs/QUARANTINE/{RUN}", f"runs/CREDIT_MONITORING/{DAY}"


class SmallMonitor:
    """What lies on its disk is what a test says; `alert` posts the thread's root."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.where = QUARANTINE
        self.status = "Open"
        self.sent = False
        self.intact = True
        stage.slack.control.credits = self

    def state(self) -> Json:
        files = [{"name": f"run_{RUN}.json", "bytes": 812, "sha256_ok": self.intact}]
        run = {
            "run_id": RUN,
            "severity": "SEV0",
            "scenario": "EMAIL_SEND_001",
            "where": self.where,
            "files": files,
        }
        case = {"Case_ID": CASE, "Status": self.status, "Primary_Run_ID": RUN}
        return {"runs": [run] if self.sent else [], "cases": [case] if self.sent else []}

    async def alert(self, scenario: str | None = None, severity: str | None = None) -> Json:
        self.sent = True
        self.root = await self._stage.say(_root("firing"), blocks=[section(f"{RUN} is held; see `{CASE}`.")])
        return {"run_id": RUN, "status": 202}

    async def storm(self) -> Json:
        raise AssertionError("no test here sends a storm")

    async def becomes(self, state: str) -> None:
        """The app brings the root of the thread up to date."""
        await self._stage.bot.chat_update(
            channel="C0CRITICAL", ts=self.root, text=_root(state), blocks=[section(f"{RUN} {CASE}")]
        )

    async def card(self, what: str, state: str) -> str:
        """The app posts a request's card into the thread; its ts."""
        return await self._stage.say(f"⏳ {what} (R-4H7Q): {state}", thread_ts=self.root)


def _root(state: str) -> str:
    return f"SEV0 credit spike {RUN}: {state}"

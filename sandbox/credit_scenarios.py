"""What the practice credit monitor watches: its jobs, what their runs look like, and its own policy."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.slack.shapes import Json


@dataclass(frozen=True)
class Scenario:
    """A job that spends credits; `baseline` is its median, 0 when the monitor knows none."""

    id: str
    job_type: str
    baseline: int

    @property
    def name(self) -> str:
        return self.id.replace("_", " ").lower()


SCENARIOS = {
    each.id: each
    for each in (
        Scenario("BINDER_EXPORT_WEEKLY", "EXPORT", 1250),
        Scenario("EMAIL_SEND_001", "EMAIL_SEND", 600),
        Scenario("INTAKE_ANALYSIS", "ANALYSIS", 420),
    )
}


@dataclass(frozen=True)
class Pattern:
    """What a run of one severity looks like: how often its baseline, and what the monitor suspects."""

    variance: float
    likelihood: str
    flags: tuple[str, ...] = ()
    status: str = "Success"


PATTERNS = {
    "SEV0": Pattern(13.3, "High", ("retry_loop", "unbounded_iterator", "pii_exposure"), "Quarantined"),
    "SEV1": Pattern(6.1, "High", ("retry_loop", "unbounded_iterator")),
    "SEV2": Pattern(2.4, "Low"),
    "SEV3": Pattern(1.6, "Low"),
    "SEV4": Pattern(0.9, "Low"),
}
POLICY: Json = {
    "version": "1.0.0",
    "severity_policy": {
        "sev0": {
            "multiplier": 10,
            "pii_or_regulatory": True,
            "action": ["quarantine", "block_dispatch", "create_case", "page_lock", "slack_escalate"],
        },
        "sev1": {"multiplier": 5, "action": ["create_case", "slack_alert", "require_ack_before_rerun"]},
        "sev2": {"multiplier": 2, "action": ["log_case_optional", "weekly_review"]},
        "sev3": {"multiplier": 1.5, "action": ["ledger_only", "weekly_review_optional"]},
        "sev4": {"multiplier": 0, "action": ["ledger_only"]},
    },
    "slack": {
        "channels": {
            "sev0": "#ops-critical",
            "sev1": "#ops-alerts",
            "sev2": "#ops-review",
            "default": "#ops-monitoring",
        }
    },
}

"""A system of the policy book, as `systems/*.yaml` says it: who may look, ask and approve, and its alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from policies import fields as f
from policies.alert_rules import AlertRule, Signals, Tells
from policies.cluster import ClusterRules
from policies.escalation import Ladder
from policies.kill_switch import KillSwitchRule
from policies.pictures import PictureRules
from policies.role_rules import RoleRule, Roles
from policies.routes import Routes
from policies.silences import SilenceRules
from policies.thread_rules import ThreadRules


class ReadRule(RoleRule):
    """Who may look at a system, and at what of it: readings change nothing, so nobody approves them.

    `narrower` are those of `what` that take another role than the rest (CC-50, CC-51: logs).
    """

    what: Annotated[tuple[f.ReadingName, ...], f.Distinct] = ()
    narrower: Mapping[f.ReadingName, RoleRule] = {}

    def of(self, reading: str) -> RoleRule:
        """The rule that holds for one reading."""
        return self.narrower.get(reading, self)

    @property
    def every_role(self) -> frozenset[str]:
        """All roles that it names."""
        return frozenset(self.roles).union(*(one.roles for one in self.narrower.values()))


def _narrower_of_what(rule: ReadRule | None) -> ReadRule | None:
    for name in rule.narrower if rule else ():
        if rule and name not in rule.what:
            raise f.refuse(
                f"`{name}` stands under `narrower` and not in `what`, so nobody may look; add it there"
            )
    return rule


class Approval(f.Rules):
    """How many approvers of which roles a request needs, and whether each must give a reason."""

    roles: Annotated[Roles, f.AtLeastOne]
    count: Annotated[int, Field(ge=1, le=5)] = 1
    reason: Literal["required", "optional"] = "optional"


class Gate(f.Rules):
    """A criterion that code judges before a request runs; `text` is how its card words it (CM-50).

    Some ask for what must have been done not long ago: `within` (PF-51, PF-58).
    """

    gate: f.GateName
    text: f.Title
    row: f.Row | None = None
    within: f.PositiveDuration | None = None


def _each_gate_once(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    f.each_once(tuple(gate.gate for gate in gates))
    return gates


class ActionRule(f.Rules):
    """Who may ask for an action, who must agree, and what must hold.

    An empty `request` means that nobody asks for it by hand. `approve` is None when policy says `none`. What
    was asked for a time (`for 2h`) is at its end proposed to go back, or goes back by itself: `on_end`.
    """

    title: f.Title
    row: f.Row | None = None
    request: Roles
    approve: Annotated[Approval | None, BeforeValidator(f.word_none)]
    gates: Annotated[tuple[Gate, ...], AfterValidator(_each_gate_once)] = ()
    expires_after: f.PositiveDuration = timedelta(hours=4)
    timeout: f.PositiveDuration = timedelta(seconds=30)
    on_end: Literal["propose", "revert"] = "propose"

    @property
    def unset_since(self) -> dict[str, Any]:
        """Keys of newer releases that say nothing: without them a digest is what it was before."""
        timeless = {number: {"within"} for number, gate in enumerate(self.gates) if gate.within is None}
        ends = {"on_end": True} if self.on_end == "propose" else {}
        return ends | ({"gates": timeless} if timeless else {})


class System(f.Rules):
    """One system and everything that is granted on it. `channel` gets requests made outside a thread.

    `kinds` are what it is made of: a cluster's namespace and an admin API can be one system to its people.
    `routes` say how an HTTP API is spoken to, for kinds whose actions are written here and not in code.
    `cluster` lists what of a namespace may be touched beside its deployments, and how. `on_call` is the
    schedule of those who answer for it. `unanswered` says, by action or for all of them (`default`), who is
    reminded of a request that waits for approval; it gives nobody a right.
    `signals` say which labels are this system's, for senders whose alerts carry labels; `silences` what may
    be hidden of them in Alertmanager.
    """

    system: f.Name
    kinds: Annotated[tuple[f.KindName, ...], f.Distinct, f.AtLeastOne]
    title: f.Title
    channel: f.Channel
    on_call: f.ScheduleName | None = None
    settings: Mapping[f.SettingName, f.SettingValue] = {}
    read: Annotated[ReadRule | None, AfterValidator(_narrower_of_what)] = None
    alerts: Mapping[f.SourceName, Mapping[f.AlertSeverity, AlertRule]] = {}
    signals: Signals | None = None
    acknowledge: Mapping[f.SeverityName, RoleRule] = {}
    kill_switch: KillSwitchRule | None = None
    thread: ThreadRules = ThreadRules()
    actions: Mapping[f.ActionName, ActionRule] = {}
    unanswered: Mapping[f.LadderName, Ladder] = {}
    routes: Routes = Routes()
    cluster: ClusterRules = ClusterRules()
    pictures: PictureRules = PictureRules()
    silences: SilenceRules | None = None

    @property
    def holds_patient_data(self) -> bool:
        """Whether policy keeps its raw text away from Slack; a value that is not known here does as well."""
        return self.settings.get("raw_logs", "redacted") != "redacted"

    @property
    def tells(self) -> Tells | None:
        """What its alerts may tell of their senders' words; None where that is all, once it is redacted."""
        listed = self.signals.tells if self.signals else None
        return listed or (Tells() if self.holds_patient_data else None)

    @property
    def recent_gates(self) -> dict[str, dict[str, timedelta]]:
        """By action: the gates that ask for what was done within a time, and that time."""
        return {
            name: {gate.gate: gate.within for gate in rule.gates if gate.within is not None}
            for name, rule in self.actions.items()
        }

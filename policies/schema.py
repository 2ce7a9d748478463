"""The policy book: frozen models of `roles.yaml`, `severities.yaml` and `systems/*.yaml`.

Unknown keys and loose types are refused. Lists of roles mean "any of these, or a role that includes one".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from policies import fields as f
from policies.alert_rules import DEFAULT_ALERT, AlertRule, SignalRule, Signals, Tells
from policies.cluster import ClusterRules
from policies.digests import digest
from policies.escalation import Ladder, Severity
from policies.hours import Hours, open_long_enough
from policies.kill_switch import KillSwitchRule
from policies.on_call import Notifier, Schedule
from policies.pictures import PictureRules
from policies.role_rules import RoleRule, Roles
from policies.routes import Routes
from policies.silences import SilenceRules
from policies.storms import Storms
from policies.thread_rules import ThreadRules


class Role(f.Rules):
    """A role, bound to Slack user groups and user ids (rows CM-01 to CM-03).

    `settle` is how long somebody must have been in a group before the group gives the role; it does not
    hold for `users`, which only an author of policies can change.
    """

    title: f.Title
    row: f.Row | None = None
    groups: Annotated[tuple[f.GroupId, ...], f.Distinct] = ()
    users: Annotated[tuple[f.UserId, ...], f.Distinct] = ()
    includes: Roles = ()
    settle: f.Duration = timedelta(0)


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


class LockdownRule(f.Rules):
    """Who may stop every effect, and who may lift that again: it always takes two people to lift it."""

    start: Annotated[Roles, f.AtLeastOne]
    lift: Annotated[Roles, f.AtLeastOne]
    row: f.Row | None = None


class RolesFile(f.Rules):
    """`roles.yaml`. `announce` is where changes of groups, policies and lockdowns are told.

    `fallback` gets what another channel does not take: one that is archived, or that the bot is not in.
    `command_prefix` stands before the name of every slash command, where another app has taken it.
    """

    workspace: f.TeamId
    enterprise: f.EnterpriseId | None = None
    announce: f.Channel
    fallback: f.Channel | None = None
    command_prefix: f.CommandPrefix = ""
    lockdown: LockdownRule | None = None
    roles: Annotated[Mapping[f.Name, Role], f.AtLeastOne]


WorkingHours = Annotated[Hours, AfterValidator(open_long_enough)]


class SeveritiesFile(f.Rules):
    """`severities.yaml`."""

    hours: Mapping[f.Name, WorkingHours] = {}
    storms: Storms = Storms()
    severities: Annotated[Mapping[f.NewSeverity, Severity], f.AtLeastOne]


class PolicyBook(f.Rules):
    """Everything that policy says. Made by `policies.loading.load`, which checks what spans files.

    `places` gives the line of every key as `file:dotted.key`; it is no part of the book's revision.
    """

    workspace: f.TeamId
    enterprise: f.EnterpriseId | None = None
    announce: f.Channel
    fallback: f.Channel | None = None
    command_prefix: f.CommandPrefix = ""
    lockdown: LockdownRule | None = None
    roles: Mapping[f.Name, Role]
    hours: Mapping[f.Name, WorkingHours] = {}
    severities: Mapping[f.NewSeverity, Severity]
    storms: Storms = Storms()
    schedules: Mapping[f.Name, Schedule] = {}
    notifiers: Mapping[f.Name, Notifier] = {}
    systems: Mapping[f.Name, System]
    places: Mapping[str, int] = Field(default={}, exclude=True, repr=False)

    @cached_property
    def revision(self) -> str:
        """SHA-256 (hex) over the canonical JSON of the whole book."""
        return digest(self.model_dump(mode="json"))

    def slash(self, command: str) -> str:
        """A slash command as this workspace has it: `/scale`, or `/cs-scale` with the prefix `cs-`."""
        return f"/{self.command_prefix}{command}"

    def address(self, system: str) -> str:
        """What stands before an action of a system when one types it."""
        return f"{self.slash('ops')} {system}"

    def counting_as(self, role: str) -> tuple[str, ...]:
        """The role itself and every role that includes it, in the book's order."""
        return tuple(name for name in self.roles if role in self.included_in(name))

    def included_in(self, role: str) -> frozenset[str]:
        """The role itself and every role it includes, near or far; empty when there is no such role."""
        found: set[str] = set()
        ahead = [role]
        while ahead:
            name = ahead.pop()
            if name in self.roles and name not in found:
                found.add(name)
                ahead.extend(self.roles[name].includes)
        return frozenset(found)

    def settle_time(self, group: str) -> timedelta:
        """How long one must be in a user group before it gives its role; zero when it gives none."""
        return max(
            (role.settle for role in self.roles.values() if group in role.groups), default=timedelta(0)
        )

    def action(self, system: str, action: str) -> ActionRule | None:
        """The rule of one action, None when policy has none."""
        return self.systems[system].actions.get(action) if system in self.systems else None

    def reads(self, system: str, reading: str) -> bool:
        """Whether policy gives a reading of this system to anybody."""
        rule = self.systems[system].read if system in self.systems else None
        return rule is not None and reading in rule.what

    def alert_rule(self, system: str, source: str, severity: str) -> AlertRule | None:
        """The rule for an alert, or the source's default, or None when policy has neither."""
        rules = self.systems[system].alerts.get(source, {}) if system in self.systems else {}
        return rules.get(severity) or rules.get(DEFAULT_ALERT)

    def signal_rule(self, system: str, name: str) -> SignalRule | None:
        """What policy adds to a system's alerts of one name, None when it adds nothing."""
        signals = self.systems[system].signals if system in self.systems else None
        return signals.rules.get(name) if signals else None

    def tells(self, system: str) -> Tells | None:
        """What alerts may tell of their senders' words; None where that is all, once it is redacted."""
        rules = self.systems.get(system)
        return rules.tells if rules else Tells()

    def is_gravest(self, severity: str) -> bool:
        """Whether nothing of its scale is graver."""
        known = self.severities.get(severity)
        ranks = [one.rank for one in self.severities.values() if known and one.scale == known.scale]
        return known is not None and known.rank == min(ranks)

    def unanswered(self, system: str, action: str) -> Ladder:
        """Who is reminded of a request that waits for approval; an empty ladder where nobody is."""
        rules = self.systems[system].unanswered if system in self.systems else {}
        return rules.get(action) or rules.get(DEFAULT_ALERT) or Ladder()

    def rule_digest(self, system: str, action: str) -> str:
        """SHA-256 (hex) over exactly the rules that this action applies.

        These are the action's rule, who holds the roles that may request or approve it, the system's kinds
        and settings' names, in whose name it runs, the route of an action that policy itself describes, the
        part of `cluster` that it works by, manifests' texts included, and what bounds a silence. Titles and
        rows of roles, other actions and alerts do not count.
        """
        rule = self.action(system, action)
        if rule is None:
            return digest({"system": system, "action": action, "rule": None})
        named = {*rule.request, *(rule.approve.roles if rule.approve else ())}
        counting = {role for name in named for role in self.counting_as(name)}
        applied = self.systems[system].routes.applied(action)
        listed = self.systems[system].cluster.applied(action)
        silences = self.systems[system].silences
        bounds = silences.applied(action) if silences else {}
        acts_as = self.systems[system].settings.get("impersonate", "off")
        return digest(
            {
                "workspace": [self.workspace, self.enterprise],
                "system": system,
                "kinds": sorted(self.systems[system].kinds),
                "settings": sorted(self.systems[system].settings),
                "action": action,
                "rule": rule.model_dump(mode="json", exclude=rule.unset_since),
                "roles": {name: self._binding(name, counting) for name in counting},
            }
            | ({"routes": applied} if applied else {})
            | ({"cluster": listed} if listed else {})
            | ({"impersonate": acts_as} if acts_as != "off" else {})
            | ({"silences": bounds} if bounds else {})
        )

    def _binding(self, name: str, counting: set[str]) -> dict[str, object]:
        role = self.roles[name]
        return {
            "groups": sorted(role.groups),
            "users": sorted(role.users),
            "includes": sorted(self.included_in(name) & counting),
            "settle": f.format_duration(role.settle),
        }

    def line(self, file: str, key: str) -> int:
        """The line of a dotted key in a policy file; 0 when the book was not read from files."""
        return self.places.get(f"{file}:{key}", 0)

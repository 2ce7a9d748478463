"""The policy book: frozen models of `roles.yaml` and `severities.yaml`, and of all files together.

Unknown keys and loose types are refused. Lists of roles mean "any of these, or a role that includes one".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field

from policies import fields as f
from policies.alert_rules import DEFAULT_ALERT, AlertRule, SignalRule, Tells
from policies.digests import digest
from policies.escalation import Ladder, Severity
from policies.hours import Hours, open_long_enough
from policies.on_call import Notifier, Schedule
from policies.role_rules import RoleRule, Roles
from policies.storms import Storms
from policies.systems import ActionRule, System


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

    def acknowledged_by(self, system: str, severity: str) -> RoleRule | None:
        """Who acknowledges alerts of a severity, None when policy says nobody or has no such system."""
        return self.systems[system].acknowledge.get(severity) if system in self.systems else None

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

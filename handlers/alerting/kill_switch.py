"""The kill switch (CM-73): a system's alerts are recorded and not told, for a while, by somebody who may.

What was held back and is still open when it ends is told then, by the rules of storms, with a clock that
begins then. A switch that does not carry the bot's own mark holds nothing back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerts import storm_wording as words
from handlers.changes import Draft
from handlers.messages import Card, Code, Line, Tone, User, When
from handlers.work import Key
from handlers.world import World
from policies.kill_switch import KillSwitchRule


class KillSwitch(BaseModel):
    """A system's alerts are off. `told` and `over` count, at the end, by severity, what was held back."""

    model_config = ConfigDict(frozen=True)

    id: str
    system: str
    by: str
    reason: str
    at: datetime
    until: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    told: Mapping[str, int] = {}
    over: Mapping[str, int] = {}
    mark: str = ""

    @property
    def marked(self) -> tuple[str, ...]:
        """What nobody but the bot may change."""
        return ("kill-switch", self.model_dump_json(exclude={"mark"}))

    @property
    def line(self) -> Line:
        """Whose alerts are off, by whom, until when, and why."""
        return texts.say(
            words.OFF_LINE,
            system=self.system,
            who=User(id=self.by),
            until=When(at=self.until),
            why=self.reason,
        )


def switch_key(system: str) -> Key:
    """Where a system's kill switch is kept."""
    return Key("kill-switch", system)


def held_list(switch_id: str) -> str:
    """The ordered list of alerts that a kill switch holds back, by when they came."""
    return f"held/{switch_id}"


def with_mark(world: World, switch: KillSwitch) -> KillSwitch:
    return switch.model_copy(update={"mark": world.sealer.mac(*switch.marked)})


async def switches(world: World, systems: Iterable[str], draft: Draft | None = None) -> dict[str, KillSwitch]:
    """The kill switches that are on, by system. With a draft, the decision rests on them."""
    names = [name for name in sorted(set(systems)) if rule_of(world, name) is not None]
    return await switches_left_on(world, names, draft)


async def switches_left_on(
    world: World, systems: Sequence[str], draft: Draft | None = None
) -> dict[str, KillSwitch]:
    """The same, also of systems whose alerts nobody may switch off any more: theirs end as well."""
    read = await world.store.read([switch_key(name) for name in systems])
    on: dict[str, KillSwitch] = {}
    for name in systems:
        stored = read[switch_key(name)]
        if draft is not None:
            draft.saw(stored)
        switch = KillSwitch.model_validate_json(stored.body) if stored.version else None
        if (
            switch is not None
            and switch.ended_at is None
            and world.sealer.verify(switch.mark, *switch.marked)
        ):
            on[name] = switch
    return on


def rule_of(world: World, system: str) -> KillSwitchRule | None:
    """Policy's rule for a system, None when nobody may switch its alerts off."""
    known = world.book.systems.get(system)
    return known.kill_switch if known else None


def holds_back(world: World, switch: KillSwitch | None, severity: str) -> bool:
    """Whether an alert of this severity is held back now; what has run out holds nothing back."""
    if switch is None or world.clock.now() >= switch.until:
        return False
    rule = rule_of(world, switch.system)
    return rule is not None and severity in rule.holds


def switch_channels(world: World, switch: KillSwitch) -> tuple[str, ...]:
    """Every channel where its alerts would be told, and where the bot announces."""
    system = world.book.systems.get(switch.system)
    if system is None:
        return (world.book.announce,)
    listed = {rule.channel for rules in system.alerts.values() for rule in rules.values()}
    return tuple(sorted({world.book.announce, system.channel, *listed}))


def show_switch(draft: Draft, world: World, switch: KillSwitch) -> None:
    """One card in each of those channels, from its beginning to its end."""
    for channel in switch_channels(world, switch):
        draft.show(channel, f"kill-switch/{switch.id}/{channel}", switch_card(world, switch))


def switch_card(world: World, switch: KillSwitch) -> Card:
    """Whose alerts are off, which, until when, and how they come back."""
    if switch.ended_at is not None:
        return digest_card(switch)
    rule = rule_of(world, switch.system)
    held = ", ".join(rule.holds) if rule else "-"
    off = Code(text=f"{world.book.slash('ops')} kill-switch {switch.system} off because …")
    return Card(
        tone=Tone.CRITICAL,
        title=words.OFF_TITLE.format(system=switch.system),
        body=(switch.line, (words.OFF_MEANS.format(held=held),)),
        next_step=texts.say(words.OFF_NEXT, words=off),
        footnote=(Code(text=switch.id),),
        summary=words.OFF_TITLE.format(system=switch.system),
    )


def digest_card(switch: KillSwitch) -> Card:
    """What was held back while it was on, and what of it is told now."""
    told, over = Counter(switch.told), Counter(switch.over)
    count = sum(told.values()) + sum(over.values())
    ended = When(at=switch.ended_at or switch.until)
    lines: list[Line] = [switch.line, (words.ON_AGAIN, ended, ".")]
    if switch.ended_by:
        lines[1] = (words.ON_AGAIN, ended, *texts.say(words.ON_BY, who=User(id=switch.ended_by)))
    lines.append(texts.say(words.HELD_COUNTS, count=count, told=sum(told.values()), over=sum(over.values())))
    by_severity = [f"{name}: {told[name] + over[name]}" for name in sorted(told | over)]
    if by_severity:
        lines.append((", ".join(by_severity),))
    return Card(
        tone=Tone.WARNING if told else Tone.GOOD,
        title=words.ON_TITLE.format(system=switch.system),
        body=tuple(lines),
        footnote=(Code(text=switch.id),),
        summary=words.ON_SUMMARY.format(system=switch.system, count=count),
    )

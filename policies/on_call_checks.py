"""What must hold in `on_call.yaml`: services that the code knows, their settings, no secret in the open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.checks import fault_at, is_reference, is_secret
from policies.faults import Fault, unknown
from policies.on_call import Neighbour, NeighbourKind, OnCallFile, Outside
from policies.source import Path, Source


def check_on_call(source: Source, book: OnCallFile, outside: Outside) -> Iterator[Fault]:
    """Every fault that the file has in itself."""
    for name, notifier in book.notifiers.items():
        path: Path = ("notifiers", name)
        yield from _check(source, path, notifier, "kind of notifier", outside.notifiers)
        kind = outside.notifiers.get(notifier.kind)
        if kind and kind.addresses != bool(notifier.to):
            why = (
                "nobody is named; add `to: [...]`"
                if kind.addresses
                else "this kind has no addresses; take it out"
            )
            yield fault_at(source, (*path, "to"), why)
    for name, schedule in book.schedules.items():
        if schedule.feed:
            path = ("schedules", name, "feed")
            yield from _check(source, path, schedule.feed, "kind of feed", outside.feeds)
        for index, override in enumerate(schedule.rotation.overrides if schedule.rotation else ()):
            if override.since >= override.until:
                where = ("schedules", name, "rotation", "overrides", index, "until")
                yield fault_at(source, where, f"{override.until} does not come after {override.since}")


def _check(
    source: Source, path: Path, rule: Neighbour, what: str, kinds: Mapping[str, NeighbourKind]
) -> Iterator[Fault]:
    kind = kinds.get(rule.kind)
    if kind is None:
        yield fault_at(source, (*path, "kind"), unknown(what, rule.kind, kinds))
        return
    for name in sorted(kind.settings - set(rule.settings)):
        why = f"`{rule.kind}` needs the setting `{name}`; add `{name}: ${{NAME}}` or a value"
        yield fault_at(source, (*path, "settings"), why)
    for name, value in rule.settings.items():
        here = (*path, "settings", name)
        if name not in kind.settings | kind.optional:
            yield fault_at(source, here, unknown("setting", name, kind.settings | kind.optional))
        elif is_secret(name) and not is_reference(value):
            yield fault_at(source, here, "a secret is never written here; write `${NAME}` or `file:/path`")

"""Reading one YAML file into plain values, with the line of every key.

Less than YAML on purpose: no anchors, aliases, tags, merges, tabs or empty values, no second document, and
`yes`, `on` and `1:30` are words. What is left reads the same to every person and every parser.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from policies.faults import Fault

LONGEST_FILE = 64 * 1024
"""Bytes of one policy file at most."""
_DEEPEST = 16
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")

Path = tuple[str | int, ...]


@dataclass
class Source:
    """One file as read: `value` holds what could be read even when there are faults."""

    file: str
    value: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest part of it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def accuse(self, line: int, path: Path, message: str) -> None:
        self.faults.append(Fault(self.file, line, dotted(path), message))


def dotted(path: Path) -> str:
    """`("ladder", 0, "after")` as `ladder[0].after`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def read_source(file: str, content: str | bytes) -> Source:
    """Read one file; every fault that its text has is in the result."""
    source = Source(file)
    text = _decoded(source, content)
    if text is None:
        return source
    source.faults.extend(_foreign_characters(file, text))
    if not source.faults and _plain_yaml(source, text):
        _read_root(source, yaml.compose(text, Loader=yaml.SafeLoader))
    return source


def _decoded(source: Source, content: str | bytes) -> str | None:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(raw) > LONGEST_FILE:
        source.accuse(
            1, (), f"the file is longer than {LONGEST_FILE // 1024} KiB; split the system or shorten it"
        )
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        source.accuse(line, (), "this line is not UTF-8; save the file as UTF-8")
        return None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _foreign_characters(file: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.split("\n"), start=1):
        if "\t" in line:
            yield Fault(file, number, "", "a tab; write spaces instead")
        hidden = next((c for c in line if c != "\t" and _invisible(c)), None)
        if hidden:
            yield Fault(file, number, "", f"an invisible character (U+{ord(hidden):04X}); take it out")


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _plain_yaml(source: Source, text: str) -> bool:
    """Look at the parser's events before anything is built, so that no construct can grow on the way."""
    depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            documents += isinstance(event, yaml.DocumentStartEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            why = "nested too deeply; a policy needs no more than a few levels" if depth > _DEEPEST else ""
            why = why or _not_allowed(event, documents)
            if why:
                source.accuse(event.start_mark.line + 1 if event.start_mark else 1, (), why)
            if depth > _DEEPEST:
                break
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = f"not readable as YAML here ({error.problem}); look at the indentation, colons and quotes"
        source.accuse(mark.line + 1 if mark else 1, (), why)
    return not source.faults


def _not_allowed(event: yaml.Event, documents: int) -> str:
    if isinstance(event, yaml.AliasEvent):
        return f"an alias `*{event.anchor}`; write the value out"
    if isinstance(event, yaml.DocumentStartEvent):
        if documents > 1:
            return "a second document; keep one in a file"
        return "a YAML directive; take it out" if event.version or event.tags else ""
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        if event.anchor:
            return f"an anchor `&{event.anchor}`; write the value out where it is needed"
        if event.tag:
            return f"a tag `{event.tag}`; take it out"
    return ""


def _read_root(source: Source, node: yaml.Node | None) -> None:
    if node is None:
        source.accuse(1, (), "the file is empty; docs/policies.md shows what belongs in it")
    elif not isinstance(node, yaml.MappingNode):
        source.accuse(node.start_mark.line + 1, (), "the file must be made of `key: value` lines")
    else:
        source.value = _mapping(source, node, ())


def _mapping(source: Source, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            source.accuse(line, path, "a key must be a plain word")
            continue
        here = (*path, key_node.value)
        if key_node.value == "<<":
            source.accuse(line, here, "a merge; write the keys out")
        elif here in source.lines:
            source.accuse(
                line, here, f"`{key_node.value}` stands twice, first on line {source.lines[here]}; keep one"
            )
        else:
            source.lines[here] = line
            _place(source, value_node, here, found)
    return found


def _place(source: Source, node: yaml.Node, path: Path, into: dict[str, Any]) -> None:
    if _empty(node):
        source.accuse(
            source.lines[path], path, "nothing is written here; give it a value or take the line out"
        )
    else:
        into[str(path[-1])] = _value(source, node, path)


def _value(source: Source, node: yaml.Node, path: Path) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(source, node, path)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.value, quoted=node.style is not None)
    return _sequence(source, node, path)


def _sequence(source: Source, node: yaml.Node, path: Path) -> tuple[Any, ...]:
    items: list[Any] = []
    for index, item in enumerate(node.value):
        here = (*path, index)
        source.lines[here] = item.start_mark.line + 1
        if _empty(item):
            source.accuse(source.lines[here], here, "an empty entry; give it a value or take it out")
        items.append(_value(source, item, here))
    return tuple(items)


def _empty(node: yaml.Node) -> bool:
    return (
        isinstance(node, yaml.ScalarNode)
        and node.style is None
        and node.value in {"", "~", "null", "Null", "NULL"}
    )


def _scalar(text: str, *, quoted: bool) -> str | int | bool:
    if quoted:
        return text
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if _INTEGER.fullmatch(text) else text


def places(sources: Mapping[str, Source]) -> dict[str, int]:
    """The line of every key of every file, as `file:dotted.key`."""
    return {f"{s.file}:{dotted(path)}": line for s in sources.values() for path, line in s.lines.items()}

"""What people read about logs."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.actions import Links
from handlers.actions.kubernetes.logs_ports import LogLine, LogSystem

WHOSE = "name a deployment or a pod, or a label as app=auditron-api or label=tier=web: one of them"
NOT_A_POD = "write the name of a deployment or a pod, such as `auditron-api`; the reading `pods` lists pods"
NOT_A_LABEL = "write a label's value as it is: letters, digits, `-`, `_` and `.`, 63 at most"
NOT_LINES = "write a whole number of lines from 1 to 2000"
TOO_LONG_AGO = "a week at most, such as 1h"
TOO_LONG = "write 80 characters at most"
TOO_LONG_FOLLOWED = "15m at most, such as 5m"

LINES = "{count} of {whose}, from {sources}."
NO_LINES = "No line of {whose} fits."
COUNTED = "{count} of {whose}, from {sources}. They are counted and not shown: patients may be in them."
GREP_HIDES = "A search is no way around that: `grep` does not work here."
HINT_SET = "What policy lists under `evidence`, such as exposure."
HINT_SINCE = "How far back, such as 24h; without it, as policy says."
SAVES, SINCE, FILES = "Saves", "Since", "files"
PART_LOST = "The {what} are not saved: {why}"
EVENTS = "all namespaces"
SAVED = "The {what} are saved as evidence in {name}, {size} bytes, on disk and entered into its manifest."
DIGEST = "SHA-256 {sha256}"
NOT_WHOLE = "{name} is in the manifest of the evidence and is no longer as it was entered there"
EARLIER = "Saved last as evidence: {name}, {size} bytes, SHA-256 {sha256}."
NO_EVIDENCE = "No evidence of these lines is saved yet: `preserve-logs` does that."
ELSEWHERE = "All of them, in the log system{index}"
INDEX = " (index {index})"
COLUMNS = ("In the lines", "How many", "First", "Last")


def number(count: int, what: str) -> str:
    """«1 line», «3 lines»."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def links_to(elsewhere: LogSystem | None) -> Links:
    """Where all of the lines are; nothing where policy names no place."""
    if elsewhere is None:
        return ()
    index = INDEX.format(index=elsewhere.index) if elsewhere.index else ""
    return ((elsewhere.url, ELSEWHERE.format(index=index)),)


def text_of(lines: Sequence[LogLine], *, several: bool = False) -> str:
    """Lines with their times (UTC), and with their sources where there are or may be `several`."""
    several = several or len({line.source for line in lines}) > 1
    return "\n".join(
        f"{line.at:%H:%M:%S} {f'{line.source} ' if several else ''}{line.text}".rstrip() for line in lines
    )

"""Policy folders with one system, to see what it needs."""

from __future__ import annotations

from pathlib import Path

import policies

POLICIES = Path(policies.__file__).parent / "rules"
_ACTION = "  {name}: {{title: {name}, request: [o2], approve: {{roles: [o3]}}}}\n"
_ROUTE = "routes: {readings: {health: {title: Health, send: GET /health, show: {Status: status}}}}\n"


def folder_with(
    folder: Path, *, kinds: str = "kubernetes", actions: str = "", readings: str = "", settings: str = ""
) -> Path:
    """The shipped roles, and a system `team` in the namespace `team` that grants these, space-separated."""
    (folder / "systems").mkdir()
    for name in ("roles.yaml", "severities.yaml", "on_call.yaml"):
        (folder / name).write_text((POLICIES / name).read_text())
    place = "url: http://127.0.0.1:9" if kinds == "http" else "namespace: team"
    lines = [f"system: team\nkinds: [{kinds}]\ntitle: Team\nchannel: '#ops-alerts'\n"]
    lines.append(f"settings:\n  {place}\n" + (f"  {settings}\n" if settings else ""))
    if kinds == "http":
        lines.append(_ROUTE)
    if readings:
        lines.append(f"read: {{roles: [o1], what: [{', '.join(readings.split())}]}}\n")
    if actions:
        lines.append("actions:\n" + "".join(_ACTION.format(name=name) for name in actions.split()))
    (folder / "systems" / "team.yaml").write_text("".join(lines))
    return folder

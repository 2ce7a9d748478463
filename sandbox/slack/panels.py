"""Practice systems beside the chat: what each shows of itself, its faults, and its way back to the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from sandbox.slack.errors import RefusedAct
from sandbox.slack.log import EventLog
from sandbox.slack.shapes import Json


class Panel(Protocol):
    """A practice system as the page sees it; `on_change` is called whenever its visible state changes."""

    id: str
    on_change: Callable[[], None]

    def panel(self) -> Json:
        """`{id, title, address, sections, faults: [{id, label, on}], switches?}`: what stands above them.

        A section is `{title, columns, rows, empty?, folded?}`: `empty` is said where there is no row.
        A row is `{id, cells: [{text, tone?, bar?}], changed, body?}`: `tone` is good, warning, bad or quiet,
        `bar` a share from 0 to 1, `changed` a counter that grows when the row changes, `body` a longer text
        below the cells.
        """
        ...

    def fault(self, id: str, on: bool) -> None: ...

    def reset(self) -> None: ...


class Panels:
    """The panels in the order in which the page draws them."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._panels: dict[str, Panel] = {}

    def __iter__(self) -> Iterator[Panel]:
        return iter(self._panels.values())

    def append(self, panel: Panel) -> None:
        """Show one more; each of its changes is logged from now on, for the page to look again."""
        self._panels[panel.id] = panel
        panel.on_change = lambda: self._changed(panel)
        self._changed(panel)

    def state(self) -> list[Json]:
        return [each.panel() for each in self]

    async def do(self, wanted: Json) -> Json:
        """`{"panel", "do": "fault", "fault", "on"}` or `{"panel", "do": "reset"}`; raises RefusedAct."""
        panel = self._panels.get(str(wanted.get("panel")))
        if panel is None:
            raise RefusedAct("no_such_panel", f"No practice system {wanted.get('panel')} runs here.")
        match wanted.get("do"):
            case "fault":
                self._fault(panel, wanted.get("fault"), on=wanted.get("on") is True)
            case "reset":
                panel.reset()
            case other:
                raise RefusedAct("invalid_arguments", f"A practice system cannot be told to {other}.")
        return {"panel": panel.panel()}

    def _fault(self, panel: Panel, fault: object, *, on: bool) -> None:
        known = [str(each["id"]) for each in panel.panel()["faults"]]
        if fault not in known:
            raise RefusedAct("no_such_fault", f"{panel.id} knows the faults {', '.join(known)}, not {fault}.")
        panel.fault(str(fault), on)

    def _changed(self, panel: Panel) -> None:
        self._log.append("panel", panel=panel.id)

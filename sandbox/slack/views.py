"""Modals and App Home: a stack of views for each person, with Slack's hash and external_id rules."""

from __future__ import annotations

import secrets

from sandbox.slack.errors import SlackError
from sandbox.slack.files import Files
from sandbox.slack.limits import check_view
from sandbox.slack.people import APP_ID, BOT_ID, TEAM
from sandbox.slack.shapes import Json
from sandbox.slack.workspace import Workspace

STACK_MOST = 3


class Views:
    """What each person has open (bottom first), and their App Home."""

    def __init__(self, workspace: Workspace, files: Files) -> None:
        self._workspace, self._files = workspace, files
        self.stacks: dict[str, list[Json]] = {}
        self.homes: dict[str, Json] = {}

    def open(self, user: str, wanted: object) -> Json:
        """Open a modal in place of any other; raises as `check_view`, and duplicate_external_id."""
        view = self._made(wanted, "modal")
        self._check_external_id(view)
        view["root_view_id"] = view["id"]
        self.stacks[user] = [view]
        self._log("view_opened", user, view)
        return view

    def push(self, user: str, wanted: object) -> Json:
        """Put a modal on top of the open one; at most three lie on each other."""
        stack = self.stacks.get(user) or []
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK_MOST:
            raise SlackError("push_limit_reached")
        view = self._made(wanted, "modal")
        self._check_external_id(view)
        view |= {"root_view_id": stack[0]["id"], "previous_view_id": stack[-1]["id"]}
        stack.append(view)
        self._log("view_opened", user, view)
        return view

    def update(self, view: Json, wanted: object, expected_hash: str | None = None) -> Json:
        """Replace a view's content; raises hash_conflict when `expected_hash` is not its present one."""
        if expected_hash is not None and expected_hash != view["hash"]:
            raise SlackError("hash_conflict")
        made = self._made(wanted, view["type"])
        user = self.owner(view)
        kept = {name: view[name] for name in ("id", "root_view_id", "previous_view_id", "state")}
        view.clear()
        view |= {**made, **kept}
        self._log("view_updated", user, view)
        return view

    def publish(self, user: str, wanted: object, expected_hash: str | None = None) -> Json:
        """Set a person's App Home."""
        home = self.homes.get(user)
        if expected_hash is not None and home and home["hash"] != expected_hash:
            raise SlackError("hash_conflict")
        view = self._made(wanted, "home")
        view["root_view_id"] = view["id"] = home["id"] if home else view["id"]
        self.homes[user] = view
        self._workspace.log.append("home", user=user, view=view)
        return view

    def close(self, user: str, view: Json, *, all_of_them: bool = False) -> None:
        """Take the view, or the whole stack, away."""
        stack = self.stacks.get(user, [])
        self.stacks[user] = [] if all_of_them else [each for each in stack if each is not view]
        self._log("view_closed", user, view)

    def show_errors(self, view: Json, errors: Json) -> None:
        """Errors beside the fields, as after `response_action: errors`."""
        view["errors"] = errors
        self._log("view_updated", self.owner(view), view)

    def find(self, view_id: object = None, external_id: object = None) -> Json | None:
        for view in self._all():
            if view_id and view["id"] == view_id:
                return view
            if external_id and view["external_id"] == external_id:
                return view
        return None

    def owner(self, view: Json) -> str:
        for user, stack in self.stacks.items():
            if any(each is view for each in stack):
                return user
        return next((user for user, home in self.homes.items() if home is view), "")

    @staticmethod
    def as_read(view: Json) -> Json:
        """A view as Slack gives it out: without what only the client shows."""
        return {name: value for name, value in view.items() if name != "errors"}

    def _all(self) -> list[Json]:
        return [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())

    def _check_external_id(self, view: Json) -> None:
        if view["external_id"] and self.find(external_id=view["external_id"]):
            raise SlackError("duplicate_external_id")

    def _made(self, wanted: object, kind: str) -> Json:
        view = check_view(wanted, self._files)
        if view["type"] != kind:
            raise SlackError("invalid_arguments", f"must be a {kind} [json-pointer:/view/type]")
        view_id = self._workspace.new_id("V")
        return {
            "id": view_id,
            "team_id": TEAM,
            "type": kind,
            "blocks": view["blocks"],
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "state": {"values": {}},
            "hash": f"{self._workspace.new_ts()}.{secrets.token_hex(4)}",
            "title": view.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "clear_on_close": view.get("clear_on_close", False),
            "notify_on_close": view.get("notify_on_close", False),
            "close": view.get("close"),
            "submit": view.get("submit"),
            "previous_view_id": None,
            "root_view_id": view_id,
            "app_id": APP_ID,
            "external_id": view.get("external_id", ""),
            "app_installed_team_id": TEAM,
            "bot_id": BOT_ID,
        }

    def _log(self, kind: str, user: str, view: Json) -> None:
        self._workspace.log.append(kind, user=user, view=view, views=self.stacks.get(user, []))

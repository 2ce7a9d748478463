"""What people do with the app (commands, clicks, views, shortcuts), and the app's answers to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.slack.app_config import AppConfig
from sandbox.slack.app_words import AppWords
from sandbox.slack.channel import Channel
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import RefusedAct, SlackError
from sandbox.slack.forms import action_of, client_errors, find_element, read_form, state_of
from sandbox.slack.people import APP_ID, TEAM, User
from sandbox.slack.shapes import Json
from sandbox.slack.tickets import ResponseUrl, ResponseUrls, Triggers
from sandbox.slack.transport import Answer
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


class Interactions:
    """Everything that Slack asks the app about and shows the answer of."""

    def __init__(
        self,
        app: AppConfig,
        workspace: Workspace,
        delivery: Delivery,
        views: Views,
        words: AppWords,
        base_url: Callable[[], str],
    ) -> None:
        self.app, self.workspace, self.delivery = app, workspace, delivery
        self.views, self.words = views, words
        self.triggers = Triggers(workspace.clock)
        self.response_urls = ResponseUrls(workspace.clock)
        self._base_url = base_url

    # -- slash commands

    async def command(self, user: User, channel: Channel, command: str, text: str) -> Json:
        """Type a slash command; what the app answers at once is shown, or Slack's word for its silence."""
        if command not in {each.command for each in self.app.commands}:
            raise RefusedAct("unknown_command", f"{command} is not a valid command.")
        if user.is_stranger:
            raise RefusedAct("not_allowed", f"{command} belongs to an app of another organisation.")
        url = self.response_urls.issue("commands", user.id, channel.id)
        payload = {
            "token": self.app.verification_token,
            "team_id": TEAM,
            "team_domain": "practice",
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user.id,
            "user_name": user.handle,
            "command": command,
            "text": text.strip(),
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._base_url() + url.path,
            "trigger_id": self.triggers.issue(user.id),
        }
        answer = await self.delivery.ask("slash_commands", payload, f"command {command}")
        if not answer.ok:
            return self._command_failed(command, _word_for(answer), user, channel, answer)
        try:
            self._show_command_answer(answer, user, channel)
        except SlackError as refused:
            return self._command_failed(command, "dispatch_failed", user, channel, answer) | {
                "why": refused.code
            }
        return {"ok": True, **_shown(answer)}

    def _command_failed(self, command: str, error: str, user: User, channel: Channel, answer: Answer) -> Json:
        sentence = f"{command} failed with the error “{error}”"
        self.workspace.whisper(channel, user.id, {"text": sentence, "blocks": [], "from_slack": True})
        return {"ok": False, "error": error, "message": sentence, **_shown(answer)}

    def _show_command_answer(self, answer: Answer, user: User, channel: Channel) -> None:
        data = answer.data()
        if isinstance(data, dict) and answer.content_type != "text/plain":
            if data.get("text") or data.get("blocks"):
                self.words.say(channel, user.id, data, in_channel=data.get("response_type") == "in_channel")
        elif answer.text.strip():
            self.words.say(channel, user.id, {"text": answer.text}, in_channel=False)

    # -- clicks

    async def click_message(
        self, user: User, channel: Channel, message: Json, action_id: str, block_id: str | None, value: Any
    ) -> Json:
        """Press or choose something in a message of the app."""
        block, element = find_element(message.get("blocks", []), action_id, block_id)
        url = self.response_urls.issue(
            "actions", user.id, channel.id, ts=message["ts"], thread_ts=message.get("thread_ts")
        )
        payload = self._payload("block_actions", user) | {
            "container": {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": channel.id,
                "is_ephemeral": False,
                **({"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}),
            },
            "message": self.workspace.as_read(message, metadata=True),
            "state": {"values": _message_state(message["blocks"], block, element, value)},
            **self._ways_back(user, channel, url),
            "actions": [action_of(element, block["block_id"], value, self.workspace.new_ts())],
        }
        return await self._ask(payload, f"click {action_id}")

    async def click_ephemeral(
        self, user: User, ephemeral: Json, action_id: str, block_id: str | None, value: Any
    ) -> Json:
        """Press something in an ephemeral: the payload carries no message, as in Slack."""
        block, element = find_element(ephemeral.get("blocks", []), action_id, block_id)
        channel = self.workspace.channels[ephemeral["channel"]]
        url = self.response_urls.issue(
            "actions",
            user.id,
            channel.id,
            ts=ephemeral["id"],
            thread_ts=ephemeral.get("thread_ts"),
            ephemeral=True,
        )
        container: Json = {
            "type": "message",
            "message_ts": ephemeral["ts"],
            "channel_id": channel.id,
            "is_ephemeral": True,
        }
        if "thread_ts" in ephemeral:
            container["thread_ts"] = ephemeral["thread_ts"]
        payload = self._payload("block_actions", user) | {
            "container": container,
            "state": {"values": _message_state(ephemeral["blocks"], block, element, value)},
            **self._ways_back(user, channel, url),
            "actions": [action_of(element, block["block_id"], value, self.workspace.new_ts())],
        }
        return await self._ask(payload, f"click {action_id}")

    async def click_view(
        self, user: User, view: Json, action_id: str, block_id: str | None, value: Any, values: Json
    ) -> Json:
        """Press or choose something in a modal or in App Home; `values` is what the form holds so far."""
        block, element = find_element(view["blocks"], action_id, block_id)
        view["state"]["values"] = read_form(view, values)
        if element["type"] not in ("button", "overflow"):
            view["state"]["values"].setdefault(block["block_id"], {})[action_id] = state_of(element, value)
        payload = self._payload("block_actions", user) | {
            "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": self.triggers.issue(user.id),
            "view": self.views.as_read(view),
            "actions": [action_of(element, block["block_id"], value, self.workspace.new_ts())],
        }
        return await self._ask(payload, f"click {action_id}")

    async def shortcut(self, user: User, channel: Channel, message: Json, callback_id: str) -> Json:
        """Choose a message shortcut of the app."""
        if callback_id not in {each for each, _ in self.app.shortcuts}:
            raise RefusedAct("unknown_shortcut", f"The app has no message shortcut “{callback_id}”.")
        url = self.response_urls.issue(
            "actions", user.id, channel.id, ts=message["ts"], thread_ts=message.get("thread_ts")
        )
        payload = self._payload("message_action", user) | {
            "callback_id": callback_id,
            "action_ts": self.workspace.new_ts(),
            "message_ts": message["ts"],
            "message": self.workspace.as_read(message),
            **self._ways_back(user, channel, url),
        }
        return await self._ask(payload, f"shortcut {callback_id}")

    # -- views

    async def submit(self, user: User, view: Json, values: Json) -> Json:
        """Submit a modal; the app's `response_action` is carried out."""
        if not view["submit"]:
            raise RefusedAct("no_submit", "This modal has nothing to submit. Close it.")
        state = read_form(view, values)
        if errors := client_errors(view, state):
            self.views.show_errors(view, errors)
            raise RefusedAct("invalid_form", "Some fields need another look.", errors=errors)
        view["state"]["values"] = state
        view.pop("errors", None)
        payload = self._payload("view_submission", user) | {
            "trigger_id": self.triggers.issue(user.id),
            "view": self.views.as_read(view),
            "response_urls": [],
        }
        answer = await self.delivery.ask("interactive", payload, f"view_submission {view['callback_id']}")
        if not answer.ok:
            self.views.show_errors(view, {"": TROUBLE})
            return {"ok": False, "error": _word_for(answer), "message": TROUBLE, **_shown(answer)}
        return self._respond(user, view, answer)

    async def close(self, user: User, view: Json) -> Json:
        """Close a modal; the app hears of it when it asked to."""
        self.views.close(user.id, view)
        if not view["notify_on_close"]:
            return {"ok": True}
        payload = self._payload("view_closed", user) | {"view": self.views.as_read(view), "is_cleared": False}
        return await self._ask(payload, f"view_closed {view['callback_id']}")

    def _respond(self, user: User, view: Json, answer: Answer) -> Json:
        data = answer.data()
        response = data if isinstance(data, dict) else {}
        try:
            match response.get("response_action"):
                case "errors":
                    self.views.show_errors(view, _known_errors(view, response))
                case "update":
                    self.views.update(view, response.get("view"))
                case "push":
                    self.views.push(user.id, response.get("view"))
                case "clear":
                    self.views.close(user.id, view, all_of_them=True)
                case None:
                    self.views.close(user.id, view)
                case other:
                    raise SlackError("invalid_arguments", f"unknown response_action: {other}")
        except SlackError as refused:
            self.views.show_errors(view, {"": TROUBLE})
            return {"ok": False, "error": refused.code, "message": TROUBLE, **refused.extra, **_shown(answer)}
        return {"ok": True, **_shown(answer)}

    # -- the same for all

    async def _ask(self, payload: Json, what: str) -> Json:
        answer = await self.delivery.ask("interactive", payload, what)
        if answer.ok:
            return {"ok": True, **_shown(answer)}
        return {"ok": False, "error": _word_for(answer), "message": TROUBLE, **_shown(answer)}

    def _ways_back(self, user: User, channel: Channel, url: ResponseUrl) -> Json:
        """Where something was done, and with what the app can answer it."""
        return {
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "trigger_id": self.triggers.issue(user.id),
            "response_url": self._base_url() + url.path,
        }

    def _payload(self, kind: str, user: User) -> Json:
        return {
            "type": kind,
            "team": {"id": TEAM, "domain": "practice"},
            "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team_id},
            "api_app_id": APP_ID,
            "token": self.app.verification_token,
            "enterprise": None,
            "is_enterprise_install": False,
        }


def _word_for(answer: Answer) -> str:
    return "operation_timeout" if answer.failure == "http_timeout" else "dispatch_failed"


def _shown(answer: Answer) -> Json:
    data = answer.data()
    return {"status": answer.status or None, "body": answer.text if data is None else data}


def _known_errors(view: Json, response: Json) -> Json:
    errors = response.get("errors")
    if not isinstance(errors, dict) or not errors:
        raise SlackError("invalid_arguments", "missing required field: errors")
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if unknown := set(errors) - inputs:
        raise SlackError("invalid_arguments", f"no input block: {', '.join(sorted(unknown))}")
    return json.loads(json.dumps(errors))  # type: ignore[no-any-return]


def _message_state(blocks: list[Json], block: Json, element: Json, value: Any) -> Json:
    state = read_form({"blocks": blocks, "state": {"values": {}}}, {})
    if element["type"] not in ("button", "overflow"):
        state.setdefault(block["block_id"], {})[element["action_id"]] = state_of(element, value)
    return state

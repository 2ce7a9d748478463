"""Bolt's listeners: what Slack sends, in the words of the handlers. Bolt is fed from the durable inbox."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import NUMBERED
from bot.slack.directory import SlackDirectory
from bot.slack.forms import form_view
from bot.slack.plainness import is_plain
from handlers.alerting.thread_words import FORM
from handlers.asking.filling import ASK
from handlers.asking.heard import Typed
from handlers.changes import Cause, Place
from handlers.identity.proof import Pressed, Said
from handlers.identity.standing import note_members
from handlers.looking.evidence import Edit, on_edit
from handlers.looking.home import on_home_opened
from handlers.messages import Form
from handlers.requests.model import Words
from handlers.speaking.clicks import Click, on_click
from handlers.speaking.commands import on_command
from handlers.speaking.replies import Message, on_channel_message, on_message
from handlers.speaking.shortcuts import SHORTCUTS, Shortcut, on_shortcut
from handlers.speaking.submissions import ANSWER, SHEET, Submission, on_submit
from handlers.work import Claimed
from handlers.world import World

CLAIMED = "countersign_claimed"
HANDLED = "countersign_handled"
"""Names under which an item travels through Bolt's context, and tells that a listener has finished it."""

Json = Mapping[str, Any]


def make_bolt(
    client: AsyncWebClient,
    world: World,
    directory: SlackDirectory,
    identity: Json,
    commands: Mapping[str, str],
) -> AsyncApp:
    """An app that trusts what reaches it: signatures were verified at the edge, before recording.

    `identity` is the answer of auth.test, `commands` the slash commands with the action
    that each names.
    """

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=identity.get("enterprise_id"),
            team_id=identity.get("team_id"),
            bot_user_id=identity.get("user_id"),
            bot_id=identity.get("bot_id"),
            bot_token=client.token,
        )

    bolt = AsyncApp(
        client=client,
        authorize=authorize,
        request_verification_enabled=False,
        process_before_response=True,
        ignoring_self_events_enabled=True,
    )
    _hear_commands(bolt, world, commands)  # first: Bolt asks each in turn whether it is meant
    _hear_messages(bolt, world)
    _hear_home(bolt, world)
    _hear_interactions(bolt, world)
    _hear_directory(bolt, world, directory)
    return bolt


def _cause(world: World, context: AsyncBoltContext, actor: str, cause_id: str = "") -> Cause:
    claimed: Claimed = context[CLAIMED]
    context[HANDLED] = True
    return Cause(cause_id or claimed.item.id, actor, world.clock.now(), claimed.item, claimed.token)


def _hear_messages(bolt: AsyncApp, world: World) -> None:
    @bolt.event("message")
    async def message(event: dict[str, Any], context: AsyncBoltContext) -> None:
        subtype = event.get("subtype")
        if subtype in ("message_changed", "message_deleted"):
            await on_edit(world, _cause(world, context, _author(event)), _edit(event, subtype))
        elif "edited" not in event and _is_stamped(event):
            await _spoken(event, context)

    @bolt.event("app_mention")
    async def app_mention(event: dict[str, Any], context: AsyncBoltContext) -> None:
        if "edited" not in event and _is_stamped(event):
            await _spoken(event, context)

    async def _spoken(event: dict[str, Any], context: AsyncBoltContext) -> None:
        """A mention arrives as two events, and either may be the first: both are heard the same way."""
        words = f"message/{event.get('channel')}/{event.get('ts')}"  # however they came: heard once
        cause = _cause(world, context, str(event.get("user", "")), words)
        if _mentions_bot(event, world):
            await on_command(world, cause, _typed(event, world))
        elif event.get("thread_ts"):
            await on_message(world, cause, _message(event))
        else:
            await on_channel_message(world, cause, _message(event))


def _hear_home(bolt: AsyncApp, world: World) -> None:
    @bolt.event("app_home_opened")
    async def app_home_opened(event: dict[str, Any], context: AsyncBoltContext) -> None:
        """The Messages tab tells the same event; it shows nothing of ours."""
        user = str(event.get("user", ""))
        if event.get("tab") == "home" and user:
            await on_home_opened(world, _cause(world, context, user), user)


def _typed(event: Json, world: World) -> Typed:
    """`@countersign release because …`: the same words as a slash command, in a thread too."""
    thread_ts = str(event.get("thread_ts") or event["ts"])
    mention = rf"^\s*<@{re.escape(world.bot_user)}(\|[^>]*)?>"
    words = re.sub(mention, "", str(event.get("text", "")), count=1).strip()
    user, channel, text = str(event.get("user", "")), str(event["channel"]), str(event.get("text", ""))
    said = Said(Words(channel=channel, thread_ts=thread_ts, ts=str(event["ts"]), text=text))
    place = Place(channel, thread_ts, lone=not event.get("thread_ts"))
    return Typed(user, place, words, thread_ts, said)


def _mentions_bot(event: Json, world: World) -> bool:
    """Whether a person speaks to the bot: the mention stands first."""
    text = str(event.get("text", "")).lstrip()
    return text.startswith((f"<@{world.bot_user}>", f"<@{world.bot_user}|")) and not event.get("bot_id")


def _is_stamped(event: Json) -> bool:
    """Whether it tells in Slack's form when and where it was written; other words were never written there.

    https://docs.slack.dev/messaging/retrieving-messages
    """
    stamps = (event.get("ts"), event.get("thread_ts") or event.get("ts"))
    return all(re.fullmatch(r"[0-9]{10}\.[0-9]{6}", str(one)) for one in stamps)


def _message(event: Json) -> Message:
    return Message(
        channel=str(event["channel"]),
        thread_ts=str(event.get("thread_ts", "")),
        ts=str(event["ts"]),
        user=str(event.get("user") or event.get("bot_id") or ""),
        text=str(event.get("text", "")),
        bot=bool(event.get("bot_id")) or event.get("subtype") == "bot_message",
        plain=is_plain(event),
    )


def _author(event: Json) -> str:
    """Whose message was changed or deleted."""
    for part in (event.get("message"), event.get("previous_message")):
        if isinstance(part, Mapping) and part.get("user"):
            return str(part["user"])
    return ""


def _edit(event: Json, subtype: str) -> Edit:
    before: Json = event.get("previous_message") or {}
    after: Json = event.get("message") or {}
    deleted = subtype == "message_deleted" or after.get("subtype") == "tombstone"
    return Edit(
        channel=str(event["channel"]),
        thread_ts=str(after.get("thread_ts") or before.get("thread_ts") or ""),
        ts=str(after.get("ts") or event.get("deleted_ts") or before.get("ts") or ""),
        user=_author(event),
        before=str(before.get("text", "")),
        after="" if deleted else str(after.get("text", "")),
        deleted=deleted,
    )


def _hear_commands(bolt: AsyncApp, world: World, commands: Mapping[str, str]) -> None:
    @bolt.command(re.compile("^(" + "|".join(re.escape(one) for one in commands) + ")$"))
    async def command(ack: AsyncAck, command: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        text = str(command.get("text", ""))
        place = Place(str(command["channel_id"]), "", str(command.get("response_url", "")))
        words = f"{commands[str(command['command'])]} {text}".strip()
        pressed = Pressed(str(command.get("trigger_id", "")))
        typed = Typed(
            str(command["user_id"]),
            place,
            words,
            proof=pressed,
            channel_name=str(command.get("channel_name", "")),
        )
        await on_command(world, _cause(world, context, typed.user), typed)


def _hear_interactions(bolt: AsyncApp, world: World) -> None:
    @bolt.action(re.compile(".*"))
    async def click(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        pressed = _click(body)
        await on_click(world, _cause(world, context, pressed.user), pressed)

    @bolt.message_shortcut(re.compile("^(" + "|".join(SHORTCUTS) + ")$"))
    async def shortcut(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        chosen = _shortcut(body)
        await on_shortcut(world, _cause(world, context, chosen.user), chosen)

    @bolt.view(re.compile(f"^({ANSWER}|{SHEET}|{ASK}|{FORM})$"))
    async def submit(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        submission = _submission(body)
        answer = await on_submit(world, _cause(world, context, submission.user), submission)
        if isinstance(answer, Form):
            await ack(response_action="update", view=form_view(answer))
        elif answer:
            await ack(response_action="errors", errors=answer)
        else:
            await ack()


def _click(body: Json) -> Click:
    """A pressed button, of a message or of an ephemeral: only the container names the place of the latter."""
    action, message, container = body["actions"][0], body.get("message") or {}, body.get("container") or {}
    root = message.get("thread_ts") or container.get("thread_ts")
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    thread_ts = root or message.get("ts") or container.get("message_ts") or ""
    return Click(
        user=str(body["user"]["id"]),
        place=Place(str(channel), str(thread_ts), str(body.get("response_url", "")), lone=not root),
        action=str(action.get("action_id", "")).partition(NUMBERED)[0],
        value=str(action.get("value") or (action.get("selected_option") or {}).get("value", "")),
        trigger_id=str(body.get("trigger_id", "")),
    )


def _shortcut(body: Json) -> Shortcut:
    message = body.get("message") or {}
    thread_ts = str(message.get("thread_ts") or message.get("ts") or "")
    return Shortcut(
        user=str(body["user"]["id"]),
        place=Place(
            str(body["channel"]["id"]),
            thread_ts,
            str(body.get("response_url", "")),
            lone=not message.get("thread_ts"),
        ),
        callback=str(body["callback_id"]),
        trigger_id=str(body.get("trigger_id", "")),
    )


def _submission(body: Json) -> Submission:
    view = body["view"]
    return Submission(
        user=str(body["user"]["id"]),
        private=str(view.get("private_metadata", "")),
        values=_values(view),
    )


def _values(view: Json) -> dict[str, str]:
    """What was typed and chosen, by field name (our block ids are the field names)."""
    values: dict[str, str] = {}
    for block, elements in ((view.get("state") or {}).get("values") or {}).items():
        for element in elements.values():
            chosen = element.get("selected_option") or {}
            several = "\n".join(str(one["value"]) for one in element.get("selected_options") or ())
            person = element.get("selected_user")
            values[block] = str(element.get("value") or chosen.get("value") or several or person or "")
    return values


def _hear_directory(bolt: AsyncApp, world: World, directory: SlackDirectory) -> None:
    @bolt.event(re.compile("^subteam_(members_changed|updated)$"))
    async def group(event: dict[str, Any]) -> None:
        group_id = str(event.get("subteam_id") or (event.get("subteam") or {}).get("id") or "")
        directory.forget_group(group_id)
        if any(group_id in role.groups for role in world.book.roles.values()):
            await note_members(world, {group_id: await directory.members(group_id, fresh=True)})

    @bolt.event("user_change")
    async def person(event: dict[str, Any]) -> None:
        directory.forget_person(str((event.get("user") or {}).get("id", "")))

"""views.*: modals, opened against a trigger id, and App Home."""

from __future__ import annotations

from sandbox.slack.arguments import required
from sandbox.slack.errors import SlackError
from sandbox.slack.limits import check_view
from sandbox.slack.shapes import Json
from sandbox.slack.web_api import Api, Method


def open_view(api: Api, args: Json) -> Json:
    """views.open. The view is checked first: a wrong one does not spend the trigger."""
    _need_view(args)
    check_view(args["view"], api.files)
    user = api.interactions.triggers.take(_trigger(args))
    return {"view": api.views.as_read(api.views.open(user, args["view"]))}


def push_view(api: Api, args: Json) -> Json:
    _need_view(args)
    check_view(args["view"], api.files)
    user = api.interactions.triggers.take(_trigger(args))
    return {"view": api.views.as_read(api.views.push(user, args["view"]))}


def update_view(api: Api, args: Json) -> Json:
    """views.update by view_id or external_id."""
    _need_view(args)
    if not args.get("view_id") and not args.get("external_id"):
        raise SlackError("invalid_arguments", "missing required field: view_id")
    view = api.views.find(args.get("view_id"), args.get("external_id"))
    if view is None:
        raise SlackError("not_found")
    return {"view": api.views.as_read(api.views.update(view, args["view"], args.get("hash")))}


def publish_view(api: Api, args: Json) -> Json:
    _need_view(args)
    user = required(args, "user_id")
    if not api.app.home_tab:
        raise SlackError("not_enabled")
    if user not in api.workspace.users:
        raise SlackError("user_not_found")
    return {"view": api.views.as_read(api.views.publish(user, args["view"], args.get("hash")))}


def _need_view(args: Json) -> None:
    if not args.get("view"):
        raise SlackError("invalid_arguments", "missing required field: view")


def _trigger(args: Json) -> object:
    trigger_id = args.get("trigger_id") or args.get("interactivity_pointer")
    if not trigger_id:
        raise SlackError("invalid_arguments", "missing required field: trigger_id")
    return trigger_id


METHODS = {
    "views.open": Method(open_view),
    "views.push": Method(push_view),
    "views.update": Method(update_view),
    "views.publish": Method(publish_view),
}

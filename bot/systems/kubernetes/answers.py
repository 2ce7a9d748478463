"""What an answer of the API server means for whoever asked, in the errors of `handlers.errors`.

https://kubernetes.io/docs/reference/using-api/api-concepts/ and the `Status` object that it describes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.systems.kubernetes.calls import AWAY, EVICTIONS, SECRETS, Call, Json
from bot.systems.kubernetes.impersonation import group_named, one_of, user_named
from bot.systems.kubernetes.permissions import Permission, as_line
from handlers.errors import CountersignError, DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater

NO_SUCH = "There is no {what} {where}."
NOT_ACCEPTED = (
    "The cluster does not accept the bot's credentials (401): they have expired or are wrong. Renew them."
)
NOT_PERMITTED = (
    "The cluster does not let the bot {what} {where} (403). Its {kind} lacks the rule {rule}."
    " `countersign doctor` tells all that is missing, `countersign manifest --rbac` writes it."
)
PERSON_NOT_PERMITTED = (
    "The cluster does not let {who} {what} {where} (403): this runs in the name of whoever asked first."
    " A {kind} bound to that user, or to one of {groups}, lacks the rule {rule}."
    " `countersign manifest --rbac` writes what policy grants."
)
NO_API = "What answers at the cluster's address is no Kubernetes API (status {status}, no JSON)."
INVALID = "The cluster says that it cannot be so: {why}"
CHANGED = "{what} was changed by somebody else meanwhile"
TOO_LARGE = "sent an answer of more than {most} MiB"
BROKEN = "has an error of its own ({status})"
REFUSED = "The cluster refuses it: {why}"
REFUSED_CODE = "refused"
BUSY = "is too busy (429)"
NO_SENSE = "answered {status}, which the bot does not expect"
OWNED = (
    "Fields of {what} are kept by somebody else ({fields}). The bot takes none away from them:"
    " have them give these up, or take them out of the manifest."
)
OWNED_CODE = "owned"
_LONGEST = 300
_MOST_OWNED = 5
_PERMISSION = re.compile(r"cannot \w+ resource|^$")
"""A 403 without it comes from admission: a quota, a webhook, a policy of the cluster."""
_BUDGET = "DisruptionBudget"
_TWO_BUDGETS = "more than one PodDisruptionBudget"

_MAY_NOT_ACT = re.compile(r"cannot impersonate resource")


class Busy(TryAgainLater):
    """The server refused to look at the call for now (429)."""


class HeldBack(TryAgainLater):
    """A disruption budget keeps the pod for now: the message is the server's, and it is no sign of load."""


def object_in(call: Call, status: int, body: bytes, headers: Mapping[str, str]) -> Json:
    """The object that was asked for. Raises the error that every other answer means."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if isinstance(found, dict) and 200 <= status < 300:
        return found
    if isinstance(found, dict) or status == 429 or status >= 500:
        # What stands in front of an API server answers these two with HTML.
        raise _error(call, status, found if isinstance(found, dict) else {}, headers)
    raise _no_api(call, status)


def _no_api(call: Call, status: int) -> CountersignError:
    sentence = NO_API.format(status=status)
    return OutcomeUnknown(sentence) if call.writes and status < 400 else DoNotRetry(sentence, str(status))


def _error(call: Call, status: int, found: Json, headers: Mapping[str, str]) -> CountersignError:
    code, secret = str(status), call.resource == SECRETS
    match status:
        case 401:
            return DoNotRetry(NOT_ACCEPTED, code)
        case 422 if _causes(found) and not _fields(found):
            # A policy of the cluster; what is wrong with a field names it.
            return DoNotRetry(REFUSED.format(why=_sentence(found, secret=secret)), REFUSED_CODE)
        case 403 if not _PERMISSION.search(str(found.get("message") or "")):
            return DoNotRetry(REFUSED.format(why=_sentence(found, secret=secret)), REFUSED_CODE)
        case 403:
            return DoNotRetry(_not_permitted(call, found), code)
        case 404:
            return DoNotRetry(NO_SUCH.format(what=call.what, where=call.where), code)
        case 409 if _owned(found):
            return DoNotRetry(OWNED.format(what=call.what, fields="; ".join(_owned(found))), OWNED_CODE)
        case 409 if call.changes:
            return TargetChanged(CHANGED.format(what=call.what))
        case 410:
            # Only a list or a watch that begins too far back gets it.
            return TryAgainLater(AWAY.format(how=NO_SENSE.format(status=status)))
        case 422 if call.tests and not _causes(found):
            return TargetChanged(CHANGED.format(what=call.what))
        case 400 | 405 | 406 | 413 | 415 | 422:
            return DoNotRetry(INVALID.format(why=_sentence(found, secret=secret)), code)
        case 429 | 500 if call.resource == EVICTIONS and (why := _held_back(found)):
            return HeldBack(why)
        case 429:
            return Busy(AWAY.format(how=BUSY), after=_seconds(found, headers))
        case _ if status >= 500:
            return call.lost(BROKEN.format(status=status))
        case _:
            return call.lost(NO_SENSE.format(status=status))


def _missing(call: Call, found: Json) -> Permission:
    """What is not permitted: an apply of what is not there yet is also held to the verb `create`."""
    create = call.verb == "apply" and "cannot create " in str(found.get("message") or "")
    return replace(call.permission, verb="create") if create else call.permission


def _not_permitted(call: Call, found: Json) -> str:
    """Who lacks what: the bot, the person in whose name it asked, or the bot to act as that person."""
    if call.person is None:
        return not_permitted(_missing(call, found))
    kind, name = str(_details(found).get("kind", "")), str(_details(found).get("name", ""))
    if kind in ("users", "groups") and _MAY_NOT_ACT.search(str(found.get("message") or "")):
        return not_permitted(one_of(kind, name))
    missing = _missing(call, found)
    return PERSON_NOT_PERMITTED.format(
        who=f"{call.person.title} ({user_named(call.person.user)})",
        what=missing.what,
        where=missing.where,
        kind=_role(missing),
        groups=", ".join(group_named(role) for role in call.person.roles) or "no group",
        rule=f"`{as_line(missing.rule)}`",
    )


def not_permitted(missing: Permission) -> str:
    """What the account lacks, with the very rule to add."""
    rule = f"`{as_line(missing.rule)}`"
    return NOT_PERMITTED.format(what=missing.what, where=missing.where, kind=_role(missing), rule=rule)


def _role(missing: Permission) -> str:
    return f"Role in {missing.namespace}" if missing.namespace else "ClusterRole"


def _details(found: Json) -> Json:
    details = found.get("details")
    return details if isinstance(details, dict) else {}


def _causes(found: Json) -> list[Any]:
    """The fields that the server's own validation complains of; a failed test of a JSON patch has none."""
    causes = _details(found).get("causes")
    return causes if isinstance(causes, list) else []


def _owned(found: Json) -> list[str]:
    """The fields that a server-side apply would take from another manager, each with whose it is."""
    return [
        f"{cause.get('field', '?')}: {cause.get('message', '')}"[:_LONGEST]
        for cause in _causes(found)
        if isinstance(cause, dict) and cause.get("reason") == "FieldManagerConflict"
    ][:_MOST_OWNED]


def _fields(found: Json) -> list[str]:
    return [
        f"{cause['field']} ({cause.get('reason', 'invalid')})"
        for cause in _causes(found)
        if isinstance(cause, dict) and cause.get("field")
    ]


def _sentence(found: Json, *, secret: bool) -> str:
    """Why, in the server's words; of faulty fields only which and what kind: it quotes their values.

    Of what concerns a `secret`, its word for the fault alone: a message might quote a value.
    """
    said = None if secret else found.get("message")
    told = ", ".join(_fields(found)) or said or found.get("reason") or "no reason given"
    return str(told)[:_LONGEST]


def _held_back(found: Json) -> str:
    """Which budget keeps a pod from going, empty when none does (429); a second budget is one, too (500)."""
    told = [str(one.get("message")) for one in _causes(found) if one.get("reason") == _BUDGET]
    message = str(found.get("message", ""))
    return " ".join(told or [message] if told or _TWO_BUDGETS in message else [])[:_LONGEST]


def _seconds(found: Json, headers: Mapping[str, str]) -> float:
    """How long to wait, from `Retry-After` (seconds, as the API server writes it) or the status."""
    for told in (headers.get("Retry-After"), _details(found).get("retryAfterSeconds")):
        if told is not None and str(told).isdecimal():
            return float(told)
    return 1.0

"""Refusals in the API server's own words: the `Status` object and its reasons.

https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.cluster.resources import Resource
from sandbox.cluster.shapes import Json

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


class ApiError(Exception):
    """An answer other than success; `body()` is what goes over the wire with `code`."""

    def __init__(self, code: int, reason: str | None, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def body(self) -> Json:
        """The `Status` object."""
        status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        return {key: value for key, value in status.items() if value is not None}


@dataclass(frozen=True)
class FieldFault:
    """One field that validation refuses, written as the API server's `field.Error`."""

    field: str
    reason: str
    detail: str

    @classmethod
    def invalid(cls, field: str, value: object, because: str) -> FieldFault:
        return cls(field, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {because}")

    @classmethod
    def unsupported(cls, field: str, value: object, *supported: str) -> FieldFault:
        wanted = ", ".join(json.dumps(each) for each in supported)
        return cls(
            field,
            "FieldValueNotSupported",
            f"Unsupported value: {_shown(value)}: supported values: {wanted}",
        )

    @classmethod
    def required(cls, field: str) -> FieldFault:
        return cls(field, "FieldValueRequired", "Required value")


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def not_found(resource: Resource, name: str) -> ApiError:
    details = {"name": name, "group": resource.group, "kind": resource.plural}
    return ApiError(404, "NotFound", f'{resource.qualified} "{name}" not found', _without_empty(details))


def conflict(resource: Resource, name: str, because: str = MODIFIED) -> ApiError:
    details = {"name": name, "group": resource.group, "kind": resource.plural}
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {because}'
    return ApiError(409, "Conflict", message, _without_empty(details))


def already_exists(resource: Resource, name: str) -> ApiError:
    details = {"name": name, "group": resource.group, "kind": resource.plural}
    return ApiError(
        409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', _without_empty(details)
    )


def invalid(group: str, kind: str, name: str, *faults: FieldFault) -> ApiError:
    """422 for what can be read but must not be; all faults at once, as the original tells them."""
    told = [f"{fault.field}: {fault.detail}" for fault in faults]
    qualified = f"{kind}.{group}" if group else kind
    causes = [{"reason": fault.reason, "message": fault.detail, "field": fault.field} for fault in faults]
    return ApiError(
        422,
        "Invalid",
        f'{qualified} "{name}" is invalid: {told[0] if len(told) == 1 else "[" + ", ".join(told) + "]"}',
        _without_empty({"name": name, "group": group, "kind": kind}) | {"causes": causes},
    )


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(resource: Resource, name: str, because: str) -> ApiError:
    named = f' "{name}"' if name else ""
    details = _without_empty({"name": name, "group": resource.group, "kind": resource.plural})
    return ApiError(403, "Forbidden", f"{resource.qualified}{named} is forbidden: {because}", details)


def may_not_impersonate(who: str, kind: str, name: str) -> ApiError:
    because = f'User "{who}" cannot impersonate resource "{kind}" in API group "" at the cluster scope'
    message = f'{kind} "{name}" is forbidden: {because}'
    return ApiError(403, "Forbidden", message, {"name": name, "kind": kind})


def nobody_impersonated(groups: Sequence[str]) -> ApiError:
    """As the original prints what it made of the headers."""
    listed = ", ".join(_shown(group) for group in groups)
    told = f'Name:"", UID:"", Groups:[]string{{{listed}}}, Extra:map[string][]string(nil)'
    return bad_request(f"requested &user.DefaultInfo{{{told}}} without impersonating a user name")


def unsupported_media_type(*accepted: str) -> ApiError:
    listed = ", ".join(accepted)
    return ApiError(
        415,
        "UnsupportedMediaType",
        f"the body of the request was in an unknown format - accepted media types include: {listed}",
        {},
    )


def unprocessable() -> ApiError:
    """A JSON patch that does not fit the object: the original tells no more than this."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def unreadable(message: str) -> ApiError:
    """A resource version that is no number: to the original a fault of its own, without a reason."""
    return ApiError(500, None, message)


def from_the_future(asked: int, current: int) -> ApiError:
    """A resource version that has not come yet; the original waits three seconds for it."""
    because = "Too large resource version"
    cause = {"reason": "ResourceVersionTooLarge", "message": because}
    details = {"causes": [cause], "retryAfterSeconds": 1}
    return ApiError(504, "Timeout", f"Timeout: {because}: {asked}, current: {current}", details)


def no_such_resource() -> ApiError:
    """A path that the original does not have either."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def no_such_method() -> ApiError:
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, {})


def unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message)


def too_large(message: str) -> ApiError:
    return ApiError(413, "RequestEntityTooLarge", message)


def not_practised(what: str) -> ApiError:
    """501: the original can do this, the practice cluster cannot, and says so."""
    return ApiError(501, "NotImplemented", f"the practice cluster does not offer {what}")


def _without_empty(details: Json) -> Json:
    return {key: value for key, value in details.items() if value != ""}

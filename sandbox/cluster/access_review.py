"""SelfSubjectAccessReview: "may I?", as `kubectl auth can-i` and every careful client ask it."""

from __future__ import annotations

from sandbox.cluster.access import Account, Asked
from sandbox.cluster.decoding import ANY, STRING, Mismatch, Struct, Type, json_decoder, parse_json
from sandbox.cluster.resources import ACCESS_REVIEWS
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault, bad_request, invalid

_ASKED: dict[str, Type] = dict.fromkeys(
    ("namespace", "verb", "group", "version", "resource", "subresource", "name"), STRING
)
_REVIEW = Struct(
    "SelfSubjectAccessReview",
    {
        "apiVersion": STRING,
        "kind": STRING,
        "metadata": ANY,
        "status": ANY,
        "spec": Struct(
            "SelfSubjectAccessReviewSpec",
            {
                "resourceAttributes": Struct("ResourceAttributes", _ASKED),
                "nonResourceAttributes": ANY,
            },
        ),
    },
)


def review(account: Account, body: bytes) -> Json:
    """The review with its answer; raises ApiError for a question that asks nothing."""
    try:
        asked = json_decoder().decode(parse_json(body), _REVIEW) or {}
    except Mismatch as wrong:
        kind = ACCESS_REVIEWS.kind
        raise bad_request(f'{kind} in version "v1" cannot be handled as a {kind}: {wrong}') from wrong
    spec = asked.get("spec", {})
    wanted = spec.get("resourceAttributes")
    if wanted is None:
        fault = FieldFault.invalid(
            "spec.resourceAttributes",
            None,
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        )
        raise invalid(ACCESS_REVIEWS.group, ACCESS_REVIEWS.kind, "", fault)
    path = "/".join(part for part in (wanted.get("resource"), wanted.get("subresource")) if part)
    group, namespace, name = (wanted.get(key, "") for key in ("group", "namespace", "name"))
    allowed = account.may(Asked(wanted.get("verb", ""), group, path, namespace, name))
    return {
        "kind": ACCESS_REVIEWS.kind,
        "apiVersion": ACCESS_REVIEWS.api_version,
        "metadata": {},
        "spec": spec,
        "status": {"allowed": allowed},
    }

"""The practice ledger of Provability-Fabric: receipts, egress certificates and capability tokens over HTTP.

`GET /receipts?since=`, `GET /egress-certificates?since=`, `GET /capability-tokens?status=active` and
`POST /capability-tokens/revoke {"token_ids": […]}`, each with a bearer token; `GET /health` without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.panel import Json
from sandbox.practice_api import FAULTS, Handler, PracticeApi, Refused

MOST_REVOKED = 100
_PAGE = 2
_LOOKS = 3
"""Looks until a late change shows."""
_STATES = frozenset({"active", "revoked", "all"})


@dataclass
class Token:
    """A capability token: whose it is and what it opens. The secret itself is nowhere."""

    id: str
    owner: str
    tenant: str
    capability: str
    days: int = 30
    reason: str = ""
    revoked: bool = False


TOKENS = (
    ("token123", "agent-billing", "acme", "retrieval:read", 12),
    ("token456", "agent-export", "acme", "egress:write", 3),
    ("token789", "agent-research", "globex", "retrieval:read", 27),
    ("token-ci-7", "pipeline", "platform", "ledger:append", 90),
    ("token-oncall", "oncall", "platform", "admin:read", 1),
)
RECEIPTS = (
    ("rcpt-1041", "acme", "allow", 4),
    ("rcpt-1040", "globex", "deny", 11),
    ("rcpt-1039", "acme", "allow", 26),
    ("rcpt-1031", "globex", "allow", 95),
)
"""Id, tenant, decision, minutes ago."""
CERTIFICATES = (
    ("cert-220", 0, 0, 6),
    ("cert-219", 2, 0, 21),
    ("cert-214", 0, 1, 130),
)
"""Id, findings of the detectors for personal data and for secrets, minutes ago."""
_POLICY_HASH = "b1f5c0ffee5eed00"


class PracticeLedger(PracticeApi):
    """The ledger. Its tokens are the state that an approval changes."""

    id = "ledger"
    title = "Practice ledger"
    faults = FAULTS | {"late": "Show changes late", "pages": "List two tokens a page"}

    def first_state(self) -> None:
        """Every token is active again, and what happened, happened just now."""
        self._tokens = {row[0]: Token(*row) for row in TOKENS}
        self._began = self.clock()
        self._late: dict[str, int] = {}

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        return {
            ("GET", "/health"): self._health,
            ("GET", "/receipts"): self._receipts,
            ("GET", "/egress-certificates"): self._certificates,
            ("GET", "/capability-tokens"): self._listed,
            ("POST", "/capability-tokens/revoke"): self._revoke,
        }

    def sections(self) -> list[Json]:
        rows = [
            self.row(
                "tokens",
                token.id,
                *({"text": one} for one in (token.id, token.owner, token.capability)),
                _state(token),
            )
            for token in self._tokens.values()
        ]
        columns = ["token", "owner", "capability", "state"]
        return [{"title": "Capability tokens", "columns": columns, "rows": rows}]

    def active(self) -> list[str]:
        """The ids of the tokens that still open something."""
        return [token.id for token in self._tokens.values() if not token.revoked]

    def revoke(self, name: str) -> None:
        """Somebody revokes a token by another way. Raises KeyError for one that there is not."""
        self._tokens[name].revoked = True
        self.on_change()

    def hand_over(self, name: str, owner: str) -> None:
        """Somebody gives a token to another owner. Raises KeyError like `revoke`."""
        self._tokens[name].owner = owner
        self.on_change()

    def issue(self, *names: str) -> None:
        """Somebody issues tokens."""
        self._tokens |= {name: Token(name, "agent-batch", "acme", "retrieval:read") for name in names}
        self.on_change()

    def reason(self, name: str) -> str:
        """Why a token was revoked, as it was said over the API."""
        return self._tokens[name].reason

    def _let_time_pass(self) -> None:
        """What shows late shows after some looks."""
        for name in tuple(self._late):
            self._late[name] -= 1
            if not self._late[name]:
                del self._late[name]
                self.revoke(name)

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "version": "2.4.1", "time": _at(self.clock())})

    async def _receipts(self, request: web.Request) -> web.Response:
        since = _since(request)
        rows = [
            {"receipt_id": name, "tenant": tenant, "decision": decision, "timestamp": _at(at)}
            for name, tenant, decision, minutes in RECEIPTS
            if (at := self._ago(minutes)) >= since
        ]
        return web.json_response({"receipts": rows})

    async def _certificates(self, request: web.Request) -> web.Response:
        since = _since(request)
        rows = [
            {
                "certificate_id": name,
                "timestamp": _at(at),
                "detectors": {"pii": pii, "secret": secret},
                "policy_hash": _POLICY_HASH,
            }
            for name, pii, secret, minutes in CERTIFICATES
            if (at := self._ago(minutes)) >= since
        ]
        return web.json_response({"certificates": rows})

    async def _listed(self, request: web.Request) -> web.Response:
        state = request.query.get("status", "all")
        if state not in _STATES or set(request.query) - {"status"}:
            raise Refused(400, f"status is one of {', '.join(sorted(_STATES))}")
        self._let_time_pass()
        rows = [
            {
                "token_id": token.id,
                "owner": token.owner,
                "tenant": token.tenant,
                "capability": token.capability,
                "expires_at": _at(self._began + timedelta(days=token.days)),
                "status": "revoked" if token.revoked else "active",
            }
            for token in self._tokens.values()
            if state == "all" or token.revoked == (state == "revoked")
        ]
        page = rows[:_PAGE] if self.has_fault("pages") else rows
        return web.json_response({"tokens": page, "next": "page-2" if len(page) < len(rows) else None})

    async def _revoke(self, request: web.Request) -> web.Response:
        return await self.keyed(request, self._revoked)

    def _revoked(self, body: Json) -> Json:
        ids = body.get("token_ids")
        if set(body) - {"token_ids", "reason"} or not isinstance(body.get("reason", ""), str):
            raise Refused(400, "send token_ids, and a reason if there is one")
        if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
            raise Refused(400, "token_ids is a list of texts")
        if len(ids) > MOST_REVOKED:
            raise Refused(400, f"at most {MOST_REVOKED} tokens at once")
        unknown = [one for one in ids if one not in self._tokens]
        if unknown:
            raise Refused(404, "there are tokens here that the ledger does not know")
        for one in ids:
            if self.has_fault("late"):
                self._late[one] = _LOOKS
            elif not self.has_fault("no-effect"):
                self._tokens[one].revoked = True
            self._tokens[one].reason = body.get("reason", "")
        return {"revoked": ids}

    def _ago(self, minutes: int) -> datetime:
        return self._began - timedelta(minutes=minutes)


def _state(token: Token) -> Json:
    return {"text": "revoked", "tone": "bad"} if token.revoked else {"text": "active", "tone": "good"}


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _since(request: web.Request) -> datetime:
    """The moment in `since`, RFC 3339 with its zone."""
    try:
        since = datetime.fromisoformat(request.query.get("since", ""))
    except ValueError as error:
        raise Refused(400, "since is a moment like 2026-01-31T12:00:00Z") from error
    if since.tzinfo is None or set(request.query) - {"since"}:
        raise Refused(400, "since is a moment with its zone, and nothing else is asked")
    return since

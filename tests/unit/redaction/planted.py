"""Secrets of every kind, made up anew each time, and the words that stand around them in logs."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable

from hypothesis import strategies as st

_ALNUM = string.ascii_letters + string.digits
_URL_SAFE = f"{_ALNUM}-_"
_PASSWORD = f"{_ALNUM}!#$%*+-.:;?^_~,"


def _of(alphabet: str, least: int, most: int = 0) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most or least)


def _mixed(length: int) -> st.SearchStrategy[str]:
    """As chance writes it: both letter cases and digits, one after the other often enough."""
    return st.lists(
        st.tuples(
            st.sampled_from(string.ascii_uppercase),
            st.sampled_from(string.digits),
            st.sampled_from(string.ascii_lowercase),
        ),
        min_size=length // 3,
        max_size=length // 3,
    ).map(lambda parts: "".join("".join(part) for part in parts))


def _part(claims: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _jwt(name: str, signature: str) -> str:
    return f"{_part({'alg': 'HS256'})}.{_part({'sub': name})}.{signature}"


def _luhn(digits: str) -> str:
    doubled = [int(one) * (2 if place % 2 == 0 else 1) for place, one in enumerate(reversed(digits))]
    total = sum(one - 9 if one > 9 else one for one in doubled)
    return digits + str(-total % 10)


TOKENS: dict[str, st.SearchStrategy[str]] = {
    "AWS key id": _of(string.ascii_uppercase + string.digits, 16).map("AKIA{}".format),
    "AWS secret": _mixed(39).map(lambda text: f"{text}/"),
    "GitHub": _of(_ALNUM, 36, 80).map("ghp_{}".format),
    "GitHub, fine-grained": _of(_ALNUM, 60).map("github_pat_{}".format),
    "GitLab": _of(_URL_SAFE, 20).map("glpat-{}".format),
    "Slack": _of(string.digits, 11).flatmap(
        lambda number: _of(_ALNUM, 24).map(lambda rest: f"xoxb-{number}-{rest}")
    ),
    "Slack, app level": _of(_ALNUM, 30).map("xapp-1-{}".format),
    "Stripe": _of(_ALNUM, 24).map("sk_test_{}".format),
    "of a model's API": _of(_URL_SAFE, 40).map("sk-proj-{}".format),
    "Google": _of(_URL_SAFE, 35).map("AIza{}".format),
    "npm": _of(_ALNUM, 36).map("npm_{}".format),
    "Vault": _of(_ALNUM, 24).map("hvs.{}".format),
    "JWT": st.builds(_jwt, _of(_ALNUM, 1, 12), _of(_URL_SAFE, 43)),
    "JWT without its end": _of(_ALNUM, 3, 9).map(lambda name: _jwt(name, "").split(".")[0]),
    "random": _mixed(33),
    "card": _of(string.digits, 14).map(lambda digits: _luhn(f"4{digits}")),
}
"""Told from ordinary words by nothing but themselves."""

VALUES = _of(_PASSWORD, 8, 40).filter(
    lambda text: (
        text.lower().strip(",") not in {"null", "none", "true", "false", "undefined"}
        and not {*text} <= {"*", ","}
    )
)
NAMED: dict[str, Callable[[str], str]] = {
    "variable": "DB_PASSWORD={}".format,
    "yaml": "password: {}".format,
    "JSON": lambda value: json.dumps({"level": "info", "clientSecret": value, "user": "ada"}),
    "JSON in JSON": lambda value: json.dumps({"message": json.dumps({"apiKey": value})}),
    "single quotes": "config['secret'] = '{}' # loaded".format,
    "option": "exec pg_dump --db-password {} --verbose".format,
    "header": "> Authorization: Token {}".format,
    "bearer": "sent bearer {} upstream".format,
    "cookie": "Set-Cookie: sid={}; HttpOnly".format,
    "own header": "x-api-key: {}".format,
    "URL": "connecting to postgres://ada:{}@db:5432/app".format,
    "URL without a user": "cache at redis://:{}@cache:6379/0".format,
    "prose": "the password is {}1 now".format,
    "coloured": "\x1b[32mpass\x1b[0mword={}".format,
    "invisible": "pass\u200bword={}".format,
}
"""Told by the words around them."""

E_MAILS = st.builds(
    "{}@{}.{}".format,
    _of(string.ascii_lowercase + string.digits, 1, 20),
    _of(string.ascii_lowercase, 2, 12),
    st.sampled_from(["org", "co.uk", "example", "health"]),
)

ORDINARY: tuple[str, ...] = (
    "INFO  GET /health 200 3ms",
    "ERROR upstream timeout after 5000ms, retrying (1/3)",
    "heap: 512MB of 1024MB used, gc 12.5ms",
    "2026-11-21T10:42:11.123456789Z level=warn msg=slow trace=4bf92f3577b34da6a3ce929d0e0e4736",
    "pulled auditron/api@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "pod auditron-api-5d4f8c9b7-x2x4z on node-1 at 10.2.3.4:8080",
    "uid 0f8fad5b-d9cb-469f-a165-70867728950e",
    "at com.example.UserAccountServiceV2Controller.handle(UserAccountServiceV2Controller.java:123)",
    "prompt_tokens=512 max_tokens: 1024",
    "Basic authentication failed; bearer token expired",
    "password is required",
    "token=null secret: none",
    "GET http://gateway:8080/v1/receipts?since=2026-11-20 404",
    "capability denied for tenant acme",
    "job 4711 finished in 2.1s; 3 retries; 1732182131123 ms since the epoch",
    "npm WARN deprecated left-pad@1.3.0: use String.prototype.padStart()",
)
"""What must stay as it is, or nobody reads logs here."""

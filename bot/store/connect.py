"""From a URL to a client."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from bot.store.errors import StoreConfigError

Client = Redis | RedisCluster

CONNECT_TIMEOUT = 1.0
"""Seconds to open a connection."""
ANSWER_TIMEOUT = 2.0
"""Seconds to wait for one answer, which may come after an fsync: a healthy disk takes milliseconds."""

_FORMS = (
    "redis://[user:password@]host[:port][/db]",
    "rediss://host (TLS, with ?ssl_ca_certs=FILE for an authority of your own)",
    "unix:///path/to/socket",
    "redis+sentinel://host:port,host:port/service[/db]",
    "redis+cluster://host:port,host:port",
)
_TLS_OPTIONS = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
_SENTINEL_OPTIONS = frozenset({"sentinel_username", "sentinel_password"})
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+)(?::(?P<port>\d{1,5}))?")


def connect(url: str) -> Client:
    """A client for a store's URL; nothing is sent yet.

    Raises StoreConfigError with the forms that are understood. Its text never holds the URL, which may hold
    a password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _not_understood("its host is no host") from None  # the cause would tell the password
    match parts.scheme:
        case "redis" | "rediss":
            host, port = _only(_hosts(parts, 6379))
            return Redis(host=host, port=port, db=_database(parts.path.strip("/")), **_common(parts))
        case "unix":
            return Redis(unix_socket_path=_socket(parts), **_common(parts))
        case "redis+sentinel" | "rediss+sentinel":
            return _through_sentinel(parts)
        case "redis+cluster" | "rediss+cluster":
            _database(parts.path.strip("/"), only_zero=True)
            nodes = [ClusterNode(host, port) for host, port in _hosts(parts, 6379)]
            return RedisCluster(startup_nodes=nodes, **_common(parts))
        case _:
            raise _not_understood("its scheme is none of these")


def _not_understood(why: str) -> StoreConfigError:
    return StoreConfigError(f"the store's URL is not understood, {why}: " + "; ".join(_FORMS))


def _common(parts: SplitResult) -> dict[str, Any]:
    """Arguments that every kind of client takes."""
    options = _options(parts)
    arguments: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": ANSWER_TIMEOUT,
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "retry": Retry(NoBackoff(), 0),  # the engine repeats calls, for every kind of client alike
        "health_check_interval": 15,
    }
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    if user:
        arguments["username"] = unquote(user)
    if password:
        arguments["password"] = unquote(password)
    if parts.scheme.startswith("rediss"):
        arguments["ssl"] = True
        arguments |= {name: options[name] for name in _TLS_OPTIONS & options.keys()}
    return arguments


def _options(parts: SplitResult) -> dict[str, str]:
    """The part after `?`. Unknown options are refused: a misspelt one could switch a check off."""
    known: frozenset[str] = frozenset()
    if parts.scheme.startswith("rediss"):
        known |= _TLS_OPTIONS
    if parts.scheme.endswith("+sentinel"):
        known |= _SENTINEL_OPTIONS
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not options.keys() <= known:
        raise _not_understood(f"the options of {parts.scheme} are {', '.join(sorted(known)) or 'none'}")
    if parts.fragment:
        raise _not_understood("a # in it (of a password, perhaps) is written %23")
    return options


def _hosts(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    hosts = []
    for text in parts.netloc.rpartition("@")[2].split(","):
        found = _HOST.fullmatch(text)
        if found is None or not 0 < int(found["port"] or default_port) < 65536:
            raise _not_understood("it names no host, or a port that is none")
        hosts.append((found["host"].strip("[]"), int(found["port"] or default_port)))
    return hosts


def _only(hosts: list[tuple[str, int]]) -> tuple[str, int]:
    if len(hosts) != 1:
        raise _not_understood("several hosts need +sentinel or +cluster")
    return hosts[0]


def _database(text: str, *, only_zero: bool = False) -> int:
    if text and (not text.isdecimal() or (only_zero and int(text) != 0)):
        raise _not_understood("its path is not a database number that this kind of server has")
    return int(text or "0")


def _socket(parts: SplitResult) -> str:
    if parts.netloc or not parts.path.startswith("/"):
        raise _not_understood("a socket needs a whole path, after three slashes")
    return unquote(parts.path)


def _through_sentinel(parts: SplitResult) -> Redis:
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise _not_understood("it names no service for Sentinel")
    arguments, options = _common(parts), _options(parts)
    for_sentinels = arguments | {"username": None, "password": None}
    for option in _SENTINEL_OPTIONS & options.keys():
        for_sentinels[option.removeprefix("sentinel_")] = options[option]
    sentinel = Sentinel(_hosts(parts, 26379), sentinel_kwargs=for_sentinels)  # type: ignore[no-untyped-call]
    client: Redis = sentinel.master_for(unquote(service), db=_database(database), **arguments)
    return client

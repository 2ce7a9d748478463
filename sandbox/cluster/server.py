"""The Kubernetes API over HTTP: who asks, for what, may they, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.cluster.access import Access, Account, authorize
from sandbox.cluster.access_review import review
from sandbox.cluster.bodies import APPLY_PATCH, WriteOptions
from sandbox.cluster.deletes import delete, delete_options
from sandbox.cluster.discovery import discovery
from sandbox.cluster.eviction import evict
from sandbox.cluster.faults import Faults
from sandbox.cluster.log_stream import send_log
from sandbox.cluster.paths import YES, Target, target_of
from sandbox.cluster.reads import check_version, read_list, read_one
from sandbox.cluster.resources import ACCESS_REVIEWS, in_original
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import (
    ApiError,
    FieldFault,
    conflict,
    invalid,
    no_such_method,
    no_such_resource,
    not_practised,
    too_large,
    unsupported_media_type,
)
from sandbox.cluster.store import Store
from sandbox.cluster.tables import AS_TABLE, table_of
from sandbox.cluster.watching import Watches
from sandbox.cluster.writes import Writes

if TYPE_CHECKING:
    from multidict import MultiMapping

BODY_MOST_BYTES = 3 * 1024 * 1024
MANAGER_MOST_BYTES = 128
WRITING = ("create", "update", "patch", "delete")
HEALTH = ("/healthz", "/livez", "/readyz")


class ApiServer:
    """Answers every path; what the practice does not offer gets 501 and a `Status`."""

    def __init__(self, store: Store, access: Access, faults: Faults, wrote: Callable[[], None]) -> None:
        self._store, self._access, self._faults, self._wrote = store, access, faults, wrote
        self._writes = Writes(store)
        self._watches = Watches(store)

    def application(self) -> web.Application:
        """The aiohttp application, with one handler for all paths."""
        app = web.Application(client_max_size=BODY_MOST_BYTES)
        app.router.add_route("*", r"/{path:[\s\S]*}", self._handle)
        return app

    def end_watches(self) -> None:
        """Let every open watch end, so that the server can stop."""
        self._watches.end()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            await self._faults.before(request)
            if request.path in HEALTH:
                return web.Response(text="ok")
            account = self._access.account(request.headers.get("Authorization"))
            account = self._access.acting(account, request.headers)
            found = discovery(request.path, request.host) if request.method == "GET" else None
            if found is not None:
                return _json(found)
            target = target_of(request.method, request.path, request.query)
            if target is None:
                if in_original(request.path):
                    raise not_practised(f"{request.method} {request.path}")
                raise no_such_resource()
            if not target.in_original:
                raise no_such_method()
            authorize(account, target)
            if target.resource is ACCESS_REVIEWS and target.practised:
                _check_json(request)
                return _json(review(account, await request.read()), status=201)
            return await self._answer(request, target, account)
        except ApiError as refused:
            return _json(refused.body(), status=refused.code)
        except web.HTTPRequestEntityTooLarge:
            limit = too_large(f"Request entity too large: limit is {BODY_MOST_BYTES}")
            return _json(limit.body(), status=limit.code)

    async def _answer(self, request: web.Request, target: Target, account: Account) -> web.StreamResponse:
        if not target.practised:
            path = f"{target.resource.plural}/{target.subresource}".rstrip("/")
            raise not_practised(f'"{target.verb}" on {path}')
        _check_accept(request.headers.get("Accept", "*/*"))
        if target.verb in WRITING:
            return await self._write(request, target, account)
        if self._faults.huge:
            return await self._faults.stream_huge(request)
        if target.subresource == "log":
            return await send_log(self._store, target, request, self._watches.ended)
        if target.subresource == "scale":
            return _json(self._writes.scale(target.namespace, target.name))
        if target.verb == "watch":
            return await self._watches.stream(request, target)
        return _json(self._read(target, request.query, AS_TABLE in request.headers.get("Accept", "")))

    def _read(self, target: Target, query: Mapping[str, str], as_table: bool) -> Json:
        if target.verb == "get":
            check_version(self._store, query)
            thing = read_one(self._store, target)
            return table_of(target.resource, [thing], {}, self._store.now()) if as_table else thing
        found = read_list(self._store, target, query)
        if as_table:
            return table_of(target.resource, found["items"], found["metadata"], self._store.now())
        return found

    async def _write(self, request: web.Request, target: Target, account: Account) -> web.StreamResponse:
        body = await request.read()
        if self._faults.conflict:
            raise conflict(target.resource, target.name)
        there = self._store.has(target.resource, target.namespace, target.name)
        options = WriteOptions()
        if target.verb == "delete":
            _check_json(request)
            dropping = delete_options(body, request.query)
            options.dry_run = dropping.dry_run
            answer = delete(self._store, target, dropping)
        elif target.subresource == "eviction":
            _check_json(request)
            answer = evict(self._store, target, body, request.query)
        else:
            applies = request.content_type == APPLY_PATCH
            options = write_options(target.verb, request.query, request.headers, applies)
            if applies and not there:
                authorize(account, replace(target, verb="create"))
            answer = self._changed(request, target, body, options)
        if not options.dry_run:
            self._wrote()
            await self._faults.after_write(request)
        response = _json(answer, status=201 if target.verb == "create" or not there else 200)
        for warning in options.warnings:
            quoted = warning.replace("\\", "\\\\").replace('"', '\\"')
            response.headers.add("Warning", f'299 - "{quoted}"')
        return response

    def _changed(self, request: web.Request, target: Target, body: bytes, options: WriteOptions) -> Json:
        if target.verb == "patch" and request.content_type == APPLY_PATCH:
            return self._writes.apply(target, body, options)
        if target.verb == "patch":
            return self._writes.patch(target, request.content_type, body, options)
        _check_json(request)
        if target.verb == "create":
            return self._writes.create(target, body, options)
        return self._writes.replace(target, body, options)


def write_options(
    verb: str, query: MultiMapping[str], headers: Mapping[str, str], applies: bool = False
) -> WriteOptions:
    """The options of a write; raises ApiError Invalid for values that the original refuses."""
    faults = []
    dry_run = query.getall("dryRun", [])
    if any(each != "All" for each in dry_run):
        faults.append(FieldFault.unsupported("dryRun", sorted(dry_run), "All"))
    if applies and not query.get("fieldManager"):
        told = "Required value: is required for apply patch"
        faults.append(FieldFault("fieldManager", "FieldValueRequired", told))
    if "force" in query and not applies:
        detail = "Forbidden: may not be specified for non-apply patch"
        faults.append(FieldFault("force", "FieldValueForbidden", detail))
    manager = query.get("fieldManager", "") or headers.get("User-Agent", "unknown").split("/")[0]
    faults += _manager_faults(query.get("fieldManager", ""))
    validation = query.get("fieldValidation", "") or "Warn"
    if validation not in ("Ignore", "Warn", "Strict"):
        faults.append(FieldFault.unsupported("fieldValidation", validation, "", "Ignore", "Strict", "Warn"))
    if faults:
        kind = f"{verb.capitalize()}Options"
        raise invalid("meta.k8s.io", kind, "", *faults)
    forced = query.get("force", "") in YES
    return WriteOptions(bool(dry_run), manager[:MANAGER_MOST_BYTES], validation, forced)


def _manager_faults(manager: str) -> list[FieldFault]:
    faults = []
    if len(manager.encode()) > MANAGER_MOST_BYTES:
        text = f"Too long: may not be more than {MANAGER_MOST_BYTES} bytes"
        faults.append(FieldFault("fieldManager", "FieldValueTooLong", text))
    for number, letter in enumerate(manager):
        if not letter.isprintable():
            because = f"invalid character U+{ord(letter):04X} (at position {number})"
            faults.append(FieldFault.invalid("fieldManager", manager, because))
    return faults


def _check_accept(accept: str) -> None:
    if not any(each in accept for each in ("application/json", "application/*", "*/*", "text/plain")):
        message = "only the following media types are accepted: application/json"
        raise ApiError(406, "NotAcceptable", message, {})


def _check_json(request: web.Request) -> None:
    """The original takes YAML, protobuf and CBOR as well; here a body is JSON."""
    if request.headers.get("Content-Type") and request.content_type != "application/json":
        raise unsupported_media_type("application/json")


def _json(body: Json, status: int = 200) -> web.Response:
    response = web.json_response(body, status=status)
    response.headers["Cache-Control"] = "no-cache, private"
    return response

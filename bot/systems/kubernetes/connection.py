"""One cluster: calls in bounded time and size, with credentials that are read again when they expire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import aiohttp
from multidict import CIMultiDict

from bot.systems.kubernetes.answers import NO_SENSE, TOO_LARGE, Busy, object_in
from bot.systems.kubernetes.calls import AWAY, Call, Json
from bot.systems.kubernetes.credentials import client_of, read_credentials
from bot.systems.kubernetes.impersonation import headers_of
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.running.acting import acting

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

CALL_SECONDS = 5.0
"""What one call may take: well under the time of an action, so that the target can still be asked."""
MOST_MIB = 16
"""An object has 1.5 MiB at most (etcd's limit); a list of many pods some more."""
_MOST_WAITS = 2
_LONGEST_WAIT = 3.0
"""Seconds; a server that wants more is answered to people as away."""
_CHUNK = 64 * 1024

_A = TypeVar("_A")

NO_ADDRESS = "The address or the token of the cluster cannot be used: look at the kubeconfig."


class Connection:
    """Calls one cluster. `seconds` bounds a call, the answer's body included.

    With `impersonate` what runs for a request is called in the name of the person who asked for it.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        context: str,
        *,
        seconds: float = CALL_SECONDS,
        impersonate: bool = False,
    ) -> None:
        self._environment = dict(environment)
        self.context = context
        self._seconds = seconds
        self._impersonate = impersonate
        self._client: ApiClient | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> ApiClient:
        """The client, made when it is first needed. Raises DoNotRetry (`not-configured`)."""
        async with self._opening:
            if self._client is None:
                self._client = await client_of(self._environment, self.context)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def call(self, call: Call) -> Json:
        """Send it and return the object in the answer. Raises as `handlers.actions.kubernetes.ports` says.

        What the server refused before it looked at it is sent again: after it said how long to wait (429),
        and once after the credentials were read anew (401).
        """
        return await self._tried(lambda client: self._once(client, call))

    async def text(self, call: Call, most_bytes: int) -> tuple[bytes, bool]:
        """The beginning of an answer that is text, and whether that is all of it. Raises like `call`."""
        body = bytearray()

        async def take(chunk: bytes) -> bool:
            body.extend(chunk)
            return len(body) <= most_bytes

        await self.pour(call, take, self._seconds)
        return bytes(body[:most_bytes]), len(body) <= most_bytes

    async def pour(self, call: Call, take: Callable[[bytes], Awaitable[bool]], seconds: float) -> None:
        """Give an answer that is text to `take`, in chunks until that returns False. Raises like `call`.

        Nothing is given twice: after the first chunk a failure is the end.
        """
        await self._tried(lambda client: self._poured(client, call, take, seconds))

    async def _tried(self, once: Callable[[ApiClient], Awaitable[_A]]) -> _A:
        client = await self.open()
        renewed, waited = False, 0
        while True:
            try:
                return await once(client)
            except Busy as busy:
                if busy.after > _LONGEST_WAIT or waited == _MOST_WAITS:
                    raise
                waited += 1
                await asyncio.sleep(busy.after)
            except DoNotRetry as no:
                if no.code != "401" or renewed:
                    raise
                renewed = True
                await read_credentials(self._environment, self.context, client.configuration)

    async def _once(self, client: ApiClient, call: Call) -> Json:
        call = self._in_a_name(call)
        async with _answer(client, call, self._seconds) as response:
            body = await _bounded(response, call)
            status, headers = response.status, response.headers
        return object_in(call, status, body, headers)

    async def _poured(
        self, client: ApiClient, call: Call, take: Callable[[bytes], Awaitable[bool]], seconds: float
    ) -> None:
        call = self._in_a_name(call)
        async with _answer(client, call, seconds) as response:
            if response.status == 200:
                async for chunk in response.content.iter_chunked(_CHUNK):
                    if not await take(chunk):
                        response.close()
                        return
                return
            body = await _bounded(response, call)
            status, headers = response.status, response.headers
        object_in(call, status, body, headers)

    def _in_a_name(self, call: Call) -> Call:
        return replace(call, person=acting()) if self._impersonate else call


@asynccontextmanager
async def _answer(client: ApiClient, call: Call, seconds: float) -> AsyncIterator[aiohttp.ClientResponse]:
    """One call and its answer, which must be read within `seconds`. Raises what the calls promise."""
    try:
        async with asyncio.timeout(seconds), await _sent(client, call) as response:
            yield response
            if response.history:
                raise call.lost(NO_SENSE.format(status=response.history[0].status))
    except aiohttp.ClientSSLError as error:
        raise DoNotRetry(AWAY.format(how="is not trusted: its certificate"), "tls") from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise TryAgainLater(AWAY.format(how="cannot be reached")) from error
    except (aiohttp.NonHttpUrlClientError, ValueError) as error:
        # ValueErrors are aiohttp's InvalidURL, and a header that cannot be sent.
        raise DoNotRetry(NO_ADDRESS, "not-configured") from error
    except TimeoutError as slow:
        raise call.lost(f"did not answer within {seconds:g} seconds") from slow
    except aiohttp.ClientError as error:
        raise call.lost("cut the connection") from error


async def _sent(client: ApiClient, call: Call) -> aiohttp.ClientResponse:
    """Through the client's own transport, without its models: importing these takes two seconds more, and
    they would drop the fields that they do not know from a template that is put back.
    """
    method, url, headers, *rest = await client.param_serialize(
        call.method,
        call.path,
        path_params=dict(call.values),
        query_params=call.parameters,
        header_params=call.headers,
        body=call.body,
        auth_settings=["BearerToken"],
    )
    # A header for each group, which the client's own dictionary cannot hold.
    person = headers_of(call.person) if call.person else ()
    all_headers = CIMultiDict((*headers.items(), *person))
    response: aiohttp.ClientResponse = (await client.call_api(method, url, all_headers, *rest)).response
    return response


async def _bounded(response: aiohttp.ClientResponse, call: Call) -> bytes:
    """The body, given up as soon as it is too large."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > MOST_MIB * 1024 * 1024:
            response.close()
            raise call.lost(TOO_LARGE.format(most=MOST_MIB))
    return bytes(body)

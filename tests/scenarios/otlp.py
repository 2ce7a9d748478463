"""A small OTLP/HTTP collector: takes spans as the exporter sends them and keeps what they say."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Seen:
    """One span. Ids are hex; `replica` is the instance that it comes from."""

    name: str
    trace: str
    id: str
    parent: str
    replica: str
    failed: bool
    attributes: dict[str, str]


@dataclass
class Collector:
    """What has arrived. `refuse` answers 503, as one that is away."""

    endpoint: str = ""
    spans: list[Seen] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refuse: bool = False

    def named(self, *names: str) -> list[Seen]:
        return [span for span in self.spans if span.name in names]

    async def take(self, request: web.Request) -> web.Response:
        assert "application/x-protobuf" == request.content_type
        if self.refuse:
            return web.Response(status=503)
        body = await request.read()
        packed = request.headers.get("Content-Encoding") == "gzip" and body.startswith(b"\x1f\x8b")
        told = ExportTraceServiceRequest.FromString(gzip.decompress(body) if packed else body)
        self.headers.append(dict(request.headers))
        for resource in told.resource_spans:
            about = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [
                    Seen(
                        name=span.name,
                        trace=span.trace_id.hex(),
                        id=span.span_id.hex(),
                        parent=span.parent_span_id.hex(),
                        replica=about["service.instance.id"],
                        failed=span.status.code == 2,
                        attributes={one.key: one.value.string_value for one in span.attributes},
                    )
                    for span in scope.spans
                ]
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf"
        )


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """A collector on loopback, for as long as the context lasts."""
    made = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", made.take)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        made.endpoint = f"http://{host}:{port}"
        yield made
    finally:
        await runner.cleanup()

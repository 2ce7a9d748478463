"""OpenTelemetry behind the port: batches over OTLP/HTTP, sent by a thread of the library's own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers

_CARRIER = "traceparent"
_SEND_SECONDS, _EVERY_MS = 5, 1000
_W3C = TraceContextTextMapPropagator()


class OtelTracing:
    """Implements `bot.tracing.port.Tracing`, with a provider of its own: the global one stays as it is."""

    def __init__(self, endpoint: str, headers: str, service: str, replica: str) -> None:
        about = {"service.name": service, "service.instance.id": replica}
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(
            endpoint, headers=parse_env_headers(headers, liberal=True), timeout=_SEND_SECONDS
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_EVERY_MS))
        self._tracer = self._provider.get_tracer("countersign")

    @contextmanager
    def span(self, name: str, *, parent: str = "", **attributes: str | int) -> Iterator[None]:
        """See `Tracing.span`. An error is told by its kind: its words may be somebody's."""
        context = _W3C.extract({_CARRIER: parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, context, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(trace.StatusCode.ERROR, type(error).__name__)
                raise

    def note(self, **attributes: str) -> None:
        """See `Tracing.note`."""
        trace.get_current_span().set_attributes(attributes)

    def parent(self) -> str:
        """See `Tracing.parent`."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get(_CARRIER, "")

    def wrap(self, name: str, port: Any) -> Any:
        """See `Tracing.wrap`."""
        return _Traced(self, name, port)

    async def aclose(self) -> None:
        """See `Tracing.aclose`. The library waits for the network, so not here."""
        await asyncio.to_thread(self._provider.shutdown)


class _Traced:
    """A port seen from outside: its asynchronous methods and those of its parts are spans."""

    def __init__(self, tracing: OtelTracing, name: str, port: Any) -> None:
        self._tracing, self._name, self._port = tracing, name, port

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._port, attribute)
        if inspect.iscoroutinefunction(found):
            return self._spanned(found, attribute)
        parts = type(found).__module__.startswith("bot.systems.")
        return _Traced(self._tracing, f"{self._name}.{attribute}", found) if parts else found

    def _spanned(self, call: Callable[..., Any], attribute: str) -> Callable[..., Any]:
        @wraps(call)
        async def called(*args: Any, **named: Any) -> Any:
            with self._tracing.span(f"{self._name}.{attribute}"):
                return await call(*args, **named)

        return called

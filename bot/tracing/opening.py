"""Tracing as the environment asks for it, by OpenTelemetry's own variables.

https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.tracing.port import NoTracing, Tracing

_ALL, _TRACES = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


@asynccontextmanager
async def tracing_for(environment: Mapping[str, str], replica: str) -> AsyncIterator[Tracing]:
    """Tracing for as long as the context lasts; what is left is sent at the end."""
    base = environment.get(_ALL, "").strip().rstrip("/")
    endpoint = environment.get(_TRACES, "").strip() or (f"{base}/v1/traces" if base else "")
    if not endpoint:
        yield NoTracing()
        return
    from bot.tracing.otel import OtelTracing  # half a second and its libraries, only where they are used

    name = environment.get("OTEL_SERVICE_NAME", "").strip() or "countersign"
    made = OtelTracing(endpoint, environment.get("OTEL_EXPORTER_OTLP_HEADERS", ""), name, replica)
    try:
        yield made
    finally:
        await made.aclose()

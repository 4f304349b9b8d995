"""A span for each request, by OpenTelemetry (the extra `otel`). The standard variables `OTEL_…` say where spans go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from api.telemetry.request_record import RequestOutcome, RequestRecord
from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadSettings

if TYPE_CHECKING:
    from opentelemetry import propagate, trace
    from opentelemetry.exporter.otlp.proto.http import trace_exporter
    from opentelemetry.sdk import resources
    from opentelemetry.sdk import trace as sdk
    from opentelemetry.sdk.trace import export
else:
    propagate = lazy_import("opentelemetry.propagate")
    trace = lazy_import("opentelemetry.trace")
    trace_exporter = lazy_import("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    resources = lazy_import("opentelemetry.sdk.resources")
    sdk = lazy_import("opentelemetry.sdk.trace")
    export = lazy_import("opentelemetry.sdk.trace.export")

_NAME = "wattgraph"
_FAILURES = (RequestOutcome.FAILED, RequestOutcome.DEADLINE)


class RequestTracer:
    """Makes the span of a request, as a child of the one that the client names in `traceparent`."""

    def __init__(self, provider: sdk.TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(_NAME)

    @contextmanager
    def span(self, headers: Mapping[str, str], record: RequestRecord) -> Iterator[None]:
        """Its attributes are read from the record when the block ends."""
        with self._tracer.start_as_current_span(
            "request",
            context=propagate.extract(headers),
            kind=trace.SpanKind.SERVER,
            # their messages may repeat what is private
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            finally:
                span.update_name(f"{record.kind.value} {record.route}".strip())
                span.set_attributes(_attributes(record))
                if record.outcome in _FAILURES:
                    span.set_status(trace.StatusCode.ERROR)

    def close(self) -> None:
        """Sends what has not been sent yet."""
        self._provider.shutdown()


def _attributes(record: RequestRecord) -> Mapping[str, str | int | float]:
    attributes = {
        "http.route": record.route or None,
        "http.response.status_code": record.status or None,
        "graphql.operation.name": record.name or None,
        "wattgraph.request_id": record.id,
        "wattgraph.client": record.client,
        "wattgraph.operation": record.kind.value,
        "wattgraph.outcome": record.outcome.value,
        "wattgraph.cost": record.cost,
        "wattgraph.processor_seconds": record.processor_seconds,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def open_tracer(version: str) -> RequestTracer:
    """One that sends spans over OTLP to `OTEL_EXPORTER_OTLP_ENDPOINT`. Raises BadSettings without the extra."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        raise BadSettings(
            "WATTGRAPH_TRACES needs OpenTelemetry, which is not installed.",
            remedy="Install it: pip install 'wattgraph[otel]'.",
        )
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": _NAME}
    provider = sdk.TracerProvider(resource=resources.Resource.create({**named, "service.version": version}))
    provider.add_span_processor(export.BatchSpanProcessor(trace_exporter.OTLPSpanExporter()))
    return RequestTracer(provider)

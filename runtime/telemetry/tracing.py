"""OpenTelemetry traces, if the extra `otel` is installed and OTEL_EXPORTER_OTLP_ENDPOINT is set.

A request, the journey that it starts or calls, and the activities of the journey are one trace. Attributes hold route
templates, statuses and our own ids; never a path, a body or a header.
"""

import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from runtime.errors import StartupError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware
    from opentelemetry.trace import Tracer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def enabled() -> bool:
    """Whether traces are sent."""
    return bool(os.environ.get(ENDPOINT))


@cache
def tracer() -> "Tracer":
    """The tracer of this process, which sends in the background. Raises StartupError when the extra is not installed."""
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as problem:
        raise StartupError(
            f"{ENDPOINT} is set, but the extra is missing: pip install 'smot[otel]'"
        ) from problem
    name = os.environ.get("OTEL_SERVICE_NAME", "smot")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.get_tracer("smot")


def interceptors() -> Sequence[Any]:
    """Interceptors of the Temporal client and of its workers, which carry the trace into workflows and activities."""
    if not enabled():
        return ()
    used = tracer()
    from temporalio.contrib.opentelemetry import TracingInterceptor

    return (TracingInterceptor(used),)


def flush() -> None:
    """Send the spans that are not sent yet, at the end of a process."""
    if enabled():
        from opentelemetry import trace

        force_flush = getattr(trace.get_tracer_provider(), "force_flush", None)
        if force_flush is not None:
            force_flush(2000)


def server_spans() -> "Middleware | None":
    """Middleware that makes a span per request, in the caller's trace if there is one; None when tracing is off."""
    if not enabled():
        return None
    used = tracer()
    from aiohttp import web
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind, StatusCode

    from api.http.metrics import METHODS
    from api.http.middleware import ROUTE

    @web.middleware
    async def trace_request(request: web.Request, handler: "Handler") -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        context = extract({name: headers[name] for name in ("traceparent", "tracestate") if name in headers})
        verb = request.method if request.method in METHODS else "other"
        with used.start_as_current_span(verb, context=context, kind=SpanKind.SERVER) as span:
            response = await handler(request)
            route = request.get(ROUTE, f"{verb} unknown")
            span.update_name(route)
            span.set_attribute("http.request.method", verb)
            span.set_attribute("http.route", route.partition(" ")[2])
            span.set_attribute("http.response.status_code", response.status)
            if response.status >= 500:
                span.set_status(StatusCode.ERROR)
            return response

    return trace_request

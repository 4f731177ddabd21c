"""The API's documentation for people: an interactive page, and a plain one without scripts, made from the OpenAPI document."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from aiohttp import web

from api.http.api_description import ApiDescription
from api.http.docs_assets import FILES, PAGE, POLICY, asset
from api.http.endpoint import Endpoint
from api.http.middleware import ROUTE
from api.http.openapi import describe
from api.http.openapi_schemas import Json
from api.http.problems import PROBLEM_TYPES, Problem
from api.http.rate_limits import RateLimiter
from api.http.reasons import SENTENCES
from api.http.response_headers import is_unchanged

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif;
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
h2 { border-bottom: 1px solid #767676; margin-top: 3rem } h3 { margin-top: 2rem; overflow-wrap: anywhere }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f2f2f2; padding: .1rem .3rem }
pre { overflow-x: auto; padding: .6rem } .method { font-weight: bold } .roles { color: #444 }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class _Rendered:
    """The OpenAPI document for machines and for people."""

    spec: str
    plain: str

    @classmethod
    def of(cls, document: Json) -> "_Rendered":
        return cls(json.dumps(document, ensure_ascii=False) + "\n", page(document))


def publish(
    app: web.Application,
    endpoints: Sequence[Endpoint],
    about: Callable[[], ApiDescription],
    limiter: RateLimiter,
) -> None:
    """Serve `/openapi.json`, `/docs` (interactive) and `/docs/plain` (without scripts), without a key.

    They are rendered once, in a thread, when the first is asked for: few processes are, and it takes half a second.
    """
    docs, rendering = PAGE.read_text(), asyncio.Lock()
    rendered: list[_Rendered] = []

    async def document() -> _Rendered:
        async with rendering:
            if not rendered:
                rendered.append(await asyncio.to_thread(lambda: _Rendered.of(describe(endpoints, about()))))
        return rendered[0]

    async def openapi_json(request: web.Request) -> web.Response:
        _admit(limiter, request, "GET /openapi.json")
        return web.Response(text=(await document()).spec, content_type="application/json")

    async def plain_docs(request: web.Request) -> web.Response:
        _admit(limiter, request, "GET /docs/plain")
        return web.Response(
            text=(await document()).plain,
            content_type="text/html",
            headers={"Content-Security-Policy": _POLICY},
        )

    async def interactive_docs(request: web.Request) -> web.Response:
        _admit(limiter, request, "GET /docs")
        return web.Response(text=docs, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def docs_asset(request: web.Request) -> web.Response:
        _admit(limiter, request, "GET /docs/assets/{name}")
        return await _asset(request)

    app.router.add_get("/openapi.json", openapi_json)
    app.router.add_get("/docs", interactive_docs)
    app.router.add_get("/docs/plain", plain_docs)
    app.router.add_get("/docs/assets/{name}", docs_asset)


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in FILES:
        raise Problem("not_found")
    found = await asyncio.to_thread(asset, name)
    headers = {"ETag": found.tag, "Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}
    if is_unchanged(request, headers):
        return web.Response(status=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=found.packed, content_type=found.media_type, headers=headers)
    return web.Response(body=found.body, content_type=found.media_type, headers=headers)


def _admit(limiter: RateLimiter, request: web.Request, route: str) -> None:
    request[ROUTE] = route
    limiter.consume_public(request, "public", route)


def page(document: Json) -> str:
    """The whole page: operations by tag, then schemas, then problem codes, to which problem documents link."""
    title = escape(document["info"]["title"])
    operations = [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    tags = dict.fromkeys(tag for _, _, operation in operations for tag in operation["tags"] or ["other"])
    parts = [f"<h1>{title} {escape(document['info']['version'])}</h1>"]
    parts.append(
        '<p>The same for machines: <a href="/openapi.json">openapi.json</a>. '
        'With requests to try: <a href="/docs">/docs</a>.</p>'
    )
    for tag in tags:
        parts.append(f"<h2>{escape(tag)}</h2>")
        for method, path, operation in operations:
            if tag in (operation["tags"] or ["other"]):
                parts.extend(_operation(method, path, operation))
    parts.extend(_schemas(document["components"]["schemas"]))
    parts.extend(_codes())
    parts.extend(_reasons())
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>'
    )


def _operation(method: str, path: str, operation: Json) -> Iterator[str]:
    name = escape(operation["operationId"])
    yield f'<h3 id="{name}"><span class="method">{escape(method.upper())}</span> <code>{escape(path)}</code></h3>'
    yield f"<p>{escape(operation['summary'])}</p>"
    yield from (f"<p>{escape(text)}</p>" for text in operation["description"].split("\n\n"))
    if operation["parameters"]:
        yield "<table><tr><th>Parameter</th><th>In</th><th>Schema</th></tr>"
        yield from (_parameter(one) for one in operation["parameters"])
        yield "</table>"
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body <code>{escape(media)}</code> {_schema(content.get('schema'))}</p>"
    yield "<table><tr><th>Answer</th><th>Meaning</th><th>Schema</th></tr>"
    for status, answer in operation["responses"].items():
        content = next(iter(answer.get("content", {"": {}}).values()))  # of a problem and a page: the problem
        yield f"<tr><td>{escape(status)}</td><td>{_meaning(answer)}</td><td>{_schema(content.get('schema'))}</td></tr>"
    yield "</table>"


def _parameter(one: Json) -> str:
    need = "" if one["required"] else " (optional)"
    name = f"<code>{escape(one['name'])}</code>{need}"
    return f"<tr><td>{name}</td><td>{escape(one['in'])}</td><td>{_schema(one['schema'])}</td></tr>"


def _meaning(answer: Json) -> str:
    """Problem codes link to their explanation."""
    parts = answer["description"].split(", ")
    codes: Any = PROBLEM_TYPES
    return ", ".join(f'<a href="#{part}">{part}</a>' if part in codes else escape(part) for part in parts)


def _schema(schema: Json | None) -> str:
    if schema is None:
        return ""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    return f"<code>{escape(json.dumps(schema, ensure_ascii=False))}</code>"


def _schemas(schemas: Json) -> Iterator[str]:
    yield "<h2>Schemas</h2>"
    for name, schema in schemas.items():
        yield f'<h3 id="schema-{escape(name)}">{escape(name)}</h3>'
        yield f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>"


def _codes() -> Iterator[str]:
    yield "<h2>Problem codes</h2><table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>"
    for code, kind in PROBLEM_TYPES.items():
        yield f'<tr id="{code}"><td><code>{code}</code></td><td>{kind.status}</td><td>{escape(kind.title)}</td></tr>'
    yield "</table>"


def _reasons() -> Iterator[str]:
    yield "<h2>Reasons of refusals</h2><table><tr><th>Code</th><th>Meaning</th></tr>"
    for code, sentence in SENTENCES.items():
        yield f'<tr id="reason-{code}"><td><code>{code}</code></td><td>{escape(sentence)}</td></tr>'
    yield "</table>"

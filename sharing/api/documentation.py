"""Show the interface on one page of plain HTML.

The usual viewers load scripts from a remote address; this page has no script, so it works
offline and under the strictest content security policy. /openapi.json is for machines.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

import orjson
from starlette.responses import HTMLResponse

__all__ = ["documentation_page"]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
    "code{font-size:.95em}pre{overflow:auto;background:#eee;padding:1em}"
    "table{border-collapse:collapse}td{padding:.2em 1em .2em 0;vertical-align:top}"
    "h2{margin-top:2em;border-top:1px solid #999;padding-top:1em}"
)
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src "
    f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)


def documentation_page(openapi: dict[str, Any], exercise: bool) -> HTMLResponse:
    """Return the page that lists every operation of an OpenAPI document."""
    title = escape(openapi["info"]["title"])
    label = "<p><strong>EXERCISE</strong></p>" if exercise else ""
    sections = "".join(
        _operation(method, path, operation)
        for path, operations in openapi["paths"].items()
        for method, operation in operations.items()
    )
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style>{label}<h1>{title}</h1>"
        f"<p>{escape(openapi['info'].get('description', ''))}</p>"
        '<p>For machines: <a href="/openapi.json">/openapi.json</a></p>'
        f"{sections}</html>"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    needs = "Needs a key." if operation.get("security") else "Open to all."
    rows = "".join(_parameter(one) for one in operation.get("parameters", []))
    paragraphs = operation.get("description", "").split("\n\n")
    text = "".join(f"<p>{escape(one)}</p>" for one in paragraphs if one)
    return (
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
        f"<p>{escape(operation.get('summary', ''))}. {needs}</p>{text}"
        f"{f'<table>{rows}</table>' if rows else ''}{_examples(operation)}"
    )


def _examples(operation: dict[str, Any]) -> str:
    """Return the examples of what goes well, folded away."""
    return "".join(
        f"<details><summary>Example of an answer: {escape(media)}</summary>"
        f"<pre>{escape(_shown(content['example']))}</pre></details>"
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for media, content in response.get("content", {}).items()
        if "example" in content
    )


def _shown(example: Any) -> str:
    if isinstance(example, str):
        return example
    return orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    text = parameter.get("description") or schema.get("description", "")
    return f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{escape(text)}</td></tr>"

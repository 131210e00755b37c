"""The contract as one page of HTML, made from the contract itself: no script, no style sheet from elsewhere, no package."""

from collections.abc import Iterator
from html import escape
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")
_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
nav ul{columns:2;padding:0;list-style:none}
article{border-top:1px solid var(--line);padding:.5rem 0 1rem}
h3{font:600 1rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,monospace;font-size:.9em;background:var(--soft);border-radius:3px;padding:0 .2em}
pre{padding:.6em;overflow:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line)}
.method{text-transform:uppercase}
"""


def page_of(contract: dict[str, Any]) -> str:
    """The page: every operation with its parameters, body, answers and who may call it; then every type."""
    info = contract["info"]
    operations = [
        (method, path, operation)
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    ]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        *(f"<p>{_prose(paragraph)}" for paragraph in info["description"].split("\n\n")),
        "<p>For programs: <a href='openapi.json'>openapi.json</a>",
        "<nav><h2>Calls</h2><ul>",
        *(
            f"<li><a href='#{operation['operationId']}'>{escape(operation['operationId'])}</a>"
            for _, _, operation in operations
        ),
        "</ul></nav><main>",
        *(part for method, path, operation in operations for part in _operation(method, path, operation)),
        "<h2>Types</h2>",
        *(part for name, schema in contract["components"]["schemas"].items() for part in _type(name, schema)),
        "</main></html>",
    ]
    return "\n".join(parts)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    name = operation["operationId"]
    yield f"<article id='{escape(name)}'><h3><span class=method>{method}</span> {escape(path)}</h3>"
    yield f"<p><code>{escape(name)}</code>, for <code>{escape(operation['x-access'])}</code>."
    yield f"<p>{_prose(operation.get('description', ''))}"
    parameters = [parameter for parameter in operation.get("parameters", []) if parameter["in"] != "path"]
    if parameters:
        yield "<table><tr><th>Parameter<th>Where<th>Type<th>Meaning"
        for parameter in parameters:
            yield f"<tr><td><code>{escape(parameter['name'])}</code><td>{parameter['in']}<td>{_name(parameter['schema'])}"
            yield f"<td>{_prose(parameter.get('description', ''))}"
        yield "</table>"
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body <code>{escape(media_type)}</code>: {_name(content.get('schema', {}))}"
    yield "<table><tr><th>Status<th>Answer<th>Meaning"
    for status, response in operation["responses"].items():
        answers = ", ".join(_name(content.get("schema", {})) for content in response.get("content", {}).values())
        yield f"<tr><td>{escape(status)}<td>{answers}<td>{_prose(response['description'])}"
    yield "</table></article>"


def _type(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"<article id='type-{escape(name)}'><h3>{escape(name)}</h3><p>{_prose(schema.get('description', ''))}"
    if "properties" in schema:
        needed = schema.get("required", [])
        yield "<table><tr><th>Field<th>Type<th>Meaning"
        for field, value in schema["properties"].items():
            mark = "" if field in needed else " (optional)"
            yield f"<tr><td><code>{escape(field)}</code>{mark}<td>{_name(value)}<td>{_prose(value.get('description', ''))}"
        yield "</table>"
    else:
        yield f"<p>{_name(schema)}"
    yield "</article>"


def _name(schema: dict[str, Any]) -> str:
    """What a schema is, in a few words, with links to the types that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"<a href='#type-{escape(name)}'>{escape(name)}</a>"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_name(one) for one in schema[several])
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_name(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_name(schema['additionalProperties'])}"
    return escape(schema.get("format") or schema.get("type") or "anything")


def _prose(text: str) -> str:
    """Escaped, with what stands in backticks as code."""
    pieces = text.split("`")
    return "".join(f"<code>{escape(piece)}</code>" if number % 2 else escape(piece) for number, piece in enumerate(pieces))

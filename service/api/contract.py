"""The contract: what each operation needs, answers and refuses, as OpenAPI 3.1 says it."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api.answering import Shape
from service.api.examples import EXAMPLES
from service.api.identity import ANYONE, OPERATOR, Access
from service.api.links import links_of
from service.api.problems import MEDIA_TYPE, Problem
from service.api.refusals import refusal_examples
from service.api.spelling import spell

VERSION = "1.3.0"
"""Of the contract: within `/v1` only additions happen, each a new minor version."""
_OBJECT = {"type": "object", "additionalProperties": True}
REFERENCE = "#/components/schemas/{model}"
FORMS: dict[str, dict[str, Any]] = {
    "ImportForm": {
        "type": "object",
        "description": "A file as people send it.",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
        "additionalProperties": False,
    }
}
"""Forms, by name: what no model of ours reads. Nameless, generators would make up a name that they use already."""
TOPICS = {
    "communities": "The coalition as a whole: its objective, its languages, its charter.",
    "actors": "Who belongs, in which role, since when.",
    "tokens": "What members' systems identify themselves with.",
    "invitations": "One-time texts that somebody exchanges for a token of an actor.",
    "people": "Who signs in by an OpenID Connect issuer, and for which actor.",
    "objectives": "What the coalition works towards: the tree and its weights.",
    "proposals": "What would change, who stands where, what it would do to the figures.",
    "indicators": "What is measured, in every version that was adopted.",
    "targets": "What is aimed at, and by when.",
    "contributions": "What actors report, one by one or together, and what became of it.",
    "imports": "Files in: spreadsheets, their reports, templates to fill in.",
    "mappings": "How members' own files read.",
    "closed periods": "Periods that take no more contributions.",
    "dues": "What an actor has still to report.",
    "figures": "What follows from the contributions: values, series, explanations.",
    "progress": "How far the objective and each target are.",
    "reviews": "A day's figures, frozen, and what was read in them.",
    "events": "What happened, in order.",
    "sdmx": "Structures and data for statistical programs.",
    "iati": "Results as activity files, out and in.",
    "dhis2": "Data value sets, out and in, under a mapping.",
    "alerts": "What time brought about, in order.",
    "webhooks": "Where events are sent to, and what became of each.",
    "digests": "Who is told by e-mail what an actor owes.",
    "export": "All that a community holds, to take away.",
    "exchange": "Impact in the Common Impact Data Standard, and events as an Atom feed.",
    "erasures": "Texts about people that have to go.",
    "system": "The service itself: is it up, how is it doing, what does it promise.",
}
"""What operations are about, by tag."""
_DESCRIPTIONS = {
    400: "The request cannot be parsed.",
    401: "A token is needed, or the one given is not valid.",
    403: "The caller may not do this.",
    404: "There is no such thing, or not as of the instant asked for, or not for this caller.",
    409: "It conflicts with what is there.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    415: "The body is of a media type that is not understood.",
    422: "The request is understood and refused; `errors` says where and why.",
    428: "`If-Match` is needed.",
    429: "Too many requests; `Retry-After` says in how many seconds one more will do; every answer has `RateLimit`.",
    500: "A mistake of the service's own; its logs know more, under `instance`.",
    503: "The service cannot answer now; `Retry-After` says when to try again. Nothing was changed.",
}
_DESCRIPTION = """The shared evaluation and indicator data service of a community of action.

Measures are decimals and travel as strings. Periods are SDMX's: `2025`, `2025-S1`, `2025-Q1`, `2025-03`, `2025-W09`,
`2025-03-05`. Instants are RFC 3339, in UTC. Enumerations in answers are open: more values may come. Errors are RFC 9457
problems, whose `title` and `detail` follow `Accept-Language` (English, French); their codes never do."""


def problem_responses(method: str, access: Access, shape: Shape) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation can answer with."""
    statuses = {413, 422, 500, 503}
    if access is not ANYONE:
        statuses |= {401, 403, 429}
    if access not in (ANYONE, OPERATOR):
        statuses.add(404)
    if method != "GET":
        statuses |= {400, 409, 415}
    if shape.may_conflict:
        statuses.add(409)
    if method == "PATCH":
        statuses |= {412, 428}
    if method == "PUT" and shape.etag:
        statuses.add(412)
    content = {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model=Problem.__name__)}}}
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": _DESCRIPTIONS[status], "content": content} for status in sorted(statuses)
    }
    if shape.or_status is not None:
        responses[shape.or_status] = {"description": "The same answer, and nothing new.", "model": shape.answer}
    if method == "GET" and shape.etag:
        responses[304] = {"description": "It is as `If-None-Match` says."}
    return responses


def operation_extras(access: Access, shape: Shape, media_types: tuple[str, ...], extras: dict[str, Any]) -> dict[str, Any]:
    """What the framework does not know of an operation: who may call it, its answers in other media types, its headers."""
    success: dict[str, Any] = {}
    if shape.table is not None:
        media_types = (*media_types, *shape.table.media_types)
        success["headers"] = {"Link": _header('The next page, as `rel="next"`; of CSV what it holds, as `rel="describedby"`.')}
    if media_types:
        success["content"] = {
            media_type: {"schema": _OBJECT if media_type.endswith("json") else {"type": "string"}} for media_type in media_types
        }
    if shape.etag:
        success["headers"] = {"ETag": _header("What to send as `If-None-Match` or `If-Match`.")}
    extra: dict[str, Any] = {"x-access": access.name, "security": _security(access)}
    if success:
        extra["responses"] = {str(shape.status_code): success}
    return {**extra, **extras}


def build_contract(app: FastAPI) -> dict[str, Any]:
    """The contract of `app`, built once."""
    if app.openapi_schema is None:
        contract = get_openapi(
            title="Jalon",
            version=VERSION,
            openapi_version="3.1.0",
            description=_DESCRIPTION,
            routes=app.routes,
            # Where the contract was read from is where it is served.
            servers=[{"url": "/", "description": "The service that this contract was read from."}],
            contact={"name": "The Jalon contributors"},
            license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            separate_input_output_schemas=False,
        )
        for item in contract["paths"].values():
            for operation in item.values():
                if operation["operationId"] in EXAMPLES:
                    operation["requestBody"]["content"]["application/json"]["example"] = EXAMPLES[operation["operationId"]]
                if links := links_of(operation["operationId"]):
                    for status in set(operation["responses"]) & {"200", "201", "202"}:
                        operation["responses"][status]["links"] = links
                for status, content in refusal_examples(operation["operationId"]).items():
                    for media_type, shown in content.items():
                        answer = operation["responses"][status]
                        # The framework hands the same content to every operation: what is shown here is this one's own.
                        answer["content"] = {**answer["content"], media_type: {**answer["content"][media_type], **shown}}
        components = contract.setdefault("components", {})
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "description": "A token: `jln_…`, shown once, when it was made."}
        }
        schemas = Problem.model_json_schema(ref_template=REFERENCE)
        components["schemas"] = dict(
            sorted({**components.get("schemas", {}), **FORMS, **schemas.pop("$defs"), Problem.__name__: schemas}.items())
        )
        spell(contract)
        contract["tags"] = [{"name": tag, **_topic(tag)} for tag in _tags(contract)]
        app.openapi_schema = contract
    return app.openapi_schema


def contract_text(contract: dict[str, Any]) -> str:
    """The contract as `openapi/openapi.json` holds it: the same contract gives the same bytes."""
    return json.dumps(contract, indent=2, ensure_ascii=False) + "\n"


def _security(access: Access) -> list[dict[str, list[str]]]:
    if access is ANYONE:
        return []
    needed: dict[str, list[str]] = {"bearer": []}
    return [{}, needed] if access.public else [needed]


def _tags(contract: dict[str, Any]) -> list[str]:
    """The tags in use, in the order of their first operations."""
    used = (tag for item in contract["paths"].values() for operation in item.values() for tag in operation["tags"])
    return list(dict.fromkeys(used))


def _topic(tag: str) -> dict[str, str]:
    return {"description": TOPICS[tag]} if tag in TOPICS else {}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}

"""Entity tags: asked again for nothing new, and not overwriting what was changed in between."""

import hashlib

from starlette.requests import Request

from service.errors import PreconditionRequired, Stale


def entity_tag(content: bytes) -> str:
    """A strong entity tag: the same bytes, the same tag."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` already names `tag`. Weak tags match too (RFC 9110, 13.1.2)."""
    named = _listed(request, "if-none-match")
    return "*" in named or tag in {name.removeprefix("W/") for name in named}


def require_match(request: Request, tag: str) -> None:
    """Raises PreconditionRequired without `If-Match`, Stale where it names another state than `tag`'s."""
    named = _listed(request, "if-match")
    if not named:
        raise PreconditionRequired("if_match_needed", "Send the `ETag` of what you read as `If-Match`.")
    if "*" not in named and tag not in named:
        raise Stale("stale", "It was changed since you read it. Read it again and decide anew.")


def _listed(request: Request, header: str) -> set[str]:
    return {name.strip() for line in request.headers.getlist(header) for name in line.split(",") if name.strip()}

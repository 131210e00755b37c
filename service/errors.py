"""Errors named for what the caller should do. None knows of HTTP: one table in `api/problems.py` gives them statuses.

Each carries a stable `code`, an English sentence for `detail`, and where input is at fault the list of `Fault`s. The
sentence in the reader's language comes from the catalogue of `service/texts.py`, looked up by code.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: where (a JSON pointer, or a row and a column), what, and a way out if one is known."""

    code: str
    detail: str
    pointer: str | None = None
    row: int | None = None
    column: str | None = None
    suggestion: str | None = None
    context: dict[str, str] = field(default_factory=dict)
    """Values that the sentence of `code` in the catalogue names, so that it can be said in another language."""


class ServiceError(Exception):
    """Base of what the service says no with. `code` is stable; `detail` is English; `context` fills the translated sentence."""

    def __init__(self, code: str, detail: str, /, *, faults: tuple[Fault, ...] = (), **context: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.faults = faults
        self.context: dict[str, str] = {name: str(value) for name, value in context.items()}


class Unreadable(ServiceError):
    """The request cannot be parsed at all."""


class Unauthenticated(ServiceError):
    """No token, or one that is not valid."""


class Forbidden(ServiceError):
    """The caller is known and may not do this."""


class NotFound(ServiceError):
    """The thing does not exist, or not as of the instant asked for."""


class Conflict(ServiceError):
    """It contradicts what is there; reading again and deciding anew may help."""


class Stale(ServiceError):
    """An `If-Match` that no longer matches."""


class PreconditionRequired(ServiceError):
    """An `If-Match` is needed and missing."""


class Refused(ServiceError):
    """Understood and refused: the input breaks a rule. `faults` says which, where and what would do."""


class TooLarge(ServiceError):
    """The body is over its limit."""


class UnsupportedMedia(ServiceError):
    """The content type or encoding is not one that is understood here."""


class TooMany(ServiceError):
    """The caller goes faster than its limit; `retry_after` seconds will do."""

    def __init__(self, code: str, detail: str, /, *, retry_after: int, **context: Any) -> None:
        super().__init__(code, detail, **context)
        self.retry_after = retry_after


class Unavailable(ServiceError):
    """The service cannot answer now; trying again later will do."""


class Unsettled(ServiceError):
    """The database was locked or lost for longer than a request may wait; nothing was changed."""


def refused(code: str, detail: str, /, *, pointer: str | None = None, suggestion: str | None = None, **context: Any) -> Refused:
    """A refusal with a single fault, which is most of them."""
    texts = {name: str(value) for name, value in context.items()}
    return Refused(
        code, detail, faults=(Fault(code, detail, pointer=pointer, suggestion=suggestion, context=texts),), **context
    )

"""Lists in pages: `limit`, an opaque `cursor`, and the address of the next page."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.requests import Request

from service.errors import refused

LARGEST_PAGE, USUAL_PAGE = 1_000, 100


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page of a list is asked for. `cursor` None: the first."""

    limit: int
    cursor: str | None

    @property
    def offset(self) -> int:
        """How many items come before the page, for lists that `page` cuts. Raises Refused for a cursor of another."""
        return self._number()

    @property
    def after(self) -> int:
        """The number of the last item before the page, for lists that `page_after` reads; 0 for the first page."""
        return self._number()

    def _number(self) -> int:
        if self.cursor is None:
            return 0
        place = open_cursor(self.cursor)
        if len(place) != 1 or type(place[0]) is not int or not 0 <= place[0] < 2**31:
            raise _invalid_cursor()
        return place[0]


async def page_asked(
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many items at most.")] = USUAL_PAGE,
    cursor: Annotated[str | None, Query(max_length=1_000, description="`next_cursor` of the page before.")] = None,
) -> PageAsked:
    """What the query says of the page."""
    return PageAsked(limit, cursor)


Paged = Annotated[PageAsked, Depends(page_asked)]
"""Which page of a list is asked for: a parameter of every list."""


def page(items: Sequence[Any], paged: PageAsked) -> dict[str, Any]:
    """`items` and `next_cursor` of the page asked for, cut from the whole list, whose order does not change as it grows."""
    end = paged.offset + paged.limit
    return {"items": items[paged.offset : end], "next_cursor": seal_cursor(end) if end < len(items) else None}


def page_after(items: Sequence[Any], paged: PageAsked, numbers: Sequence[int]) -> dict[str, Any]:
    """`items` and `next_cursor` of a page that was read from the store after the number `paged.after`, with one item too many
    where there is a next page; `numbers` are the items' own."""
    more = len(items) > paged.limit
    return {"items": items[: paged.limit], "next_cursor": seal_cursor(numbers[paged.limit - 1]) if more else None}


def seal_cursor(*place: int | str | None) -> str:
    """A cursor that stands for `place` in a list."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def open_cursor(cursor: str) -> list[Any]:
    """The place that `seal_cursor` sealed. Raises Refused for what no list gave out."""
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise _invalid_cursor() from None
    if not isinstance(place, list) or not all(step is None or isinstance(step, (int, str)) for step in place):
        raise _invalid_cursor()
    return place


def next_link(request: Request, next_cursor: str) -> str:
    """The `Link` header to the page after this one: the same question with another cursor."""
    address = request.url.include_query_params(cursor=next_cursor)
    return f'<{address.path}?{address.query}>; rel="next"'


def _invalid_cursor() -> Exception:
    return refused("invalid_cursor", "This cursor was not given out by this list.", pointer="cursor")

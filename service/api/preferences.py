"""What a reader would rather have, as the `Accept` headers of RFC 9110, section 12.5, say it."""

import re
from collections.abc import Iterator

from starlette.requests import Request


def preferences(request: Request, header: str) -> Iterator[tuple[str, float]]:
    """What that header names, in lower case, each with its weight: 1 where it says none, 0 where that is none."""
    for line in request.headers.getlist(header):
        for offered in line.split(","):
            name, *parameters = (part.strip().lower() for part in offered.split(";"))
            weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
            yield name, float(weight) if re.fullmatch(r"[01](\.[0-9]{0,3})?", weight) else 0.0

"""What a community says of its impact, in the Common Impact Data Standard."""

import json

from starlette.responses import Response

from service.api.caching import entity_tag
from service.api.figures import From, To, list_figures
from service.api.identity import READ
from service.api.naming import indicators_in_query
from service.api.paging import PageAsked
from service.api.routing import Resource
from service.api.transaction import Asking
from service.exchange.cids import MEDIA_TYPE, Report, impact_graph
from service.models.measure import measure_text
from service.models.text import in_language

router = Resource("exchange")


@router.get("/cids", access=READ, etag=True, media_types=(MEDIA_TYPE,))
def get_cids(asking: Asking, begin: From = None, to: To = None) -> Response:
    """The community in the Common Impact Data Standard 3.2 (basic tier), as JSON-LD, in the reader's language.

    Organizations, Outcomes (the objectives), Indicators, and an IndicatorReport for each that has a value over the window,
    which without `from` and `to` is the calendar year of `as_of`'s day. The figures are those of `GET …/figures`, for the same
    callers. What the standard has no place for is named in the file: the community's `rdfs:comment`, and each report's
    `hasComment`.
    """
    register, known = asking.register, indicators_in_query(asking.register, None)
    figures = list_figures(asking, PageAsked(max(len(known), 1), None), begin=begin, to=to).items
    reports = [
        Report(
            figure.indicator,
            register.indicators[figure.indicator].versions[figure.version - 1],
            figure.from_day,
            figure.to_day,
            measure_text(figure.value),
            in_language(figure.reading, asking.language),
        )
        for figure in figures
        if figure.value is not None
    ]
    address = f"{asking.request.base_url}v1/communities/{register.code}"
    content = json.dumps(impact_graph(register, reports, address, asking.language), indent=2, ensure_ascii=False).encode()
    headers = {
        "ETag": entity_tag(content),
        "Cache-Control": "private, no-cache",
        "Content-Language": asking.language,
        "Vary": "Accept, Accept-Language, Authorization",
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPE)

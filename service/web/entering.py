"""Entering what an actor reports for one indicator and period: a field per measure and combination of codes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from service.api.communities import get_community
from service.api.contribution_answers import ContributionAnswer
from service.api.contributions import list_contributions
from service.api.naming import indicator_in_query, period_in
from service.api.paging import LARGEST_PAGE, PageAsked
from service.api.problems import validation_refusal
from service.api.transaction import AskingContext
from service.errors import Fault
from service.indicators.carried import MEASURES, MEASURES_OF
from service.indicators.evidence import reference_version, version_in_force
from service.models.indicator import Cell, Dimension
from service.models.measure import measure_text
from service.uploads.numbers import MAY_BE_EITHER, SIGNS, Numbers
from service.uploads.template import expected_cells
from service.web.acting import Form, Outcome, Sent, refused_here
from service.web.contributions import actor_acted_for
from service.web.rendering import page_language
from service.web.speech import Speech, Texts

_WITHDRAW = "withdraw"
_REMARKS = ("comment", "evidence")
_SIGN_OF = {"en": SIGNS["point"], "fr": SIGNS["comma"]}
"""How a reader of each language writes decimals."""


@dataclass(frozen=True, slots=True)
class Box:
    """What can be entered of one combination of codes. `place` ends the names of its fields; `stands`: what was reported.

    `written` has what stands in each field as the reader writes it; `codes` what the combination is called: nothing, the total.
    """

    place: str
    codes: list[tuple[Texts, Texts]]
    stands: ContributionAnswer | None
    written: Mapping[str, str]


def entry_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `enter.html` shows."""
    query, actor = asking.request.query_params, actor_acted_for(asking)
    known = indicator_in_query(asking.register, query.get("indicator", ""))
    period = period_in(query.get("period", ""), "period")
    in_force = version_in_force(known.versions, period.first_day) or reference_version(known.versions, asking.moment.day)
    definition = in_force.definition
    found = list_contributions(
        asking, PageAsked(LARGEST_PAGE, None), indicator=known.code, actor=actor.code, period=str(period)
    ).items
    stands = {tuple(sorted(one.dimensions.items())): one for one in found}
    expected = expected_cells(in_force)
    cells: list[Cell] = [*expected, *(cell for cell in stands if cell not in set(expected))]
    dimensions = {one.code: one for one in definition.dimensions}
    return {
        "community": get_community(asking),
        "actor": actor,
        "indicator": known.code,
        "definition": definition,
        "version": in_force.number,
        "period": str(period),
        "is_closed": asking.register.is_closed(period),
        "measures": MEASURES_OF[definition.measure],
        "boxes": [_box(cell, dimensions, stands.get(cell), speech.language) for cell in cells],
    }


async def enter(sent: Sent) -> Outcome:
    """Records what was typed, all of it or nothing; or takes back what was chosen."""
    form, query = sent.form, sent.request.query_params
    whose = {"actor": query["actor"]} if query.get("actor") else {}
    shown = f"/contributions?{urlencode(whose)}" if whose else "/contributions"
    if form.text("what") == _WITHDRAW:
        contribution, _, revision = form.text("contribution").rpartition(":")
        body: dict[str, Any] = {"comment": reason} if (reason := form.text("reason")) else {}
        if revision.isdecimal() and len(revision) < 10:
            body["expected_revision"] = int(revision)
        answered = await sent.ask("POST", f"/contributions/{quote(contribution, safe='')}/withdraw", json=body)
        return answered.then(shown, "withdrawn")
    about = {"indicator": query.get("indicator", ""), "period": query.get("period", ""), **whose}
    items, faults = [], list[Fault]()
    places = [name.removeprefix("revision") for name in form.fields if name.startswith("revision")]
    filled = [place for place in places if _says_something(form, place)]
    for place in filled:
        item, wrong = _item(form, place, page_language(sent.request))
        items.append(about | item)
        faults += wrong
    if faults:
        return refused_here(sent.request, validation_refusal(faults))
    answered = await sent.ask("POST", "/contributions/batch", json={"items": items})
    answered = answered.shown_at({f"/items/{number}": place for number, place in enumerate(filled)})
    return answered.then(shown, "recorded")


def _says_something(form: Form, place: str) -> bool:
    """Whether a combination was filled in, or stands already: emptied then it is refused, as that is no way to take it back."""
    typed = any(form.text(name + place) for name in (*MEASURES, *_REMARKS))
    return typed or form.text(f"revision{place}") not in ("", "0")


def _item(form: Form, place: str, language: str) -> tuple[dict[str, Any], list[Fault]]:
    """What the fields of one combination say, as a program would send it, and what is no number in them."""
    item: dict[str, Any] = {name: form.text(name + place) for name in _REMARKS if form.text(name + place)}
    if codes := dict(parse_qsl(place.removeprefix("?"))):
        item["dimensions"] = codes
    if (status := form.text(f"observation_status{place}")) != "":
        item["observation_status"] = status
    revision = form.text(f"revision{place}")
    item["expected_revision"] = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    faults = []
    for name in MEASURES:
        if text := form.text(name + place):
            number = read_number(text, language, f"/{name}{place}")
            if isinstance(number, Fault):
                faults.append(number)
            else:
                item[name] = number
    return item, faults


def read_number(text: str, language: str, pointer: str) -> str | Fault:
    """The number that somebody typed, as files are read: with the decimal sign of their language, or where that cannot be
    mistaken the other one. What could be one and a bit or a thousand and more is asked about, never guessed."""
    own = _SIGN_OF[language]
    other = "," if own == "." else "."
    if MAY_BE_EITHER.fullmatch(text):
        more, thousand = f"{text.replace(other, own)}0", text.replace(".", "").replace(",", "")
        return Fault(
            "ambiguous_number",
            f"`{text}` could be `{more}` or `{thousand}`: write which",
            pointer=pointer,
            context={"given": text, "more": more, "thousand": thousand},
        )
    # `0,234` has but one meaning; only then is the other sign taken for one that groups.
    readers = [Numbers(sign, said) for said in (False, True) for sign in (own, other)]
    number = next((read for reader in readers if (read := reader.read(text)) is not None), None)
    if number is not None:
        return number
    fault = Numbers(own, said=True).fault(text, pointer)
    return replace(fault, code="no_number", detail=f"`{fault.context['given']}` is no number")


def write_number(value: Decimal, language: str) -> str:
    """A number as its reader writes it into a field: without groups, and with a zero more where it could be mistaken."""
    text = measure_text(value).replace(".", _SIGN_OF[language])
    return f"{text}0" if MAY_BE_EITHER.fullmatch(text) else text


def _box(cell: Cell, dimensions: Mapping[str, Dimension], stands: ContributionAnswer | None, language: str) -> Box:
    place = f"?{urlencode(cell)}" if cell else ""
    codes = [(_name(dimensions.get(dimension), dimension), _label(dimensions.get(dimension), code)) for dimension, code in cell]
    if stands is None or stands.status == "withdrawn":
        return Box(place, codes, stands, {})
    numbers = {name: getattr(stands, name) for name in MEASURES}
    written = {name: write_number(value, language) for name, value in numbers.items() if value is not None}
    return Box(place, codes, stands, written | {name: getattr(stands, name) or "" for name in _REMARKS})


def _name(dimension: Dimension | None, code: str) -> Texts:
    return (dimension.name if dimension else None) or code


def _label(dimension: Dimension | None, code: str) -> Texts:
    return ((dimension.labels or {}).get(code) if dimension else None) or code

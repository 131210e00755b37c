"""IATI 2.03, in: what the results of an activity file say, with the place where each of it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from service.errors import Unreadable
from service.models.period import FREQUENCIES, Period

_DEEPEST = 32
Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """One `target`, `actual` or `baseline`. `reporting`: who says it; `codes`: by what its indicator is known, titles last.

    `value` None: it has none. `first` and `last` are the days of its period, of a baseline both its day; None: it has no day.
    `said`: a baseline's comment. `where`: its place in the file, as XPath.
    """

    kind: str
    where: str
    reporting: str
    codes: tuple[str, ...]
    first: date | None
    last: date | None
    value: str | None
    dimensions: Dimensions
    has_location: bool
    said: str = ""


def read_activities(content: bytes) -> list[Stated]:
    """Everything that the results of a file state, in its order. Raises Unreadable `not_iati` where it is no such file."""
    root = _parse(content)
    if root.tag != "iati-activities":
        raise _not_iati()
    return [stated for number, one in enumerate(root.findall("iati-activity"), 1) for stated in _activity(one, number)]


def _activity(activity: Element, number: int) -> Iterator[Stated]:
    organisation = activity.find("reporting-org")
    reporting = "" if organisation is None else organisation.get("ref", "").strip()
    for place, result in enumerate(activity.findall("result"), 1):
        for position, indicator in enumerate(result.findall("indicator"), 1):
            at = f"/iati-activities/iati-activity[{number}]/result[{place}]/indicator[{position}]"
            codes = [one.get("code", "").strip() for one in indicator.findall("reference")]
            codes += [(one.text or "").strip() for one in indicator.findall("title/narrative")]
            known = tuple(code for code in codes if code)
            for order, baseline in enumerate(indicator.findall("baseline"), 1):
                day = _day(baseline.get("iso-date")) or _day(f"{baseline.get('year', '')}-12-31")
                yield _stated(baseline, f"{at}/baseline[{order}]", reporting, known, day, day)
            for order, period in enumerate(indicator.findall("period"), 1):
                begin, end = (_day_of(period, name) for name in ("period-start", "period-end"))
                for kind in ("target", "actual"):
                    for nth, one in enumerate(period.findall(kind), 1):
                        yield _stated(one, f"{at}/period[{order}]/{kind}[{nth}]", reporting, known, begin, end)


def _stated(one: Element, at: str, reporting: str, codes: tuple[str, ...], first: date | None, last: date | None) -> Stated:
    dimensions = tuple(
        sorted((part.get("name", "").strip(), part.get("value", "").strip()) for part in one.findall("dimension"))
    )
    said = (one.findtext("comment/narrative") or "").strip()
    value = (one.get("value") or "").strip() or None
    return Stated(one.tag, at, reporting, codes, first, last, value, dimensions, one.find("location") is not None, said)


def _day_of(period: Element, name: str) -> date | None:
    found = period.find(name)
    return None if found is None else _day(found.get("iso-date"))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None


def period_over(first: date | None, last: date | None) -> tuple[Period, Period] | None:
    """The first and the last of the longest periods that run from one day to the other, the same where one does; else None."""
    if first is None or last is None or not 1000 <= first.year <= last.year <= 9998:
        return None
    for frequency in FREQUENCIES:
        begin, end = Period.containing(frequency, first), Period.containing(frequency, last)
        if begin.first_day == first and end.last_day == last and begin.ordinal <= end.ordinal:
            return begin, end
    return None


def _parse(content: bytes) -> Element:
    """The root element. A document type is refused before anything it declares could grow or be fetched."""
    builder, depth = TreeBuilder(), 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise _not_iati()
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*declared: object) -> None:
        raise _not_iati()

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise _not_iati() from None
    return builder.close()


def _not_iati() -> Unreadable:
    return Unreadable("not_iati", "The body is no IATI activity file, or declares a document type.")

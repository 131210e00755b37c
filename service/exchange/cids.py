"""The Common Impact Data Standard 3.2, basic tier, as JSON-LD: organisations, outcomes, indicators and their reports.

https://ontology.commonapproach.org/cids-en.html. The standard has one value to a report, in one language, and no place for
what an actor reported, for codes, targets, versions, bridges, completeness or what was left out: the community's `rdfs:comment`
says so in the file, and each report's `hasComment` is the sentence that goes with its figure.

The context is written out in the file: it says the same as the standard's own, and reading it needs no internet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from service.indicators.register import KnownIndicator, KnownObjective, Register, Version
from service.models.text import in_language

MEDIA_TYPE = "application/ld+json"
_LINKS = ("forIndicator", "forOrganization", "forOutcome", "hasIndicator", "hasIndicatorReport", "hasOutcome", "canProduce")
_CONTEXT: dict[str, Any] = {
    "cids": "https://ontology.commonapproach.org/cids#",
    "i72": "http://ontology.eil.utoronto.ca/ISO21972/iso21972#",
    "org": "http://ontology.eil.utoronto.ca/tove/organization#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: {"@id": f"cids:{name}", "@type": "@id"} for name in _LINKS},
    "hasName": {"@id": "org:hasName", "@type": "xsd:string"},
    "hasLegalName": {"@id": "org:hasLegalName", "@type": "xsd:string"},
    "hasID": {"@id": "org:hasID", "@type": "@id"},
    "hasIdentifier": {"@id": "org:hasIdentifier", "@type": "xsd:string"},
    "issuedBy": {"@id": "org:issuedBy", "@type": "xsd:string"},
    "hasDescription": {"@id": "cids:hasDescription", "@type": "xsd:string"},
    "hasComment": {"@id": "cids:hasComment", "@type": "xsd:string"},
    "value": {"@id": "i72:value", "@type": "@id"},
    "unit_of_measure": {"@id": "i72:unit_of_measure", "@type": "@id"},
    # A text there as here: digits that a binary float would lose.
    "hasNumericalValue": {"@id": "i72:hasNumericalValue", "@type": "xsd:string"},
    "startedAtTime": {"@id": "prov:startedAtTime", "@type": "xsd:dateTime"},
    "endedAtTime": {"@id": "prov:endedAtTime", "@type": "xsd:dateTime"},
}
_LOST = {
    "en": "Not in this file, because the standard's basic tier has no place for it: what single actors reported, breakdowns by "
    "code, targets and baselines, earlier definitions and how they read, intervals of people counted twice, completeness, "
    "texts in other languages. Indicators without a value in the window have no report.",
    "fr": "Absents de ce fichier, faute de place dans le niveau de base du standard\u00a0: ce que chaque acteur a déclaré, les "
    "ventilations par code, les cibles et valeurs de référence, les définitions antérieures et leur lecture, les intervalles "
    "de personnes comptées deux fois, la complétude, les textes dans d’autres langues. Un indicateur sans valeur sur la "
    "période n’a pas de rapport.",
}


@dataclass(frozen=True, slots=True)
class Report:
    """One indicator's figure over a window of days, both inclusive: the value as a decimal text, and the sentence with it."""

    indicator: str
    version: Version
    first_day: date
    last_day: date
    value: str
    reading: str


def impact_graph(register: Register, reports: Sequence[Report], address: str, language: str) -> dict[str, Any]:
    """The community of `register` with these reports, in one language. Things are named by their places below `address`."""
    place = _Place(register, address.rstrip("/"), language)
    indicators = [known for known in register.indicators.values() if not known.retired]
    reported = {report.indicator: report for report in reports}
    objectives = [known for known in register.objectives.values() if not known.removed]
    graph = [
        _community(place, objectives, indicators),
        *(_actor(place, code) for code in sorted(register.actors)),
        *(_outcome(place, known, indicators) for known in objectives),
        *(_indicator(place, known, reported.get(known.code)) for known in indicators),
        *(_report(place, report) for report in reports),
    ]
    return {"@context": _CONTEXT, "@graph": graph}


@dataclass(frozen=True, slots=True)
class _Place:
    register: Register
    address: str
    language: str

    def of(self, kind: str, code: str) -> str:
        return f"{self.address}/{kind}/{code}"

    def say(self, texts: dict[str, str] | None) -> str:
        return in_language(texts, self.language) if texts else ""


def _community(place: _Place, objectives: Sequence[KnownObjective], indicators: Sequence[KnownIndicator]) -> dict[str, Any]:
    name = place.say(place.register.settings.name)
    return {
        "@id": place.address,
        "@type": "cids:Organization",
        "hasName": name,
        "hasLegalName": name,
        "hasDescription": place.say(dict(place.register.objectives["common"].name)),
        "rdfs:comment": _LOST[place.language],
        "hasOutcome": [place.of("objectives", known.code) for known in objectives],
        "hasIndicator": [place.of("indicators", known.code) for known in indicators],
    }


def _actor(place: _Place, code: str) -> dict[str, Any]:
    member = place.register.actors[code].member
    name = place.say(member.name)
    made: dict[str, Any] = {
        "@id": place.of("actors", code),
        "@type": "cids:Organization",
        "hasName": name,
        "hasLegalName": name,
        "hasDescription": member.kind,
    }
    if member.identifiers:
        made["hasID"] = [
            {"@type": "org:OrganizationID", "hasIdentifier": one.value, "issuedBy": one.scheme} for one in member.identifiers
        ]
    return made


def _outcome(place: _Place, known: KnownObjective, indicators: Sequence[KnownIndicator]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@id": place.of("objectives", known.code),
        "@type": "cids:Outcome",
        "hasName": place.say(dict(known.name)),
        "hasDescription": "",
        "forOrganization": place.address,
        "hasIndicator": [place.of("indicators", one.code) for one in indicators if one.objective == known.code],
    }
    # What an objective hangs under is what it helps to bring about.
    return made if known.parent is None else {**made, "canProduce": place.of("objectives", known.parent)}


def _indicator(place: _Place, known: KnownIndicator, report: Report | None) -> dict[str, Any]:
    version = known.versions[-1] if report is None else report.version
    return {
        "@id": place.of("indicators", known.code),
        "@type": "cids:Indicator",
        "hasName": place.say(version.definition.name),
        "hasDescription": place.say(version.definition.description),
        "forOrganization": place.address,
        "forOutcome": place.of("objectives", known.objective),
        "unit_of_measure": _unit(place, version),
        "hasIndicatorReport": [] if report is None else [_address_of(place, report)],
    }


def _report(place: _Place, report: Report) -> dict[str, Any]:
    name = place.say(report.version.definition.name)
    unit = _unit(place, report.version)
    zone = ZoneInfo(place.register.settings.time_zone)
    return {
        "@id": _address_of(place, report),
        "@type": "cids:IndicatorReport",
        "hasName": f"{name}, {report.first_day.isoformat()} – {report.last_day.isoformat()}",
        "hasComment": report.reading,
        "forIndicator": place.of("indicators", report.indicator),
        "forOrganization": place.address,
        "startedAtTime": datetime.combine(report.first_day, time.min, zone).isoformat(),
        "endedAtTime": datetime.combine(report.last_day, time(23, 59, 59), zone).isoformat(),
        "unit_of_measure": unit,
        "value": {"@type": "i72:Measure", "hasNumericalValue": report.value, "unit_of_measure": unit},
    }


def _unit(place: _Place, version: Version) -> dict[str, Any]:
    """A unit has no place of its own here: it is the same for whoever writes it alike."""
    unit = version.definition.unit
    code = {} if unit.code is None else {"hasIdentifier": unit.code}
    return {"@type": "i72:Unit_of_measure", "rdfs:label": place.say(unit.label), **code}


def _address_of(place: _Place, report: Report) -> str:
    window = f"from={report.first_day.isoformat()}&to={report.last_day.isoformat()}"
    return f"{place.of('indicators', report.indicator)}/figure?{window}"

"""SDMX-ML 2.1 structures: what a community's observations are made of, for the tools that read them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from service.indicators.register import KnownIndicator, Register
from service.indicators.sdmx import (
    AGENCY,
    ATTRIBUTES,
    EDITION,
    KEYS,
    MEASURE_COLUMNS,
    NOT_APPLICABLE,
    code_id,
    dataflow_id,
    indicators_in_order,
    sdmx_dimensions,
)
from service.models.indicator import TOTAL
from service.models.instant import instant_text
from service.models.vocabulary import ObservationStatus

STRUCTURE_TYPE = "application/vnd.sdmx.structure+xml"
_SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"
_MES, _STR, _COM = (f"{{{_SCHEMAS}{name}}}" for name in ("message", "structure", "common"))
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
Texts = Mapping[str, str]
_FREQUENCIES: dict[str, Texts] = {
    "A": {"en": "Annual", "fr": "Annuelle"},
    "S": {"en": "Half-yearly", "fr": "Semestrielle"},
    "Q": {"en": "Quarterly", "fr": "Trimestrielle"},
    "M": {"en": "Monthly", "fr": "Mensuelle"},
    "W": {"en": "Weekly", "fr": "Hebdomadaire"},
    "D": {"en": "Daily", "fr": "Quotidienne"},
}
_CONCEPTS: dict[str, Texts] = {
    "FREQ": {"en": "Frequency", "fr": "Fréquence"},
    "INDICATOR": {"en": "Indicator", "fr": "Indicateur"},
    "ACTOR": {"en": "Actor who reports", "fr": "Acteur qui rapporte"},
    "TIME_PERIOD": {"en": "Period", "fr": "Période"},
    "OBS_VALUE": {
        "en": "Value; of a ratio what its numerator and denominator make, rounded to 12 decimals",
        "fr": "Valeur ; pour un rapport, ce que font son numérateur et son dénominateur, arrondi à 12 décimales",
    },
    "OBS_STATUS": {"en": "Observation status", "fr": "Statut de l’observation"},
    "NUMERATOR": {"en": "Numerator of a ratio", "fr": "Numérateur d’un rapport"},
    "DENOMINATOR": {"en": "Denominator of a ratio", "fr": "Dénominateur d’un rapport"},
    "WEIGHT": {"en": "Weight of a mean", "fr": "Poids d’une moyenne"},
    "COMMENT": {"en": "Comment", "fr": "Commentaire"},
    "EVIDENCE": {"en": "Evidence", "fr": "Preuve"},
    "UNIT_MEASURE": {"en": "Unit of measure", "fr": "Unité de mesure"},
    "SERIES_BREAK": {
        "en": "B where the series breaks: the definition is another one from here on, and no bridge leads to it",
        "fr": "B là où la série est rompue : à partir d’ici la définition est autre et aucune passerelle n’y mène",
    },
    "DEFINITION_VERSION": {"en": "Version of the definition", "fr": "Version de la définition"},
    "CONTRIBUTION_STATUS": {"en": "How the contribution stands", "fr": "État de la contribution"},
    "VALID_FROM": {"en": "Recorded at", "fr": "Enregistrée le"},
    "VALID_TO": {"en": "Replaced or withdrawn at", "fr": "Remplacée ou retirée le"},
}
_TOTAL: Texts = {"en": "Total", "fr": "Total"}
_ABSENT: Texts = {"en": "Not applicable", "fr": "Sans objet"}


def structure_message(register: Register, prepared: datetime) -> bytes:
    """The dataflow of a community with its data structure, concepts and code lists, as it was decided by then."""
    for name in ("message", "structure", "common"):
        register_namespace(name[:3], _SCHEMAS + name)
    dimensions, code = sdmx_dimensions(register), register.code
    breakdowns = {one.id: one.title or {"en": one.code} for one in dimensions}
    message = Element(f"{_MES}Structure")
    header = SubElement(message, f"{_MES}Header")
    for name, text in (("ID", f"{AGENCY}-{code}"), ("Test", "false"), ("Prepared", instant_text(prepared))):
        SubElement(header, f"{_MES}{name}").text = text
    SubElement(header, f"{_MES}Sender", id=AGENCY)
    structures = SubElement(message, f"{_MES}Structures")
    flow = _maintained(structures, "Dataflows", "Dataflow", dataflow_id(register), register.settings.name)
    _reference(SubElement(flow, f"{_STR}Structure"), f"DSD_{code}", "datastructure", "DataStructure")
    lists: dict[str, Iterable[tuple[str, Texts, str]]] = {
        "FREQ": [(letter, name, "") for letter, name in _FREQUENCIES.items()],
        "INDICATOR": [_indicator(one, register) for one in indicators_in_order(register)],
        "ACTOR": [(one.code, one.member.name, "") for one in register.actors.values()],
        "OBS_STATUS": [(one.value, {"en": one.name.replace("_", " ").capitalize()}, "") for one in ObservationStatus],
    }
    for one in dimensions:
        own = [(code_id(own), label or {"en": own}, "") for own, label in one.labels.items()]
        lists[one.id] = [(TOTAL, _TOTAL, ""), (NOT_APPLICABLE, _ABSENT, ""), *own]
    codelists = SubElement(structures, f"{_STR}Codelists")
    for name, codes in lists.items():
        _codelist(codelists, f"CL_{code}_{name}", (_CONCEPTS | breakdowns)[name], codes)
    scheme = _maintained(structures, "Concepts", "ConceptScheme", f"CS_{code}", register.settings.name)
    for name, texts in (_CONCEPTS | breakdowns).items():
        _name(SubElement(scheme, f"{_STR}Concept", id=name), texts)
    _data_structure(structures, register, list(breakdowns), set(lists))
    written: bytes = tostring(message, encoding="utf-8", xml_declaration=True)
    return written


def _indicator(known: KnownIndicator, register: Register) -> tuple[str, Texts, str]:
    definition = known.versions[-1].definition
    unit = definition.unit.label.get(register.settings.language) or next(iter(definition.unit.label.values()))
    said = f"{definition.measure}, {definition.nature}, {unit}; over time: {definition.over_time}; over actors: "
    return known.code, definition.name, said + definition.over_actors


def _maintained(parent: Element, group: str, kind: str, own: str, name: Texts) -> Element:
    within = SubElement(parent, f"{_STR}{group}")
    made = SubElement(within, f"{_STR}{kind}", id=own, agencyID=AGENCY, version=EDITION, isFinal="false")
    _name(made, name)
    return made


def _name(parent: Element, texts: Texts) -> None:
    for language, text in texts.items():
        SubElement(parent, f"{_COM}Name", {_LANG: language}).text = text


def _codelist(parent: Element, own: str, name: Texts, codes: Iterable[tuple[str, Texts, str]]) -> None:
    made = SubElement(parent, f"{_STR}Codelist", id=own, agencyID=AGENCY, version=EDITION, isFinal="false")
    _name(made, name)
    for code, texts, description in codes:
        one = SubElement(made, f"{_STR}Code", id=code)
        _name(one, texts)
        if description:
            SubElement(one, f"{_COM}Description", {_LANG: "en"}).text = description


def _reference(parent: Element, own: str, package: str, kind: str) -> None:
    SubElement(parent, "Ref", {"id": own, "agencyID": AGENCY, "version": EDITION, "package": package, "class": kind})


def _data_structure(structures: Element, register: Register, breakdowns: list[str], listed: set[str]) -> None:
    code = register.code
    made = _maintained(structures, "DataStructures", "DataStructure", f"DSD_{code}", register.settings.name)
    parts = SubElement(made, f"{_STR}DataStructureComponents")
    keys = SubElement(parts, f"{_STR}DimensionList", id="DimensionDescriptor")

    def component(parent: Element, kind: str, name: str, text_type: str, **more: str) -> Element:
        one = SubElement(parent, f"{_STR}{kind}", {"id": name, **more})
        concept = {"id": name, "maintainableParentID": f"CS_{code}", "maintainableParentVersion": EDITION}
        concept |= {"agencyID": AGENCY, "package": "conceptscheme", "class": "Concept"}
        SubElement(SubElement(one, f"{_STR}ConceptIdentity"), "Ref", concept)
        local = SubElement(one, f"{_STR}LocalRepresentation")
        list_of = "OBS_STATUS" if name == "SERIES_BREAK" else name
        if list_of in listed:
            _reference(SubElement(local, f"{_STR}Enumeration"), f"CL_{code}_{list_of}", "codelist", "Codelist")
        else:
            SubElement(local, f"{_STR}TextFormat", textType=text_type)
        return one

    for position, name in enumerate((*KEYS, *breakdowns), 1):
        component(keys, "Dimension", name, "String", position=str(position))
    last = str(len(KEYS) + len(breakdowns) + 1)
    component(keys, "TimeDimension", "TIME_PERIOD", "ObservationalTimePeriod", position=last)
    attributes = SubElement(parts, f"{_STR}AttributeList", id="AttributeDescriptor")
    for name in ATTRIBUTES:
        kind = "Decimal" if name in MEASURE_COLUMNS else "DateTime" if name.startswith("VALID_") else "String"
        one = component(attributes, "Attribute", name, kind, assignmentStatus="Conditional")
        primary = SubElement(SubElement(one, f"{_STR}AttributeRelationship"), f"{_STR}PrimaryMeasure")
        SubElement(primary, "Ref", id="OBS_VALUE")
    measures = SubElement(parts, f"{_STR}MeasureList", id="MeasureDescriptor")
    component(measures, "PrimaryMeasure", "OBS_VALUE", "Decimal")

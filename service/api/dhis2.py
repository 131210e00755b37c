"""DHIS2: contributions as data value sets, and data value sets as contributions, under a mapping."""

import json
import tempfile
from contextlib import ExitStack
from itertools import islice
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection
from starlette.responses import Response

from service import texts
from service.api.contributions import LARGEST_BATCH, recorded_counts
from service.api.figures import From, To, window_asked
from service.api.file_answer import FileAnswer
from service.api.identity import CONTRIBUTE, Caller
from service.api.mappings import mapping_sent
from service.api.recording import record
from service.api.routing import Resource
from service.api.sight import contributors_seen
from service.api.transaction import Acting, Asking, AskingContext
from service.errors import Fault, Refused, refused
from service.exchange.dhis2 import LOST, Dhis2Names, Meant, period_of
from service.indicators.register import Register
from service.indicators.suggestion import shown
from service.models.contribution import ContributionBody
from service.models.measure import Measure
from service.models.period import Period, Window
from service.models.text import PlainText
from service.models.vocabulary import EntryKind
from service.records.cells import read_cells
from service.records.walking import walk

router = Resource("dhis2")
_AT_ONCE = 1_000
MappingAsked = Annotated[
    str, Query(description="A mapping of the caller's with `dhis2`, by its name; `ACTOR/NAME`, from the support: an actor's.")
]
_Uid = Annotated[str, Field(max_length=64)]
_WITH_MORE: JsonDict = {"additionalProperties": True}
"""Said in the contract, which would otherwise leave open whether a field that is passed over may be sent."""


class DataValue(BaseModel):
    """One value as DHIS2 writes it. What is not named here is passed over: who stored it, and when."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, json_schema_extra=_WITH_MORE)

    data_element: _Uid = Field(alias="dataElement")
    period: _Uid | None = None
    org_unit: _Uid | None = Field(default=None, alias="orgUnit")
    category_option_combo: _Uid | None = Field(default=None, alias="categoryOptionCombo")
    value: Measure | None = None
    comment: PlainText | None = None
    deleted: bool = False


class DataValueSet(BaseModel):
    """A data value set as DHIS2 writes it; `period` and `orgUnit` are those of values that name none."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, json_schema_extra=_WITH_MORE)

    period: _Uid | None = None
    org_unit: _Uid | None = Field(default=None, alias="orgUnit")
    data_values: list[DataValue] = Field(alias="dataValues", min_length=1, max_length=LARGEST_BATCH)


class LeftOutValue(BaseModel):
    """A data value that the mapping does not name."""

    pointer: str = Field(description="Its place in the body, as a JSON pointer.")
    code: str = Field(description="Why; an open list.")
    detail: str


class Dhis2Answer(BaseModel):
    """What was taken of a data value set; counts are of contributions, which several data values may make together."""

    created: int
    revised: int
    unchanged: int
    folded: int
    left_out: list[LeftOutValue]


@router.get("/dhis2/data-value-sets", access=CONTRIBUTE, media_types=("application/json",))
def get_dhis2_data_values(asking: Asking, mapping: MappingAsked, begin: From = None, to: To = None) -> Response:
    """What stands of the contributions that the mapping names, as a data value set for DHIS2's `api/dataValueSets`.

    Periods are those inside the window, by default the calendar year. Whose contributions are told is as for `…/contributions`.
    The header `Jalon-Lost` says what a data value has no place for, and how many contributions of the window the mapping does
    not name. DHIS2 keeps a zero only where the data element says that zeros are significant.
    """
    names = _names(asking.connection, asking.register, asking.caller, mapping, asking.moment.number)
    window = window_asked(begin, to, asking.moment.day)
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(tempfile.TemporaryFile())
        file.write(b'{"dataValues": [')
        missed, separator = 0, b"\n"
        for values in _told(asking, names, window):
            missed += not values
            for value in values:
                file.write(separator + json.dumps(value, ensure_ascii=False).encode())
                separator = b",\n"
        file.write(b"\n]}\n")
        unless_whole.pop_all()
    return FileAnswer(
        file, {"Jalon-Lost": f"{LOST}; {missed} contributions that the mapping does not name"}, "application/json"
    )


def _told(asking: AskingContext, names: Dhis2Names, window: Window) -> Any:
    """The data values of each report that stands inside the window; none of one that the mapping does not name."""
    connection, register = asking.connection, asking.register
    actors, codes = contributors_seen(asking), register.actor_codes
    for code, known in register.indicators.items():
        said = walk(connection, register.community_id, known.number, asking.moment.number, actors)
        told = ([one.row for one in found if one.row.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL)][-1] for _, found in said)
        stands = (row for row in told if row.kind == EntryKind.REPORT and window.contains(Period.from_number(row.period)))
        while some := list(islice(stands, _AT_ONCE)):
            cells = read_cells(connection, register.community_id, {row.cell for row in some})
            for row in some:
                yield list(names.values(code, codes[row.actor], row, cells[row.cell]))


@router.post("/dhis2/data-value-sets", access=CONTRIBUTE, status_code=200)
def create_dhis2_data_values(body: DataValueSet, acting: Acting, mapping: MappingAsked) -> Dhis2Answer:
    """Records a data value set as contributions, in one journal entry: all that the mapping names, or nothing.

    Values of one indicator, organisation unit, period and cell make one contribution, as a ratio's numerator and denominator
    do. What the mapping does not name is listed. Periods are years, six-months, quarters, months, ISO weeks and days.
    """
    names = _names(acting.connection, acting.register, acting.caller, mapping, acting.writing.number)
    gathered: dict[tuple[Meant, str, Period], tuple[str, dict[str, Any]]] = {}
    faults, left_out = list[Fault](), list[Fault]()
    for place, one in enumerate(body.data_values):
        pointer = f"/dataValues/{place}"
        meant = names.meant(one.data_element, one.category_option_combo)
        unit = one.org_unit or body.org_unit or ""
        actor = names.actors.get(unit)
        if meant is None or actor is None:
            given = shown(one.data_element if meant is None else unit)
            left_out.append(
                Fault("not_in_mapping", f"`{given}` is not in the mapping", pointer=pointer, context={"given": given})
            )
            continue
        try:
            period = period_of(one.period or body.period or "")
        except ValueError:
            given = shown(one.period or body.period or "")
            sentence = f"`{given}` is no period"
            faults.append(Fault("not_a_period", sentence, pointer=f"{pointer}/period", context={"given": given}))
            continue
        if one.deleted:
            sentence = "`deleted` is not taken: withdrawals are made one by one"
            faults.append(Fault("unsupported_action", sentence, pointer=f"{pointer}/deleted", context={"given": "deleted"}))
            continue
        key = Meant(meant.indicator, "", meant.dimensions), actor, period
        at, said = gathered.setdefault(key, (pointer, {}))
        if said.get(meant.measure, one.value) != one.value:
            sentence = f"it contradicts {at}, which is for the same indicator, actor, period and dimensions"
            faults.append(Fault("duplicate_key", sentence, pointer=pointer, context={"other": at}))
        said[meant.measure] = one.value
        if one.comment is not None:
            said["comment"] = one.comment
    if faults:
        raise Refused(faults[0].code, faults[0].detail, faults=tuple(faults), **faults[0].context)
    bodies = [
        ContributionBody(indicator=meant.indicator, actor=actor, period=str(period), dimensions=dict(meant.dimensions), **said)
        for (meant, actor, period), (_, said) in gathered.items()
    ]
    outcomes = record(acting, bodies, [at for at, _ in gathered.values()]) if bodies else []
    told = [
        LeftOutValue(
            pointer=one.pointer or "", code=one.code, detail=texts.detail(one.code, acting.language, one.detail, one.context)
        )
        for one in left_out
    ]
    return Dhis2Answer(**recorded_counts(outcomes), left_out=told)


def _names(connection: Connection, register: Register, caller: Caller, mapping: str, number: int) -> Dhis2Names:
    """The mapping. Raises Refused where it says nothing of DHIS2, and what `mapping_sent` raises."""
    sent = mapping_sent(connection, register, caller, mapping, number)
    if sent.terms.dhis2 is None:
        sentence = f"The mapping `{shown(mapping)}` says nothing of DHIS2."
        raise refused("mapping_without_dhis2", sentence, pointer="mapping", mapping=shown(mapping))
    return Dhis2Names(sent.terms.dhis2)

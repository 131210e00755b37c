"""Reads an Evidence for one indicator or many: the ledger as columns, the rest from the register."""

from collections.abc import Collection
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service.indicators.carried import MEASURES_OF
from service.indicators.columns import MEASURES
from service.indicators.evidence import Evidence
from service.indicators.register import Register
from service.models.period import Window
from service.records.columns import LedgerReader
from service.records.moment import Moment


class EvidenceReader:
    """Reads what is known of a community's indicators as of one moment. `register` is that of the moment."""

    def __init__(self, connection: Connection, register: Register, moment: Moment) -> None:
        self._register = register
        self._moment = moment
        self._ledger = LedgerReader(connection, register, moment.number)
        self._zone = ZoneInfo(register.settings.time_zone)
        self._members = {code: actor.member for code, actor in register.actors.items()}

    def decided(self, indicator: str) -> Evidence:
        """What was decided of an indicator, without any entry. Raises KeyError for one that the register does not know."""
        known = self._register.indicators[indicator]
        return Evidence(
            indicator=indicator,
            versions=known.versions,
            entries=(),
            members=self._members,
            charter=self._register.settings.charter,
            as_of=self._moment.instant,
            day=self._moment.day,
            targets=known.targets,
            time_zone=self._zone,
            overlaps=known.overlaps,
        )

    def read(
        self,
        decided: Evidence,
        of_actors: Collection[str] | None = None,
        days: Window | None = None,
        *,
        with_status: bool = False,
    ) -> Evidence:
        """The same with its entries, in the order of the journal, those of one import in the order of their keys.

        With `of_actors` the entries are theirs only, with `days` those of periods that have one of these days: all that a
        question about them needs, and much less to read. Without `with_status` every entry passes for one of normal status: it
        matters to nothing that is computed. Raises KeyError for an actor that the register does not know.
        """
        used = {name for version in decided.versions for name in MEASURES_OF[version.definition.measure]}
        chosen = None if of_actors is None else [self._register.actors[code].number for code in of_actors]
        number = self._register.indicators[decided.indicator].number
        measures = [name for name in MEASURES if name in used]
        return replace(decided, entries=self._ledger.read(number, measures, chosen, days, with_status=with_status))


def read_evidence(
    connection: Connection,
    register: Register,
    moment: Moment,
    indicators: Collection[str],
    of_actors: Collection[str] | None = None,
) -> dict[str, Evidence]:
    """All that is known of each of these indicators as of the moment. Raises as `EvidenceReader` does."""
    reader = EvidenceReader(connection, register, moment)
    return {code: reader.read(reader.decided(code), of_actors, with_status=True) for code in indicators}

"""One question, one answer: remembered, or its evidence read and figured.

What a community had recorded as of a moment never changes, so an answer is kept under the question, the day, what was decided
by then, and the last entry of the journal that brought something of the indicator: one that is about another ages nothing.
Nothing ever has to be forgotten because it is wrong; the oldest go when there are many.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from service.database import is_writing
from service.indicators.aggregation import Codes
from service.indicators.evidence import Evidence
from service.indicators.explanation import Explanation, explanation
from service.indicators.figure import Figure, Question, days_of, figure
from service.indicators.progress import Progress, indicator_progress, progress_asked
from service.indicators.register import Register
from service.indicators.series import SeriesPoint, days_of_series, series
from service.models.period import Period, Window
from service.records.changes import Changes, LastChange
from service.records.evidence import EvidenceReader
from service.records.moment import Moment

REMEMBERED = 1_024
"""How many answers are kept. A figure over a hundred actors takes about 30 kB."""


class Memory:
    """Answers by what was asked, the least recently asked dropped first. Safe to use from several threads."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()
        self.changes = Changes()

    def recall(self, key: Hashable) -> Any | None:
        """The answer to `key`, None where it is not remembered."""
        with self._lock:
            if key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def keep(self, key: Hashable, answer: Any) -> None:
        """Remembers `answer`, which nobody may change any more."""
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one indicator: what to remember the answer by, how to make it, and of which evidence."""

    name: Hashable
    answer: Callable[[Evidence], Any]
    actors: frozenset[str] | None
    days: Window


class Answers:
    """Asks what a community knows as of one moment. Everything it answers from memory was committed by then."""

    def __init__(self, connection: Connection, register: Register, moment: Moment, memory: Memory | None = None) -> None:
        self._connection = connection
        self._register = register
        self._moment = moment
        # What is being written may yet be undone, and something else come in its place.
        self._memory = None if memory is None or is_writing(connection) else memory
        self._reader = EvidenceReader(connection, register, moment)

    def figures(self, questions: Mapping[str, Question]) -> dict[str, Figure]:
        """The figure of each indicator. Raises as `indicators.figure.figure` does."""
        return {code: self._figure(code, question) for code, question in questions.items()}

    def _figure(self, code: str, question: Question) -> Figure:
        made: Figure = self._answer(
            code,
            lambda decided: _Asked(
                ("figure", question),
                lambda evidence: figure(evidence, question),
                question.actors,
                days_of(decided, question),
            ),
        )
        return made

    def progress(self, indicators: Collection[str], at: Period | None, actor: str | None) -> dict[str, Progress]:
        """The progress of each indicator at the close of `at` (None: of yesterday), of all or of one actor."""

        def asked(decided: Evidence) -> _Asked:
            question = progress_asked(decided, at, actor).question
            return _Asked(
                ("progress", at, actor),
                lambda evidence: indicator_progress(evidence, at, actor),
                question.actors,
                days_of(decided, question),
            )

        return {code: self._answer(code, asked) for code in indicators}

    def series(
        self,
        indicator: str,
        frequency: str,
        window: Window,
        version: int | None,
        by: Codes,
        actors: frozenset[str] | None,
    ) -> list[SeriesPoint]:
        """The figure of each period of `frequency` wholly inside `window`. Raises as `indicators.series.series` does."""
        points: list[SeriesPoint] = self._answer(
            indicator,
            lambda decided: _Asked(
                ("series", frequency, window, version, by, actors),
                lambda evidence: series(evidence, frequency, window, version=version, by=by, actors=actors),
                actors,
                days_of_series(decided, frequency, window, version),
            ),
        )
        return points

    def explanation(self, indicator: str, question: Question) -> Explanation:
        """The figure of one indicator, opened. Raises as `indicators.figure.figure` does.

        It is not remembered: it holds every entry within reach, a thousand times what a figure does.
        """
        decided = self._reader.decided(indicator)
        return explanation(self._reader.read(decided, question.actors, days_of(decided, question), with_status=True), question)

    def evidence(self, indicators: Collection[str], of_actors: Collection[str] | None = None) -> dict[str, Evidence]:
        """What is known of each indicator; with `of_actors`, the entries of these actors only."""
        return {code: self._reader.read(self._reader.decided(code), of_actors, with_status=True) for code in indicators}

    def _answer(self, code: str, question: Callable[[Evidence], _Asked]) -> Any:
        """The answer about one indicator, from memory where nothing happened to it since it was made."""
        decided = self._reader.decided(code)
        asked = question(decided)
        if self._memory is None:
            return asked.answer(self._read(decided, asked))
        changed = self._last_change.of(self._register.indicators[code].number)
        key = (self._register.community_id, changed, self._moment.register_hash, self._moment.day, code, asked.name)
        answer = self._memory.recall(key)
        if answer is None:
            answer = asked.answer(self._read(decided, asked))
            self._memory.keep(key, answer)
        return answer

    def _read(self, decided: Evidence, asked: _Asked) -> Evidence:
        return self._reader.read(decided, asked.actors, asked.days)

    @cached_property
    def _last_change(self) -> LastChange:
        assert self._memory is not None
        return self._memory.changes.last(self._connection, self._register.community_id, self._moment.number)


class Foreseen(Answers):
    """Answers as if `register` were decided by that moment. Nothing of it is remembered: it may never come true."""

    def __init__(self, connection: Connection, register: Register, moment: Moment) -> None:
        super().__init__(connection, register, moment)
        self._known: dict[str, Evidence] = {}

    def evidence(self, indicators: Collection[str], of_actors: Collection[str] | None = None) -> dict[str, Evidence]:
        """As in `Answers`; what was read for one question serves the next, since all of them are asked at once."""
        missing = [code for code in indicators if code not in self._known]
        if missing:
            self._known |= super().evidence(missing)
        chosen = None if of_actors is None else frozenset(of_actors)
        return {code: self._known[code].of_actors(chosen) for code in indicators}

    def _read(self, decided: Evidence, asked: _Asked) -> Evidence:
        return self.evidence([decided.indicator])[decided.indicator]

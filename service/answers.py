"""One question, one answer: remembered, or its evidence read and figured.

What a community had recorded as of a moment never changes, so an answer is kept under the moment's journal number, what was
decided by it, its day, and the question. Nothing ever has to be forgotten because it is wrong; the oldest go when there are
many.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any

from sqlalchemy import Connection

from service.indicators.aggregation import Codes
from service.indicators.evidence import Evidence
from service.indicators.explanation import Explanation, explanation
from service.indicators.figure import Figure, Question, figure
from service.indicators.progress import Progress, indicator_progress
from service.indicators.register import Register
from service.indicators.series import SeriesPoint, series
from service.models.period import Period, Window
from service.records.evidence import read_evidence
from service.records.moment import Moment

REMEMBERED = 1_024
"""How many answers are kept. A figure over a hundred actors takes about 30 kB."""


class Memory:
    """Answers by what was asked, the least recently asked dropped first. Safe to use from several threads."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

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


class Answers:
    """Asks what a community knows as of one moment. Everything it answers was committed by then."""

    def __init__(self, connection: Connection, register: Register, moment: Moment, memory: Memory | None = None) -> None:
        self._connection = connection
        self._register = register
        self._moment = moment
        self._memory = memory or Memory(0)

    def figures(self, questions: Mapping[str, Question]) -> dict[str, Figure]:
        """The figure of each indicator. Raises as `indicators.figure.figure` does."""
        asked = {question.actors for question in questions.values()}
        return self._each(
            questions,
            lambda code: ("figure", questions[code]),
            lambda evidence: figure(evidence, questions[evidence.indicator]),
            asked.pop() if len(asked) == 1 else None,
        )

    def progress(self, indicators: Collection[str], at: Period | None, actor: str | None) -> dict[str, Progress]:
        """The progress of each indicator at the close of `at` (None: of yesterday), of all or of one actor."""
        return self._each(
            indicators,
            lambda code: ("progress", at, actor),
            lambda evidence: indicator_progress(evidence, at, actor),
            None if actor is None else frozenset([actor]),
        )

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
        points: list[SeriesPoint] = self._each(
            [indicator],
            lambda code: ("series", frequency, window, version, by, actors),
            lambda evidence: series(evidence, frequency, window, version=version, by=by, actors=actors),
            actors,
        )[indicator]
        return points

    def explanation(self, indicator: str, question: Question) -> Explanation:
        """The figure of one indicator, opened. Raises as `indicators.figure.figure` does.

        It is not remembered: it holds every entry within reach, a thousand times what a figure does.
        """
        return explanation(self.evidence([indicator], question.actors)[indicator], question)

    def evidence(self, indicators: Collection[str], of_actors: Collection[str] | None = None) -> dict[str, Evidence]:
        """What is known of each indicator; with `of_actors`, the entries of these actors only."""
        return read_evidence(self._connection, self._register, self._moment, indicators, of_actors)

    def _each(
        self,
        indicators: Collection[str],
        question: Callable[[str], Hashable],
        answer: Callable[[Evidence], Any],
        of_actors: Collection[str] | None,
    ) -> dict[str, Any]:
        """The answer for each of `indicators`: those that are not remembered are read together, in one statement.

        `of_actors` names the actors that the question is about, None: all. It is a part of the question already.
        """
        at = (self._register.community_id, self._moment.number, self._moment.register_hash, self._moment.day)
        keys = {code: (*at, code, question(code)) for code in indicators}
        answers = {code: self._memory.recall(key) for code, key in keys.items()}
        missing = [code for code, found in answers.items() if found is None]
        for code, evidence in self.evidence(missing, of_actors).items() if missing else ():
            answers[code] = answer(evidence)
            self._memory.keep(keys[code], answers[code])
        return answers


class Foreseen(Answers):
    """Answers as if `register` were decided by that moment. Nothing of it is remembered: it may never come true."""

    def __init__(self, connection: Connection, register: Register, moment: Moment) -> None:
        super().__init__(connection, register, moment)
        self._read: dict[str, Evidence] = {}

    def evidence(self, indicators: Collection[str], of_actors: Collection[str] | None = None) -> dict[str, Evidence]:
        """As in `Answers`; what was read for one question serves the next, since all of them are asked at once."""
        missing = [code for code in indicators if code not in self._read]
        if missing:
            self._read |= super().evidence(missing)
        chosen = None if of_actors is None else frozenset(of_actors)
        return {code: self._read[code].of_actors(chosen) for code in indicators}

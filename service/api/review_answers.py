"""How a review is answered: what it froze, what is said in it, what became of its figures since."""

from typing import Annotated

from pydantic import BaseModel, Field, SerializeAsAny, SkipValidation

from service.api.progress import ProgressAnswer
from service.models.instant import Instant
from service.models.measure import Figure as FigureMeasure
from service.models.measure import Measure
from service.models.period import Period

MOST_CONTRIBUTIONS = 100
"""How many contributions of one journal entry are shown."""


class SideAnswer(BaseModel):
    """What an indicator's progress came to, in the terms of `GET /progress`."""

    value: FigureMeasure | None
    lowest: FigureMeasure | None
    highest: FigureMeasure | None
    target: FigureMeasure | None
    target_minimum: FigureMeasure | None
    target_maximum: FigureMeasure | None
    attainment: FigureMeasure | None
    status: str = Field(description="An open list, as in `GET /progress`.")


class CountedAnswer(BaseModel):
    """What counted of a contribution. Measures it does not carry are null."""

    value: Measure | None
    numerator: Measure | None
    denominator: Measure | None
    weight: Measure | None


class ChangedContributionAnswer(BaseModel):
    """One contribution that a journal entry changed: what counted of it before, and since."""

    id: str = Field(description="The contribution's id.")
    actor: str
    period: Period
    dimensions: dict[str, str] = Field(description="The cell's codes; empty for the total.")
    before: CountedAnswer | None = Field(description="Null where nothing counted.")
    after: CountedAnswer | None = Field(description="Null where nothing counts since.")


class ChangedByAnswer(BaseModel):
    """A journal entry that changed an indicator's figure, or its target, or how it is judged."""

    journal: int | None = Field(
        description="The entry's number; null for a proposal whose time has come and that nobody has written down yet."
    )
    kind: str = Field(description="What happened: an open list, as in the journal.")
    instant: Instant
    actor: str | None = Field(description="Who did it; null where nobody did: a proposal's time had come.")
    contributions: list[ChangedContributionAnswer] = Field(
        description=f"Those of the indicator that the figure can rest on and the caller may see, at most {MOST_CONTRIBUTIONS}."
    )
    contribution_count: int = Field(description="How many there are, shown or not.")
    proposal: str | None = Field(description="The id of the proposal that decided it; null without one.")


class CorrectionAnswer(BaseModel):
    """An indicator that would be read otherwise today, on the same day and at the same close."""

    indicator: str
    then: SideAnswer | None = Field(description="As it was frozen; null where there was no such indicator.")
    now: SideAnswer | None = Field(description="With what is known since; null where it is retired.")
    changed_by: list[ChangedByAnswer] = Field(description="In the order of the journal.")


class ReadingAnswer(BaseModel):
    """What an actor reads in the figures."""

    actor: str
    indicator: str | None = Field(description="The indicator it is about; null where it is about none.")
    objective: str | None = Field(description="The objective it is about; with neither, it is about the whole.")
    text: str | None = Field(description="Null where it was erased.")
    erased: bool
    said_at: Instant


class LessonAnswer(BaseModel):
    """What an actor has learnt."""

    actor: str
    text: str | None = Field(description="Null where it was erased.")
    erased: bool
    said_at: Instant


class ReviewSummary(BaseModel):
    """A review without its content."""

    id: str
    title: dict[str, str] = Field(description="By language.")
    status: str = Field(description="An open list; today `open`, `closed`.")
    at: Period | None = Field(description="The period at whose close it reads progress; null: of the day before `as_of`'s.")
    as_of: Instant = Field(description="The instant as of which progress is frozen.")
    opened_at: Instant
    opened_by: str
    closed_at: Instant | None = Field(description="From when on nothing in it changes; null while it is open.")
    closed_by: str | None
    sha256: str = Field(
        description="SHA-256, in hexadecimal, of `progress` as UTF-8 JSON with sorted keys and without white space: "
        "exactly the bytes in which it is answered to who may see every actor's values."
    )


class ReviewAnswer(ReviewSummary):
    """A review: the progress that it froze, what actors read in it and learnt, and what came of it."""

    progress: Annotated[SerializeAsAny[ProgressAnswer], SkipValidation] = Field(
        description="What `GET /progress` answered the caller as of `as_of`, and answers for ever."
    )
    readings: list[ReadingAnswer] = Field(description="What each actor said last, the first said first.")
    lessons: list[LessonAnswer] = Field(description="What each actor said last, the first said first.")
    proposals: list[str] = Field(description="The ids of the proposals that came of it, the first linked first.")
    corrections: list[CorrectionAnswer] = Field(
        description="The indicators that would be read otherwise with what was recorded and decided since, judged on the same "
        "day: time alone changes nothing here."
    )


class ReviewList(BaseModel):
    """Reviews, the first one first."""

    items: list[ReviewSummary]
    next_cursor: str | None

"""How an explanation is answered: the tree above, and entry by entry what is in the figure and what is not."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from pydantic import BaseModel, Field

from service.api.comparison_answers import InstantsComparison
from service.api.contribution_answers import status_of
from service.api.figure_answers import FigureAnswer
from service.api.window_comparison_answers import WindowsComparison
from service.indicators.carried import MEASURES_OF
from service.indicators.explanation import ExplainedActor, ExplainedEntry, Explanation, Part
from service.indicators.register import KnownIndicator, Register
from service.indicators.restatement import Step, Terms
from service.models.instant import Instant
from service.models.measure import Figure as FigureMeasure
from service.models.measure import Measure, rounded
from service.models.period import Period
from service.models.vocabulary import MeasureKind
from service.records.entries import NEVER_REPORTED, Key, key_id
from service.records.ledger import Recorded


class PartAnswer(BaseModel):
    """What something brings to the total. Parts add up exactly; answered, each is rounded half-even to 12 decimals."""

    part: FigureMeasure | None = Field(
        description="Its part in `value` (in `highest`, where the same people may be counted twice). Of a ratio or mean: the "
        "factor times its own numerator over the whole denominator. Where one alone makes the total (`max`, `min`, a median), "
        'that one has it and the others have "0". Null for what is in no total; `reason` then says why. Of a ratio or mean '
        "null, too, to those who may not see every actor's values."
    )
    part_numerator: FigureMeasure | None = Field(
        description="Its part in the numerator of a ratio, in Σ value × weight of a mean; null for quantities."
    )
    part_denominator: FigureMeasure | None = Field(
        description="Its part in the denominator of a ratio, in Σ weight of a mean; null for quantities."
    )


class ExplainedPeriodAnswer(PartAnswer):
    """One period of an actor that was chosen for the window."""

    period: Period
    grain: list[str] | None = Field(
        description="The dimensions by which its total was read, as reported; empty for a reported total. Null: there is none."
    )
    grain_by: list[str] | None = Field(
        description="The same for the values at the codes asked `by`; null where none was asked or nothing answers it."
    )
    entries: int = Field(description="How many of its entries are used.")


class ExplainedActorAnswer(PartAnswer):
    """What one actor brings."""

    actor: str
    value: FigureMeasure | None = Field(
        description="Its own value, as in `by_actor`. Null where it has none, or an interval that is no point."
    )
    periods: list[ExplainedPeriodAnswer] = Field(description="Those chosen for the window, in order.")


class LargestAnswer(BaseModel):
    """Where the largest single value stands."""

    actor: str
    period: Period


class MeasuresAnswer(BaseModel):
    """What one contribution carries. What does not belong to the measure is null, never "0"."""

    value: FigureMeasure | None
    numerator: FigureMeasure | None
    denominator: FigureMeasure | None
    weight: FigureMeasure | None


class TermsAnswer(MeasuresAnswer):
    """How an entry reads in one version."""

    dimensions: dict[str, str] = Field(
        description="Its codes there. A dimension that is gone, or a code without place, is absent."
    )


class StepAnswer(BaseModel):
    """One bridge on the way to the figure's version."""

    version: int = Field(description="The version that the bridge leads into.")
    kind: str = Field(description="An open list; today `editorial`, `conversion`, `break`.")
    factor: Measure | None = Field(description="What a value was multiplied by; null for 1.")
    offset: Measure | None = Field(description="What was added to a value then; null for 0.")
    numerator_factor: Measure | None
    denominator_factor: Measure | None
    before: TermsAnswer
    after: TermsAnswer | None = Field(description="Null where it leads no further: a break, or a code out of scope.")


class ExplainedEntryAnswer(PartAnswer):
    """One ledger entry within reach of the figure."""

    id: str = Field(description="The contribution's id, under which its history is.")
    actor: str
    period: Period
    dimensions: dict[str, str] = Field(description="The cell's codes, as reported; empty for the total.")
    used: bool = Field(description="Whether it is in the figure: in its total, or at the codes asked `by`.")
    reason: str | None = Field(
        description="Why it is left out; null where it is used. An open list; today, as in `excluded`, `not_validated`, "
        "`left`, `newer_definition`, `series_break`, `out_of_scope`; and where it lost to another reading: `older_period` "
        "(a later one serves), `other_period` (one that ends as late fits better), `inside_longer_period` (a longer one was "
        "reported too), `other_grain` (the total was read from other cells), `no_such_grain` (nothing of its period answers "
        "the question), `replaced` (its codes were reported anew under a later version), `not_expected` (one actor alone "
        "reports this)."
    )
    counts_at: dict[str, str] | None = Field(description="The codes asked `by` that it counts at; null for none.")
    version: int = Field(description="The version it was recorded under.")
    reported: MeasuresAnswer
    restated: TermsAnswer | None = Field(
        description="How it reads in the figure's version; null where it does not, or was left out before that was asked."
    )
    steps: list[StepAnswer] = Field(description="The bridges it came to, in order; empty for one of the figure's version.")
    observation_status: str | None = Field(description="SDMX OBS_STATUS; an open list, `A` being normal.")
    comment: str | None
    evidence: str | None
    erased: bool = Field(description="Whether comment and evidence were erased: what there was of them is null.")
    status: str = Field(
        description="How the contribution stands, an open list as there. A value that counts may be `not_validated`: a "
        "correction then waits beside it, and the validated value stands until it is."
    )
    journal: int = Field(description="The number of the journal entry that it came with.")
    recorded_at: Instant
    reported_by: str = Field(description="The actor who sent it: itself, or the support for it.")
    import_id: str | None = Field(description="The import it came with; null where it came otherwise.")


class ExplanationAnswer(FigureAnswer):
    """A figure, opened: actors and periods with their parts, and every entry within reach, used or left out."""

    total: PartAnswer | None = Field(
        description="What the parts add up to; null without a total, `reason` says why. Where people may be counted twice it "
        "is `highest`, also where `overlap` says what was decided. Numerator and denominator are null to "
        "those who may not see every actor's values: they would tell more than the value does."
    )
    lowest_of: LargestAnswer | None = Field(
        description="Whose largest single value `lowest` is, the first of several alike; null unless people may be counted "
        "twice, or where the charter keeps that actor's values to itself."
    )
    actors: list[ExplainedActorAnswer] = Field(
        description="By code, always whole; where the charter keeps actors' values to themselves, the caller's own."
    )
    items: list[ExplainedEntryAnswer] = Field(
        description="Entries by actor, period and cell, in pages: those of actors whose contributions the caller may see. "
        "What a correction replaced is none: the contribution's history has it."
    )
    next_cursor: str | None
    instants: InstantsComparison | None = Field(description="Why it is another than as of `compare_as_of`; null unless asked.")
    windows: WindowsComparison | None = Field(
        description="Why it is another than over the window of `compare_from` and `compare_to`; null unless asked."
    )


def part_fields(explained: Explanation, part: Part | None) -> dict[str, Decimal | None]:
    """A part as a `PartAnswer` has it."""
    top, bottom = (None, None) if part is None or len(part) == 1 else part
    return {
        "part": _shown(explained.share_of_value(part)),
        "part_numerator": _shown(top),
        "part_denominator": _shown(bottom),
    }


def actor_answer(explained: Explanation, one: ExplainedActor) -> ExplainedActorAnswer:
    """One actor with its periods, as they are answered."""
    return ExplainedActorAnswer.model_validate(
        {
            "actor": one.actor,
            "value": None if one.amount is None else _shown(one.amount.value(explained.definition)),
            **part_fields(explained, one.part),
            "periods": [
                {
                    "period": period.period,
                    "grain": period.grain,
                    "grain_by": period.grain_by,
                    "entries": period.entries,
                    **part_fields(explained, period.part),
                }
                for period in one.periods
            ],
        }
    )


def entry_answers(
    register: Register,
    known: KnownIndicator,
    explained: Explanation,
    by: Sequence[str],
    entries: Sequence[tuple[Key, ExplainedEntry]],
    histories: Mapping[Key, list[Recorded]],
    imports: Mapping[int, int],
) -> list[ExplainedEntryAnswer]:
    """Entries as they are answered. `histories` holds what was said of their keys, `imports` the import behind a batch."""
    names = register.actor_codes
    measures = {version.number: version.definition.measure for version in known.versions}
    answers = []
    for key, one in entries:
        entry = one.entry
        state, row = NEVER_REPORTED, None
        for said in histories[key]:
            state = state.after(said.row, said.journal)
            row = said.row if said.journal == entry.journal else row
        assert row is not None
        answers.append(
            ExplainedEntryAnswer.model_validate(
                {
                    "id": key_id(key),
                    "actor": entry.actor,
                    "period": entry.period,
                    "dimensions": dict(entry.cell),
                    "used": one.reason is None,
                    "reason": one.reason,
                    **part_fields(explained, one.part),
                    "counts_at": None if one.codes is None else dict(zip(by, one.codes, strict=True)),
                    "version": entry.version,
                    "reported": {name: getattr(entry, name) for name in MeasuresAnswer.model_fields},
                    "restated": _terms(one.restated, explained.definition.measure),
                    "steps": [_step(step, measures[entry.version]) for step in one.steps],
                    "observation_status": row.observation_status,
                    "comment": row.comment,
                    "evidence": row.evidence,
                    "erased": row.erased is not None,
                    "status": status_of(state, register.settings.charter.validation),
                    "journal": entry.journal,
                    "recorded_at": entry.recorded_at,
                    "reported_by": names[row.reported_by],
                    "import_id": None if row.batch not in imports else str(imports[row.batch]),
                }
            )
        )
    return answers


def _step(step: Step, measure: MeasureKind) -> dict[str, object]:
    terms = ("factor", "offset", "numerator_factor", "denominator_factor")
    return {
        "version": step.version,
        "kind": step.bridge.kind,
        **{name: getattr(step.bridge, name) for name in terms},
        "before": _terms(step.before, measure),
        "after": _terms(step.after, measure),
    }


def _terms(terms: Terms | None, measure: MeasureKind) -> dict[str, object] | None:
    if terms is None:
        return None
    found = dict(zip(MEASURES_OF[measure], terms.measures, strict=True))
    measures = {name: _shown(found.get(name)) for name in MeasuresAnswer.model_fields}
    return {"dimensions": dict(terms.codes), **measures}


def _shown(number: Fraction | Decimal | None) -> Decimal | None:
    return None if number is None else rounded(number)

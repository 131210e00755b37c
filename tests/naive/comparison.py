"""MODEL.md 5, "Why", naively: the figure after each step, and what a change between two windows is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from service.indicators.evidence import Entry, Evidence
from service.models.period import Window
from tests.naive.dues import contributors, first_report, is_due
from tests.naive.figures import Answer, Own, counted, over_actors
from tests.naive.judging import reporting_periods
from tests.naive.overlaps import figure
from tests.naive.taking import REPORT, WITHDRAWAL, in_force

Actors = frozenset[str] | None


def steps(
    earlier: Evidence, later: Evidence, window: Window, version: int | None, then: Actors, now: Actors
) -> dict[str, Fraction | None]:
    """The figure's value as of then, and after each step; `overlaps` is the last, that of now."""
    number = in_force(earlier.versions, earlier.day).number if version is None else version
    # Of who was not known yet nobody could say that it had left.
    unknown = {actor: member.model_copy(update={"left": None}) for actor, member in later.members.items()}
    earlier = replace(earlier, members=unknown | dict(earlier.members))
    values = {"then": figure(earlier, window, version, (), then).total.value}
    today = replace(earlier, day=later.day)
    values["time"] = figure(today, window, number, (), then).total.value
    let_in: set[str] = set()
    for step in ("new_entries", "corrections", "withdrawals", "validations"):
        let_in.add(step)
        known = tuple(e for e in later.entries if e in earlier.entries or sort_of(later, e) in let_in)
        today = replace(today, entries=known)
        values[step] = figure(today, window, number, (), then).total.value
    today = replace(today, versions=later.versions)
    values["definitions"] = figure(today, window, version, (), then).total.value
    today = replace(today, members=later.members)
    values["memberships"] = figure(today, window, version, (), now).total.value
    today = replace(today, charter=later.charter)
    values["charter"] = figure(today, window, version, (), now).total.value
    today = replace(today, overlaps=later.overlaps)
    values["overlaps"] = figure(today, window, version, (), now).total.value
    return values


def sort_of(evidence: Evidence, entry: Entry) -> str:
    """What an entry is to its key."""
    if entry.kind == REPORT:
        earlier = [other for other in evidence.entries if other.key == entry.key and other.journal < entry.journal]
        return "corrections" if any(other.kind in (REPORT, WITHDRAWAL) for other in earlier) else "new_entries"
    return "withdrawals" if entry.kind == WITHDRAWAL else "validations"


@dataclass(frozen=True)
class Change:
    """What a change between two windows is made of. `parts` only where values add: by who stayed, came, left; rate and mix."""

    before: Answer
    after: Answer
    alike: set[str]
    like_for_like: Fraction | None
    parts: Mapping[str, Fraction] | None


def change(evidence: Evidence, first: Window, second: Window, version: int | None, actors: Actors) -> Change:
    """From `first` to `second`."""
    before, after = (figure(evidence, window, version, (), actors) for window in (first, second))
    reference = in_force(evidence.versions, evidence.day) if version is None else evidence.version(version)
    definition, alone = reference.definition, actors is not None and len(actors) == 1
    have = [set(answer.own) for answer in (before, after)]
    if definition.over_actors == "single":
        have = [names if len(names) == 1 else names & set(definition.contributors) for names in have]
    owing = {
        actor
        for window in (first, second)
        for period in reporting_periods(definition, window)
        for actor in contributors(evidence, reference)
        if is_due(evidence, actor, period) and first_report(evidence, actor, period) is None
    }
    alike = (have[0] & have[1]) - owing
    totals = [over_actors(definition, {actor: answer.own[actor] for actor in alike}, alone) for answer in (before, after)]
    like_for_like = None
    if totals[0].value is not None and totals[1].value is not None:
        like_for_like = totals[1].value - totals[0].value
    parts = None
    if before.total.value is not None and after.total.value is not None:
        own = [{actor: answer.own[actor] for actor in names} for answer, names in zip((before, after), have, strict=True)]
        assert all(len(counted(definition, each, alone)) == len(each) for each in own)
        if definition.measure != "quantity":
            parts = of_rates(own[0], own[1], Fraction(str(definition.factor)) if definition.measure == "ratio" else Fraction(1))
        elif definition.over_actors in ("sum", "single"):
            parts = of_sums(own[0], own[1])
    return Change(before, after, alike, like_for_like, parts)


def of_sums(before: dict[str, Own], after: dict[str, Own]) -> dict[str, Fraction]:
    """What those who are in both changed by, what the others brought and took along."""
    return {
        "both": sum((after[a].top - before[a].top for a in after if a in before), Fraction(0)),
        "newcomer": sum((after[a].top for a in after if a not in before), Fraction(0)),
        "leaver": -sum((before[a].top for a in before if a not in after), Fraction(0)),
    }


def of_rates(before: dict[str, Own], after: dict[str, Own], factor: Fraction) -> dict[str, Fraction]:
    """Rate and mix effect among those who have a rate in both windows; the others, as the whole with them less that without."""
    both = [a for a in before if a in after and before[a].bottom != 0 and after[a].bottom != 0]
    parts = {"rate": Fraction(0), "mix": Fraction(0)}
    shared = [sum((own[a].bottom for a in both), Fraction(0)) for own in (before, after)]
    for actor in both:
        r1, r2 = (factor * own[actor].top / own[actor].bottom for own in (before, after))
        w1, w2 = before[actor].bottom / shared[0], after[actor].bottom / shared[1]
        parts["rate"] += (w1 + w2) / 2 * (r2 - r1)
        parts["mix"] += (r1 + r2) / 2 * (w2 - w1)
    whole = [pooled(own, list(own), factor) for own in (before, after)]
    part = [pooled(own, both, factor) for own in (before, after)]
    # Somebody without a rate in one window may have a numerator there: what came and what went is told as one.
    parts["moved"] = (whole[1] - part[1]) + (part[0] - whole[0])
    return parts


def pooled(own: dict[str, Own], actors: list[str], factor: Fraction) -> Fraction:
    """The ratio or mean over these actors; 0 over nobody."""
    bottom = sum((own[a].bottom for a in actors), Fraction(0))
    return factor * sum((own[a].top for a in actors), Fraction(0)) / bottom if bottom else Fraction(0)

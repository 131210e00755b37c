"""A figure in words: what it is, or why it is missing, and what to make of it. English and French, pure.

Every sentence is written whole in each language, so that none has to be put together from words that would not agree.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from service.indicators.figure import Figure
from service.indicators.progress import Progress
from service.indicators.reading_words import FLAGS, JUDGED, LEFT_OUT, MAINTAINED, MISSING, OVERLAPS, UNJUDGED
from service.models.indicator import Definition
from service.models.period import Window
from service.models.text import in_language
from service.models.vocabulary import Direction, OverTime

_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}
_POINT, _THOUSANDS = {"en": ".", "fr": ","}, {"en": ",", "fr": "\N{NARROW NO-BREAK SPACE}"}


def number_text(value: Decimal | Fraction, decimals: int, language: str) -> str:
    """`value` rounded half-even to `decimals`, with the separators of `language`; no zeros are added behind the point."""
    scaled = round(Fraction(value) * 10**decimals)
    whole, part = divmod(abs(scaled), 10**decimals)
    grouped = f"{whole:,}".replace(",", _THOUSANDS[language])
    behind = f"{part:0{decimals}}".rstrip("0") if decimals else ""
    return ("-" if scaled < 0 else "") + grouped + (_POINT[language] + behind if behind else "")


def share_text(share: Decimal, language: str) -> str:
    """A share in percent with at most one decimal, rounded towards zero: 99.96 % is never told as 100 %."""
    tenths = int(Fraction(share) * 1000)
    text = number_text(Fraction(tenths, 10), 1, language)
    return f"{text} %" if language == "fr" else f"{text}%"


def day_text(day: date, language: str) -> str:
    """`5 March 2025`, `5 mars 2025`, `1er mars 2025`."""
    number = "1er" if day.day == 1 and language == "fr" else str(day.day)
    return f"{number} {_MONTHS[language][day.month - 1]} {day.year}"


def reading(progress: Progress) -> dict[str, str]:
    """What the figure of `progress` is or why it is missing, how it stands to its target, and what to be careful about."""
    return {
        "en": " ".join(_sentences(progress, "en", lambda pair: pair[0])),
        "fr": " ".join(_sentences(progress, "fr", lambda pair: pair[1])),
    }


Say = Callable[[tuple[str, str]], str]


def _sentences(progress: Progress, language: str, say: Say) -> list[str]:
    figure, definition = progress.figure, progress.version.definition
    sentences = [_value(figure, definition, progress.window, language, say)]
    if progress.status != "no_data" or progress.aim.terms is None:
        sentences.append(_judgement(progress, language, say))
    sentences += _cautions(figure, say)
    return sentences


def _value(figure: Figure, definition: Definition, window: Window, language: str, say: Say) -> str:
    when = _when(window, definition, language)
    if figure.value is not None:
        return f"{measured_text(figure.value, definition, language)} {when}."
    if figure.lowest is not None and figure.highest is not None:
        lowest = number_text(figure.lowest, definition.decimals, language)
        highest = measured_text(figure.highest, definition, language)
        return say(
            (
                f"Between {lowest} and {highest} {when}: the same people may have been counted more than once.",
                f"Entre {lowest} et {highest} {when} : les mêmes personnes ont pu être comptées plusieurs fois.",
            )
        )
    if figure.reason in MISSING:
        return say(MISSING[figure.reason])
    if figure.excluded:
        return say(
            (
                f"No value {when}: nothing of what was reported can be used.",
                f"Pas de valeur {when} : rien de ce qui a été déclaré ne peut servir.",
            )
        )
    return say((f"No value: nothing has been reported {when}.", f"Pas de valeur : rien n'a été déclaré {when}."))


def measured_text(value: Decimal, definition: Definition, language: str) -> str:
    """`value` as the definition shows it, with its unit."""
    return f"{number_text(value, definition.decimals, language)} {in_language(definition.unit.label, language)}"


def _when(window: Window, definition: Definition, language: str) -> str:
    first, last = window.first_day, window.last_day
    if definition.over_time is OverTime.LAST:
        return f"au {day_text(last, language)}" if language == "fr" else f"on {day_text(last, language)}"
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"en {first.year}" if language == "fr" else f"in {first.year}"
    if language == "fr":
        return f"du {day_text(first, language)} au {day_text(last, language)}"
    return f"from {day_text(first, language)} to {day_text(last, language)}"


def _judgement(progress: Progress, language: str, say: Say) -> str:
    aim, definition = progress.aim, progress.version.definition
    if aim.terms is None:
        if progress.reason == "targets_incomplete" or aim.reason == "targets_incomplete":
            return _targets_apart(progress, language, say)
        return say(UNJUDGED["no_target"])
    maintained = definition.direction is Direction.MAINTAIN
    target = f"{_bound(aim.terms.minimum, definition, language)}–{_bound(aim.terms.maximum, definition, language)}"
    if not maintained:
        target = _bound(aim.terms.value, definition, language)
    if progress.status == "not_assessed" and progress.reason in UNJUDGED:
        template = UNJUDGED[progress.reason]
    elif maintained and progress.status in MAINTAINED:
        template = MAINTAINED[progress.status]
    else:
        template = JUDGED[progress.status]
    return say(template).format(
        target=f"{target} {in_language(definition.unit.label, language)}",
        period=aim.terms.period,
        attainment="" if progress.attainment is None else share_text(progress.attainment, language),
        expected="" if progress.expected is None else share_text(progress.expected, language),
    )


def _bound(value: Decimal | None, definition: Definition, language: str) -> str:
    return "" if value is None else number_text(value, definition.decimals, language)


def _targets_apart(progress: Progress, language: str, say: Say) -> str:
    aim, definition = progress.aim, progress.version.definition
    share = f"{aim.targets_set} of {aim.targets_expected}", f"{aim.targets_set} sur {aim.targets_expected}"
    if aim.targets_sum is None:
        return say(
            (
                f"No target for the community: {share[0]} contributors have one of their own, and these do not add up.",
                f"Pas de cible pour la communauté : {share[1]} contributeurs ont la leur, et elles ne s'additionnent pas.",
            )
        )
    total = measured_text(aim.targets_sum, definition, language)
    return say(
        (
            f"No target for the community yet: {share[0]} contributors have one, together {total}.",
            f"Pas encore de cible pour la communauté : {share[1]} contributeurs en ont une, ensemble {total}.",
        )
    )


def _cautions(figure: Figure, say: Say) -> list[str]:
    found = []
    complete = figure.completeness
    if complete.due:
        found.append(
            say(
                (
                    f"{complete.reported} of {complete.due} reports due are in.",
                    f"{complete.reported} des {complete.due} déclarations dues sont arrivées.",
                )
            )
        )
    if figure.carried_forward:
        found.append(
            say(
                (
                    f"Older values serve for {figure.carried_forward} of the actors.",
                    f"Des valeurs plus anciennes servent pour {figure.carried_forward} des acteurs.",
                )
            )
        )
    if figure.excluded:
        counts: dict[str, int] = {}
        for left_out in figure.excluded:
            counts[left_out.reason] = counts.get(left_out.reason, 0) + left_out.entries
        named = ", ".join(f"{count} {say(LEFT_OUT.get(reason, (reason, reason)))}" for reason, count in counts.items())
        found.append(say((f"Left out: {named}.", f"Laissées de côté : {named}.")))
    if figure.overlap is not None:
        found.append(say(OVERLAPS["lapsed" if figure.overlap.lapse else figure.overlap.decided.terms.method.value]))
    found += [say(FLAGS[flag]) for flag in figure.flags if flag in FLAGS]
    return found

"""A figure in one sentence: value, window, who reported, what was left out. English and French, pure.

The words are those of `reading.py`, which tells a progress in several sentences.
"""

from collections.abc import Callable
from datetime import date

from service.indicators.completeness import Completeness
from service.indicators.figure import Figure
from service.indicators.reading import day_text, measured_text, number_text
from service.indicators.reading_words import FLAGS, LEFT_OUT, MISSING
from service.models.indicator import Definition
from service.models.period import Window
from service.models.text import LANGUAGES
from service.models.vocabulary import OverTime

Say = Callable[[str, str], str]
"""The sentence in the language that is told."""


def figure_reading(figure: Figure, definition: Definition, window: Window, day: date) -> dict[str, str]:
    """One sentence by language, of what `figure` itself answers: `8 people by the end of 2025, 2 of 3 members reporting.`

    `definition` is that of the figure's version, `day` that of `as_of`: a window that it lies in is told as running. Numbers
    are rounded to the definition's decimals. Where something is kept from a reader, `figure` is to come without it.
    """
    return {language: _sentence(figure, definition, window, day, language) for language in LANGUAGES}


def _sentence(figure: Figure, definition: Definition, window: Window, day: date, language: str) -> str:
    def say(english: str, french: str) -> str:
        return french if language == "fr" else english

    told = _told(figure, definition, _when(window, definition, day, language), language, say)
    complete = _reporting(figure.completeness, say)
    beginning = f"{told}, {complete}" if complete else told
    return say("; ", "\u00a0; ").join([beginning, *_cautions(figure, say)]) + "."


def _told(figure: Figure, definition: Definition, when: str, language: str, say: Say) -> str:
    if figure.value is not None:
        return f"{measured_text(figure.value, definition, language)} {when}"
    if figure.lowest is not None and figure.highest is not None:
        lowest = number_text(figure.lowest, definition.decimals, language)
        highest = measured_text(figure.highest, definition, language)
        return say(
            f"Between {lowest} and {highest} {when} (the same people may have been counted more than once)",
            f"Entre {lowest} et {highest} {when} (les mêmes personnes ont pu être comptées plusieurs fois)",
        )
    if figure.reason in MISSING:
        return say(*MISSING[figure.reason]).removesuffix(".").replace(" : ", "\u00a0: ")
    if figure.excluded:
        return say(
            f"No value {when}: nothing of what was reported can be used",
            f"Pas de valeur {when}\u00a0: rien de ce qui a été déclaré ne peut servir",
        )
    if figure.reason == "no_entries":
        return say(f"No value {when}: nothing has been reported", f"Pas de valeur {when}\u00a0: rien n’a été déclaré")
    return say(f"No value {when}", f"Pas de valeur {when}")


def _when(window: Window, definition: Definition, day: date, language: str) -> str:
    """The window in words. One that `day` lies in has only come so far."""
    first, last = window.first_day, window.last_day
    is_running = first <= day <= last
    if definition.over_time is OverTime.LAST:
        if is_running:
            return f"au {day_text(day, 'fr')}" if language == "fr" else f"by {day_text(day, 'en')}"
        if (last.month, last.day) == (12, 31):
            return f"à la fin de {last.year}" if language == "fr" else f"by the end of {last.year}"
        return f"au {day_text(last, 'fr')}" if language == "fr" else f"by {day_text(last, 'en')}"
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        said = f"en {first.year}" if language == "fr" else f"in {first.year}"
    elif first == last:
        said = f"le {day_text(first, 'fr')}" if language == "fr" else f"on {day_text(first, 'en')}"
    elif language == "fr":
        said = f"du {day_text(first, 'fr')} au {day_text(last, 'fr')}"
    else:
        said = f"from {day_text(first, 'en')} to {day_text(last, 'en')}"
    if is_running:
        said += " (à ce jour)" if language == "fr" else " so far"
    return said


def _reporting(complete: Completeness, say: Say) -> str:
    """Who reported of those who owe something; nothing where nothing is due."""
    due, reported, owing = complete.due, complete.reported, complete.actors_due
    if not due:
        return ""
    reports = "déclaration" if reported < 2 else "déclarations"
    if owing == 1:
        return say(f"{reported} of {due} reports in", f"{reported} {reports} sur {due}")
    whole = owing - len(complete.missing)
    members, has_reported = ("membre", "a") if whole < 2 else ("membres", "ont")
    if reported == due or due == owing:
        return say(f"{whole} of {owing} members reporting", f"{whole} {members} sur {owing} {has_reported} déclaré")
    return say(
        f"{whole} of {owing} members reporting in full ({reported} of {due} reports)",
        f"{whole} {members} sur {owing} {has_reported} tout déclaré ({reported} {reports} sur {due})",
    )


def _cautions(figure: Figure, say: Say) -> list[str]:
    found = []
    if figure.carried_forward:
        count = figure.carried_forward
        found.append(
            say(
                f"older values serve for {count} of them",
                f"des valeurs plus anciennes servent pour {count} d’entre eux",
            )
        )
    if figure.excluded:
        counts: dict[str, int] = {}
        for left_out in figure.excluded:
            counts[left_out.reason] = counts.get(left_out.reason, 0) + left_out.entries
        named = ", ".join(f"{count} {say(*LEFT_OUT.get(reason, (reason, reason)))}" for reason, count in counts.items())
        found.append(say(f"left out: {named}", f"laissées de côté\u00a0: {named}"))
    sentences = [say(*FLAGS[flag]).removesuffix(".") for flag in figure.flags if flag in FLAGS]
    return found + [sentence[0].lower() + sentence[1:] for sentence in sentences]

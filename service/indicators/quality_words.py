"""What a quality flag found, and what to look at, in one sentence. English and French, pure."""

from decimal import Decimal
from fractions import Fraction

from service.indicators.aggregation import PARTS_DIFFER, PARTS_INCOMPLETE
from service.indicators.quality import HUNDREDFOLD, HUNDREDTH, NEVER_CHANGES, Flag
from service.indicators.reading import number_text
from service.indicators.series import FALLING
from service.models.indicator import Definition
from service.models.measure import DIGITS_AFTER
from service.models.text import LANGUAGES, in_language

_SENTENCES = {
    PARTS_INCOMPLETE: {
        "en": "{value} for {period} is made of parts with a code missing: look whether a part was forgotten, or the total "
        "can be reported.",
        "fr": "{value} pour {period} est fait de parties où manque un code\u00a0: voir si une partie a été oubliée, ou si le "
        "total peut être déclaré.",
    },
    PARTS_DIFFER: {
        "en": "{value} for {period} in one way, {compared} in another: look which of the two is right.",
        "fr": "{value} pour {period} d’une façon, {compared} d’une autre\u00a0: voir laquelle des deux est juste.",
    },
    FALLING: {
        "en": "{value} up to {period}, {compared} up to {since}: a running total does not fall; look whether the value of the "
        "period alone was reported.",
        "fr": "{value} jusqu’à {period}, {compared} jusqu’à {since}\u00a0: un cumul ne baisse pas\u00a0; voir si c’est la "
        "valeur de la seule période qui a été déclarée.",
    },
    HUNDREDFOLD: {
        "en": "{value} for {period} is about 100 times what was usual, {compared} (the median of {count} values since "
        "{since}): look whether a unit or a percentage slipped.",
        "fr": "{value} pour {period}, c’est environ 100 fois l’ordinaire, {compared} (médiane de {count} valeurs depuis "
        "{since})\u00a0: voir si l’unité ou un pourcentage a glissé.",
    },
    HUNDREDTH: {
        "en": "{value} for {period} is about a hundredth of what was usual, {compared} (the median of {count} values since "
        "{since}): look whether a unit or a percentage slipped.",
        "fr": "{value} pour {period}, c’est environ un centième de l’ordinaire, {compared} (médiane de {count} valeurs depuis "
        "{since})\u00a0: voir si l’unité ou un pourcentage a glissé.",
    },
    NEVER_CHANGES: {
        "en": "{value} for {count} reported periods in a row, from {since} to {period}: look whether it was measured anew each "
        "time.",
        "fr": "{value} pour {count} périodes déclarées de suite, de {since} à {period}\u00a0: voir si la mesure a été refaite "
        "chaque fois.",
    },
}
_NOTHING = {"en": "A ratio over nothing", "fr": "Un rapport sans dénominateur"}


def flag_message(flag: Flag, definition: Definition) -> dict[str, str]:
    """One sentence by language: what was found, and what to look at. `definition` is that in force."""
    return {language: _message(flag, definition, language) for language in LANGUAGES}


def _message(flag: Flag, definition: Definition, language: str) -> str:
    value, compared = _told(flag, definition, language)
    said = _SENTENCES[flag.code][language].format(
        value=value, compared=compared, period=flag.period, since=flag.since, count=flag.count
    )
    return said[0].upper() + said[1:]


def _told(flag: Flag, definition: Definition, language: str) -> tuple[str, str]:
    """Both numbers with as many decimals as the definition shows, or in full where these would make them alike, or nothing."""
    numbers = [number for number in (flag.value, flag.compared_with) if number is not None]
    short = [number_text(number, definition.decimals, language) for number in numbers]
    told_well = len(set(short)) == len(set(numbers)) and all(
        text != "0" or not number for text, number in zip(short, numbers, strict=True)
    )
    decimals = definition.decimals if told_well else DIGITS_AFTER
    return _number(flag.value, decimals, definition, language), _number(flag.compared_with, decimals, definition, language)


def _number(number: Fraction | Decimal | None, decimals: int, definition: Definition, language: str) -> str:
    if number is None:
        return _NOTHING[language]
    return f"{number_text(number, decimals, language)} {in_language(definition.unit.label, language)}"

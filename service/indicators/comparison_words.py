"""How a comparison reads in one sentence, in every language: what changed, and what made it change."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from service.indicators.aggregation import Answer
from service.indicators.comparison import (
    CHARTER,
    CORRECTIONS,
    DEFINITIONS,
    MEMBERSHIPS,
    NEW_ENTRIES,
    OF_ENTRIES,
    OVERLAPS,
    TIME,
    VALIDATIONS,
    WITHDRAWALS,
    InstantsCompared,
    Step,
)
from service.indicators.comparison_windows import BOTH, LEAVER, NEWCOMER, WindowsCompared
from service.models.indicator import Definition
from service.models.measure import EXACT, measure_text, rounded
from service.models.text import LANGUAGES
from service.models.vocabulary import MeasureKind

_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}
_STEPS = {
    "en": {
        TIME: ("time passing", "time passing"),
        NEW_ENTRIES: ("{n} new entry", "{n} new entries"),
        CORRECTIONS: ("{n} correction", "{n} corrections"),
        WITHDRAWALS: ("{n} withdrawal", "{n} withdrawals"),
        VALIDATIONS: ("{n} decision on validation", "{n} decisions on validation"),
        DEFINITIONS: ("the definition", "the definition"),
        MEMBERSHIPS: ("memberships", "memberships"),
        CHARTER: ("the charter", "the charter"),
        OVERLAPS: ("the overlap decision", "the overlap decision"),
    },
    "fr": {
        TIME: ("le temps passé", "le temps passé"),
        NEW_ENTRIES: ("{n} nouvelle contribution", "{n} nouvelles contributions"),
        CORRECTIONS: ("{n} correction", "{n} corrections"),
        WITHDRAWALS: ("{n} retrait", "{n} retraits"),
        VALIDATIONS: ("{n} décision de validation", "{n} décisions de validation"),
        DEFINITIONS: ("la définition", "la définition"),
        MEMBERSHIPS: ("les adhésions", "les adhésions"),
        CHARTER: ("la charte", "la charte"),
        OVERLAPS: ("la décision sur les doubles comptes", "la décision sur les doubles comptes"),
    },
}
_SENTENCES = {
    "en": {
        "reasons": "{said}: {reasons}.",
        "same": "the same as as of {day}",
        "unchanged": "unchanged since {day}",
        "more": "{change} more than as of {day}",
        "fewer": "{change} fewer than as of {day}",
        "less": "{change} less than as of {day}",
        "higher": "{change} higher than as of {day}",
        "lower": "{change} lower than as of {day}",
        "sides": "{now}, {then} as of {day}",
        "windows": "{now}, {then} in the window compared with",
        "no_value": "no value",
        "interval": "between {lowest} and {highest}",
        "points": "{change} points",
        "point": "{change} point",
        "no_change": "no change",
        "alike": "{change} like for like",
        "both": "actors in both {change}",
        "newcomer": "newcomers {change}",
        "leaver": "leavers {change}",
        "rate_up": "rates rose by {change}",
        "rate_down": "rates fell by {change}",
        "mix_up": "the mix gave {change}",
        "mix_down": "the mix took {change}",
        "newcomer_up": "newcomers gave {change}",
        "newcomer_down": "newcomers took {change}",
        "leaver_up": "leavers gave {change}",
        "leaver_down": "leavers took {change}",
    },
    "fr": {
        "reasons": "{said}\u00a0: {reasons}.",
        "same": "autant qu’au {day}",
        "unchanged": "inchangé depuis le {day}",
        "more": "{change} de plus qu’au {day}",
        "fewer": "{change} de moins qu’au {day}",
        "less": "{change} de moins qu’au {day}",
        "higher": "{change} de plus qu’au {day}",
        "lower": "{change} de moins qu’au {day}",
        "sides": "{now}, contre {then} au {day}",
        "windows": "{now}, contre {then} dans la fenêtre de comparaison",
        "no_value": "aucune valeur",
        "interval": "entre {lowest} et {highest}",
        "points": "{change} points",
        "point": "{change} point",
        "no_change": "aucun changement",
        "alike": "{change} à périmètre constant",
        "both": "acteurs présents dans les deux {change}",
        "newcomer": "nouveaux venus {change}",
        "leaver": "partants {change}",
        "rate_up": "les taux ont gagné {change}",
        "rate_down": "les taux ont perdu {change}",
        "mix_up": "la composition a apporté {change}",
        "mix_down": "la composition a coûté {change}",
        "newcomer_up": "les nouveaux venus ont apporté {change}",
        "newcomer_down": "les nouveaux venus ont coûté {change}",
        "leaver_up": "les départs ont apporté {change}",
        "leaver_down": "les départs ont coûté {change}",
    },
}


@dataclass(frozen=True, slots=True)
class _Speaker:
    """One language and one definition: how numbers and sentences are said."""

    language: str
    definition: Definition

    def say(self, key: str, **said: str) -> str:
        """The sentence of that key."""
        return _SENTENCES[self.language][key].format(**said)

    def number(self, value: Fraction, *, signed: bool = False) -> str:
        """Rounded to as many decimals as the definition shows; in full where that would leave nothing of it."""
        exact = rounded(value)
        shown = exact.quantize(Decimal(1).scaleb(-self.definition.decimals), ROUND_HALF_EVEN, _WIDE)
        whole, _, decimals = measure_text(abs(shown or exact)).partition(".")
        gap, point = (",", ".") if self.language == "en" else ("\u202f", ",")
        text = f"{int(whole):,}".replace(",", gap) + (point + decimals if decimals else "")
        return ("−" if exact < 0 else "+" if signed and exact else "") + text

    def change(self, value: Fraction, *, signed: bool = False) -> str:
        """A change of the figure, in points where it is a percentage."""
        said = self.number(value, signed=signed)
        if self.definition.measure is not MeasureKind.RATIO or self.definition.factor != 100:
            return said
        is_one = abs(value) == 1 or (self.language == "fr" and abs(value) < 2)
        return self.say("point" if is_one else "points", change=said)

    def value(self, answer: Answer) -> str:
        """A figure, or that there is none."""
        if answer.value is not None:
            return self.number(answer.value)
        if answer.lowest is None or answer.highest is None:
            return self.say("no_value")
        return self.say("interval", lowest=self.number(answer.lowest), highest=self.number(answer.highest))

    def sentence(self, said: str, reasons: list[str]) -> str:
        """What changed, and behind a colon what made it change."""
        made = self.say("reasons", said=said, reasons=", ".join(reasons)) if reasons else f"{said}."
        return made[0].upper() + made[1:]


_WIDE = EXACT.copy()
_WIDE.clear_traps()


def instants_reading(compared: InstantsCompared, then: datetime, now: datetime, zone: tzinfo) -> dict[str, str]:
    """One sentence by language: `12 fewer than as of 3 March: 4 new entries +20, 1 correction −32.`

    Numbers are said with the decimals of the later definition, days as they are where the community lives.
    """
    made = {}
    for language in LANGUAGES:
        speaker = _Speaker(language, compared.now.version.definition)
        day = _day(then.astimezone(zone), now.astimezone(zone), language)
        reasons = [_step(speaker, step) for step in compared.steps if step.effect or (step.effect is None and step.happened)]
        made[language] = speaker.sentence(_said(speaker, compared, day, has_reasons=bool(reasons)), reasons)
    return made


def _said(speaker: _Speaker, compared: InstantsCompared, day: str, *, has_reasons: bool) -> str:
    if compared.difference is None:
        then, now = speaker.value(compared.then.answer), speaker.value(compared.now.answer)
        return speaker.say("unchanged", day=day) if then == now else speaker.say("sides", now=now, then=then, day=day)
    if not compared.difference:
        return speaker.say("same" if has_reasons else "unchanged", day=day)
    is_amount = speaker.definition.measure is MeasureKind.QUANTITY
    if compared.difference > 0:
        key = "more" if is_amount else "higher"
    else:
        key = ("fewer" if compared.difference.denominator == 1 else "less") if is_amount else "lower"
    return speaker.say(key, change=speaker.change(abs(compared.difference)), day=day)


def _step(speaker: _Speaker, step: Step) -> str:
    count = len(step.touched)
    one, many = _STEPS[speaker.language][step.name]
    is_one = count == 1 or (count == 0 and speaker.language == "fr")
    said = (one if is_one else many).format(n=speaker.number(Fraction(count))) if step.name in OF_ENTRIES else one
    return said if step.effect is None else f"{said} {speaker.number(step.effect, signed=True)}"


def _day(then: datetime, now: datetime, language: str) -> str:
    number = "1er" if language == "fr" and then.day == 1 else str(then.day)
    said = f"{number} {_MONTHS[language][then.month - 1]}"
    if then.year != now.year:
        said += f" {then.year}"
    return f"{said}, {then:%H:%M}" if then.date() == now.date() else said


def windows_reading(compared: WindowsCompared, *, tells_parts: bool = True) -> dict[str, str]:
    """One sentence by language: `−19.33 points: rates rose by 3.5, the mix took 22.83.`

    Without `tells_parts` only the change itself is told.
    """
    return {
        language: _windows(_Speaker(language, compared.version.definition), compared, tells_parts) for language in LANGUAGES
    }


def _windows(speaker: _Speaker, compared: WindowsCompared, tells_parts: bool) -> str:
    if compared.change is None:
        then, now = speaker.value(compared.before), speaker.value(compared.after)
        return speaker.sentence(speaker.say("windows", now=now, then=then), [])
    said = speaker.change(compared.change, signed=True) if compared.change else speaker.say("no_change")
    return speaker.sentence(said, _parts(speaker, compared) if tells_parts else [])


def _parts(speaker: _Speaker, compared: WindowsCompared) -> list[str]:
    if compared.has_rates:
        effects = {"rate": compared.rate_effect, "mix": compared.mix_effect}
        effects |= {standing: compared.effect_of(standing) for standing in (NEWCOMER, LEAVER)}
        return [
            speaker.say(f"{name}_up" if effect > 0 else f"{name}_down", change=speaker.number(abs(effect)))
            for name, effect in effects.items()
            if effect
        ]
    if compared.splits:
        made = {standing: compared.effect_of(standing) for standing in (BOTH, NEWCOMER, LEAVER)}
        moved = [standing for standing, effect in made.items() if effect]
        if moved == [BOTH]:
            return []
        return [speaker.say(name, change=speaker.number(made[name] or Fraction(0), signed=True)) for name in moved]
    alike = compared.like_for_like.change
    if alike is None or alike == compared.change:
        return []
    return [speaker.say("alike", change=speaker.number(alike, signed=True))]

"""What pages say and how: sentences by catalogue, numbers, shares and days as a language writes them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from service.models.measure import measure_text
from service.texts import LANGUAGES

Texts = Mapping[str, str] | str | None


@cache
def translations(language: str) -> NullTranslations:
    """The sentences of `language`; English ones are those that the pages themselves hold.

    Catalogues are read as translators keep them: there is no step between editing one and seeing it.
    """
    if language == "en":
        return NullTranslations()
    compiled = io.BytesIO()
    with files("service.web").joinpath("locales", f"{language}.po").open("rb") as catalogue:
        write_mo(compiled, read_po(catalogue, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True, slots=True)
class Speech:
    """A reader's language beside that of a community, in which a text stands that was not said in the reader's."""

    language: str
    community_language: str = "en"
    time_zone: str = "UTC"

    def text(self, texts: Texts) -> str:
        """A text in the reader's language, else in the community's, else in any; empty where nothing was said."""
        if texts is None or isinstance(texts, str):
            return texts or ""
        wanted = (self.language, self.community_language, *LANGUAGES, *texts)
        return next((texts[language] for language in wanted if language in texts), "")

    def speaks_otherwise(self, texts: Texts) -> str | None:
        """The language that `text` gives where it is not the reader's, for screens that read aloud; None where it is."""
        if texts is None or isinstance(texts, str) or self.language in texts:
            return None
        return next((language for language in (self.community_language, *LANGUAGES, *texts) if language in texts), None)

    def number(self, value: Decimal) -> str:
        """All its digits, none of them for show, as the language groups and points them: engines pad decimals with zeros."""
        value = Decimal(measure_text(value))
        places = -int(value.as_tuple().exponent)
        pattern = "#,##0" + (f".{'0' * places}" if places > 0 else "")
        return str(format_decimal(value, format=pattern, locale=self.language))

    def share(self, value: Decimal) -> str:
        """A share as whole percents: 62 %. What is not quite there is never rounded to 100 %."""
        shown = min(value, Decimal("0.99")) if Decimal("0.99") < value < 1 else value
        return str(format_percent(shown, locale=self.language))

    def shares(self, lowest: Decimal, highest: Decimal) -> str:
        """Both ends of what a share may be: 5–99 %; one share where they are written alike."""
        low, high = self.share(lowest), self.share(highest)
        return high if low == high else low.rstrip("%\u202f\xa0") + "–" + high

    def day(self, day: date) -> str:
        """31 Dec 2025."""
        return str(format_date(day, "medium" if self.language == "en" else "d MMM y", locale=self._locale))

    def instant(self, instant: datetime) -> str:
        """The day and the minute in the community's time zone."""
        return str(format_datetime(instant, "medium", tzinfo=ZoneInfo(self.time_zone), locale=self._locale))

    def until(self, now: datetime, then: datetime) -> str:
        """How far ahead `then` lies: in 3 days; or how long ago it was."""
        return str(format_timedelta(then - now, granularity="minute", add_direction=True, locale=self._locale))

    def local_day(self, instant: datetime) -> str:
        """The day of an instant where the community lives."""
        return self.day(instant.astimezone(ZoneInfo(self.time_zone)).date())

    @property
    def _locale(self) -> str:
        """Days before months: English as it is written in Europe."""
        return "en_GB" if self.language == "en" else self.language

    def say(self, message: str, **named: object) -> str:
        """The sentence in the reader's language, with what it names filled in."""
        said = translations(self.language).gettext(message)
        return said % named if named else said

    def count(self, one: str, many: str, num: int, **named: object) -> str:
        """The same, of `num` things."""
        return translations(self.language).ngettext(one, many, num) % {"num": self.number(Decimal(num)), **named}

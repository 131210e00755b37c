"""Numbers as spreadsheets write them: which sign is the decimal one is settled for a whole file, or asked.

What is read: an optional minus, digits, no-break or narrow no-break spaces between groups of three, and the decimal sign.
`1.234` can be one and a bit or a thousand and more. Where any other number of the file shows its decimal sign (`0.5`,
`12,75`), that settles it; where none does, or where they contradict each other, the file is refused with the question.
When the sender says which sign it is, the other one is understood between groups of three as well.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from service.errors import Fault
from service.indicators.suggestion import shown
from service.models.measure import measure_text, parse_measure

DecimalSign = Literal["auto", "point", "comma"]
SIGNS: dict[DecimalSign, str] = {"point": ".", "comma": ","}

_GROUPS = r"[0-9]{1,3}(?:[\u00a0\u202f][0-9]{3})+"
_WHOLE = rf"(?:[0-9]+|{_GROUPS})"
_WITH_SIGN = re.compile(rf"-?{_WHOLE}([.,])[0-9]+")
MAY_BE_EITHER = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
_CANONICAL = re.compile(r"-?(?:0|[1-9][0-9]{0,25})(?:\.[0-9]{0,11}[1-9])?")
_NUMBER = {sign: re.compile(rf"-?{_WHOLE}(?:{re.escape(sign)}[0-9]+)?") for sign in ".,"}
_GROUPED_BY = {sign: re.compile(rf"-?[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})+(?:[.,][0-9]+)?") for sign in ".,"}
_SPACES = str.maketrans("", "", "\u00a0\u202f")
_DECORATION = re.compile(r"^\+|[\s\u200b]|[%\u20ac]$|(?<=[0-9])['\u2019](?=[0-9]{3})")
_LONGEST_GUESSED = 60


@dataclass(slots=True)
class Evidence:
    """The first number that shows a point, a comma, and one that could be read either way; each with its row and column."""

    point: tuple[str, int, str] | None = None
    comma: tuple[str, int, str] | None = None
    either: tuple[str, int, str] | None = None

    def hear(self, texts: Iterable[str], row_of: Callable[[int], int], column: str) -> None:
        """Takes note of `texts`, distinct cells of `column`; `row_of` gives the row where the nth of them first stands."""
        for place, text in enumerate(texts):
            match = _WITH_SIGN.fullmatch(text)
            if match is None:
                continue
            if MAY_BE_EITHER.fullmatch(text):
                self.either = self.either or (text, row_of(place), column)
            elif match[1] == ".":
                self.point = self.point or (text, row_of(place), column)
            else:
                self.comma = self.comma or (text, row_of(place), column)

    def sign(self) -> str | Fault:
        """The decimal sign, or the question that only the sender can answer."""
        if self.point and self.comma:
            return self._question(max(self.point, self.comma, key=lambda seen: seen[1]))
        if self.comma:
            return ","
        if self.point or not self.either:
            return "."
        return self._question(self.either)

    @staticmethod
    def _question(seen: tuple[str, int, str]) -> Fault:
        text, row, column = seen
        return Fault(
            "ambiguous_decimal",
            f"is the sign in `{text}` a decimal one? Send the file again with decimal=point or decimal=comma",
            row=row,
            column=column,
            context={"given": text},
        )


class Numbers:
    """Reads the numbers of one file: `sign` is the decimal one; `said`: the sender said so, and may group by the other one."""

    def __init__(self, sign: str, said: bool) -> None:
        self._sign = sign
        self._groups_by = ("," if sign == "." else ".") if said else None

    def read(self, text: str) -> str | None:
        """The number's canonical text (`measure_text`); None where `text`, which has no outer spaces, is no number."""
        if self._sign == "." and _CANONICAL.fullmatch(text) and text != "-0":
            return text
        if self._groups_by is not None and _GROUPED_BY[self._groups_by].fullmatch(text):
            text = text.replace(self._groups_by, "")
        if _NUMBER[self._sign].fullmatch(text) is None:
            return None
        try:
            return measure_text(parse_measure(text.translate(_SPACES).replace(self._sign, ".")))
        except ValueError:
            return None

    def fault(self, text: str, pointer: str) -> Fault:
        """What is wrong with a cell that `read` could not read, with what it may have meant."""
        meant = self._meant(text)
        return Fault(
            "not_a_decimal",
            f"`{shown(text)}` is no number: digits, at most 26 before the decimal sign and 12 after",
            pointer=pointer,
            suggestion=f"did you mean `{meant}`?" if meant else None,
            context={"given": shown(text), **({"meant": meant} if meant else {})},
        )

    def _meant(self, text: str) -> str | None:
        if len(text) > _LONGEST_GUESSED:
            return None
        bare = _DECORATION.sub("", text.strip().replace("\u2212", "-"))
        last = max(bare.rfind("."), bare.rfind(","))
        if last >= 0:
            decimal, other = bare[last], "," if bare[last] == "." else "."
            groups = bare.count(decimal) > 1 or (decimal != self._sign and MAY_BE_EITHER.fullmatch(bare) is not None)
            bare = bare.replace(other, "").replace(decimal, "" if groups else ".")
        try:
            return measure_text(parse_measure(bare))
        except ValueError:
            return None

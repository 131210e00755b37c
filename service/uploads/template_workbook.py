"""The template as a workbook: the table to fill in, the codes that go into it as drop-downs, and a page that says how.

Columns of codes, periods and texts are formatted as text, or spreadsheets would make 7 of 007 and a day of 2025-03. Numbers are
numbers as far as a spreadsheet keeps them; longer ones are texts, and the sheets say why.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.errors import Refused
from service.indicators.carried import MEASURES
from service.models.text import in_language
from service.models.vocabulary import ObservationStatus
from service.uploads.heading import DUE
from service.uploads.marks import address
from service.uploads.template import Owed, code_lists, template_columns, template_rows
from service.uploads.workbook import GENERAL, NOTE, TEXT, Choice, Column, Sheet, Written, number_or_text, write_workbook

MOST_ROWS = 50_000
"""More cannot be filled in by hand; it would be a table for a program, which takes CSV."""
_SPARE = 1_000
"""Rows below those that are due, in which the drop-downs work as well."""
_STATUS = "observation_status"
_WIDTHS = {"comment": 40, "evidence": 30, _STATUS: 18, "indicator": 24}
_HEADS = {
    "en": {},
    "fr": {
        "indicator": "indicateur", "actor": "acteur", "period": "période", "value": "valeur", "numerator": "numérateur",
        "denominator": "dénominateur", "weight": "poids", _STATUS: "statut", "comment": "commentaire", "evidence": "preuve",
        DUE: "échéance",
    },
}  # fmt: skip
_SENTENCES = {
    "en": {
        "choose": "Choose one of the codes that the list shows: the sheet Codes has them all.",
        "choose_title": "No such code",
        "number_title": "Numbers",
        "number": "More than 15 digits? Type an apostrophe first: spreadsheets round longer numbers, a text keeps them. "
        "For the same reason a long number is a text here.",
        "label": "meaning",
        "total": "total",
        "notes": "How to fill this in",
        "1": "Fill in the sheet Contributions and send the file as it is. Rows that stay empty are passed over, rows that you "
        "do not touch change nothing.",
        "2": "Zero is a value: leave the cell empty where there is no figure.",
        "3": "Numbers of more than 15 digits are texts: a spreadsheet would round them. Type an apostrophe before one.",
        "4": "Values only: no formulas, no dates, no percentages, no merged cells. A period is a text: 2025, 2025-Q1, 2025-03.",
        "5": "The sheet Contributions stays the first one. The other sheets are not read.",
        "6": "You may add rows, and take rows out; an empty code of a breakdown means the total.",
    },
    "fr": {
        "choose": "Choisissez un des codes de la liste : la feuille Codes les donne tous.",
        "choose_title": "Code inconnu",
        "number_title": "Nombres",
        "number": "Plus de 15 chiffres ? Tapez d’abord une apostrophe : un tableur arrondit les nombres plus longs, un texte "
        "les garde. C’est pourquoi un long nombre est ici un texte.",
        "label": "signification",
        "total": "total",
        "notes": "Comment remplir ce fichier",
        "1": "Remplissez la feuille Contributions et envoyez le fichier tel quel. Les lignes laissées vides sont passées, "
        "celles que vous ne touchez pas ne changent rien.",
        "2": "Zéro est une valeur : laissez la cellule vide quand il n’y a pas de chiffre.",
        "3": "Un nombre de plus de 15 chiffres est un texte : un tableur l’arrondirait. Tapez une apostrophe devant.",
        "4": "Des valeurs seulement : ni formules, ni dates, ni pourcentages, ni cellules fusionnées. Une période est un "
        "texte : 2025, 2025-Q1, 2025-03.",
        "5": "La feuille Contributions reste la première. Les autres feuilles ne sont pas lues.",
        "6": "Vous pouvez ajouter et enlever des lignes ; un code de ventilation vide veut dire le total.",
    },
}


@dataclass(frozen=True, slots=True)
class _List:
    """The codes that a column takes, each with what it means."""

    place: int
    codes: Sequence[tuple[str, str]]


def template_workbook(owed: Sequence[Owed], language: str) -> bytes:
    """The workbook, in the reader's language. Raises Refused `template_too_large`."""
    said, columns = _SENTENCES[language], template_columns(owed)
    heads = [_HEADS[language].get(name, name) for name in columns]
    rows = list(_rows(owed, columns))
    lists = list(_lists(owed, columns, rows, language))
    last = 1 + len(rows) + _SPARE
    choices = [
        Choice(one.place, 2, last, _source(number, one), said["choose_title"], said["choose"])
        for number, one in enumerate(lists)
        if one.codes
    ]
    choices += [
        Choice(place, 2, last, None, said["number_title"], said["number"])
        for place, name in enumerate(columns)
        if name in MEASURES
    ]
    table = Sheet(
        "Contributions",
        enumerate([heads, *rows], start=1),
        [Column(_WIDTHS.get(name, 16), GENERAL if name in MEASURES else TEXT) for name in columns],
        choices=choices,
    )
    notes: list[list[Written]] = [[said[name]] for name in said if name == "notes" or name.isdigit()]
    written = io.BytesIO()
    write_workbook(written, [table, _codes(lists, heads, said), Sheet("Notes", enumerate(notes, start=1), [Column(100, NOTE)])])
    return written.getvalue()


def _rows(owed: Sequence[Owed], columns: list[str]) -> Iterator[list[Written]]:
    for number, row in enumerate(template_rows(owed)):
        if number == MOST_ROWS:
            sentence = f"A workbook to fill in has at most {MOST_ROWS} rows: ask for fewer indicators or periods, or for CSV."
            raise Refused("template_too_large", sentence, limit=MOST_ROWS)
        yield [
            number_or_text(row[column]) if column in MEASURES and row.get(column) else row.get(column, "") for column in columns
        ]


def _lists(owed: Sequence[Owed], columns: list[str], rows: list[list[Written]], language: str) -> Iterator[_List]:
    """The lists in the order of their columns: what is due, and the codes of what breaks it down."""
    dimensions = code_lists(owed)
    total = _SENTENCES[language]["total"]
    for place, name in enumerate(columns):
        if name == "indicator":
            names = {one.indicator.code: in_language(one.version.definition.name, language) for one in owed}
            yield _List(place, list(names.items()))
        elif name in ("actor", "period"):
            yield _List(place, [(str(code), "") for code in dict.fromkeys(row[place] for row in rows)])
        elif name == _STATUS:
            yield _List(place, [(one.value, one.name.lower().replace("_", " ")) for one in ObservationStatus])
        elif name in dimensions:
            codes = [(code, _label(labels, language)) for code, labels in dimensions[name].items()]
            yield _List(place, [(code, label or (total if code == "_T" else "")) for code, label in codes])


def _label(labels: Mapping[str, str], language: str) -> str:
    return in_language(dict(labels), language) if labels else ""


def _source(number: int, one: _List) -> str:
    column = address(2 * number, 1).removesuffix("1")
    return f"Codes!${column}$2:${column}${1 + len(one.codes)}"


def _codes(lists: list[_List], heads: list[str], said: Mapping[str, str]) -> Sheet:
    """Every list in two columns, the codes and what they mean, so that a drop-down may be as long as it has to."""
    longest = max((len(one.codes) for one in lists), default=0)
    rows: list[list[Written]] = [[text for one in lists for text in (heads[one.place], said["label"])]]
    for at in range(longest):
        rows.append([text for one in lists for text in (one.codes[at] if at < len(one.codes) else ("", ""))])
    return Sheet("Codes", enumerate(rows, start=1), [Column(width) for _ in lists for width in (16, 30)])

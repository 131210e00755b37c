"""Opens the published files under `tests/data/`, and turns publishers' labels into codes."""

import io
import json
import lzma
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

DATA = Path(__file__).parent.parent / "data"
_NOT_A_CODE = re.compile(r"[^a-z0-9]+")


def read_bytes(published_set: str, name: str) -> bytes:
    """The file as it was published."""
    return lzma.decompress((DATA / published_set / f"{name}.xz").read_bytes())


def read_table(published_set: str, name: str, *, separator: str = ",") -> pd.DataFrame:
    """The table as text, cell by cell: `007` stays `007`, `NA` stays `NA`, an empty cell is an empty string."""
    content = io.BytesIO(read_bytes(published_set, name))
    return pd.read_csv(content, sep=separator, encoding="utf-8-sig", dtype=str, keep_default_na=False)


def read_text(published_set: str, name: str) -> str:
    """The text as it was published."""
    return read_bytes(published_set, name).decode("utf-8-sig")


def read_expected(published_set: str) -> dict[str, Any]:
    """What has to come out: taken from the published file without any of the service's code."""
    expected: dict[str, Any] = json.loads(read_bytes(published_set, "expected.json"))
    return expected


def code_of(label: str, longest: int = 63) -> str:
    """A label as a code: no accents, lower case, words joined by hyphens, as many whole ones as `longest` characters take."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    code = _NOT_A_CODE.sub("-", plain.lower()).strip("-")
    return code if len(code) <= longest else code[: longest + 1].rsplit("-", 1)[0]


def codes_of(labels: list[str]) -> dict[str, str]:
    """A code for each of several labels, none twice: whoever comes later gets `-2`, `-3` … behind a code that is taken."""
    taken: dict[str, str] = {}
    codes = {}
    for label in labels:
        code, attempt = code_of(label), 1
        while code in taken:
            attempt += 1
            code = f"{code_of(label, 63 - len(str(attempt)) - 1)}-{attempt}"
        taken[code] = label
        codes[label] = code
    return codes


def sum_of(values: Iterable[str]) -> str:
    """Decimals added up exactly, text in and text out."""
    return format(sum(map(Decimal, values), Decimal(0)), "f")

"""How an import is answered, its faults in the reader's language."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field

from service import texts
from service.api.tables import neutral
from service.errors import Fault
from service.indicators.register import Register
from service.models.instant import Instant
from service.models.period import Period
from service.models.upload import Upload
from service.models.vocabulary import UploadStatus
from service.records.entries import Key
from service.uploads.erasing import ERASED

FINISHED = (UploadStatus.SUCCEEDED, UploadStatus.REJECTED, UploadStatus.FAILED, UploadStatus.UNDONE)


class ImportFault(BaseModel):
    """One thing wrong in a file."""

    row: int | None = Field(description="As a spreadsheet numbers rows: the header is 1.")
    column: str | None = Field(description="The head of the column, as the file writes it; null where the whole row is meant.")
    code: str = Field(description="Stable, snake_case. The list is open: more may come.")
    detail: str = Field(description="A sentence in the reader's language.")
    found: str | None = Field(description="What stands in the cell, or its beginning; null where no cell is meant.")
    suggestion: str | None = Field(description="What may have been meant, or else what would do.")


class LeftAlone(BaseModel):
    """A contribution that undoing an import left as it is."""

    indicator: str
    actor: str
    period: Period
    dimensions: dict[str, str]


class UndoAnswer(BaseModel):
    """What undoing did. What the import had created is withdrawn, what it had revised stands as it stood before."""

    withdrawn: int
    restored: int
    kept: list[LeftAlone] = Field(
        description="Left alone: somebody reported it anew or withdrew it, or its definition was revised; at most 1,000."
    )


class ImportAnswer(BaseModel):
    """A file that was sent in, and what became of it.

    Counts are of its data rows; under a mapping that makes several contributions of a row, of these contributions.
    """

    id: str
    status: str = Field(description="An open list; today `queued`, `running`, `succeeded`, `rejected`, `failed`, `undone`.")
    progress: int = Field(description="Percent of the work that is done.")
    mode: str = Field(description="`commit`, or `check`: the same verdict, and nothing is recorded.")
    on_error: str = Field(description="`reject_all`, or `skip_rows`: rows without faults are recorded all the same.")
    decimal: str
    encoding: str
    mapping: str | None = Field(description="The mapping that it was sent under, as it was named; null: none.")
    actor: str = Field(description="Who sent it.")
    filename: str | None
    size: int = Field(description="Bytes, unpacked.")
    sha256: str = Field(description="Of the file, unpacked; hexadecimal.")
    rows: int = Field(description="Data rows: neither blank ones nor those of a template that are still empty.")
    created: int
    revised: int
    unchanged: int = Field(description="Rows that say what stands already.")
    folded: int = Field(description="Rows that repeat another of the file word for word.")
    rejected: int = Field(description="Rows with something wrong in them.")
    errors: list[ImportFault] = Field(description="The first hundred; the report has them all.")
    report: str | None = Field(
        description="Where its report is, once the file has been read; null again once it is dropped, or a text in it erased."
    )
    kept_until: Instant | None = Field(
        description="When the file and its report are dropped; null until the file has been read, and where a text was erased."
    )
    undo: UndoAnswer | None = Field(description="What undoing it did, null unless it was undone.")
    created_at: Instant
    finished_at: Instant | None


class ImportList(BaseModel):
    """Imports, the latest first."""

    items: list[ImportAnswer]
    next_cursor: str | None


def kept_until(upload: Upload, kept_days: int) -> datetime | None:
    """When its file and its report are dropped; None until the file has been read, and where they are gone already."""
    if upload.finished_at is None or ERASED in upload.options:
        return None
    return upload.finished_at + timedelta(days=kept_days)


def import_answer(upload: Upload, register: Register, language: str, kept_days: int, now: datetime) -> ImportAnswer:
    """An import as it is answered `now`."""
    until = kept_until(upload, kept_days)
    address = f"/v1/communities/{register.code}/imports/{upload.number}"
    codes = register.actor_codes
    return ImportAnswer(
        id=str(upload.number),
        status=upload.status,
        progress=upload.progress,
        **{name: upload.options[name] for name in ("mode", "on_error", "decimal", "encoding")},
        mapping=upload.options.get("mapping", {}).get("named") or None,
        actor=codes[upload.actor],
        filename=upload.filename,
        size=upload.size,
        sha256=upload.sha256.hex(),
        **{name: getattr(upload, name) for name in ("rows", "created", "revised", "unchanged", "folded", "rejected")},
        errors=[_error(Fault(**fault), language) for fault in upload.errors],
        report=f"{address}/report" if until is not None and now < until else None,
        kept_until=until,
        undo=_undo(upload.options.get("undo"), register),
        created_at=upload.created_at,
        finished_at=upload.finished_at,
    )


def undo_options(withdrawn: int, restored: int, kept: tuple[Key, ...], cells: dict[int, Any]) -> dict[str, Any]:
    """What undoing did, as an import keeps it."""
    named = [[key.indicator, key.actor, key.period, dict(cells[key.cell])] for key in kept]
    return {"withdrawn": withdrawn, "restored": restored, "kept": named}


def _undo(said: dict[str, Any] | None, register: Register) -> UndoAnswer | None:
    if said is None:
        return None
    actors = register.actor_codes
    indicators = register.indicator_codes
    kept = [
        LeftAlone(indicator=indicators[indicator], actor=actors[actor], period=Period.from_number(period), dimensions=codes)
        for indicator, actor, period, codes in said["kept"]
    ]
    return UndoAnswer(withdrawn=said["withdrawn"], restored=said["restored"], kept=kept)


def _error(fault: Fault, language: str) -> ImportFault:
    return ImportFault(
        row=fault.row,
        column=fault.column,
        code=fault.code,
        detail=texts.detail(fault.code, language, fault.detail, fault.context),
        found=fault.context.get("given"),
        suggestion=texts.suggestion(fault.suggestion, language, fault.context) or texts.remedy(fault.code, language),
    )


def report_cells(faults: list[Fault], language: str) -> tuple[str, str, str]:
    """The three cells that a report adds to a row, safe to open in a spreadsheet."""
    said = [_error(fault, language) for fault in faults]
    suggestions = dict.fromkeys(one.suggestion for one in said if one.suggestion)
    cells = (dict.fromkeys(one.code for one in said), (_sentence(one, language) for one in said), suggestions)
    codes, sentences, suggested = (neutral("; ".join(texts)) for texts in cells)
    return codes, sentences, suggested


def _sentence(fault: ImportFault, language: str) -> str:
    found = f" `{fault.found}`" if fault.found and f"`{fault.found}`" not in fault.detail else ""
    before = "\u00a0" if language == "fr" else ""
    return f"{fault.column}{found}{before}: {fault.detail}" if fault.column else fault.detail

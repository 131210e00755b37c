"""The pages of imports: sending a file in, seeing what became of it, its report to mend, taking it back."""

from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from starlette.responses import Response

from service.api.communities import get_community
from service.api.import_answers import FINISHED
from service.api.import_reports import get_import_report
from service.api.import_templates import get_import_template
from service.api.imports import get_import, list_imports
from service.api.mappings import list_mappings
from service.api.paging import LARGEST_PAGE, PageAsked
from service.api.transaction import AskingContext
from service.errors import refused
from service.models.vocabulary import UploadStatus
from service.web.acting import Outcome, Sent, refused_here
from service.web.rendering import script
from service.web.speech import Speech

_LATEST = 20
"""Imports that the page names."""


def imports_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `imports.html` shows."""
    mappings = list_mappings(asking, PageAsked(LARGEST_PAGE, None)).items
    own = asking.caller.known_actor.code
    names = [one.name if one.actor == own else f"{one.actor}/{one.name}" for one in mappings]
    return {
        "community": get_community(asking),
        "mappings": [(name, name) for name in names],
        "imports": list_imports(asking, PageAsked(_LATEST, None)).items,
        "script": script("progress.js"),
    }


async def send_in(sent: Sent) -> Outcome:
    """Sends the file in, as chosen beside it."""
    form, file = sent.form, sent.file
    if file is None or not file.filename:
        return refused_here(sent.request, refused("file_needed", "Choose a file first.", pointer="/file"))
    asked = form.given("mode", "on_error", "decimal", "mapping")
    answered = await sent.ask("POST", "/imports", params=asked, file=file)
    if answered.is_refused:
        return answered
    return answered.then(f"/imports/{answered.json()['id']}", "sent")


def import_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `import.html` shows."""
    found = get_import(asking.request.path_params["import_id"], _spoken(asking, speech))
    return {
        "community": get_community(asking),
        "one": found,
        "is_finished": found.status in FINISHED,
        "can_be_undone": found.status == UploadStatus.SUCCEEDED and found.mode == "commit",
        "script": None if found.status in FINISHED else script("progress.js"),
    }


async def undo(sent: Sent) -> Outcome:
    """Takes back what an import brought, where that was confirmed."""
    number = quote(sent.request.path_params["import_id"], safe="")
    if sent.form.text("confirm") != "yes":
        return refused_here(
            sent.request, refused("not_confirmed", "Tick the box first: nothing was changed.", pointer="/confirm")
        )
    return (await sent.ask("POST", f"/imports/{number}/undo")).then(f"/imports/{number}", "undone")


def report_of(asking: AskingContext, speech: Speech) -> Response:
    """The file as it came, with what is wrong in it, in the language of the page."""
    return get_import_report(asking.request.path_params["import_id"], _spoken(asking, speech))


def template_csv(asking: AskingContext, speech: Speech) -> Response:
    """What is due, to fill in."""
    return _template(asking, speech, "csv")


def template_xlsx(asking: AskingContext, speech: Speech) -> Response:
    """The same as a workbook."""
    return _template(asking, speech, "xlsx")


def _template(asking: AskingContext, speech: Speech, kind: Literal["csv", "xlsx"]) -> Response:
    query = asking.request.query_params
    return get_import_template(_spoken(asking, speech), query.get("indicator"), query.get("actor"), file_format=kind)


def _spoken(asking: AskingContext, speech: Speech) -> AskingContext:
    """The same question in the language of the page."""
    return replace(asking, language=speech.language)

"""How a form acts: as the request that a program would send, handed to the interface in this process.

Limits, keys, gates, the journal and every refusal are the interface's own; a page only says it in words.
"""

import json as json_library
import uuid
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from service.api.arrivals import close_files
from service.api.bodies import too_large
from service.api.problems import problem
from service.api.transaction import service_of
from service.errors import ServiceError, Unreadable
from service.web.rendering import page_language

KEY = "key"
"""The name of the hidden field that makes a form that is sent twice act once."""
_MOST_FIELDS = 5_000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form as they were typed; of one that is shown for the first time, none."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, name: str, otherwise: str = "") -> str:
        """What was typed there, without spaces around it; `otherwise` where the form had no such field."""
        return self.fields[name][0].strip() if name in self.fields else otherwise

    def texts(self, name: str) -> tuple[str, ...]:
        """All that was chosen under one name."""
        return self.fields.get(name, ())

    def given(self, *names: str) -> dict[str, str]:
        """Those of the fields that hold something: a body's properties, where an empty field means that nothing is said."""
        return {name: self.text(name) for name in names if self.text(name)}

    def __contains__(self, name: object) -> bool:
        """Whether the form had such a field."""
        return name in self.fields


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why it was refused, in the reader's words. `faults`: each with `detail`, where known with `pointer` and `suggestion`."""

    title: str
    detail: str
    code: str
    faults: tuple[Mapping[str, Any], ...] = ()

    def at(self, pointer: str) -> list[str]:
        """What is wrong with the field that fills that place of the body, and what would do."""
        return [_said(fault) for fault in self.faults if fault.get("pointer") == pointer]


def _said(fault: Mapping[str, Any]) -> str:
    return f"{fault['detail']} ({fault['suggestion']})" if fault.get("suggestion") else str(fault["detail"])


@dataclass(frozen=True, slots=True)
class Done:
    """It was done. `path`: where it shows, below the community's page; `notice`: the code of a sentence in `layout.html`."""

    path: str
    notice: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What the interface answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    places: Mapping[str, str] = field(default_factory=dict)
    """Where a form has what the body had below a pointer: what is wrong at `/items/2/value` is shown at `/value` and this."""

    @property
    def is_refused(self) -> bool:
        """Whether it is a problem."""
        return self.status >= 400

    def json(self) -> Any:
        """The content of a JSON answer."""
        return json_library.loads(self.body)

    def trouble(self) -> Trouble:
        """Why it was refused."""
        said = self.json()
        faults = tuple({**fault, "pointer": self._place(fault.get("pointer"))} for fault in said.get("errors", ()))
        return Trouble(said["title"], said["detail"], said["code"], faults)

    def _place(self, pointer: str | None) -> str | None:
        for below, place in self.places.items():
            if pointer is not None and pointer.startswith(f"{below}/"):
                return pointer.removeprefix(below) + place
        return pointer

    def shown_at(self, places: Mapping[str, str]) -> "Answered":
        """The same, where a form has what the body had in other places."""
        return replace(self, places=places)

    def then(self, path: str, notice: str) -> "Outcome":
        """Where the result shows; the answer itself where it was refused."""
        return self if self.is_refused else Done(path, notice)


@dataclass(frozen=True, slots=True)
class Told:
    """It was done, and `said` is shown once: on the page that answers the form, which no address leads to again."""

    said: Mapping[str, Any]


Outcome = Done | Told | Answered
"""What became of a form. An answer that was refused has the page shown again, with what was typed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent to a page of a community, by somebody whose it is."""

    request: Request
    form: Form
    file: UploadFile | None = None

    async def ask(self, method: str, path: str, json: Any = None, if_match: str | None = None, **more: Any) -> Answered:
        """Sends a request below the community's address, once per form: a second click is answered as the first.

        `more`: as for `ask`.
        """
        headers = {"If-Match": if_match} if if_match else {}
        if method == "POST" and self.form.text(KEY):
            headers["Idempotency-Key"] = self.form.text(KEY)
        community = self.request.path_params["community"]
        return await ask(self.request, method, f"/v1/communities/{community}{path}", json=json, headers=headers, **more)


def new_key() -> str:
    """For the hidden field `key` of a form that is shown."""
    return uuid.uuid4().hex


async def ask(
    request: Request,
    method: str,
    path: str,
    *,
    json: Any = None,
    params: Mapping[str, str] | None = None,
    file: UploadFile | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answered:
    """What the interface answers to the same caller, from the same address, in the language of the page.

    `file` is sent on piece by piece, as the one part of a form.
    """
    carried = {"Accept-Language": page_language(request), "X-Request-ID": request.scope["jalon_request_id"]}
    if (authorization := request.headers.get("authorization")) is not None:
        carried["Authorization"] = authorization
    body: dict[str, Any] = {}
    if json is not None:
        carried["Content-Type"], body["content"] = "application/json", json_library.dumps(json).encode()
    elif file is not None:
        body["files"] = {"file": (file.filename or "file", file.file, "application/octet-stream")}
    client = (request.client.host, request.client.port) if request.client else ("", 0)
    url = httpx.URL(str(request.url.replace(path="/", query=""))).join(path)
    sent = httpx.Request(method, url, params=params, headers={**carried, **(headers or {})}, **body)
    answer = await httpx.ASGITransport(app=request.app, client=client).handle_async_request(sent)
    return Answered(answer.status_code, answer.headers, await answer.aread())


async def form_of(request: Request, *, takes_file: bool = False) -> tuple[Form, UploadFile | None]:
    """The form in the body of `request`, and the file in it where it may have one, on disk as soon as it is large.

    Whoever gets the file closes it. Raises TooLarge as soon as there is more than the settings allow, Unreadable.
    """
    settings = service_of(request).settings
    pieces = _within(request, settings.body_limit + (settings.upload_limit if takes_file else 0))
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    most: dict[str, Any] = {"max_fields": _MOST_FIELDS, "max_part_size": settings.body_limit}
    multipart = MultiPartParser(request.headers, pieces, max_files=int(takes_file), **most)
    try:
        if media_type == "multipart/form-data":
            found = await multipart.parse()
        elif media_type == "application/x-www-form-urlencoded":
            found = await FormParser(request.headers, pieces, **most).parse()
        else:
            raise Unreadable("unreadable", "The form cannot be read.")
    except (MultiPartException, KeyError, ValueError):
        close_files(multipart)
        raise Unreadable("unreadable", "The form cannot be read.") from None
    except ServiceError:
        close_files(multipart)
        raise
    given = found.multi_items()
    fields = {name: tuple(one for one in found.getlist(name) if isinstance(one, str)) for name, _ in given}
    file = next((one for _, one in given if not isinstance(one, str)), None)
    return Form({name: texts for name, texts in fields.items() if texts}), file


async def _within(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    count = 0
    async for piece in request.stream():
        count += len(piece)
        if count > limit:
            raise too_large(limit)
        yield piece


def refused_here(request: Request, error: ServiceError) -> "Answered":
    """A refusal of the page's own, as the interface would say it: for what cannot even be turned into a request."""
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"accept-language"]
    language = (b"accept-language", page_language(request).encode())
    said = problem(Request({**request.scope, "headers": [*headers, language]}), error)
    return Answered(said.status_code, said.headers, bytes(said.body))

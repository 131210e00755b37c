"""How a form acts: as the request that a program would send, handed to the interface in this process.

Limits, keys, gates, the journal and every refusal are the interface's own; a page only says it in words.
"""

import json as json_library
import uuid
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from service.api.bodies import read_within
from service.api.transaction import service_of
from service.errors import Unreadable
from service.web.rendering import page_language

KEY = "key"
"""The name of the hidden field that makes a form that is sent twice act once."""
_MOST_FIELDS = 2_000


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
        return Trouble(said["title"], said["detail"], said["code"], tuple(said.get("errors", ())))

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

    async def ask(self, method: str, path: str, json: Any = None, if_match: str | None = None) -> Answered:
        """Sends a request below the community's address, once per form: a second click is answered as the first."""
        headers = {"If-Match": if_match} if if_match else {}
        if method == "POST" and self.form.text(KEY):
            headers["Idempotency-Key"] = self.form.text(KEY)
        community = self.request.path_params["community"]
        return await ask(self.request, method, f"/v1/communities/{community}{path}", json=json, headers=headers)


def new_key() -> str:
    """For the hidden field `key` of a form that is shown."""
    return uuid.uuid4().hex


async def ask(
    request: Request,
    method: str,
    path: str,
    *,
    json: Any = None,
    content: bytes | AsyncIterable[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answered:
    """What the interface answers to the same caller, from the same address, in the language of the page."""
    carried = {"Accept-Language": page_language(request), "X-Request-ID": request.scope["jalon_request_id"]}
    if (authorization := request.headers.get("authorization")) is not None:
        carried["Authorization"] = authorization
    if json is not None:
        carried["Content-Type"], content = "application/json", json_library.dumps(json).encode()
    client = (request.client.host, request.client.port) if request.client else ("", 0)
    url = httpx.URL(str(request.url.replace(path="/", query=""))).join(path)
    sent = httpx.Request(method, url, headers={**carried, **(headers or {})}, content=content)
    answer = await httpx.ASGITransport(app=request.app, client=client).handle_async_request(sent)
    return Answered(answer.status_code, answer.headers, await answer.aread())


async def form_of(request: Request) -> Form:
    """The form in the body of `request`, without files. Raises TooLarge past the limit of bodies, Unreadable."""
    content = await read_within(request, service_of(request).settings.body_limit)

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    try:
        form: FormData = await Request(request.scope, receive).form(
            max_files=0, max_fields=_MOST_FIELDS, max_part_size=len(content) + 1
        )
    except HTTPException:
        raise Unreadable("unreadable", "The form cannot be read.") from None
    return Form({name: tuple(str(one) for one in form.getlist(name)) for name in form})

"""A browser without script: it keeps cookies by path, follows what answers say, fills in the forms that a page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2

from tests.builders import Client, Coalition, Voice

ORIGIN = "http://jalon.test"
Attributes = dict[str, str]


@dataclass
class ShownForm:
    """A form of a page: where it leads and what its fields hold. `files`: the names of its file inputs."""

    action: str
    method: str
    encoding: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    options: dict[str, list[str]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.fields or name in self.options or name in self.files


class Page(HTMLParser):
    """A page as a browser reads it: its words, its elements, its forms."""

    def __init__(self, address: str, content: str) -> None:
        super().__init__()
        self.address = address
        self.words: list[str] = []
        self.elements: list[tuple[str, Attributes]] = []
        self.forms: list[ShownForm] = []
        self._form: ShownForm | None = None
        self._area: str | None = None
        self._select: str | None = None
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag == "form":
            leads_to = urljoin(self.address, given.get("action", ""))
            self._form = ShownForm(leads_to, given.get("method", "get"), given.get("enctype", ""))
            self.forms.append(self._form)
        elif self._form is not None and given.get("name"):
            self._see_field(self._form, tag, given)
        elif tag == "option" and self._form is not None and self._select is not None:
            self._form.options.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given or self._select not in self._form.fields:
                self._form.fields[self._select] = [given.get("value", "")]

    def _see_field(self, form: ShownForm, tag: str, given: Attributes) -> None:
        name, kind = given["name"], given.get("type", "text")
        if tag == "textarea":
            self._area = name
            form.fields[name] = [""]
        elif tag == "select":
            self._select = name
        elif kind == "file":
            form.files.add(name)
        elif kind in ("radio", "checkbox"):
            form.options.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.fields.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "button":
            form.options.setdefault(name, []).append(given.get("value", ""))
        elif tag == "input":
            form.fields.setdefault(name, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._area is not None and self._form is not None:
            self._form.fields[self._area][0] += data

    @property
    def text(self) -> str:
        """All its words, with single spaces."""
        return " ".join(" ".join(self.words).split())

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [given["href"] for tag, given in self.elements if tag == "a" and "href" in given]

    def form(self, *names: str, action: str | None = None) -> ShownForm:
        """The first form that has all these fields, and leads there where an action is named."""
        return next(
            one for one in self.forms if all(name in one for name in names) and (action is None or one.action.endswith(action))
        )


class Browser:
    """Somebody in front of pages. `status` and `response` are those of the last answer."""

    def __init__(self, client: Client, language: str = "en") -> None:
        self.client = client
        self.language = language
        self.jar: dict[str, tuple[str, str]] = {}
        """The cookies: by name, the path and the value."""
        self.address = ORIGIN + "/"
        self.response: Any = None
        self.set_cookies: list[str] = []

    @property
    def status(self) -> int:
        status: int = self.response.status_code
        return status

    def get(self, path: str) -> Page:
        """Opens an address."""
        return self._open("GET", urljoin(self.address, path))

    def press(
        self,
        form: ShownForm,
        at: Mapping[str, str | None] | None = None,
        /,
        *,
        files: Any = None,
        headers: dict[str, str] | None = None,
        **typed: str | None,
    ) -> Page:
        """Fills in a form of the page that is shown and sends it. A field typed as None is not sent at all.

        `at`: what is typed into fields whose names are no words of Python's.
        `files`: by the name of the input, name, content and media type.
        """
        typed = {**typed, **(at or {})}
        fields = {name: values for name, values in form.fields.items() if name not in typed}
        fields |= {name: [value] for name, value in typed.items() if value is not None}
        address = form.action
        if form.method.lower() == "get":
            return self._open("GET", f"{address.partition('?')[0]}?{urlencode(fields, doseq=True)}")
        sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        if form.encoding == "multipart/form-data":
            parts = [(name, (None, value)) for name, values in fields.items() for value in values]
            return self._open("POST", address, sent, files=[*parts, *(files or {}).items()])
        body = urlencode(fields, doseq=True).encode()
        sent = {**sent, "Content-Type": "application/x-www-form-urlencoded"}
        return self._open("POST", address, sent, content=body)

    def _open(self, method: str, address: str, headers: dict[str, str] | None = None, **sent: Any) -> Page:
        self.client.cookies.clear()
        for _ in range(5):
            path = urlsplit(address).path
            cookies = "; ".join(f"{name}={value}" for name, (below, value) in self.jar.items() if _is_below(path, below))
            brought = {"Accept-Language": self.language, **(headers or {}), **({"Cookie": cookies} if cookies else {})}
            self.response = self.client.request(method, address, headers=brought, follow_redirects=False, **sent)
            self._keep_cookies(self.response)
            if self.response.status_code != 303:
                break
            address, method, headers, sent = urljoin(address, self.response.headers["location"]), "GET", None, {}
        self.client.cookies.clear()
        self.address = address
        return Page(address, self.response.text)

    def _keep_cookies(self, response: httpx2.Response) -> None:
        for line in response.headers.get_list("set-cookie"):
            self.set_cookies.append(line)
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.jar.pop(name, None)
                else:
                    self.jar[name] = (morsel["path"], morsel.value)


def _is_below(path: str, below: str) -> bool:
    return path == below or path.startswith(below.rstrip("/") + "/")


def signed_in(lac: Coalition, actor: str = "a", language: str = "en", scopes: tuple[str, ...] | None = None) -> Browser:
    """A browser of somebody who accepted an invitation of that actor's: with all that their role reaches, unless said."""
    voice: Voice = lac.members.get(actor, lac.support)
    usual = ("read", "contribute", "decide", "administer")
    path = f"/actors/{actor}/invitations"
    made = voice.post(path, {"name": f"Jane of {actor}", "scopes": list(scopes or usual)})
    browser = Browser(lac.client, language)
    browser.press(browser.get(made["page"]).form("csrf"))
    assert browser.status == 200, browser.response.text
    return browser

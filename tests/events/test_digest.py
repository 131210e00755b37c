"""The digest: told to a real mail server, to each actor what it owes as `…/dues` has it, in its language, and not twice."""

import re
import ssl
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from service import cli
from service.errors import Refused, Unavailable
from service.events.relay import MailServer, Relay, parse_server
from service.models.digest import Every
from service.web.posting import Post, Posted, is_time
from tests.builders import STARTS, Client, Coalition, Voice, coalition, define
from tests.events.mailbox import Mailbox, mailbox
from tests.events.test_destinations import certificate
from tests.serving import free_port

engines = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True
)
DAY = timedelta(days=1)
SENDER = "jalon@vallee.example"
SOON = timedelta(seconds=1)
"""Entries of one instant are recorded a tick apart: a moment later all of them are there."""


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


def send(client: Client, box: Mailbox, at: datetime | None = None) -> Posted:
    with Relay(parse_server(box.url), timeout=10) as relay:
        return Post(client.database, client.service_app.state.service.registers, relay, SENDER).send(at or client.clock + SOON)


def told(voice: Voice, actor: str, *addresses: str, language: str = "en", every: str = "day") -> None:
    said = {"addresses": list(addresses), "language": language, "every": every}
    response = voice.ask("PUT", f"/actors/{actor}/digest", json=said)
    assert response.status_code == 200, response.text


def founded(client: Client, **more: Any) -> Coalition:
    lac = coalition(client, charter={"due_days": 30, "validation": "support"}, **more)
    lac.adopt(define(name={"en": "Jobs <b>&</b> trades", "fr": "Emplois créés"}))
    return lac


def parts(message: EmailMessage) -> tuple[str, str]:
    """The plain text, and the text of the HTML: each item of a list on a line."""
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and page is not None
    reader = _Items()
    reader.feed(page.get_content())
    assert not reader.others, "nothing but what a letter is made of"
    return plain.get_content().replace("\r\n", "\n"), "\n".join(f"- {item}" for item in reader.items)


class _Items(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.items: list[str] = []
        self.others: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("html", "head", "meta", "title", "body", "p", "h2", "ul", "li", "small", "br"):
            self.others.append(tag)
        self._inside = tag == "li"
        if self._inside:
            self.items.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.items[-1] += data


@engines
def test_each_actor_is_told_what_it_owes_in_its_language(client: Client, box: Mailbox) -> None:
    lac = founded(client)
    lac.support.patch("/actors/b", {"name": "Forêt & Été"})
    for quarter in ("Q1", "Q2", "Q3"):
        lac.report("b", "jobs", f"2025-{quarter}", "5")
    contested = lac.report("b", "jobs", "2025-Q1", "6")
    lac.support.post(f"/contributions/{contested['id']}/contest", {"reason": "Mme Durand said so"})
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    changes = [{"kind": "set_target", "indicator": "jobs", "from_period": "2025", "period": "2026", "value": "8"}]
    asked = {"title": "Une cible", "rationale": "R", "changes": changes}
    asked["closes_at"] = (client.clock + 2 * DAY).isoformat().replace("+00:00", "Z")
    proposal = lac.members["a"].post("/proposals", asked)
    stands = lac.members["a"].ask("PUT", f"/proposals/{proposal['id']}/positions/a", json={"position": "support"})
    assert stands.status_code == 200
    told(lac.members["a"], "a", "office@a.example")
    told(lac.support, "b", "bureau@vallée.example", language="fr")
    assert send(client, box) == Posted(2, ())
    arrived = dict(box.taken())
    assert set(arrived) == {"office@a.example", "bureau@xn--valle-esa.example"}

    english, french = arrived["office@a.example"], arrived["bureau@xn--valle-esa.example"]
    dues = {actor: lac.members[actor].get("/dues")["items"] for actor in "ab"}
    assert [one["state"] for one in dues["a"]] == ["late"] * 3 + ["to_report"]
    assert [one["state"] for one in dues["b"]] == ["contested", "to_report"] and dues["b"][1]["due_on"] == "2026-01-31"
    lines = [f"- Jobs <b>&</b> trades, {one['period']}: due by {_english(one['due_on'])}" for one in dues["a"]]
    plain, listed = parts(english)
    assert [line for line in plain.splitlines() if line.startswith("- ")] == lines == listed.splitlines()
    assert "Late\n" in plain and "To report\n" in plain and "Contested" not in plain and "position" not in plain
    assert english["Subject"] == "Le lac: 4 things to see to"
    assert english["To"] == "office@a.example" and english["From"] == f"Jalon <{SENDER}>"
    assert english["Auto-Submitted"] == "auto-generated" and english["Content-Language"] == "en"
    assert english["Date"].datetime == client.clock + SOON
    assert re.fullmatch(r"<[0-9a-f]{32}@vallee\.example>", english["Message-ID"])
    assert english["List-Unsubscribe"] == f"<mailto:{SENDER}?subject=unsubscribe%20{lac.code}/a>"

    plain, listed = parts(french)
    wanted = [
        "- Emplois créés, 2025-Q1",
        "- Emplois créés, 2025-Q4\u00a0: attendu pour le 31 janv. 2026",
        "- Une cible\u00a0: clôture le 17 janv. 2026, 09:00:00",
    ]
    assert [line for line in plain.splitlines() if line.startswith("- ")] == wanted == listed.splitlines()
    assert french["Subject"] == "Le lac\u00a0: 3 choses à faire" and "Forêt & Été" in plain
    assert "Durand" not in plain + listed, "what is sent cannot be erased"
    assert all(raw.isascii() for raw in box.raw)


def _english(day: str) -> str:
    names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    found = date.fromisoformat(day)
    name = names[found.month - 1]
    return f"{found.day} {'Sept' if name == 'Sep' else name} {found.year}"


@engines
def test_no_period_brings_two_letters_and_nothing_owed_brings_none(client: Client, box: Mailbox) -> None:
    lac = founded(client)
    assert client.clock.weekday() == 3
    told(lac.members["a"], "a", "day@a.example")
    told(lac.members["b"], "b", "week@b.example", every="week")
    assert (send(client, box).sent, send(client, box).sent) == (2, 0)
    first = dict(box.taken())
    assert send(client, box, client.clock - DAY).sent == 0, "not of a day before the last letter's"
    seen = []
    for days in range(1, 6):
        client.clock = STARTS + days * DAY
        send(client, box)
        send(client, box)
        seen.append(sorted(address.partition("@")[0] for address, _ in box.arrived))
        assert first["day@a.example"]["Message-ID"] not in {message["Message-ID"] for _, message in box.taken()}
    assert seen == [["day"], ["day"], ["day"], ["day", "week"], ["day"]], "a week begins with Monday"
    for quarter in ("Q1", "Q2", "Q3", "Q4"):
        lac.report("a", "jobs", f"2025-{quarter}", "0")
    client.clock += DAY
    assert lac.members["a"].get("/dues")["items"] == []
    assert send(client, box) == Posted(0, ()) and not box.taken()
    lac.adopt({"kind": "close_community"})
    client.clock += 7 * DAY
    assert send(client, box).sent == 0, "nobody takes it in any more"


@pytest.mark.parametrize(
    ("every", "sent_on", "day", "is_due"),
    [
        (Every.DAY, None, "2026-03-01", True),
        (Every.DAY, "2026-03-01", "2026-03-01", False),
        (Every.DAY, "2026-02-28", "2026-03-01", True),
        (Every.DAY, "2026-03-02", "2026-03-01", False),
        (Every.WEEK, "2026-03-02", "2026-03-08", False),
        (Every.WEEK, "2026-03-08", "2026-03-09", True),
        (Every.MONTH, "2026-03-01", "2026-03-31", False),
        (Every.MONTH, "2026-03-31", "2026-04-01", True),
    ],
)
def test_when_it_is_time(every: Every, sent_on: str | None, day: str, is_due: bool) -> None:
    assert is_time(every, None if sent_on is None else date.fromisoformat(sent_on), date.fromisoformat(day)) is is_due


def test_no_name_breaks_out_of_its_line(light_client: Client, box: Mailbox) -> None:
    evil = "Lac\r\nBcc: everybody@example.org\r\n\r\n<script>alert(1)</script>\u2028\u202e" + "x" * 300
    lac = founded(light_client, name=evil)
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    changes = [{"kind": "set_target", "indicator": "jobs", "from_period": "2025", "period": "2026", "value": "8"}]
    closes = (light_client.clock + DAY).isoformat().replace("+00:00", "Z")
    said = {"title": "T\n- Jobs: due by yesterday\n<img src=x>", "rationale": "R", "changes": changes, "closes_at": closes}
    lac.members["a"].post("/proposals", said)
    told(lac.members["a"], "a", "office@a.example")
    assert send(light_client, box).sent == 1
    ((address, message),) = box.taken()
    plain, listed = parts(message)
    assert address == "office@a.example" and message["Bcc"] is None and message["To"] == "office@a.example"
    assert "\n" not in message["Subject"] and "Bcc: everybody@example.org <script>" in message["Subject"]
    assert "\u202e" not in message["Subject"] and len(message["Subject"]) < 300
    title = "- T - Jobs: due by yesterday <img src=x>: closes 16 Jan 2026, 09:00:00"
    assert plain.splitlines().count(title) == listed.splitlines().count(title) == 1


def test_a_refused_recipient_holds_up_no_other_and_is_tried_again(light_client: Client, box: Mailbox) -> None:
    lac = founded(light_client)
    told(lac.members["a"], "a", "gone@a.example", "office@a.example")
    told(lac.members["b"], "b", "office@b.example", every="month")
    box.refuses = {"gone@a.example"}
    assert send(light_client, box) == Posted(2, ("lac/a: 550",))
    assert sorted(address for address, _ in box.taken()) == ["office@a.example", "office@b.example"]
    box.refuses = set()
    assert send(light_client, box) == Posted(1, ())
    assert [address for address, _ in box.taken()] == ["gone@a.example"]


@pytest.fixture
def run(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `jalon digest`; its exit code, what it printed, what it complained of."""

    def command(server: str | None, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["jalon", "digest", *arguments])
        monkeypatch.setenv("JALON_DATABASE_URL", database_url)
        if server is not None:
            monkeypatch.setenv("JALON_SMTP_URL", server)
            monkeypatch.setenv("JALON_MAIL_FROM", SENDER)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return command


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_says_what_became_of_it(client: Client, box: Mailbox, run: Callable[..., tuple[int, str, str]]) -> None:
    lac = founded(client)
    told(lac.members["a"], "a", "gone@a.example", "office@a.example")
    code, out, complaint = run(None)
    assert (code, "is off" in out, complaint) == (0, True, "")
    at = ("--at", "2026-01-15T10:00:00Z")
    code, out, complaint = run(f"smtp://127.0.0.1:{free_port()}", *at)
    assert (code, out) == (1, "") and "mail server" in complaint and "example" not in complaint
    box.refuses = {"gone@a.example"}
    code, out, complaint = run(box.url, *at)
    assert (code, out, "lac/a: 550" in complaint) == (1, "Letters sent: 1.\n", True)
    assert "gone" not in complaint and "a.example" not in complaint
    box.refuses = set()
    assert run(box.url, *at) == (0, "Letters sent: 1.\n", "")
    assert run(box.url, *at) == (0, "Letters sent: 0.\n", "")
    assert run(box.url, "--at", "soon")[0] == 2
    code, _, complaint = run("smtp://user:secret@mail.example?starttls=no")
    assert (code, "TLS" in complaint, "secret" in complaint) == (2, True, False)


def test_starttls_is_insisted_on_and_its_certificate_checked(tmp_path: Path) -> None:
    trusted, key = certificate(tmp_path, "localhost")
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(trusted, key)
    letter = EmailMessage()
    letter.set_content("x")

    def hand_over(box: Mailbox, context: ssl.SSLContext | None) -> str | None:
        server = parse_server(f"smtp://localhost:{box.port}?starttls=yes")
        with Relay(server, context=context, timeout=10) as relay:
            return relay.send(letter, SENDER, "office@a.example")

    with mailbox(offered) as box:
        assert hand_over(box, ssl.create_default_context(cafile=str(trusted))) is None
        assert [address for address, _ in box.taken()] == ["office@a.example"]
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            hand_over(box, None)
        with Relay(MailServer("localhost", box.port, starttls=False), timeout=10) as relay:
            assert relay.send(letter, SENDER, "office@a.example") == "530"
    with mailbox() as box:
        with pytest.raises(Unavailable, match="SMTPNotSupportedError"):
            hand_over(box, None)
        assert not box.taken()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://mail.example", MailServer("mail.example", 465, over_tls=True, starttls=False)),
        ("smtp://mail.example", MailServer("mail.example", 587)),
        ("smtp://me%40x:p%2Fw@mail.example:25", MailServer("mail.example", 25, "me@x", "p/w")),
        ("smtp://mail.example?starttls=no", MailServer("mail.example", 587, starttls=False)),
        ("smtp://u:p@localhost:25", MailServer("localhost", 25, "u", "p", starttls=False)),
        ("smtp://[::1]:25", MailServer("::1", 25, starttls=False)),
        ("smtp://127.0.0.1?starttls=yes", MailServer("127.0.0.1", 587)),
        ("smtp://u:p@mail.example?starttls=no", None),
        ("smtps://mail.example?starttls=yes", None),
        ("smtp://mail.example:99999", None),
        ("smtp://mail.example/path", None),
        ("http://mail.example", None),
        ("smtp://mail.example?tls=no", None),
    ],
)
def test_what_a_server_is_written_as(url: str, server: MailServer | None) -> None:
    if server is None:
        with pytest.raises(Refused, match="JALON_SMTP_URL"):
            parse_server(url)
    else:
        assert parse_server(url) == server
        assert "p/w" not in repr(server)


def test_the_clock_of_the_community_says_which_day_it_is(light_client: Client, box: Mailbox) -> None:
    lac = founded(light_client, time_zone="Pacific/Auckland")
    told(lac.members["a"], "a", "office@a.example")
    assert send(light_client, box, datetime(2026, 1, 20, 10, 59, tzinfo=UTC)).sent == 1
    assert send(light_client, box, datetime(2026, 1, 20, 11, 1, tzinfo=UTC)).sent == 1, "there it is the 21st"

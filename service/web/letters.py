"""Letters: what an actor owes, in words, as plain text and as a page of its own that needs nothing from elsewhere.

Names and titles are people's: in a header and in a line each is one line, without control characters, and on the page all is
escaped. Why something is contested is not said: what was sent out by mail cannot be erased any more.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from service.api.contribution_answers import CONTESTED
from service.api.dues import LATE, TO_REPORT, DueAnswer
from service.api.owing import Owed
from service.indicators.register import KnownActor, Register
from service.models.digest import DigestRecipient, Every
from service.texts import answerable
from service.web.rendering import environment
from service.web.speech import Speech, Texts

MOST_NAMED = 50
"""How many things under one heading a letter names."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Section:
    """Some lines under a heading."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to an actor: all texts are single lines."""

    subject: str
    opening: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    language: str

    @property
    def text(self) -> str:
        """The letter as plain text."""
        sections = ["\n".join([one.heading, *(f"- {line}" for line in one.lines)]) for one in self.sections]
        return "\n\n".join([self.opening, *sections, "-- \n" + "\n".join(self.closing)]) + "\n"

    @property
    def page(self) -> str:
        """The letter as HTML."""
        return environment().get_template("letter.html").render(letter=self)


def letter_to(register: Register, known: KnownActor, owed: Owed, day: date, recipient: DigestRecipient) -> Letter | None:
    """What an actor owes on a day, in the recipient's language; None where it owes nothing."""
    settings = register.settings
    speech = Speech(recipient.language, settings.language, settings.time_zone)
    names = {"community": _name(speech, settings.name), "actor": _name(speech, known.member.name)}
    of_state = {state: [one for one in owed.dues if one.state == state] for state in (CONTESTED, LATE, TO_REPORT)}
    found = (
        (speech.say("Contested"), [_contested(register, speech, one) for one in of_state[CONTESTED]]),
        (speech.say("Late"), [_due(register, speech, one) for one in of_state[LATE]]),
        (speech.say("To report"), [_due(register, speech, one) for one in of_state[TO_REPORT]]),
        (
            speech.say("Awaiting your position"),
            [
                speech.say("%(title)s: closes %(at)s", title=_name(speech, one.title), at=speech.instant(one.closes_at))
                for one in owed.positions
            ],
        ),
    )
    things = sum(len(lines) for _, lines in found)
    if not things:
        return None
    return Letter(
        speech.count("%(community)s: one thing to see to", "%(community)s: %(num)s things to see to", things, **names),
        speech.say("In %(community)s, %(actor)s has this to see to on %(day)s:", day=speech.day(day), **names),
        tuple(Section(heading, _first(speech, lines)) for heading, lines in found if lines),
        (
            _rhythm(speech, recipient, names),
            speech.say(
                "Whoever manages the tokens of %(actor)s changes or ends this at %(call)s.",
                call=_call(register, known),
                **names,
            ),
        ),
        recipient.language,
    )


def message_of(
    letter: Letter, register: Register, recipient: DigestRecipient, sender: str, day: date, at: datetime
) -> EmailMessage:
    """The letter as it travels. Sent again for the same day it has the same id, by which mail programs know it."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    message["From"] = Address("Jalon", addr_spec=sender)
    message["To"] = Address(addr_spec=recipient.address)
    message["Date"] = format_datetime(at)
    named = f"{register.code} {recipient.actor} {recipient.address} {day} {sender}"
    message["Message-ID"] = f"<{hashlib.sha256(named.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    left = f"unsubscribe {register.code}/{register.actor_codes[recipient.actor]}"
    message["List-Unsubscribe"] = f"<mailto:{quote(sender, safe='@')}?subject={quote(left)}>"
    # Quoted-printable: every server takes it, and signatures of servers on the way hold.
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.page, subtype="html", cte="quoted-printable")
    message["Content-Language"] = letter.language
    return message


def _contested(register: Register, speech: Speech, due: DueAnswer) -> str:
    parts = [_indicator(register, speech, due), str(due.period), *(f"{name}: {code}" for name, code in due.dimensions.items())]
    return ", ".join(parts)


def _due(register: Register, speech: Speech, due: DueAnswer) -> str:
    assert due.due_on is not None
    said = {"indicator": _indicator(register, speech, due), "period": due.period, "day": speech.day(due.due_on)}
    return speech.say("%(indicator)s, %(period)s: due by %(day)s", **said)


def _indicator(register: Register, speech: Speech, due: DueAnswer) -> str:
    return _name(speech, register.indicators[due.indicator].versions[-1].definition.name)


def _first(speech: Speech, lines: list[str]) -> tuple[str, ...]:
    left = len(lines) - MOST_NAMED
    return (*lines[:MOST_NAMED], *([speech.count("and one more", "and %(num)s more", left)] if left > 0 else []))


def _rhythm(speech: Speech, recipient: DigestRecipient, names: dict[str, str]) -> str:
    match Every(recipient.every):
        case Every.DAY:
            return speech.say("Jalon writes to this address for %(actor)s once a day at most.", **names)
        case Every.WEEK:
            return speech.say("Jalon writes to this address for %(actor)s once a week at most.", **names)
        case Every.MONTH:
            return speech.say("Jalon writes to this address for %(actor)s once a month at most.", **names)


def _call(register: Register, known: KnownActor) -> str:
    return f"/v1/communities/{register.code}/actors/{known.code}/digest"


def _name(speech: Speech, texts: Texts) -> str:
    """A text of somebody's as one short line, which no header and no line of the letter is broken by."""
    line = answerable(" ".join(speech.text(texts).split()), _LONGEST_NAME + 1)
    return line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME]}…"

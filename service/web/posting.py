"""Posting digests: whoever owes something is written to, in each day, week or month at most once.

A recipient's day is written down once the mail server has taken the letter in. Who dies in between, or loses the connection,
writes again the next time, under the same Message-ID: rather twice than never.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

from service.api.owing import owed_by
from service.database import Database, use_community
from service.errors import NotFound
from service.events.alerts import ABOUT_TO_CLOSE
from service.models.digest import DigestRecipient, Every
from service.records.digests import list_recipients, mark_sent
from service.records.moment import moment_of
from service.records.register import Registers, list_communities
from service.web.letters import letter_to, message_of

_UNTIL_THE_NEXT = {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=31)}


class Carries(Protocol):
    """Who hands letters over: `events/relay.py`."""

    def send(self, letter: EmailMessage, sender: str, recipient: str) -> str | None:
        """None once it was taken in, else why not. Raises Unavailable where nothing can be handed over at all."""


@dataclass(frozen=True, slots=True)
class Posted:
    """How many letters were taken in, and of which actors one was not and why: `lac/open-door: 550`."""

    sent: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Addressed:
    """A letter, whom it is for (`whose` names the actor, not the address), and the community's day."""

    recipient: DigestRecipient
    whose: str
    message: EmailMessage
    day: date


@dataclass(frozen=True, slots=True)
class Post:
    """Writes to whom it is time to write to."""

    database: Database
    registers: Registers
    carrier: Carries
    sender: str

    def send(self, at: datetime) -> Posted:
        """Sends what is owed as of `at`, community by community. A letter that is refused holds up no other.

        Raises Unavailable where the mail server cannot be reached; what was sent before stays written down.
        """
        sent, failed = 0, []
        with self.database.read() as connection:
            communities = list_communities(connection)
        for community_id, _ in communities:
            # No transaction is held open while a mail server takes its time.
            for one in list(self._letters(community_id, at)):
                reason = self.carrier.send(one.message, self.sender, one.recipient.address)
                if reason is not None:
                    failed.append(f"{one.whose}: {reason}")
                    continue
                sent += 1
                with self.database.write() as connection:
                    use_community(connection, community_id)
                    mark_sent(connection, one.recipient, one.day)
        return Posted(sent, tuple(failed))

    def _letters(self, community_id: int, at: datetime) -> Iterator[_Addressed]:
        with self.database.read() as connection:
            use_community(connection, community_id)
            recipients = list_recipients(connection, community_id)
            if not recipients:
                return
            try:
                moment = moment_of(connection, community_id, at, at, self.registers)
            except NotFound:
                return
            register = self.registers.read(connection, community_id, moment)
            actors = {known.number: known for known in register.actors.values()}
            owed = {}
            for one in recipients:
                if one.actor not in actors or not is_time(Every(one.every), one.sent_on, moment.day):
                    continue
                known = actors[one.actor]
                if one.actor not in owed:
                    soon = _UNTIL_THE_NEXT[Every(one.every)] + ABOUT_TO_CLOSE
                    owed[one.actor] = owed_by(connection, self.registers, register, moment, known, soon)
                letter = letter_to(register, known, owed[one.actor], moment.day, one)
                if letter is not None:
                    message = message_of(letter, register, one, self.sender, moment.day, at)
                    yield _Addressed(one, f"{register.code}/{known.code}", message, moment.day)


def is_time(every: Every, sent_on: date | None, day: date) -> bool:
    """Whether `day` lies in a later day, week (from Monday on) or month than that of the last letter; None: there was none."""
    begins = {
        Every.DAY: day,
        Every.WEEK: day - timedelta(days=day.weekday()),
        Every.MONTH: day.replace(day=1),
    }
    return sent_on is None or sent_on < begins[every]

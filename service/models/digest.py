"""Digests: which e-mail addresses are told what their actor owes, how often, and when each was told last."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated

import idna
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import Column, Date, ForeignKeyConstraint, Integer, String
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from service.models.text import Body

LONGEST_ADDRESS = 254
MOST_ADDRESSES = 10
"""How many addresses one actor has at most."""
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
"""RFC 5322's dot-atom: no quotes, no comments, nothing that a header or a server could take for more than one address."""
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII
)
_LONGEST_LOCAL = 64


class Every(StrEnum):
    """How often a digest is sent at most: in each day, week (from Monday on) or month of the community's calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def normal_address(text: str) -> str:
    """An e-mail address with its domain as mail servers write it: `bureau@vallée.fr` as `bureau@xn--valle-esa.fr`.

    Raises ValueError for what is none. Letters beyond ASCII before the `@` are refused: many servers take none.
    """
    local, at, domain = text.rpartition("@")
    if len(text) > LONGEST_ADDRESS or not at or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise ValueError("not an address")
    try:
        plain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError("not an address") from error
    if not _DOMAIN.fullmatch(plain) or len(local) + 1 + len(plain) > LONGEST_ADDRESS:
        raise ValueError("not an address")
    return f"{local}@{plain}"


def _validate(given: str) -> str:
    try:
        return normal_address(given)
    except ValueError:
        raise PydanticCustomError("not_an_email_address", "an e-mail address is written office@example.org") from None


EmailAddress = Annotated[
    str,
    Field(min_length=6, max_length=LONGEST_ADDRESS, examples=["office@example.org"]),
    AfterValidator(_validate),
]
"""An e-mail address in a body, in its normal form."""


class DigestBody(Body):
    """Who is told by e-mail what an actor owes."""

    addresses: Annotated[list[EmailAddress], Field(min_length=1, max_length=MOST_ADDRESSES)] = Field(
        description="Where to: one letter for each, which names no other. They are kept until they are taken out, nowhere else."
    )
    language: Annotated[str, Field(pattern="^(en|fr)$")] = Field(description="The language of the letters.")
    every: Every = Field(description="How often at most; where nothing is owed, nothing is sent.")


class DigestRecipient(SQLModel, table=True):
    """One address of an actor's digest. It is no part of the journal: people's addresses go when they are taken out.

    `sent_on`: the community's day on which it was last written to; None: never.
    """

    __tablename__ = "digest_recipient"
    __table_args__ = (ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),)
    community_id: int = ColumnField(primary_key=True, sa_type=Integer)
    actor: int = ColumnField(primary_key=True, sa_type=Integer)
    address: str = ColumnField(primary_key=True, sa_type=String(LONGEST_ADDRESS))
    language: str = ColumnField(sa_type=String(2))
    every: str = ColumnField(sa_type=String(5))
    sent_on: date | None = ColumnField(default=None, sa_column=Column(Date))

"""The journal: what it ends with, so that whoever wrote that down can tell later whether it was cut off or written anew."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from service.api.identity import READ
from service.api.publication import not_published, reads_published
from service.api.routing import Resource
from service.api.transaction import Asking
from service.errors import NotFound
from service.models.instant import Instant
from service.records.happenings import proof_of

router = Resource("events")


class ProofAnswer(BaseModel):
    """A receipt: one journal entry's number and hash, which stands for all that was recorded up to it."""

    community: str
    number: int = Field(description="The entry's number; entries are numbered from 1 without gaps.")
    instant: Instant = Field(description="When it was made.")
    hash: str = Field(description="SHA-256, in lower-case hexadecimal, over the entry, what it brought, and `previous`.")
    previous: str | None = Field(description="The hash of the entry before; null for the first.")


@router.get("/events/proof", access=READ, etag=True)
def get_proof(
    asking: Asking,
    number: Annotated[
        int | None, Query(ge=1, le=2**53, description="The number of the entry asked for. Without it: the last one.")
    ] = None,
) -> ProofAnswer:
    """The number and hash that the journal ends with: a receipt for all that was recorded until now. Keep it somewhere else.

    An entry once made never changes. So what is answered for `number=` later must be what was answered before: another hash
    means that something was written anew, 404 `unknown_entry` that the end was cut off. `jalon verify --expect` checks receipts
    beside the whole chain. As of an instant it is the last entry by then, and later ones are unknown.

    A hash tells nothing of what it was taken of. When something was recorded does: where a charter protects what single
    actors reported, those who are no members are not told (403 `not_published`).
    """
    if reads_published(asking):
        raise not_published()
    last, code = asking.moment.number, asking.register.code
    found = None
    if number is None or number <= last:
        found = proof_of(asking.connection, asking.register.community_id, last if number is None else number)
    if found is None:
        raise NotFound("unknown_entry", f"The journal ends with entry {last}.", last=last)
    previous = None if found.previous is None else found.previous.hex()
    return ProofAnswer(community=code, number=found.number, instant=found.instant, hash=found.hash.hex(), previous=previous)

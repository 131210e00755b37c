"""Digests: whom an actor lets be told by e-mail what it owes. They are sent by `jalon digest`."""

from pydantic import BaseModel, Field

from service.api.actors import actor_in_path
from service.api.identity import LISTEN, Caller
from service.api.routing import Resource
from service.api.transaction import Acting, ActingContext, Asking
from service.errors import Forbidden, NotFound
from service.indicators.register import KnownActor, Register
from service.models.digest import DigestBody, DigestRecipient
from service.models.vocabulary import Scope
from service.records.digests import drop_recipients, list_recipients, set_recipients

router = Resource("digests")


class DigestAnswer(BaseModel):
    """Who is told by e-mail what an actor owes."""

    actor: str
    addresses: list[str] = Field(description="In their alphabetical order, domains in ASCII (`xn--…`).")
    language: str = Field(description="Open list; today `en` and `fr`.")
    every: str = Field(description="How often at most, an open list; today `day`, `week` (from Monday on), `month`.")


@router.get("/actors/{actor}/digest", access=LISTEN)
def get_digest(actor: str, asking: Asking) -> DigestAnswer:
    """Who is told by e-mail what an actor owes, for the actor itself and the support. 404 where nobody is."""
    holder = _holder(asking.register, asking.caller, actor)
    found = list_recipients(asking.connection, asking.register.community_id, holder.number)
    if not found:
        raise _nobody()
    return _answer(holder, found)


@router.put("/actors/{actor}/digest", access=LISTEN)
def set_digest(actor: str, body: DigestBody, acting: Acting) -> DigestAnswer:
    """Says who is told by e-mail what an actor owes: what is contested, late or to be reported, as `…/dues` has it, and the
    proposals that await its position and close soon. The actor itself may, and the support. Sent again it changes nothing.

    It is told where whoever runs the service has given it a mail server, and in each period of `every` at most once.
    The journal says that there is a digest, never to whom it goes.
    """
    holder, community_id = _holder(acting.register, acting.caller, actor), acting.register.community_id
    addresses = sorted(set(body.addresses))
    stands = list_recipients(acting.connection, community_id, holder.number)
    if [(one.address, one.language, one.every) for one in stands] != [(one, body.language, body.every) for one in addresses]:
        set_recipients(acting.connection, community_id, holder.number, addresses, body.language, body.every)
        _close(acting, "digest_set", holder)
    return DigestAnswer(actor=holder.code, addresses=addresses, language=body.language, every=body.every)


@router.delete("/actors/{actor}/digest", access=LISTEN)
def delete_digest(actor: str, acting: Acting) -> None:
    """Ends an actor's digest and forgets its addresses."""
    holder = _holder(acting.register, acting.caller, actor)
    if not drop_recipients(acting.connection, acting.register.community_id, holder.number):
        raise _nobody()
    _close(acting, "digest_deleted", holder)


def _holder(register: Register, caller: Caller, code: str) -> KnownActor:
    """The actor that a path names. Raises NotFound, and Forbidden where the caller is neither it nor the support."""
    if caller.is_support and Scope.ADMINISTER not in caller.scopes:
        raise Forbidden("insufficient_scope", "This token was not given the scope `administer`.", scope=Scope.ADMINISTER)
    holder = actor_in_path(register, code)
    if not caller.is_support and holder.number != caller.known_actor.number:
        raise Forbidden("not_your_actor", "That is another actor's digest: only it and the support may.")
    return holder


def _close(acting: ActingContext, kind: str, holder: KnownActor) -> None:
    caller = acting.caller
    acting.writing.close(kind, {"actor": holder.code}, actor=caller.known_actor.number, token=caller.token)


def _answer(holder: KnownActor, found: list[DigestRecipient]) -> DigestAnswer:
    return DigestAnswer(
        actor=holder.code,
        addresses=[one.address for one in found],
        language=found[0].language,
        every=found[0].every,
    )


def _nobody() -> NotFound:
    return NotFound("unknown_digest", "Nobody is told by e-mail what this actor owes.")

"""Who looks at a page: for whom they act there, and what they may do."""

from dataclasses import dataclass

from service.api.transaction import AskingContext
from service.records.people import get_person
from service.records.tokens import get_token
from service.web.sessions import came_by_cookie, csrf_of, session_of
from service.web.speech import Texts


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a token of the community. `person`: what the token is called; None for who comes by an issuer.

    `scopes`: what they may do here today. `csrf`: what their forms bring. `has_session`: they can sign out.
    """

    community: str
    actor: str
    actor_name: Texts
    person: str | None
    scopes: frozenset[str]
    is_support: bool
    csrf: str
    has_session: bool


def visitor_of(asking: AskingContext) -> Visitor | None:
    """Who asks; None for who is no member."""
    caller, session = asking.caller, session_of(asking.request)
    if caller.actor is None or caller.token is None or session is None:
        return None
    known = asking.connection, asking.register.community_id, caller.token
    # Tokens and people are numbered together.
    named = get_token(*known) or get_person(*known)
    return Visitor(
        community=asking.register.code,
        actor=caller.actor.code,
        actor_name=caller.actor.member.name,
        person=None if named is None else named.name,
        scopes=caller.scopes,
        is_support=caller.is_support,
        csrf=csrf_of(session),
        has_session=came_by_cookie(asking.request),
    )

"""The page "my contributions": what an actor has to see to, and what stands of what it reported."""

from typing import Any

from service.api.communities import get_community
from service.api.contributions import list_contributions
from service.api.dues import list_dues
from service.api.naming import actor_in_query
from service.api.paging import PageAsked
from service.api.transaction import AskingContext
from service.errors import Forbidden
from service.indicators.register import KnownActor
from service.web.speech import Speech

_MOST = 200
"""Dues, and contributions, that the page shows; the rest is asked of the interface for programs, or of later pages."""


def contributions_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `contributions.html` shows."""
    actor = actor_acted_for(asking)
    query, indicators = asking.request.query_params, asking.register.indicators
    due = list_dues(asking, PageAsked(_MOST, query.get("due")), actor.code)
    stands = list_contributions(asking, PageAsked(_MOST, query.get("cursor")), actor=actor.code)
    known = {code: one.versions[-1].definition.name for code, one in indicators.items() if one.versions}
    return {
        "community": get_community(asking),
        "actor": actor,
        "own": asking.caller.known_actor.code,
        "actors": actors_to_choose(asking),
        "names": known,
        "dues": due,
        "stands": stands,
    }


def actor_acted_for(asking: AskingContext, code: str | None = None) -> KnownActor:
    """The actor that the address names, whom the support may act for; else the caller's own. Raises Refused, Forbidden."""
    own, named = asking.caller.known_actor, code or asking.request.query_params.get("actor")
    known = own if not named else actor_in_query(asking.register, named)
    if known.number != own.number and not asking.caller.is_support:
        raise Forbidden(
            "not_your_actor", f"`{known.code}` is another actor: only it and the support report for it", actor=known.code
        )
    return known


def actors_to_choose(asking: AskingContext) -> dict[str, Any]:
    """The names of the actors that the caller may act for, by their codes, where there is more than one."""
    if not asking.caller.is_support:
        return {}
    return asking.register.actor_names

"""Whose values a caller may see. Where the charter keeps actors' values to themselves, only the support sees them all."""

from collections.abc import Callable

from service.api.identity import Caller
from service.api.naming import actor_in_query, group_in_query
from service.api.transaction import Asking, AskingContext
from service.errors import Forbidden, refused
from service.models.community import Charter
from service.models.vocabulary import Scope, Validation


def sees_values_of(asking: AskingContext, actor: str) -> bool:
    """Whether the caller may see by itself what this actor reported.

    The charter as of the instant asked for decides, so that a question asked again gives the same answer for ever: what
    was shown then is not hidden now, what was hidden then stays hidden.
    """
    if asking.register.settings.charter.show_actor_values or asking.caller.is_support:
        return True
    return asking.caller.actor is not None and asking.caller.actor.code == actor


def seen_by(asking: AskingContext) -> Callable[[str], bool]:
    """Whose values the caller may see by themselves, by their codes."""
    return lambda actor: sees_values_of(asking, actor)


def sees_entries_of(asking: Asking, actor: str) -> bool:
    """Whether the caller may see what this actor sent, entry by entry: a member whose token reads, as for contributions."""
    return reads_entries_of(asking.caller, asking.register.settings.charter, actor)


def reads_entries_of(caller: Caller, charter: Charter, actor: str) -> bool:
    """As `sees_entries_of`, of a caller who stands behind a webhook, too."""
    return Scope.READ in caller.scopes and sees_contributions_of(caller, charter, actor)


def contributors_seen(asking: AskingContext) -> set[int] | None:
    """The numbers of the actors whose contributions the caller, a member, may see entry by entry; None: all of them."""
    charter, actors = asking.register.settings.charter, asking.register.actors
    seen = {known.number for known in actors.values() if sees_contributions_of(asking.caller, charter, known.code)}
    return None if len(seen) == len(actors) else seen


def actors_asked(asking: Asking, actor: str | None, group: str | None) -> frozenset[str] | None:
    """The actors that `actor=` or `group=` choose; None without either: all.

    Raises Refused for an unknown one or for both at once, and Forbidden `actor_values_hidden` where they come down to
    one actor whose values the caller may not see: the total over one actor is its value.
    """
    if actor is not None and group is not None:
        raise refused("actor_and_group", "ask for an actor or for a group, not for both", pointer="group")
    if actor is not None:
        chosen = frozenset({actor_in_query(asking.register, actor).code})
    elif group is not None:
        chosen = group_in_query(asking.register, group)
    else:
        return None
    if len(chosen) == 1 and not sees_values_of(asking, *chosen):
        raise Forbidden("actor_values_hidden", "this community shows actors' values to themselves and the support only")
    return chosen


def sees_contributions_of(caller: Caller, charter: Charter, actor: str) -> bool:
    """Whether a member may see what this actor sent, entry by entry.

    Where peers validate they see it whatever else the charter says: nobody validates what they cannot read.
    """
    if charter.show_actor_values or charter.validation is Validation.PEER or caller.is_support:
        return True
    return caller.actor is not None and caller.actor.code == actor

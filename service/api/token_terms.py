"""On what terms tokens are made: how long they live, what they may be used for, and from where."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service.api.identity import Caller, reach_of
from service.errors import Forbidden, refused
from service.indicators.register import KnownActor
from service.models.address import is_range_within
from service.models.instant import instant_text
from service.models.token import OperatorToken
from service.models.vocabulary import Scope
from service.records.journal import Writing

LIFE_DAYS, LONGEST_DAYS = 90, 366
"""Days that a token lives unless asked otherwise, and at most."""
LIFE, LONGEST = timedelta(days=LIFE_DAYS), timedelta(days=LONGEST_DAYS)
OVERLAP_DAYS = 7
"""Days that a token stays in force beside the one that takes its place, unless asked otherwise."""
MOST_RANGES = 20


def end_of(expires_at: datetime | None, now: datetime) -> datetime:
    """When a token ends that is made `now`, asked to end at `expires_at` (None: after the usual life).

    Raises Refused `expires_in_past`, `expires_too_late`.
    """
    if expires_at is None:
        return now + LIFE
    if expires_at <= now:
        raise refused("expires_in_past", "`expires_at` is over already.", pointer="/expires_at")
    if expires_at > now + LONGEST:
        latest = instant_text(now + LONGEST)
        raise refused(
            "expires_too_late",
            f"A token lives {LONGEST_DAYS} days at most: until {latest}.",
            pointer="/expires_at",
            suggestion=latest,
            days=LONGEST_DAYS,
            latest=latest,
        )
    return expires_at


def scopes_for(asked: Sequence[str], holder: KnownActor, caller: Caller, writing: Writing) -> list[str]:
    """Of the scopes that were `asked` those that the holder's role reaches today, which the caller's own token must hold.

    Raises Refused `beyond_role` where none is left, Forbidden `scope_not_held`.
    """
    reach = reach_of(holder.member, writing.day)
    scopes = [str(scope) for scope in Scope if scope in asked and scope in reach]
    if not scopes:
        role, scope = holder.member.role, ", ".join(asked)
        raise refused("beyond_role", f"The role `{role}` does not reach `{scope}`.", pointer="/scopes", role=role, scope=scope)
    lacking = sorted(set(scopes) - caller.scopes)
    if lacking:
        raise Forbidden(
            "scope_not_held", f"Your token lacks {', '.join(lacking)}, and cannot hand it on.", scopes=", ".join(lacking)
        )
    return scopes


def addresses_for(asked: Sequence[str] | None, holder: KnownActor, caller: Caller) -> list[str] | None:
    """The ranges that a token is bound to; None: to none.

    Whoever is bound binds its own tokens as well: otherwise a token that may be used from one office only would be worth as
    much as one that may be used from anywhere. Raises Forbidden `address_not_held`.
    """
    ranges = None if asked is None else list(dict.fromkeys(asked))
    bound = caller.addresses if caller.actor is not None and caller.actor.number == holder.number else None
    if bound is None or ranges is None:
        return ranges if bound is None else list(bound)
    wide = [one for one in ranges if not is_range_within(one, bound)]
    if wide:
        raise Forbidden(
            "address_not_held",
            f"Your token may not be used from all of {', '.join(wide)}, and cannot hand that on.",
            addresses=", ".join(wide),
        )
    return ranges


def state_of(token: OperatorToken, now: datetime) -> str:
    """How an operator's token stands at `now`, for who runs the service to read."""
    if token.revoked_at is not None:
        return f"revoked {instant_text(token.revoked_at)}"
    if token.expires_at is None:
        return "in force"
    return f"{'in force until' if token.expires_at > now else 'ended'} {instant_text(token.expires_at)}"

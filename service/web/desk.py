"""The desk: who is late, what looks wrong, who belongs, who holds what; of all to the support, of their own to the others."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

from service.api.actors import list_actors
from service.api.closed_periods import list_closed_periods
from service.api.communities import CommunityAnswer, get_community
from service.api.completeness import CompletenessByActor, get_completeness
from service.api.indicators import list_indicators
from service.api.invitations import InvitationAnswer, list_invitations
from service.api.paging import LARGEST_PAGE, PageAsked
from service.api.quality_flags import list_quality_flags
from service.api.tokens import TokenAnswer, list_tokens, may_manage
from service.api.transaction import AskingContext
from service.errors import ServiceError
from service.models.instant import parse_instant
from service.models.vocabulary import Scope
from service.web.acting import Answered, Outcome, Sent, Told
from service.web.proposals import now_of
from service.web.speech import Speech
from service.web.terms import Terms, choices

_ALL, _FLAGS = 1_000_000, 50
_EVERYTHING = PageAsked(LARGEST_PAGE, None)
_CHARTER = (
    "decision_rule", "quorum", "deliberation_days", "validation", "due_days", "on_track", "at_risk", "show_actor_values",
    "minimum_count",
)  # fmt: skip


@dataclass(slots=True)
class Reporting:
    """What one actor owed over all indicators, and which indicators it is missing in. Counts are of pairs with periods."""

    counts: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)


def desk_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `desk.html` shows."""
    terms, community = Terms(speech, asking.register), get_community(asking)
    own = asking.caller.known_actor.code
    reporting = reporting_by_actor(asking, None if asking.caller.is_support else own)
    flags = list_quality_flags(asking, PageAsked(_FLAGS, None), actor=None if asking.caller.is_support else own)
    return {
        "community": community,
        "own": own,
        "is_support": asking.caller.is_support,
        "actors": list_actors(asking, PageAsked(_ALL, None)).items,
        "reporting": sorted(reporting.items(), key=lambda pair: (-pair[1].counts["missing"], -pair[1].counts["late"], pair[0])),
        "flags": flags.items,
        "has_more_flags": flags.next_cursor is not None,
        "tokens": tokens_seen(asking),
        "invitations": invitations_seen(asking),
        "managed": managed(asking),
        "scopes": [scope for scope in Scope if scope in asking.caller.scopes],
        "closes": asking.caller.is_support and Scope.ADMINISTER in asking.caller.scopes,
        "address": str(asking.request.base_url).rstrip("/"),
        "charter": charter_lines(community, terms),
        "closed": list_closed_periods(asking, PageAsked(_ALL, None)).items,
        "since": since(asking.moment.day),
        "today": asking.moment.day,
        "now": now_of(asking),
        "terms": terms,
        "words": choices(speech),
    }


async def act_at_desk(sent: Sent) -> Outcome:
    """Invites, makes and ends tokens, closes and opens periods: the button that was pressed says which."""
    form = sent.form
    actor, chosen, period = (quote(form.text(name) or "-", safe="") for name in ("actor", "id", "period"))
    body = {"name": form.text("name"), "scopes": list(form.texts("scopes"))}
    match form.text("act"):
        case "invite":
            return _told(await sent.ask("POST", f"/actors/{actor}/invitations", body))
        case "renew":
            return _told(await sent.ask("POST", f"/invitations/{chosen}/renew"))
        case "token":
            return _told(await sent.ask("POST", f"/actors/{actor}/tokens", body))
        case "revoke_invitation":
            return (await sent.ask("DELETE", f"/invitations/{chosen}")).then("/desk", "invitation_revoked")
        case "revoke_token":
            return (await sent.ask("DELETE", f"/tokens/{chosen}")).then("/desk", "token_revoked")
        case "close_period":
            return (await sent.ask("PUT", f"/closed-periods/{period}")).then("/desk", "period_closed")
        case _:
            return (await sent.ask("DELETE", f"/closed-periods/{period}")).then("/desk", "period_opened")


def _told(answered: Answered) -> Outcome:
    """A secret is shown on the page that answers, once; a second click is told no more than that it was."""
    if answered.is_refused:
        return answered
    said = answered.json()
    return Told(said | {"ends": parse_instant(said["expires_at"])})


def since(day: date) -> int:
    """The year from which on the desk looks at what was due: the one before, as `GET …/dues` does."""
    return day.year - 1


def reporting_by_actor(asking: AskingContext, actor: str | None) -> dict[str, Reporting]:
    """What each actor owed since the beginning of last year, as far as the caller may see it; of one actor only."""
    found: dict[str, Reporting] = {}
    for indicator in list_indicators(asking, PageAsked(_ALL, None), None, False).items:
        answer = _completeness(asking, indicator.code, actor)
        for one in answer.items if answer else []:
            reporting = found.setdefault(one.actor, Reporting())
            reporting.counts.update(due=one.due, reported=one.reported, late=one.late, missing=one.missing)
            if one.missing:
                reporting.missing.append(indicator.code)
    return {code: one for code, one in found.items() if one.counts["due"]}


def _completeness(asking: AskingContext, indicator: str, actor: str | None) -> CompletenessByActor | None:
    """Over last year and this; over this year where that is more periods than are looked at at once; None where nobody may."""
    year = asking.moment.day.year
    for first in (year - 1, year):
        try:
            return get_completeness(indicator, asking, _EVERYTHING, begin=str(first), to=str(year), actor=actor)
        except ServiceError:
            continue
    return None


def tokens_seen(asking: AskingContext) -> list[TokenAnswer]:
    """The tokens that the reader manages and nobody has revoked, actor by actor."""
    found = [token for code in managed(asking) for token in list_tokens(code, asking, _EVERYTHING).items]
    return [one for one in found if one.revoked_at is None]


def invitations_seen(asking: AskingContext) -> list[InvitationAnswer]:
    """The invitations that the reader manages and that wait, or waited in vain, actor by actor."""
    found = [one for code in managed(asking) for one in list_invitations(code, asking, _EVERYTHING).items]
    return [one for one in found if one.revoked_at is None and one.accepted_at is None]


def managed(asking: AskingContext) -> list[str]:
    """The codes of the actors for whom the reader makes tokens and invitations, in the order in which they came."""
    known = sorted(asking.register.actors.values(), key=lambda one: one.number)
    return [one.code for one in known if may_manage(asking.caller, one)]


def charter_lines(community: CommunityAnswer, terms: Terms) -> list[tuple[str, str]]:
    """The charter in words: what each rule is called, and how it stands."""
    charter = community.charter.model_dump(mode="json")
    return [(terms.field(name), ", ".join(terms.lines(name, charter[name]))) for name in _CHARTER]

"""The pages of what is decided together: every proposal, and one with its changes, its positions and what it would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from service import texts
from service.api.communities import get_community
from service.api.paging import PageAsked, page
from service.api.positions import CommentAnswer, list_comments
from service.api.preview_answers import PreviewAnswer
from service.api.previews import get_preview
from service.api.proposal_answers import ProposalAnswer, ProposalSummary, TallyAnswer
from service.api.proposals import asked_proposal, get_proposal, list_proposals
from service.api.transaction import AskingContext, service_of
from service.errors import ServiceError
from service.indicators.decision import Electorate, can_close, needed
from service.indicators.decision_words import RULES
from service.indicators.register import Register
from service.models.community import Charter
from service.models.vocabulary import DecisionRule, ProposalStatus, Role, Scope, Stance
from service.web.acting import Outcome, Sent
from service.web.changed import ShownChange, shown_change
from service.web.speech import Speech
from service.web.terms import Terms, choices

_ALL, _SHOWN, _CHANGES = 1_000_000, 50, 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the charter's rule asks of a round. `missing`: how many more voters must take a position for it to count."""

    rule: dict[str, str]
    taken: int
    voters: int
    needed: int

    @property
    def missing(self) -> int:
        """0 where enough have spoken."""
        return max(0, self.needed - self.taken)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What adopting it would do; None and the reason in words where that cannot be shown."""

    answer: PreviewAnswer | None
    why_not: str = ""


def proposals_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `proposals.html` shows: the open ones first, those that close next before others, then the latest."""
    found = list_proposals(asking, PageAsked(_ALL, None)).items
    is_open = [one for one in found if one.status == ProposalStatus.OPEN]
    decided = [one for one in found if one.status != ProposalStatus.OPEN]
    is_open.sort(key=lambda one: one.closes_at)
    decided.sort(key=_ended, reverse=True)
    cut = page([*is_open, *decided], PageAsked(_SHOWN, asking.request.query_params.get("cursor")))
    return {
        "community": get_community(asking),
        "proposals": cut["items"],
        "next_cursor": cut["next_cursor"],
        "terms": Terms(speech, asking.register),
        "words": choices(speech),
        "now": now_of(asking),
    }


def proposal_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `proposal.html` shows."""
    number = asking.request.path_params["proposal"]
    proposal = get_proposal(number, asking)
    terms = Terms(speech, asking.register)
    stood = Terms(speech, _stood(asking, proposal))
    return {
        "community": get_community(asking),
        "proposal": proposal,
        "changes": _changes(proposal, stood),
        "more_changes": max(0, len(proposal.changes) - _CHANGES),
        "asked": asked_of(proposal.tally),
        "foreseen": _foreseen(asking, speech, proposal),
        "comments": _comments(asking, number),
        "versions": _versions(asking, proposal),
        "may": _may(asking, proposal),
        "terms": terms,
        "words": choices(speech),
        "now": now_of(asking),
    }


async def act_on_proposal(sent: Sent) -> Outcome:
    """A position, a comment, or the end of a proposal: the button that was pressed says which."""
    number = quote(sent.request.path_params["proposal"], safe="")
    path, form = f"/proposals/{number}", sent.form
    match form.text("act"):
        case "position":
            actor = quote(form.text("actor") or "-", safe="")
            answered = await sent.ask("PUT", f"{path}/positions/{actor}", form.given("position", "reason"))
            return answered.then(path, "position_taken")
        case "comment":
            return (await sent.ask("POST", f"{path}/comments", form.given("comment"))).then(path, "commented")
        case "withdraw":
            return (await sent.ask("POST", f"{path}/withdraw")).then(path, "proposal_withdrawn")
        case _:
            return (await sent.ask("POST", f"{path}/close")).then(path, "proposal_decided")


def _may(asking: AskingContext, proposal: ProposalAnswer) -> frozenset[str]:
    """What the reader could do here by what pages know; whether they may is the interface's to say."""
    actor, scopes = asking.caller.known_actor, asking.caller.scopes
    decides, is_open = Scope.DECIDE in scopes, proposal.status == ProposalStatus.OPEN
    tally, stances = proposal.tally, {one.actor: Stance(one.position) for one in proposal.positions}
    is_delegated = tally.rule == DecisionRule.DELEGATED
    could = {
        "comment": decides or actor.member.role is Role.OBSERVER,
        "position": is_open and decides and actor.code in tally.voters,
        "withdraw": is_open and decides and actor.code == proposal.proposer,
        "close": is_open
        and decides
        and ((is_delegated and actor.code in tally.voters) or can_close(_electorate(tally), stances)),
    }
    return frozenset(name for name, is_so in could.items() if is_so)


def now_of(asking: AskingContext) -> datetime:
    """The instant from which time left is counted: now, or the one asked for."""
    return asking.moment.instant if "as_of" in asking.request.query_params else asking.now


def asked_of(tally: TallyAnswer) -> Asked:
    """What the rule of a round asks, and how much of it is there."""
    electorate = _electorate(tally)
    voters = len(electorate.voters)
    return Asked(RULES[electorate.charter.decision_rule], voters - len(tally.silent), voters, needed(electorate))


def _electorate(tally: TallyAnswer) -> Electorate:
    charter = Charter(decision_rule=DecisionRule(tally.rule), quorum=Decimal(tally.quorum))
    return Electorate(charter, frozenset(tally.voters))


def _ended(one: ProposalSummary) -> datetime:
    return one.decided_at or one.opened_at


def _stood(asking: AskingContext, proposal: ProposalAnswer) -> Register:
    """What stood when it was decided on: what stands now while it is open, else what stood before its last round opened."""
    if proposal.status == ProposalStatus.OPEN:
        return asking.register
    found = asked_proposal(proposal.id, asking)
    opened = found.round.journal or found.proposal.opened_journal
    return service_of(asking.request).registers.read(asking.connection, asking.register.community_id, max(1, opened - 1))


def _changes(proposal: ProposalAnswer, terms: Terms) -> list[ShownChange]:
    return [shown_change(change, terms) for change in proposal.changes[:_CHANGES]]


def _foreseen(asking: AskingContext, speech: Speech, proposal: ProposalAnswer) -> Foreseen | None:
    """The preview of an open proposal, None for others."""
    if proposal.status != ProposalStatus.OPEN:
        return None
    try:
        return Foreseen(get_preview(proposal.id, asking))
    except ServiceError as error:
        return Foreseen(None, texts.detail(error.code, speech.language, error.detail, error.context))


def _comments(asking: AskingContext, number: str) -> Sequence[CommentAnswer]:
    return list_comments(number, asking, PageAsked(_ALL, None), None).items


def _versions(asking: AskingContext, proposal: ProposalAnswer) -> list[tuple[str, int]]:
    """The versions that it brought: indicators' codes, and the numbers of their versions."""
    return [
        (code, version.number)
        for code, known in asking.register.indicators.items()
        for version in known.versions
        if str(version.proposal) == proposal.id
    ]

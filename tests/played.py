"""A story that is played twice: through the API and in the naive community. Whatever is done or asked, both must agree."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import httpx2

from service.models.community import Charter, Member
from service.models.indicator import Definition
from service.models.period import Period, Window
from service.models.vocabulary import Role
from tests.builders import SCOPES, Client, Coalition, Json, Voice, coalition, contract, refusal, unlimited
from tests.naive.adopting import No, adopt
from tests.naive.community import UNCHANGED, Community, Proposal, State, evidence_of, known_by
from tests.naive.comparing import plain_answer, shown
from tests.naive.deciding import STANCES, why_rejected
from tests.naive.dues import completeness
from tests.naive.overlaps import figure as compute
from tests.naive.overlaps import standing, state_of
from tests.naive.overview import Line, branches, line_of
from tests.naive.taking import in_force

SUPPORT = "appui"
COMMUNITY = "/v1/communities/{community}"
HAS_PREVIEW = f"{COMMUNITY}/proposals/{{proposal}}/preview" in contract()["paths"]
HAS_REVIEWS = f"{COMMUNITY}/reviews" in contract()["paths"]
Question = tuple[tuple[str, str], ...]
Detail = tuple[str, Question, Callable[[Json], None]]


class Play:
    """One community on `client`, founded now with `actors`, who are members unless `roles` says otherwise.

    `thorough`: a look asks for every proposal and every history again, not only for those that something happened to.
    """

    def __init__(
        self, client: Client, actors: list[str], *, roles: dict[str, str] | None = None, time_zone: str = "UTC", **charter: Any
    ) -> None:
        self.client = client
        self.lac: Coalition = coalition(client, actors, roles=roles, time_zone=time_zone, charter=charter)
        self.voices: dict[str, Voice] = {SUPPORT: self.lac.support, **self.lac.members}
        members = {SUPPORT: _member(SUPPORT, "support")}
        members |= {actor: _member(actor, (roles or {}).get(actor, "member")) for actor in actors}
        # What founding and letting everybody in took is behind by now: it is no part of the story.
        founded = instant_of(self.lac.support.get("/progress")["as_of"])
        self.naive = Community(founded, members, Charter.model_validate(charter), time_zone)
        self.ids: dict[str, str] = {}
        self.kept: dict[tuple[str, Question], bytes] = {}
        self.thorough = False
        self._known: dict[str, str] = {}

    # What is done.

    def do(self, by: str, what: str, **given: Any) -> Json:
        """Something that both let happen; the API's answer."""
        verdict, response = self.attempt(by, what, **given)
        assert verdict in (None, UNCHANGED), verdict
        content: Json = response.json()
        return content

    def refuses(self, by: str, what: str, **given: Any) -> str:
        """Something that both refuse, with this code."""
        verdict, response = self.attempt(by, what, **given)
        assert response.status_code >= 400
        assert verdict is not None
        return verdict

    def attempt(self, by: str, what: str, **given: Any) -> tuple[str | None, httpx2.Response]:
        """Lets both try it: they must come to the same."""
        response = self._send(by, what, given)
        verdict = self.naive.attempt(self.client.clock, by, what, given)
        said = response.json()["code"] if response.status_code >= 400 else None
        expected = None if verdict == UNCHANGED else verdict
        assert said == expected, (by, what, given, verdict, response.text)
        if what == "report" and said is None:
            self._note_contributions(by, given["items"], response.json())
        return verdict, response

    def _send(self, by: str, what: str, given: Json) -> httpx2.Response:
        voice = self.voices[by]
        if what == "propose":
            return voice.ask("POST", "/proposals", json={"title": "A decision", **given})
        if what == "report":
            return voice.ask("POST", "/contributions/batch", json=given)
        if what == "take_back":
            return voice.ask("POST", f"/contributions/{self.ids[_key(by, given)]}/withdraw", json={})
        if what == "let_go":
            # Whatever stands by then: between a read and a write, time may have decided on this very actor.
            return voice.ask("PATCH", f"/actors/{given['actor']}", json=given["membership"], headers={"If-Match": "*"})
        if what == "token":
            response = voice.ask("POST", f"/actors/{given['actor']}/tokens", json={"name": "test", "scopes": list(SCOPES)})
            token = unlimited(self.client, response.json()["token"])
            self.voices[given["actor"]] = Voice(self.client, self.lac.code, token)
            return response
        path, body = f"/proposals/{given['proposal']}", {name: value for name, value in given.items() if name != "proposal"}
        if what == "position":
            return voice.ask("PUT", f"{path}/positions/{by}", json=body)
        if what == "comment":
            return voice.ask("POST", f"{path}/comments", json=body)
        return voice.ask("POST", f"{path}/{what}", json=body)

    def _note_contributions(self, by: str, items: list[Json], answer: Json) -> None:
        for item, recorded in zip(items, answer["items"], strict=True):
            self.ids[_key(by, item)] = recorded["id"]

    def noted(self, by: str, method: str, path: str, body: Json) -> Json:
        """Something that is an entry of the journal and changes nothing that the naive community is asked for."""
        voice = self.voices[by]
        headers = {"If-Match": voice.ask("GET", path).headers["etag"]} if method == "PATCH" else {}
        response = voice.ask(method, path, json=body, headers=headers)
        assert response.status_code in (200, 201), response.text
        assert self.naive.attempt(self.client.clock, by, "note", {}) is None
        content: Json = response.json()
        return content

    # What is seen.

    def look(self, windows: tuple[tuple[str, str], ...] = (), *, only_briefly: bool = False) -> None:
        """Compares everything there is to see now with the naive community, and keeps it: figures over `windows` too.

        `only_briefly`: no figures but those that progress shows.
        """
        state, instant = self.naive.now(self.client.clock)
        progress, raw = self._ask("/progress", ())
        as_of = progress["as_of"]
        assert instant_of(as_of) == instant, (as_of, instant)
        compare_progress(state, instant, progress)
        self._keep("/progress", (), as_of, raw)
        for question in () if only_briefly else ((), *((("from", first), ("to", last)) for first, last in windows)):
            figures = self._see("/figures", question, as_of)
            for answer in figures["items"]:
                compare_figure(state, instant, answer)
            assert [one["indicator"] for one in figures["items"]] == list(state.decided.indicators)
        compare_list(state, self._see("/proposals", (), as_of))
        details = self._changed(state) if only_briefly else itertools.chain(self._changed(state), self._more(state, instant))
        for path, question, compare in details:
            compare(self._see(path, question, as_of))

    def _see(self, path: str, question: Question, as_of: str) -> Json:
        answer, raw = self._ask(path, question)
        self._keep(path, question, as_of, raw)
        return answer

    def _keep(self, path: str, question: Question, as_of: str, raw: bytes) -> None:
        """Keeps an answer as it was seen, to be asked for again with its `as_of` for ever. Seen twice, it is the same."""
        assert self.kept.setdefault((path, (*question, ("as_of", as_of))), raw) == raw, (path, question, as_of)

    def _changed(self, state: State) -> Iterator[Detail]:
        """Proposals and histories that something happened to since the last look."""
        for proposal in state.proposals:
            if self._has_changed(path := f"/proposals/{proposal.number}", repr(proposal)):
                yield path, (), partial(compare_proposal, proposal)
        for code, known in state.decided.indicators.items():
            if self._has_changed(path := f"/indicators/{code}/versions", repr(known.versions)):
                yield path, (), partial(compare_versions, state, code)

    def _more(self, state: State, instant: datetime) -> Iterator[Detail]:
        """Figures by codes, and in the terms of the first version."""
        for code, known in state.decided.indicators.items():
            path, compare = f"/indicators/{code}/figure", partial(compare_figure, state, instant)
            dimensions = in_force(known.versions, state.day(instant)).definition.dimensions
            if dimensions:
                yield path, (("by", dimensions[0].code),), partial(compare, by=(dimensions[0].code,))
            if len(known.versions) > 1:
                yield path, (("version", "1"),), partial(compare, version=1)
            yield f"/indicators/{code}/overlaps", (), partial(compare_overlaps, state, instant, code)
            for terms in {overlap.terms.key: overlap.terms for overlap in known.overlaps}.values():
                days = (("from", str(terms.from_period or terms.period)), ("to", str(terms.period)))
                by = tuple(one for one, _ in terms.cell if one in {dimension.code for dimension in dimensions})
                yield path, (*days, *((("by", ",".join(by)),) if by else ())), partial(compare, by=by)

    def _has_changed(self, path: str, now: str) -> bool:
        before, self._known[path] = self._known.get(path), now
        return self.thorough or before != now

    def _ask(self, path: str, question: Question) -> tuple[Json, bytes]:
        response = self.lac.support.ask("GET", path, params=dict(question))
        assert response.status_code == 200, response.text
        content: Json = response.json()
        return content, response.content

    def foresee(self, proposal: int) -> None:
        """Compares what adopting an open proposal would do, as the API previews it, with doing so in the naive community."""
        state, instant = self.naive.now(self.client.clock)
        open_one, path = state.proposals[proposal - 1], f"/proposals/{proposal}/preview"
        then, wrong = state, None
        try:
            then = replace(
                state, decided=adopt(state.decided, open_one.round.changes, instant, proposal, known_by(state, instant))
            )
        except No as no:
            wrong = no.code
        if wrong is not None:
            assert refusal(self.lac.support.ask("GET", path))[1] == wrong
            return
        preview = self._see(path, (), instant.isoformat().replace("+00:00", "Z"))
        compare_progress(state, instant, preview["progress"]["before"])
        compare_progress(then, instant, preview["progress"]["after"])
        for figure in preview["figures"]:
            assert (figure["before"] is None) == (figure["indicator"] not in state.decided.indicators)
            if figure["before"] is not None:
                compare_figure(state, instant, figure["before"])
            compare_figure(then, instant, figure["after"])

    def review(self, review: int) -> Json:
        """Compares a review with the naive community: what it froze, and what became of that since."""
        path = f"/reviews/{review}"
        answer = self.lac.support.get(path)
        instant, at = instant_of(answer["as_of"]), None if answer["at"] is None else Period.parse(answer["at"])
        then, (now, _) = self.naive.as_of(instant), self.naive.now(self.client.clock)
        compare_progress(then, instant, answer["progress"])
        expected = {}
        for code in now.decided.indicators:
            was = side_of(line_of(then, code, instant, at)) if code in then.decided.indicators else None
            # It is judged on the day of the review, with all that is known and decided by now.
            is_now = side_of(line_of(now, code, instant, at))
            if was != is_now:
                expected[code] = (was, is_now)
        said = {one["indicator"]: (said_side(one["then"]), said_side(one["now"])) for one in answer["corrections"]}
        assert said == expected
        assert all(one["changed_by"] for one in answer["corrections"])
        return answer

    def remember(self, *paths: str) -> int:
        """Asks for everything that was kept again, or for what was kept of `paths`: the same bytes. How many it were."""
        asked = [one for one in self.kept if not paths or one[0] in paths]
        for path, question in asked:
            again = self._ask(path, question)[1]
            assert again == self.kept[path, question], (path, question, self.kept[path, question].decode(), again.decode())
        return len(asked)

    def look_back(self, instant: datetime) -> None:
        """Compares what is answered as of an instant that nobody has asked for yet, with the naive community then."""
        state = self.naive.as_of(instant)
        question = (("as_of", instant.isoformat().replace("+00:00", "Z")),)
        compare_progress(state, instant, self._ask("/progress", question)[0])
        for answer in self._ask("/figures", question)[0]["items"]:
            compare_figure(state, instant, answer)
        compare_list(state, self._ask("/proposals", question)[0])
        for proposal in state.proposals if self.thorough else ():
            compare_proposal(proposal, self._ask(f"/proposals/{proposal.number}", question)[0])

    def instants_of_decisions(self) -> list[datetime]:
        """When proposals ended, and the last instant before."""
        state, _ = self.naive.now(self.client.clock)
        ends = {proposal.decided_at for proposal in state.proposals if proposal.decided_at is not None}
        return [instant for end in sorted(ends) for instant in (end - timedelta(microseconds=1), end)]


def _member(actor: str, role: str) -> Member:
    return Member(name={"en": actor}, kind="association", role=Role(role))


def _key(by: str, item: Json) -> str:
    dimensions = sorted((item.get("dimensions") or {}).items())
    return json.dumps([item["indicator"], item.get("actor", by), item["period"], dimensions])


def instant_of(text: str) -> datetime:
    """An instant as it is answered."""
    return datetime.fromisoformat(text)


def compare_figure(state: State, instant: datetime, answer: Json, by: tuple[str, ...] = (), version: int | None = None) -> None:
    """An answered figure against the naive one over the same days, its completeness too."""
    evidence = evidence_of(state, answer["indicator"], instant)
    window = _window(answer)
    naive = compute(evidence, window, version, by)
    assert said_of(answer) == plain_answer(naive), answer["indicator"]
    due = completeness(evidence, evidence.version(naive.version), window, None)
    complete = answer["completeness"]
    assert (complete["due"], complete["reported"], complete["late"]) == (due.due, due.reported, due.late), answer["indicator"]
    assert set(complete["missing"]) == due.missing
    assert instant_of(answer["as_of"]) == instant


def said_of(answer: Json) -> Json:
    """An answered figure as `naive.comparing` writes one."""
    return {
        "version": answer["version"],
        "total": [answer["value"], answer["lowest"], answer["highest"]],
        "by_actor": {one["actor"]: [one["value"], one["lowest"], one["highest"]] for one in answer["by_actor"]},
        "by_dimension": {
            tuple(sorted(one["dimensions"].items())): [one["value"], one["lowest"], one["highest"]]
            for one in answer["by_dimension"]
        },
        "unallocated": answer["unallocated"],
        "excluded": sorted((one["reason"], one["version"], one["entries"]) for one in answer["excluded"]),
        "restated": answer["restated"],
        "carried_forward": answer["carried_forward"],
        "flags": sorted(answer["flags"]),
        "reason": answer["reason"],
        "overlap": _decided(answer["overlap"]),
        "overlaps": {
            tuple(sorted(one["dimensions"].items())): _decided(one["overlap"])
            for one in answer["by_dimension"]
            if one["overlap"] is not None
        },
    }


def _decided(overlap: Json | None) -> tuple[str, str] | None:
    """When it was decided, and how it stands: in force, or why not."""
    if overlap is None:
        return None
    because = overlap["lapsed_because"]
    return instant_of(overlap["decided_at"]).isoformat(), because["reason"] if because else overlap["status"]


def compare_overlaps(state: State, instant: datetime, code: str, answer: Json) -> None:
    """The overlap decisions of an indicator: which is in force, which was replaced, which has lapsed and why."""
    evidence = evidence_of(state, code, instant)
    last = {(one.decided_at, one.terms.key) for one in standing(evidence)}
    number = in_force(evidence.versions, evidence.day).number
    expected = []
    for one in evidence.overlaps:
        stands = state_of(evidence, one, number) if (one.decided_at, one.terms.key) in last else "replaced"
        expected.append((one.decided_at.isoformat(), stands, one.terms.method.value, plain(one.terms.value), str(one.proposal)))
    said = [(*(_decided(one) or ()), one["method"], one["value"], one["proposal"]) for one in answer["items"]]
    assert said == expected, code


def _window(answer: Json) -> Window:
    return Window.over(Period.parse(answer["from_day"]), Period.parse(answer["to_day"]))


def compare_progress(state: State, instant: datetime, answer: Json) -> None:
    """The tree of progress, line by line and branch by branch."""
    at = None if answer["at"] is None else Period.parse(answer["at"])
    lines = {code: line_of(state, code, instant, at) for code in state.decided.indicators}
    placed = {indicator["indicator"]: indicator for one in answer["objectives"] for indicator in one["indicators"]}
    assert placed.keys() == lines.keys()
    for code, line in lines.items():
        _compare_line(state, instant, line, placed[code])
    expected = branches(state, lines, {code: one["status"] for code, one in placed.items()})
    assert {one["code"] for one in answer["objectives"]} == expected.keys()
    for one in answer["objectives"]:
        branch = expected[one["code"]]
        names = ("attainment", "coverage", "lowest", "highest")
        assert [one[name] for name in names] == [shown(getattr(branch.standing, name)) for name in names], one["code"]
        assert (one["on_track_count"], one["indicator_count"]) == (branch.on_track, branch.indicators)
        assert one["parent"] == state.decided.objectives[one["code"]].parent


def _compare_line(state: State, instant: datetime, line: Line, answer: Json) -> None:
    assert answer["version"] == line.version
    judged = line.judgement
    expected = (shown(judged.result.value), shown(judged.attainment), shown(judged.expected), judged.status, judged.reason)
    assert tuple(answer[name] for name in ("value", "attainment", "expected", "status", "reason")) == expected, answer
    named = ("target", "target_minimum", "target_maximum")
    assert [answer[name] for name in named] == aimed_at(line), answer
    baseline = None if line.terms is None or line.terms.baseline is None else line.terms.baseline.value
    assert answer["baseline"] == plain(baseline), answer
    evidence, window = evidence_of(state, answer["indicator"], instant), _window(answer)
    if window.first_day <= window.last_day:
        naive = plain_answer(compute(evidence, window))
        assert [answer["value"], answer["lowest"], answer["highest"]] == naive["total"], answer
        assert (answer["restated"], answer["carried_forward"]) == (naive["restated"], naive["carried_forward"]), answer


def aimed_at(line: Line) -> list[str | None]:
    """The target, or the bounds to be kept between."""
    terms = line.terms
    return [None, None, None] if terms is None else [plain(one) for one in (terms.value, terms.minimum, terms.maximum)]


def plain(number: Decimal | None) -> str | None:
    """A number as it is answered."""
    return None if number is None else shown(Fraction(number))


Side = tuple[str | None, ...]


def side_of(line: Line) -> Side:
    """What a review says of an indicator: its value and interval, what was aimed at, and how far that is."""
    judged = line.judgement
    value = (shown(end) for end in (judged.result.value, judged.result.lowest, judged.result.highest))
    return (*value, *aimed_at(line), shown(judged.attainment), judged.status)


def said_side(side: Json | None) -> Side | None:
    """The same of an answer."""
    names = ("value", "lowest", "highest", "target", "target_minimum", "target_maximum", "attainment", "status")
    return None if side is None else tuple(side[name] for name in names)


def compare_proposal(proposal: Proposal, answer: Json) -> None:
    """A proposal, its rounds and positions, what they come to and how it ended."""
    last = proposal.round
    assert (answer["id"], answer["proposer"], answer["status"], answer["round"], answer["change_count"]) == (
        str(proposal.number),
        proposal.proposer,
        proposal.status,
        len(proposal.rounds),
        len(last.changes),
    )
    assert [one["kind"] for one in answer["changes"]] == [change["kind"] for change in last.changes]
    decided_at = None if answer["decided_at"] is None else instant_of(answer["decided_at"])
    assert (decided_at, instant_of(answer["closes_at"])) == (proposal.decided_at, last.closes_at)
    assert len(answer["rounds"]) == len(proposal.rounds)
    for said, known in zip(answer["rounds"], proposal.rounds, strict=True):
        assert (instant_of(said["opened_at"]), instant_of(said["closes_at"])) == (known.opened_at, known.closes_at)
        assert said["amended_by"] == known.amended_by
        assert {one["actor"]: (one["position"], one["reason"]) for one in said["positions"]} == known.said
    assert answer["positions"] == answer["rounds"][-1]["positions"]
    _compare_tally(proposal, answer["tally"])
    if proposal.status in ("adopted", "rejected"):
        decision = answer["decision"]
        assert (decision["reason"], decision["by"]) == (proposal.reason, proposal.decided_by)
        assert [one["code"] for one in decision["errors"]][:1] == ([proposal.wrong] if proposal.wrong else [])
    else:
        assert answer["decision"] is None


def compare_list(state: State, answer: Json) -> None:
    """The list of proposals: how each stands."""
    listed = [(one["id"], one["status"], one["round"]) for one in answer["items"]]
    assert listed == [(str(one.number), one.status, len(one.rounds)) for one in state.proposals]


def _compare_tally(proposal: Proposal, tally: Json) -> None:
    who, stances = proposal.round.electorate, proposal.round.stances
    assert (tally["rule"], tally["voters"]) == (who.rule, sorted(who.voters))
    assert tally["silent"] == sorted(who.voters - set(stances))
    counted = [stance for voter, stance in stances.items() if voter in who.voters]
    assert {stance: tally[stance] for stance in STANCES} == {stance: counted.count(stance) for stance in STANCES}
    reason = why_rejected(who, stances)
    assert (tally["outcome"], tally["reason"]) == ("rejected" if reason else "adopted", reason)


def compare_versions(state: State, code: str, answer: Json) -> None:
    """The history of an indicator: definitions, bridges, who decided them and when, and what changed field by field."""
    versions = state.decided.indicators[code].versions
    assert [one["number"] for one in answer["items"]] == [version.number for version in versions]
    before: Json | None = None
    for said, version in zip(answer["items"], versions, strict=True):
        assert Definition.model_validate(said["definition"]) == version.definition
        assert (said["bridge"] and said["bridge"]["kind"]) == (version.bridge and version.bridge.kind.value)
        assert (said["proposal"], instant_of(said["adopted_at"])) == (str(version.proposal), version.adopted_at)
        after = said["definition"]
        differ = [] if before is None else [name for name in after if after[name] != before[name]]
        assert {one["field"]: (one["before"], one["after"]) for one in said["changed"]} == {
            name: ((before or {})[name], after[name]) for name in differ
        }
        before = after


def undated(answer: Any) -> Any:
    """The answer without the instants it was given as of, which adopting moves on."""
    if isinstance(answer, dict):
        return {name: undated(value) for name, value in answer.items() if name != "as_of"}
    if isinstance(answer, list):
        return [undated(one) for one in answer]
    return answer

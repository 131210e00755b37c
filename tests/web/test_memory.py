"""The pages of what a community decides, reads and remembers: proposals, the story, reviews, the desk, changed figures."""

import itertools
import re
from datetime import timedelta
from xml.etree import ElementTree

from tests.builders import POSTGRESQL_AS_PROOF, STARTS, Client, Coalition, Json, coalition, define, definition
from tests.web.test_pages import CANARY, SCRIPTS, SEXES, look, made, read

pytestmark = POSTGRESQL_AS_PROOF
TEXT = " ".join(SCRIPTS)


def revision(**more: object) -> Json:
    """A revision of `jobs`: another name, and a third code."""
    sexes = [{"code": "sex", "codes": ["F", "M", "X"], "labels": {"X": {"en": "Other", "fr": "Autre"}}}]
    said = {"name": {"en": "Jobs kept", "fr": "Emplois gardés"}, "dimensions": sexes, "effective_from": "2026-Q1", **more}
    return {
        "kind": "revise_indicator", "indicator": "jobs", "based_on": 1, "definition": definition(**said),
        "bridge": {"kind": "conversion", "factor": "0.5"},
    }  # fmt: skip


def deliberating(client: Client, *, title: str = "Count what stays", reason: str = "Too early.") -> tuple[Coalition, str]:
    """Three members who decide by consent, an observer, and the number of a proposal that one supports and one objects to."""
    lac = coalition(client, ("a", "b", "c", "o"), roles={"o": "observer"}, visibility="public")
    lac.adopt(define(dimensions=SEXES))
    lac.report("a", "jobs", "2025-Q4", "100")
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    change = {"kind": "set_charter", "charter": {"due_days": 45}}
    body = {"title": title, "rationale": f"{title}: agreed.", "changes": [revision(), change]}
    number = lac.members["a"].post("/proposals", body)["id"]
    for actor, position in (("a", {"position": "support"}), ("b", {"position": "object", "reason": reason})):
        taken = lac.members[actor].ask("PUT", f"/proposals/{number}/positions/{actor}", json=position)
        assert taken.status_code == 200, taken.text
    lac.members["o"].post(f"/proposals/{number}/comments", {"comment": reason})
    return lac, number


def test_a_proposal_from_its_opening_to_its_end(shared: Client) -> None:
    lac, number = deliberating(shared)
    token = lac.members["c"].token
    listed = read(look(lac, "/proposals", token=token)).text
    assert listed.index("Count what stays") < listed.index("A decision"), "the open ones first"
    assert "Open · closes in 2 weeks · proposed by Actor a · 2 changes" in listed
    page = read(look(lac, f"/proposals/{number}", token=token))
    assert "Name Jobs created Jobs kept" in page.text and "Codes — sex: X (Other) and 2 as before" in page.text
    assert "Days to report in 30 45" in page.text and "Older values are multiplied by 0.5." in page.text
    assert [tag for tag, _ in page.elements].count("del") == 2 and [tag for tag, _ in page.elements].count("ins") == 4
    preview = lac.members["c"].get(f"/proposals/{number}/preview")["figures"]
    assert [(one["before"]["value"], one["after"]["value"]) for one in preview] == [(None, None)]
    assert "Decided so: consent. 2 of 3 voters have taken a position. That is enough" in page.text
    assert "If nobody says anything more, it is not adopted." in page.text and "Not heard yet: 1 Actor c" in page.text
    assert "Actor b Objects Too early." in page.text and "Actor o 15 Jan 2026, 09:00:00 Too early." in page.text
    lac.members["b"].ask("PUT", f"/proposals/{number}/positions/b", json={"position": "stand_aside"})
    shared.clock = STARTS + timedelta(days=15)
    ended = read(look(lac, f"/proposals/{number}", token=token)).text
    assert "Adopted" in ended and "1 of 3 in favour, 0 against." in ended and "Version 2 of Jobs kept." in ended
    assert "Name Jobs created Jobs kept" in ended, "what it changed, though it stands by now"
    assert "What it would do today" not in ended
    shared.clock = STARTS


def test_a_proposal_in_french(shared: Client) -> None:
    lac, number = deliberating(shared)
    page = read(look(lac, f"/proposals/{number}", "fr", lac.members["c"].token)).text
    assert "Emplois créés Emplois gardés" in page and "se ferme dans 2 semaines" in page
    assert "2 positions prises sur 3 voix." in page and "Actor b Objecte" in page and "Jours pour transmettre 30 45" in page


def test_what_members_decide_is_shown_to_members(shared: Client) -> None:
    lac, number = deliberating(shared, title=f"Title {CANARY}", reason=f"Reason {CANARY}")
    for rest in ("/proposals", f"/proposals/{number}", "/desk", "/reviews"):
        assert look(lac, rest).status_code == 401
    assert CANARY not in look(lac, "/story").text, "that there is one is told, not what it says"
    assert "Actor a made a proposal" in read(look(lac, "/story")).text
    assert f"Title {CANARY}" in look(lac, "/story", token=lac.members["o"].token).text
    links = [attributes.get("href") for tag, attributes in read(look(lac, "/story")).elements if tag == "a"]
    assert not [link for link in links if link and ("proposals" in link or "desk" in link)]


def test_the_story(shared: Client) -> None:
    lac = made(shared)
    file = b"indicator,actor,period,value\njobs,a,2025-Q3,8\njobs,a,2025-Q4,9\n"
    sent = lac.members["a"].ask("POST", "/imports", content=file, headers={"Content-Type": "text/csv", "Prefer": "wait=10"})
    assert sent.json()["status"] == "succeeded", sent.text
    shared.clock = STARTS + timedelta(days=3)
    lac.adopt({"kind": "set_target", "indicator": "jobs", "period": "2026", "from_period": "2026", "value": "500"})
    for year in range(1980, 2021):
        assert lac.support.ask("PUT", f"/closed-periods/{year}").status_code == 200
    told, token = read(look(lac, "/story", kind="decisions", token=lac.members["a"].token)).text, lac.members["a"].token
    assert "18 Jan 2026 The community decided: A decision Because: Agreed. Target of Jobs created: 500 by 2026." in told
    assert told.index("18 Jan 2026") < told.index("15 Jan 2026") and "Version 1 of Jobs created." in told
    public = read(look(lac, "/story", kind="decisions")).text
    assert "Because: Agreed. Version 1 of Jobs created." in public and "500" not in public
    first = look(lac, "/story", token=token)
    assert "closed 2020" in first.text and "closed 1980" not in first.text
    (cursor,) = set(re.findall(r'href="\?cursor=([\w-]+)"', first.text))
    second = read(look(lac, "/story", token=token, cursor=cursor)).text
    assert "L'appui closed 1980: it takes no more figures." in second and "The community was founded." in second
    assert "Actor a sent a file: 2 figures. Jobs created, 2025-Q3 – 2025-Q4" in second
    assert "Actor b reported a figure. Jobs created, 2025-Q2" in second
    assert look(lac, "/story", cursor="x").status_code == 422
    assert "a rejoint la communauté." in read(look(lac, "/story", "fr", kind="members")).text
    shared.clock = STARTS


def test_the_story_keeps_whose_figures_are_kept(shared: Client) -> None:
    lac = made(shared, charter={"show_actor_values": False})
    assert look(lac, "/story").status_code == 403, "as the events themselves"
    shown = read(look(lac, "/story", token=lac.members["b"].token)).text
    assert "Jobs created, 2025-Q2" in shown and "Jobs created, 2025-Q1" not in shown


def test_a_review_and_what_moved_since(shared: Client) -> None:
    lac = made(shared)
    number = lac.support.post("/reviews", {"title": {"en": "Spring", "fr": "Printemps"}, "at": "2025"})["id"]
    lac.members["a"].patch(
        f"/reviews/{number}", {"readings": [{"indicator": "jobs", "text": "Well."}], "lessons": [{"text": "Ask."}]}
    )
    token = lac.members["b"].token
    page = read(look(lac, f"/reviews/{number}", token=token)).text
    assert "every figure still reads as it did" in page and "Jobs created 1,234.5 persons 400 Achieved" in page
    assert "Actor a · Jobs created 15 Jan 2026 Well." in page and "What was learnt Actor a 15 Jan 2026 Ask." in page
    shared.clock = STARTS + timedelta(days=1)
    lac.report("a", "jobs", "2025-Q1", "300", expected_revision=1)
    moved = read(look(lac, f"/reviews/{number}", token=token)).text
    assert "Then 1,234.5, now 300." in moved
    assert "16 Jan 2026: Actor a reported figures. Actor a, 2025-Q1: 1,234.5 → 300" in moved
    assert "Jobs created 1,234.5 persons 400 Achieved" in moved, "as they were read"
    assert "Printemps" in read(look(lac, "/reviews", "fr", token)).text
    assert "A review was opened: Spring" in read(look(lac, "/story", token=token)).text
    assert "Spring" not in look(lac, "/story").text
    shared.clock = STARTS


def test_the_desk_of_the_support_and_of_a_member(shared: Client) -> None:
    lac = made(shared)
    lac.support.ask("PUT", "/closed-periods/2024")
    lac.members["b"].post("/actors/b/tokens", {"name": f"laptop {CANARY}", "scopes": ["read"]})
    owed = lac.support.get("/indicators/jobs/completeness", **{"from": "2025", "to": "2026"})["items"]
    assert [(one["actor"], one["missing"], one["reported"], one["due"]) for one in owed] == [("a", 2, 1, 3), ("b", 2, 1, 3)]
    desk = read(look(lac, "/desk", token=lac.support.token)).text
    assert "Actor a 2 1 1 3 1 indicator Jobs created" in desk and "Actor b 2 1 1 3" in desk
    assert f"laptop {CANARY} Actor b reading never 15 Apr 2026" in desk and "test Actor a" in desk
    assert (
        "L'appui support" in desk
        and "2024" in desk
        and "Quorum 50%" in desk
        and "How it is decided the support decides" in desk
    )
    own = read(look(lac, "/desk", token=lac.members["a"].token)).text
    assert "Actor a 2 1 1 3" in own and "Actor b 2" not in own and "test Actor a" in own
    assert CANARY not in own and "Actor b reading" not in own
    assert "Manquent" in read(look(lac, "/desk", "fr", lac.support.token)).text


def test_why_a_figure_changed(shared: Client) -> None:
    lac = made(shared)
    shared.clock = STARTS + timedelta(days=2)
    lac.report("a", "jobs", "2025-Q1", "1000", expected_revision=1)
    lac.report("b", "jobs", "2025-Q3", "40")
    token, window = lac.members["a"].token, {"from": "2025", "to": "2025"}
    page = read(look(lac, "/indicators/jobs/entries", token=token, since="2026-01-16", **window))
    assert "194.5 less than as of 16 January: 1 new entry +40, 1 correction −234.5." in page.text
    assert "New figures +40 1,274.5 17 Jan 2026: Actor b reported figures. Corrections -234.5 1,040" in page.text
    kinds = [attributes["class"] for tag, attributes in page.elements if tag == "rect"]
    assert kinds == ["end", "rise", "fall", "end"]
    assert (
        "did not exist at that instant" in look(lac, "/indicators/jobs/entries", token=token, since="2020-01-01", **window).text
    )
    assert "This is no day" in look(lac, "/indicators/jobs/entries", token=token, since="soon", **window).text
    shared.clock = STARTS


def test_one_chart_as_an_image(shared: Client) -> None:
    lac = made(shared, {"name": {"en": f"Jobs {TEXT}", "fr": "Emplois"}})
    image = look(lac, "/indicators/jobs.svg")
    assert image.headers["content-type"] == "image/svg+xml" and "default-src 'none'" in image.headers["content-security-policy"]
    root = ElementTree.fromstring(image.text)
    title, described = (root.find(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("title", "desc"))
    assert title is not None and (title.text or "").startswith("Jobs <script>") and root.get("role") == "img"
    assert described is not None and described.text == "From 2025-Q1 to 2025-Q2, in persons."
    assert "class=" not in image.text and 'fill="#0b6565"' in image.text, "painted without a style sheet"
    assert "Emplois" in look(lac, "/indicators/jobs.svg", "fr").text
    assert look(lac, "/indicators/none.svg").status_code == 404
    hidden = made(shared, charter={"show_actor_values": False})
    assert look(hidden, "/indicators/jobs.svg").status_code == 403, "nothing was published"


def test_what_people_write_is_inert(shared: Client) -> None:
    lac, number = deliberating(shared, title=TEXT, reason=TEXT)
    review = lac.support.post("/reviews", {"title": TEXT})["id"]
    lac.members["a"].patch(f"/reviews/{review}", {"readings": [{"text": TEXT}], "lessons": [{"text": TEXT}]})
    lac.support.post("/actors/b/tokens", {"name": TEXT[:190], "scopes": ["read"]})
    pages = ("/proposals", f"/proposals/{number}", "/story", "/reviews", f"/reviews/{review}", "/desk", "/indicators")
    for rest in pages:
        page = read(look(lac, rest, token=lac.support.token))
        assert not [element for element in page.elements if element[0] in ("script", "style", "iframe", "img")], rest
        names = {name for _, attributes in page.elements for name in attributes}
        assert not [name for name in names if name.startswith("on") or name == "style"], rest
        assert rest == "/indicators" or "alert(1)" in page.text, rest


def test_headings_are_in_order_and_tables_are_labelled(shared: Client) -> None:
    lac, number = deliberating(shared)
    for rest in ("/proposals", f"/proposals/{number}", "/story", "/reviews", "/desk", "/indicators"):
        page = read(look(lac, rest, token=lac.support.token))
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (rest, levels)
        assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
        assert [1 for tag, attributes in page.elements if tag == "a" and "aria-current" in attributes], "where the reader is"

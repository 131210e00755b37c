"""The Atom feed, read by a feed reader: decisions and reviews, to each what they may know."""

import warnings
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from tests.builders import POSTGRESQL_AS_PROOF, Client, Coalition, coalition, define, refusal

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import feedparser

ATOM = "{http://www.w3.org/2005/Atom}"


def told(client: Client, **more: Any) -> Coalition:
    """A decision, a rejection, a proposal that is open, and two reviews, one of them closed."""
    lac = coalition(client, ["a", "b"], **more)
    lac.adopt(define("jobs"))
    client.clock = client.clock.replace(hour=10)
    lac.support.patch("", {"charter": {"decision_rule": "consent"}})
    change = {"kind": "set_target", "indicator": "jobs", "period": "2026", "from_period": "2026", "value": "9"}
    member = lac.members["a"]
    proposed = {"title": "Plus <vite> & mieux", "rationale": "Pourquoi pas", "changes": [change]}
    rejected = member.post("/proposals", proposed)["id"]
    for actor, voice in lac.members.items():
        body = {"position": "object", "reason": "Non"} if actor == "b" else {"position": "support"}
        assert voice.ask("PUT", f"/proposals/{rejected}/positions/{actor}", json=body).status_code == 200
    member.post(f"/proposals/{rejected}/close")
    member.post("/proposals", {"title": "Ouverte", "rationale": "r", "changes": [change]})
    client.clock = client.clock.replace(hour=11)
    lac.support.post("/reviews", {"title": "Bilan\ufffe 2025"})
    client.clock = client.clock.replace(hour=12)
    review = lac.support.post("/reviews", {"title": "Bilan 2024"})["id"]
    client.clock = client.clock.replace(hour=13)
    lac.support.post(f"/reviews/{review}/close")
    return lac


def read(response: Any) -> Any:
    """What feedparser makes of an answer; it must be well-formed, and as RFC 4287 wants it."""
    assert (response.status_code, response.headers["content-type"]) == (200, "application/atom+xml")
    found = feedparser.parse(response.content, response_headers={"content-type": "application/atom+xml; charset=utf-8"})
    assert not found.bozo and found.version == "atom10"
    root = fromstring(response.content)
    for holder in (root, *root.iter(f"{ATOM}entry")):
        assert [len(holder.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert len({entry.id for entry in found.entries} | {found.feed.id}) == len(found.entries) + 1
    assert all(entry.id.startswith("urn:uuid:") for entry in found.entries)
    assert all(entry.get("links") or "content" in entry for entry in found.entries)
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # feedparser's, of itself.
def test_members_read_what_was_decided_and_reviewed(light_client: Client) -> None:
    lac = told(light_client)
    response = lac.members["a"].ask("GET", "/feed.atom", headers={"Accept-Language": "fr"})
    found = read(response)
    assert [entry.title for entry in found.entries] == [
        "Revue close\u00a0: Bilan 2024",
        "Revue ouverte\u00a0: Bilan\ufffd 2025",
        "Rejeté\u00a0: Plus <vite> & mieux",
        "Adopté\u00a0: A decision",
    ]
    assert found.feed.language == "fr" and found.feed.updated == found.entries[0].updated == "2026-01-15T13:00:00Z"
    assert found.entries[0].published == "2026-01-15T12:00:00Z"
    assert found.entries[3].content[0].value == "Agreed.\nEmplois créés (jobs, version 1)"
    _, link = found.entries[2].link.split(f"/v1/communities/{lac.code}")
    assert lac.members["a"].get(link)["title"] == {"fr": "Plus <vite> & mieux"}
    english = read(lac.members["b"].ask("GET", "/feed.atom", headers={"Accept-Language": "en"}))
    assert english.entries[0].title == "Review closed: Bilan 2024"
    assert [entry.id for entry in english.entries] == [entry.id for entry in found.entries], "ids know no language"
    same = lac.members["a"].ask(
        "GET", "/feed.atom", headers={"Accept-Language": "fr", "If-None-Match": response.headers["etag"]}
    )
    assert same.status_code == 304


@POSTGRESQL_AS_PROOF
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_strangers_are_told_that_and_not_what(shared: Client) -> None:
    lac = told(shared, visibility="public")
    response = lac.anonymous.ask("GET", "/feed.atom", headers={"Accept-Language": "en"})
    assert [entry.title for entry in read(response).entries] == [
        "Review closed: a reading of the figures together",
        "Review opened: a reading of the figures together",
        "Rejected: a proposal",
        "Adopted: a proposal",
    ]
    for secret in ("Bilan", "vite", "Pourquoi", "A decision", "/proposals/", "/reviews/"):
        assert secret not in response.text
    assert "Jobs created (jobs, version 1)" in response.text, "definitions are public"
    protects = coalition(shared, visibility="public", charter={"minimum_count": 5})
    assert refusal(protects.anonymous.ask("GET", "/feed.atom")) == (403, "not_published")
    assert protects.members["a"].ask("GET", "/feed.atom").status_code == 200
    hidden = coalition(shared)
    assert refusal(hidden.anonymous.ask("GET", "/feed.atom")) == (401, "token_needed")

"""Under every rule but `delegated` nobody adopts a proposal alone."""

from datetime import timedelta

import pytest

from service.models.instant import instant_text
from tests.builders import POSTGRESQL_AS_PROOF, Client, coalition, define, refusal

RULES = ["consent", "majority", "two_thirds", "unanimity"]


@POSTGRESQL_AS_PROOF
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("quorum", ["0", "0.5"])
def test_nobody_adopts_alone(shared: Client, rule: str, quorum: str) -> None:
    """Whatever one actor does, the support too, and however short it lets the round be: alone it carries nothing."""
    lac = coalition(shared, ["a", "b"], charter={"decision_rule": rule, "quorum": quorum})
    for actor, voice in {**lac.members, "appui": lac.support}.items():
        shared.clock += timedelta(days=1)
        soon = instant_text(shared.clock + timedelta(seconds=1))
        opened = voice.post("/proposals", {"title": "Mine", "changes": [define(f"mine-{actor}")], "closes_at": soon})
        path = f"/proposals/{opened['id']}"
        voice.ask("PUT", f"{path}/positions/{actor}", json={"position": "support"})
        assert refusal(voice.ask("POST", f"{path}/close", json={})) == (409, "too_early")
        assert voice.get(path)["status"] == "open"
        shared.clock += timedelta(seconds=2)
        assert voice.get(path)["status"] == "rejected"
    together = lac.members["a"].post("/proposals", {"title": "Ours", "changes": [define("ours")]})["id"]
    for actor, voice in lac.members.items():
        voice.ask("PUT", f"/proposals/{together}/positions/{actor}", json={"position": "support"})
    assert lac.members["a"].post(f"/proposals/{together}/close")["status"] == "adopted"
    assert [item["code"] for item in lac.support.get("/indicators")["items"]] == ["ours"]

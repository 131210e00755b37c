"""One coalition's story over HTTP: from an empty database to its progress, through every door once."""

from datetime import UTC, datetime

from tests.builders import SCOPES, Client, Voice, found, unlimited


def test_from_an_empty_database_to_progress(shared: Client) -> None:
    shared.clock = datetime(2024, 11, 4, 8, 0, tzinfo=UTC)
    founded = found(shared, "lac-propre", visibility="public", time_zone="Europe/Paris", charter={"validation": "peer"})
    support = Voice(shared, "lac-propre", unlimited(shared, founded["token"]))
    members = {}
    for code in ("angling", "city"):
        support.post("/actors", {"code": code, "name": code.title(), "kind": "association", "groups": ["north"]})
        token = support.post(f"/actors/{code}/tokens", {"name": "first", "scopes": list(SCOPES)})["token"]
        members[code] = Voice(shared, "lac-propre", unlimited(shared, token))
    angling, city = members["angling"], members["city"]

    shared.clock = datetime(2024, 12, 2, 9, 0, tzinfo=UTC)
    proposal = angling.post(
        "/proposals",
        {
            "title": {"en": "What we count", "fr": "Ce que nous comptons"},
            "rationale": "Pour avancer ensemble.",
            "changes": [
                {"kind": "set_objective", "objective": "shores", "name": "Des rives propres", "parent": "common"},
                {
                    "kind": "define_indicator",
                    "indicator": "waste",
                    "objective": "shores",
                    "definition": {
                        "name": {"en": "Waste picked up", "fr": "Déchets ramassés"},
                        "unit": {"label": "kg", "code": "kg"},
                        "measure": "quantity",
                        "nature": "flow",
                        "over_time": "sum",
                        "over_actors": "sum",
                        "direction": "increase",
                        "frequency": "Q",
                        "dimensions": [{"code": "kind", "codes": ["plastic", "other"]}],
                    },
                },
                {
                    "kind": "define_indicator",
                    "indicator": "clear-days",
                    "definition": {
                        "name": {"en": "Days with clear water", "fr": "Jours d'eau claire"},
                        "unit": "%",
                        "measure": "ratio",
                        "nature": "flow",
                        "over_time": "sum",
                        "over_actors": "sum",
                        "direction": "increase",
                        "frequency": "Q",
                        "factor": "100",
                    },
                },
                {"kind": "set_target", "indicator": "waste", "period": "2025", "value": "1000"},
                {
                    "kind": "set_target",
                    "indicator": "clear-days",
                    "period": "2025",
                    "value": "80",
                    "baseline": {"period": "2024", "value": "50"},
                },
            ],
        },
    )
    assert proposal["status"] == "open"
    assert city.get("/indicators")["items"] == []
    assert support.post(f"/proposals/{proposal['id']}/close")["status"] == "adopted"
    assert [one["code"] for one in city.get("/indicators")["items"]] == ["waste", "clear-days"]

    shared.clock = datetime(2025, 4, 3, 14, 0, tzinfo=UTC)
    batch = angling.post(
        "/contributions/batch",
        {
            "items": [
                {"indicator": "waste", "period": "2025-Q1", "value": "120.5", "dimensions": {"kind": "plastic"}},
                {"indicator": "waste", "period": "2025-Q1", "value": 79.5, "dimensions": {"kind": "other"}},
                {"indicator": "clear-days", "period": "2025-Q1", "numerator": 45, "denominator": 90},
            ]
        },
    )
    waste = city.post("/contributions", {"indicator": "waste", "period": "2025-Q1", "value": "0"})
    for item in batch["items"]:
        city.post(f"/contributions/{item['id']}/validate")
    angling.post(f"/contributions/{waste['id']}/validate")

    figure = support.get("/indicators/waste/figure", **{"from": "2025", "to": "2025", "by": "kind"})
    assert (figure["value"], figure["unallocated"], figure["unit"]["code"]) == ("200", "0", "kg")
    assert [(one["dimensions"]["kind"], one["value"]) for one in figure["by_dimension"]] == [
        ("plastic", "120.5"),
        ("other", "79.5"),
    ]
    assert [(one["actor"], one["value"]) for one in figure["by_actor"]] == [("angling", "200"), ("city", "0")]
    assert {due["indicator"] for due in city.get("/dues", **{"from": "2025"})["items"]} == {"clear-days"}

    progress = Voice(shared, "lac-propre", None).get("/progress", at="2025-Q1")
    root, shores = progress["objectives"]
    (clear,), (picked,) = root["indicators"], shores["indicators"]
    assert (picked["value"], picked["attainment"], picked["expected"], picked["status"]) == ("200", "0.2", "0.25", "at_risk")
    assert (clear["value"], clear["baseline"], clear["attainment"], clear["status"]) == ("50", "50", "0", "off_track")
    assert (root["attainment"], root["coverage"], root["on_track_count"], root["indicator_count"]) == ("0.1", "1", 0, 2)
    assert picked["reading"]["fr"].startswith("200 kg du 1er janvier 2025 au 31 mars 2025. À surveiller : 20 % du chemin")

    shared.clock = datetime(2025, 4, 20, tzinfo=UTC)
    city.post(f"/contributions/{batch['items'][0]['id']}/contest", {"reason": "Was that not 20.5?"})
    contested = support.get("/indicators/waste/figure", **{"from": "2025", "to": "2025"})
    assert (contested["value"], contested["flags"]) == ("79.5", ["parts_incomplete"])
    angling.post(
        "/contributions", {"indicator": "waste", "period": "2025-Q1", "value": "20.5", "dimensions": {"kind": "plastic"}}
    )
    city.post(f"/contributions/{batch['items'][0]['id']}/validate")
    support.ask("PUT", "/closed-periods/2025-Q1")
    assert support.get("/indicators/waste/figure", **{"from": "2025", "to": "2025"})["value"] == "100"
    history = city.get(f"/contributions/{batch['items'][0]['id']}/history")["items"]
    assert [entry["kind"] for entry in history] == ["report", "validation", "contest", "report", "validation"]
    then = support.get("/progress", at="2025-Q1", as_of=progress["as_of"])
    assert then == progress, "what was known then is still known"

"""The data of the demo: taken from the published file by the preparation in the tests, and enough of it to look around in."""

import json
import lzma
from typing import Any

from service.demo.packaged import CONTRIBUTIONS, DECISIONS, read_founding
from tests.published import prepare_demo


def test_the_packaged_files_are_what_the_preparation_makes() -> None:
    """Write them anew with `python -m tests.published.prepare_demo`."""
    prepared, packaged = prepare_demo.prepare(), read_founding()
    assert json.loads(json.dumps(prepared.decisions)) == list(packaged.decisions)
    assert prepared.community == packaged.community
    assert prepared.contributions == packaged.contributions


def test_there_is_enough_to_look_around_in() -> None:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for decision in read_founding().decisions:
        kinds.setdefault(decision["kind"], []).append(decision)
    definitions = [decision["definition"] for decision in kinds["define_indicator"]]
    assert len(definitions) >= 15 and len(kinds["set_membership"]) == 30
    assert {definition["unit"]["label"]["en"] for definition in definitions} == {
        "people",
        "consultations",
        "days",
        "percent",
        "step of an ordinal scale",
    }
    assert {definition["direction"] for definition in definitions} == {"increase", "decrease"}
    assert {definition["over_actors"] for definition in definitions} == {"sum", "none"}
    assert {target["period"] for target in kinds["set_target"]} == {"2022", "2023", "2024", "2025"}
    assert all(set(definition["name"]) == {"en", "fr"} for definition in definitions)


def test_the_data_travels_with_its_licence() -> None:
    notice = DECISIONS.with_name("LICENCE.md").read_text("utf-8")
    assert "CC BY 4.0" in notice and "UNHCR" in notice
    for path in (DECISIONS, CONTRIBUTIONS):
        assert path.name in notice
        assert lzma.decompress(path.read_bytes())
        assert path.stat().st_size < 50_000

"""Within `/v1` only additions happen: the contract beside the one last released, and what would break a client."""

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.api.contract import VERSION
from tests.builders import Json
from tests.contract.compatibility import breaks

FOLDER = Path(__file__).parents[2] / "openapi"


@pytest.fixture(scope="module")
def released() -> Json:
    """The contract that clients in use were generated from."""
    found: Json = json.loads((FOLDER / "released.json").read_text("utf-8"))
    return found


def test_what_was_released_still_works(released: Json) -> None:
    assert breaks(released, json.loads((FOLDER / "openapi.json").read_text("utf-8"))) == []


def test_the_changelog_begins_with_this_contract(released: Json) -> None:
    told = re.findall(r"^## (\d+\.\d+\.\d+)", (FOLDER / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert told[0] == VERSION
    assert released["info"]["version"] in told
    assert told == sorted(told, key=lambda version: [int(part) for part in version.split(".")], reverse=True)


def _drop_operation(contract: Json) -> None:
    del contract["paths"]["/v1/communities/{community}/progress"]["get"]


def _rename_operation(contract: Json) -> None:
    contract["paths"]["/v1/communities/{community}/progress"]["get"]["operationId"] = "progress"


def _progress(contract: Json) -> Json:
    operation: Json = contract["paths"]["/v1/communities/{community}/progress"]["get"]
    return operation


def _contribute(contract: Json) -> Json:
    operation: Json = contract["paths"]["/v1/communities/{community}/contributions"]["post"]
    return operation


def _model(name: str) -> Callable[[Json], Json]:
    def find(contract: Json) -> Json:
        found: Json = contract["components"]["schemas"][name]
        return found

    return find


_figure, _contribution, _actor_role = _model("FigureAnswer"), _model("ContributionBody"), _model("Role")


def _drop_status(contract: Json) -> None:
    del _contribute(contract)["responses"]["200"]


def _require_parameter(contract: Json) -> None:
    next(one for one in _progress(contract)["parameters"] if one["name"] == "at")["required"] = True


def _new_required_parameter(contract: Json) -> None:
    _progress(contract)["parameters"].append({"in": "query", "name": "why", "required": True, "schema": {"type": "string"}})


def _drop_parameter(contract: Json) -> None:
    _progress(contract)["parameters"] = [one for one in _progress(contract)["parameters"] if one["name"] != "at"]


def _drop_media_type(contract: Json) -> None:
    del contract["paths"]["/v1/communities/{community}/imports"]["post"]["requestBody"]["content"]["text/csv"]


def _drop_header(contract: Json) -> None:
    answer = contract["paths"]["/v1/communities/{community}/indicators/{indicator}/figure"]["get"]["responses"]["200"]
    del answer["headers"]["ETag"]


def _ask_for_a_token(contract: Json) -> None:
    contract["paths"]["/healthz"]["get"]["security"] = [{"bearer": []}]


def _drop_answered_field(contract: Json) -> None:
    del _figure(contract)["properties"]["lowest"]


def _drop_sent_field(contract: Json) -> None:
    del _contribution(contract)["properties"]["comment"]


def _require_field(contract: Json) -> None:
    _contribution(contract)["required"].append("comment")


def _absent_field(contract: Json) -> None:
    _figure(contract)["required"].remove("value")


def _number_for_text(contract: Json) -> None:
    _figure(contract)["properties"]["restated"] = {"type": "string"}


def _null_where_none_was(contract: Json) -> None:
    _figure(contract)["properties"]["restated"] = {"anyOf": [{"type": "integer"}, {"type": "null"}]}


def _decimal_for_any_text(contract: Json) -> None:
    _figure(contract)["properties"]["value"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def _enumeration_grew(contract: Json) -> None:
    _actor_role(contract)["enum"].append("guest")


def _enumeration_shrank(contract: Json) -> None:
    _actor_role(contract)["enum"].remove("observer")


def _narrower(contract: Json) -> None:
    _contribution(contract)["properties"]["period"] = {"type": "string", "maxLength": 4}


def _pattern(contract: Json) -> None:
    _contribution(contract)["properties"]["period"] = {"type": "string", "pattern": "^2"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_drop_operation, "get_progress: GET /v1/communities/{community}/progress is gone"),
        (_rename_operation, "get_progress: is called progress now"),
        (_drop_status, "create_contribution: status 200 is gone"),
        (_require_parameter, "get_progress: parameter at is required now"),
        (_new_required_parameter, "get_progress: parameter why is new and required"),
        (_drop_parameter, "get_progress: parameter at is gone"),
        (_drop_media_type, "create_import: what is sent as text/csv is gone"),
        (_drop_header, "get_figure: header ETag of 200 is gone"),
        (_ask_for_a_token, "get_health: a token is needed now"),
        (_drop_answered_field, "get_figure: answer 200.lowest: is gone"),
        (_drop_sent_field, "create_contribution: what is sent.comment: is gone"),
        (_require_field, "create_contribution: what is sent.comment: is required now"),
        (_absent_field, "get_figure: answer 200.value: may be absent now"),
        (_number_for_text, "get_figure: answer 200.restated: string was never answered before"),
        (_null_where_none_was, "get_figure: answer 200.restated: null was never answered before"),
        (_decimal_for_any_text, "get_figure: answer 200.value: string was never answered before"),
        (_enumeration_grew, "get_proposal: answer 200.changes[].membership.role: guest was never answered before"),
        (_enumeration_shrank, "create_actor: what is sent.role: observer is no longer taken"),
        (_narrower, "create_contribution: what is sent.period: maxLength is 4 now"),
        (_pattern, "create_contribution: what is sent.period: the pattern is ^2 now"),
    ],
)
def test_what_breaks_a_client_is_found(change: Callable[[Json], None], said: str, released: Json) -> None:
    changed = pickle.loads(pickle.dumps(released))
    change(changed)
    assert said in breaks(released, changed)


def test_additions_break_nobody(released: Json) -> None:
    changed = pickle.loads(pickle.dumps(released))
    text: dict[str, Any] = {"type": "string"}
    _progress(changed)["parameters"].append({"in": "query", "name": "why", "required": False, "schema": text})
    _progress(changed)["responses"]["418"] = {"description": "New."}
    changed["paths"]["/v1/new"] = {"get": {"operationId": "get_new", "responses": {}}}
    _figure(changed)["properties"]["new"] = text
    _figure(changed)["required"].append("new")
    _contribution(changed)["properties"]["new"] = text
    assert breaks(released, changed) == []


def test_names_of_components_do_not_travel(released: Json) -> None:
    renamed = json.loads(json.dumps(released).replace("schemas/FigureAnswer", "schemas/Figure"))
    renamed["components"]["schemas"]["Figure"] = renamed["components"]["schemas"].pop("FigureAnswer")
    assert breaks(released, renamed) == []

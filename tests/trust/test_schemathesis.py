"""The contract as schemathesis reads it: what it says may be sent, is taken; what it says is answered, is; link after link."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx2
import hypothesis
import pytest
import structlog
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from service.api.examples import EXAMPLES
from service.database import open_database
from tests.builders import STARTS, Client, contract
from tests.trust.access import ROWS
from tests.trust.scene import Scene, stage

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Of packages that it brings; ours stay errors.
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.core.transport import Response
    from schemathesis.specs.openapi import checks as of_openapi

CHECKS = [
    not_a_server_error,
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_headers_conformance,
    of_openapi.response_schema_conformance,
]
NO_FILES = ["create_import"]
"""Its bodies are CSV and forms, which the contract cannot describe further than as bytes: `test_inputs.py` sends those."""


@pytest.fixture
def quiet() -> Iterator[None]:
    """No line for each request."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    yield
    structlog.reset_defaults()


@pytest.fixture
def scene(new_database: Callable[[str], str]) -> Iterator[Scene]:
    """A community in which everything has happened once; what these tests look for does not depend on the engine."""
    opened = open_database(new_database("sqlite"))
    with Client(opened, STARTS) as client:
        yield stage(client, is_public=True, hides_values=False)
    opened.dispose()


def settings(examples: int, **more: Any) -> hypothesis.settings:
    """The same requests in every run."""
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        **more,
    )


def calling(scene: Scene, name: str) -> dict[str, str]:
    """The path of what is there."""
    return {"community": scene.lac.code, **{key: scene.ids.get(value, value) for key, value in ROWS[name].place.items()}}


def send(scene: Scene, case: Any, token: str | None, checks: list[Any]) -> Any:
    """Sends what schemathesis made, and lets it look at the answer."""
    request = case.as_transport_kwargs(base_url="http://jalon.test")
    headers = dict(request["headers"] or {})
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    sent = {name: request[name] for name in ("json", "data", "params") if request.get(name) is not None}
    if "data" in sent:
        sent["content"] = sent.pop("data")
    try:
        response = scene.lac.client.request(request["method"], request["url"], headers=headers, **sent)
    except httpx2.InvalidURL:  # Longer than the client sends: `test_inputs.py` does without one.
        hypothesis.reject()
    case.validate_response(response, checks=checks, headers=headers)
    return response


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("positive", "negative"),
    [pytest.param(4, 3, marks=pytest.mark.proof), pytest.param(150, 150, marks=pytest.mark.long)],
)
def test_what_the_contract_says_is_so(scene: Scene, positive: int, negative: int) -> None:
    schema = schemathesis.openapi.from_dict(contract())
    schema.config.generation.update(with_security_parameters=False)  # Who may call is asked in `test_access.py`.
    wrong: dict[tuple[str, str], str] = {}
    statuses: Counter[int] = Counter()
    tokens = [scene.lac.support.token, scene.lac.members["a"].token, None]

    def look(name: str, cases: Any, examples: int, checks: list[Any]) -> None:
        operators = [scene.lac.client.operator_token]

        @settings(examples)
        @given(case=cases, token=st.sampled_from(operators if ROWS[name].who == "operator" else tokens))
        def ask(case: Any, token: str | None) -> None:
            try:
                statuses[send(scene, case, token, checks).status_code] += 1
            except FailureGroup as group:
                wrong.update({(name, type(failure).__name__): str(group) for failure in group.exceptions})

        ask()

    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        name = operation.definition.raw["operationId"]
        if name in NO_FILES:
            continue
        path = calling(scene, name)
        look(name, operation.as_strategy(path_parameters=path), positive, CHECKS)
        with suppress(Unsatisfiable):  # Nothing is asked for that could be wrong.
            odd = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, path_parameters=path)
            look(name, odd, negative, [*CHECKS, of_openapi.negative_data_rejection])
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")
    assert not wrong, "\n\n".join(f"{name} {kind}: {said}" for (name, kind), said in wrong.items())
    assert not scene.lac.client.witness.undeclared


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("runs", "steps"), [pytest.param(25, 10, marks=pytest.mark.long), pytest.param(500, 20, marks=pytest.mark.long)]
)
def test_one_call_after_another(scene: Scene, runs: int, steps: int) -> None:
    """From one link to the next, beginning with a community; bodies are those of the examples or made up, by turns."""
    schema = schemathesis.openapi.from_dict(contract())
    schema.config.generation.update(with_security_parameters=False)
    reached: Counter[tuple[str, int]] = Counter()
    tokens: dict[str, str] = {}

    class Walk(schema.exclude(operation_id=NO_FILES).as_state_machine()):  # type: ignore[misc]
        steps = 0

        def call(self, case: Any, **_: Any) -> Any:
            """Whatever was called before in other walks, the same draws are answered the same: codes are never used twice."""
            name = case.operation.definition.raw["operationId"]
            self.steps += 1
            if name in EXAMPLES and (self.steps % 4 or "code" in EXAMPLES[name]):
                case.body = EXAMPLES[name] | ({"code": f"c-{sum(reached.values())}"} if "code" in EXAMPLES[name] else {})
                case.headers = {**(case.headers or {}), "If-Match": "*"}
            support = tokens.get(str(case.path_parameters.get("community")), scene.lac.support.token)
            token = scene.lac.client.operator_token if ROWS[name].who == "operator" else support
            response = send(scene, case, token, CHECKS)
            reached[name, response.status_code] += 1
            if name == "create_community" and response.status_code == 201:
                tokens[response.json()["code"]] = response.json()["token"]
            return Response.from_any(response)

        def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **_: Any) -> None:
            """It was looked at when it came."""

    Walk.run(settings=settings(runs, stateful_step_count=steps))
    well = {name for name, status in reached if status < 300}
    print(f"{sum(reached.values())} calls of {len({name for name, _ in reached})} operations, {len(well)} of them with success")
    print(dict(sorted(reached.items())))
    assert not scene.lac.client.witness.undeclared
    assert {"create_community", "create_proposal", "get_proposal", "create_actor", "create_review", "get_review"} <= well

"""How fast a caller may go."""

import pytest

from service.api.bearer import Bearer
from service.api.limits import Limiter
from service.errors import TooMany
from tests.builders import Client, coalition, define

ONE, OTHER = Bearer(1, b"1" * 32), Bearer(1, b"2" * 32)


class Watch:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_burst_and_then_the_rate() -> None:
    watch = Watch()
    limiter = Limiter(10, 30, watch)
    for _ in range(30):
        limiter.count(ONE, "x")
    with pytest.raises(TooMany) as refused:
        limiter.count(ONE, "x")
    assert refused.value.retry_after == 1
    limiter.count(OTHER, "x")
    limiter.count(None, "x")
    watch.seconds += 0.1
    limiter.count(ONE, "x")
    with pytest.raises(TooMany):
        limiter.count(ONE, "x")
    watch.seconds += 1_000
    for _ in range(30):
        limiter.count(ONE, "x")
    with pytest.raises(TooMany):
        limiter.count(ONE, "x")


def test_the_wait_is_as_long_as_it_takes() -> None:
    slow = Limiter(1, 1, Watch())
    slow.count(None, "x")
    with pytest.raises(TooMany) as refused:
        slow.count(None, "x")
    assert refused.value.retry_after == 1
    with pytest.raises(TooMany):
        slow.count(None, "x")


def test_callers_that_went_away_are_forgotten() -> None:
    watch = Watch()
    limiter = Limiter(10, 10, watch)
    for number in range(10_000):
        limiter.count(None, str(number))
    watch.seconds += 2
    limiter.count(None, "last")
    assert len(limiter._buckets) == 1


def test_no_limit() -> None:
    limiter = Limiter(0, 1, Watch())
    for _ in range(100):
        limiter.count(ONE, "x")


def test_over_http_it_is_429_and_says_when(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    with Client(light_client.database, rate_limit=1, rate_burst=3) as limited:
        path = "/v1/communities/lac"
        statuses = [limited.ask("GET", path, lac.support.token).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = limited.ask("GET", path, lac.support.token)
        assert refused.json()["code"] == "too_many_requests"
        assert int(refused.headers["retry-after"]) >= 1
        assert limited.ask("GET", path, lac.members["a"].token).status_code == 200, "each token has its own"
        assert limited.ask("GET", "/healthz").status_code == 200, "who watches the service is not counted"


def test_every_answer_says_what_is_left(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    assert "ratelimit" not in lac.support.ask("GET").headers, "where there is no limit there is nothing to say"
    with Client(light_client.database, rate_limit=1, rate_burst=3) as limited:
        token, path = lac.support.token, "/v1/communities/lac"
        answers = [limited.ask("GET", path + end, token) for end in ("", "/actors/nobody")]
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"caller";q=3;w=3'}
        assert [answer.headers["ratelimit"][:12] for answer in answers] == ['"caller";r=2', '"caller";r=1']
        assert limited.ask("GET", path, token).headers["ratelimit"].startswith('"caller";r=0;t=')
        refused = limited.ask("GET", path, token)
        assert refused.status_code == 429 and refused.headers["ratelimit"] == f'"caller";r=0;t={refused.headers["retry-after"]}'


def test_a_kept_answer_is_counted_too(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    lac.adopt(define("jobs"))
    with Client(light_client.database, rate_limit=1, rate_burst=3) as limited:
        path = "/v1/communities/lac/indicators/jobs/figure?from=2025-Q1&to=2025-Q4"
        assert [limited.ask("GET", path, lac.support.token).status_code for _ in range(4)] == [200, 200, 200, 429]

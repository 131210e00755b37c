"""One transaction around each request: begun late, checked under the lock, committed before the answer leaves."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from service.database import Database
from service.records.journal import begin_writing
from service.records.register import Registers, find_community
from service.records.tokens import revoke_token
from tests.api.test_problems import assert_problem
from tests.builders import Client, Coalition, Voice, coalition
from tests.records.coalition import reading


def at_once(work: list[Callable[[], Any]]) -> list[Any]:
    """What each of `work` returns, all begun at the same time."""
    answers: list[Any] = [None] * len(work)
    ready = threading.Barrier(len(work))

    def run(place: int) -> None:
        ready.wait()
        answers[place] = work[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_more_writers_than_threads_leave_room_for_each_other(client: Client) -> None:
    """Forty threads serve all requests. Sixty writers that each waited for the lock on one of them would wait for ever."""
    lac = coalition(client, [])

    def let_in(number: int) -> Callable[[], Any]:
        return lambda: lac.support.ask("POST", "/actors", json={"code": f"a{number}", "name": "x", "kind": "x"})

    answers = at_once([let_in(number) for number in range(60)] + [lambda: lac.support.ask("GET", "/actors")] * 20)
    assert [answer.status_code for answer in answers] == [201] * 60 + [200] * 20
    assert len(lac.support.get("/actors", limit=1000)["items"]) == 61
    with reading(client.database) as connection:
        numbers = connection.exec_driver_sql("SELECT number FROM journal_entry ORDER BY number").scalars().all()
    assert list(numbers) == list(range(1, len(numbers) + 1))


def while_waiting(database: Database, lac: Coalition, act: Callable[[Any, int], None], ask: Callable[[], Any]) -> Any:
    """What `ask` is answered when `act` happened, under the lock, while it waited for the lock."""
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(ask()))
    with database.write() as connection:
        community_id = find_community(connection, lac.code)
        assert community_id is not None
        begin_writing(connection, community_id, lac.client.clock, Registers())
        waiting.start()
        time.sleep(0.3)
        assert not answers
        act(connection, community_id)
    waiting.join()
    return answers[0]


def test_a_token_revoked_while_its_request_waited_changes_nothing(client: Client) -> None:
    lac = coalition(client, ["a"])
    made = lac.support.post("/actors/appui/tokens", {"name": "x", "scopes": ["read", "administer"]})
    voice = Voice(client, "lac", made["token"])

    def revoke(connection: Any, community_id: int) -> None:
        assert revoke_token(connection, community_id, int(made["id"]), client.clock)

    body = {"code": "late", "name": "x", "kind": "x"}
    refused = while_waiting(client.database, lac, revoke, lambda: voice.ask("POST", "/actors", json=body))
    assert_problem(refused, 401, "invalid_token")
    assert lac.support.ask("GET", "/actors/late").status_code == 404


def test_what_raises_leaves_nothing_behind(client: Client) -> None:
    lac = coalition(client, ["a"])
    before = lac.support.get("/actors")
    assert lac.support.ask("PATCH", "/actors/appui", json={"left": "2026-01-01"}, headers={"If-Match": "*"}).status_code == 422
    with reading(client.database) as connection:
        last = connection.exec_driver_sql("SELECT max(number) FROM journal_entry").scalar()
    assert lac.support.get("/actors") == before
    lac.support.patch("/actors/a", {"kind": "y"})
    with reading(client.database) as connection:
        assert connection.exec_driver_sql("SELECT max(number) FROM journal_entry").scalar() == (last or 0) + 1


def test_an_answer_as_of_an_instant_stays_the_same(client: Client) -> None:
    lac = coalition(client, ["a"])
    client.clock += timedelta(hours=1)
    then = client.clock.isoformat().replace("+00:00", "Z")
    first = lac.support.ask("GET", "/actors", params={"as_of": then}).content
    client.clock += timedelta(hours=1)
    lac.support.post("/actors", {"code": "new", "name": "x", "kind": "x"})
    assert lac.support.ask("GET", "/actors", params={"as_of": then}).content == first
    assert len(lac.support.get("/actors")["items"]) == 3


def test_too_many_waiting_writers_are_told_to_come_back(light_client: Client) -> None:
    lac = coalition(light_client, [])
    answers: list[Any] = []
    with Client(light_client.database, most_waiting=1) as narrow:
        voice = Voice(narrow, "lac", lac.support.token)

        def let_in(number: int) -> None:
            answers.append(voice.ask("POST", "/actors", json={"code": f"a{number}", "name": "x", "kind": "x"}))

        threads = [threading.Thread(target=let_in, args=(number,)) for number in range(4)]
        with light_client.database.write():
            for thread in threads:  # One has its turn and waits for the database, one waits for its turn, two are too many.
                thread.start()
                time.sleep(0.3)
            refused = list(answers)
        for thread in threads:
            thread.join()
    assert len(refused) == 2
    for answer in refused:
        assert_problem(answer, 503, "too_many_waiting")
        assert answer.headers["retry-after"] == "1"
    assert sorted(answer.status_code for answer in answers) == [201, 201, 503, 503]

"""Where writers wait: in order, each for its own community, and not without end."""

import asyncio

import pytest

from service.api.gate import Gate
from service.errors import Unavailable


def test_first_come_first_served() -> None:
    order: list[int] = []

    async def enter(gate: Gate, number: int) -> None:
        async with gate.turn("x"):
            order.append(number)
            await asyncio.sleep(0)

    async def run() -> None:
        gate = Gate(100)
        await asyncio.gather(*(enter(gate, number) for number in range(20)))

    asyncio.run(run())
    assert order == list(range(20))


def test_one_at_a_time_per_key_and_keys_beside_each_other() -> None:
    inside: dict[str, int] = {"a": 0, "b": 0}
    together = 0

    async def enter(gate: Gate, key: str) -> None:
        nonlocal together
        async with gate.turn(key):
            inside[key] += 1
            assert inside[key] == 1
            together = max(together, sum(inside.values()))
            await asyncio.sleep(0.01)
            inside[key] -= 1

    async def run() -> None:
        gate = Gate(100)
        await asyncio.gather(*(enter(gate, key) for key in "abababab"))
        assert not gate._locks, "what nobody waits for is forgotten"

    asyncio.run(run())
    assert together == 2


def test_too_many_waiting_are_sent_away() -> None:
    async def enter(gate: Gate) -> str:
        try:
            async with gate.turn("x"):
                await asyncio.sleep(0.01)
                return "done"
        except Unavailable as error:
            return error.code

    async def run() -> list[str]:
        gate = Gate(2)
        return await asyncio.gather(*(enter(gate) for _ in range(5)))

    assert sorted(asyncio.run(run())) == ["done", "done", "done", "too_many_waiting", "too_many_waiting"]


def test_who_gives_up_waiting_blocks_nobody() -> None:
    async def hold(gate: Gate, seconds: float) -> None:
        async with gate.turn("x"):
            await asyncio.sleep(seconds)

    async def run() -> None:
        gate = Gate(10)
        first = asyncio.create_task(hold(gate, 0.05))
        await asyncio.sleep(0)
        second = asyncio.create_task(hold(gate, 0))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        await asyncio.wait_for(hold(gate, 0), 1)
        await first
        assert not gate._locks
        assert gate._waiting == 0

    asyncio.run(run())

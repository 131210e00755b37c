"""A process that does nothing but deliver, to be killed."""

import logging
import multiprocessing
import os
import random
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess

import structlog

from service.api.telling import Telling
from service.database import open_database
from service.errors import Unavailable, Unsettled
from service.events.attempting import Postman
from service.events.delivery import Deliveries
from service.events.destinations import Bounds
from service.events.retrying import Pauses
from service.records.register import Registers
from tests.events.receiving import LOOPBACK

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.events.sending"])
SOON = Pauses(first=timedelta(milliseconds=5), longest=timedelta(milliseconds=50), chance=random.random)
"""Pauses for tests that wait for them."""
_LEASE = timedelta(seconds=1)
"""Short: who is killed is followed by another within a second."""


def start_sender(database_url: str) -> BaseProcess:
    """A sender that delivers until it is killed."""
    process = _PROCESSES.Process(target=_send, args=(database_url,), daemon=True)
    process.start()
    return process


def _send(database_url: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    database = open_database(database_url)
    sent = Deliveries(
        database, Telling(Registers()), lambda: datetime.now(UTC), Postman(Bounds((LOOPBACK,))), SOON, lease=_LEASE
    )
    while os.getppid() != 1:
        try:
            if not sent.work_off():
                time.sleep(0.01)
        except (Unsettled, Unavailable):
            time.sleep(0.05)

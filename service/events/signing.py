"""The Standard Webhooks scheme: what is delivered is signed, so that who receives it knows whose it is and how old.

Of the scheme's package only the tests make use, to verify: signing takes the ten lines below, and a package costs whoever
installs, audits and upgrades the service.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A new secret, of 256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(message_id: str, sent_at: datetime, body: bytes, signed_with: Iterable[str]) -> dict[str, str]:
    """The headers that go with `body`: its id, when it is sent, and one signature for each secret, with spaces between them."""
    timestamp = str(int(sent_at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(base64.b64decode(one.removeprefix(PREFIX)), content, hashlib.sha256) for one in signed_with)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }

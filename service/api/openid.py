"""OpenID Connect: whether a JSON Web Token comes from the one issuer of the settings, is meant for us, and is in force.

Whom it names is all that is taken from it. What that person may do stands in our own records (`people.py`). Which algorithms
are good is settled here and not by the token: none that signs with a shared secret, for which a public key could be taken, and
never none at all. Keys are fetched when they are needed and kept; an issuer that is away is needed for new keys only.
"""

import json
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jwt import JWTClaimsRegistry

from service.errors import Unauthenticated, Unavailable

Key = RSAKey | ECKey | OKPKey
ALGORITHMS: dict[str, type[Key]] = {"RS256": RSAKey, "ES256": ECKey, "Ed25519": OKPKey}
LEEWAY = 30
"""Seconds that the issuer's clock and ours may differ by."""
KEPT, FETCHED_AFTER = 3_600.0, 10.0
"""Seconds after which keys are fetched anew, and between two attempts, whatever keys tokens name meanwhile."""
_LONGEST_TOKEN, _LONGEST_SUBJECT, _MOST_BYTES = 16_384, 255, 512 * 1024
_FEWEST_BITS = 2_048
_TIMEOUT = httpx.Timeout(5.0)
_log = structlog.stdlib.get_logger("jalon")


class Issuer:
    """The issuer at the address `issuer`, whose tokens name `audience`, which is us. Safe for many threads; it blocks."""

    def __init__(self, issuer: str, audience: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.issuer = issuer
        self.audience = audience
        self._monotonic = monotonic
        self._keys: dict[str, Key] = {}
        self._described: dict[str, Any] = {}
        self._fetched: float | None = None
        self._attempted: float | None = None
        self._reached = False
        self._lock = threading.Lock()

    def subject_of(self, token: str, now: datetime) -> str:
        """Whom a token names. Raises Unauthenticated, and Unavailable where the issuer's keys cannot be had."""
        subject: str = self.claims_of(token, now)["sub"]
        return subject

    def claims_of(self, token: str, now: datetime) -> dict[str, Any]:
        """All that a token claims; of it `sub`, `exp` and `iat` are as they must be. Raises what `subject_of` does."""
        header = _header_of(token)
        algorithm, name = header.get("alg"), header.get("kid", "")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or not isinstance(name, str):
            raise _invalid()
        key = self._key(name)
        if not isinstance(key, ALGORITHMS[algorithm]):
            raise _invalid()
        claims = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            read = jwt.decode(token, key, algorithms=[algorithm])
            claims.validate(read.claims)
        except (JoseError, ValueError, TypeError):
            raise _invalid() from None
        subject: str = read.claims["sub"]
        if not 0 < len(subject) <= _LONGEST_SUBJECT or "\x00" in subject:
            raise _invalid()
        return dict(read.claims)

    def endpoint(self, name: str) -> str:
        """An address of the issuer's, as it describes itself. Raises Unavailable where that cannot be had."""
        with self._lock:
            if name not in self._described and self._may_ask():
                self._ask()
            address = self._described.get(name)
            if not isinstance(address, str) or not self._is_safe(address):
                raise _unreachable()
            return address

    def _may_ask(self) -> bool:
        return self._attempted is None or self._monotonic() - self._attempted > FETCHED_AFTER

    def _ask(self) -> None:
        self._attempted = self._monotonic()
        self._reached = self._fetch()
        if self._reached:
            self._fetched = self._attempted

    def _is_safe(self, address: str) -> bool:
        return address.startswith("https://") or not self.issuer.startswith("https://")

    def _key(self, name: str) -> Key | None:
        """The key of that name; without a name the only key there is."""
        with self._lock:
            now = self._monotonic()
            is_old = self._fetched is None or now - self._fetched > KEPT
            if (is_old or self._named(name) is None) and self._may_ask():
                self._ask()
            found = self._named(name)
            if found is None and not self._reached:
                raise _unreachable()
            return found

    def _named(self, name: str) -> Key | None:
        if name:
            return self._keys.get(name)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    def _fetch(self) -> bool:
        try:
            with httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client:
                described = _object(client.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
                address = described.get("jwks_uri")
                if described.get("issuer") != self.issuer or not isinstance(address, str):
                    raise ValueError("it describes another issuer")
                if not self._is_safe(address):
                    raise ValueError("its keys are not fetched safely")
                self._keys = _keys_of(_object(client.get(address)))
                self._described = described
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            _log.warning("issuer_unreachable", error=type(error).__name__)
            return False
        return True


def looks_signed(token: str) -> bool:
    """Whether it has the three parts of a JSON Web Token, which no token of ours has."""
    return token.count(".") == 2


def _header_of(token: str) -> dict[str, Any]:
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise _invalid()
    part = token.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        raise _invalid() from None
    if not isinstance(header, dict):
        raise _invalid()
    return header


def _object(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    if len(answer.content) > _MOST_BYTES or not isinstance(content := answer.json(), dict):
        raise ValueError("no such answer is expected")
    return content


def _keys_of(described: dict[str, Any]) -> dict[str, Key]:
    """The keys that sign, by name. What cannot be read is somebody else's, and left out."""
    keys: dict[str, Key] = {}
    listed = described.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        try:
            key = import_key(one)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey) and key.raw_value.key_size < _FEWEST_BITS:
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            keys[str(one.get("kid", ""))] = key
    return keys


def _unreachable() -> Unavailable:
    return Unavailable("issuer_unreachable", "Who vouches for people cannot be reached now; tokens of ours still do.")


def _invalid() -> Unauthenticated:
    return Unauthenticated("invalid_token", "This token is not known, was revoked or has expired.")

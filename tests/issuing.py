"""An OpenID Connect issuer that runs and signs, for the tests of who comes with its tokens."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from tests.builders import STARTS, Json

AUDIENCE = "jalon"
NOW = int(STARTS.timestamp())
Key = RSAKey | ECKey | OKPKey
RSA, EC, ED = (
    RSAKey.generate_key(2048, {"kid": "rsa"}),
    ECKey.generate_key("P-256", {"kid": "ec"}),
    OKPKey.generate_key("Ed25519", {"kid": "ed"}),
)


class Issuer(ThreadingHTTPServer):
    """Serves its description and its keys, counts who asks, and may be away."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.keys: list[Key] = [RSA, EC, ED]
        self.describes: Json = {}
        self.is_away = False
        self.asked = 0

    def token(self, key: Key = RSA, algorithm: str = "RS256", header: Json | None = None, **claims: Any) -> str:
        """A token for somebody, in force from now for five minutes; a claim of None is left out."""
        usual = {"iss": self.address, "aud": AUDIENCE, "sub": "jane", "iat": NOW, "exp": NOW + 300}
        said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode({"alg": algorithm, "kid": key.kid, **(header or {})}, said, key, algorithms=[algorithm])


class Answers(BaseHTTPRequestHandler):
    """What an issuer answers."""

    server: Issuer

    def do_GET(self) -> None:
        """Its keys, or what it says of itself."""
        issuer = self.server
        issuer.asked += 1
        if issuer.is_away:
            self.send_error(503)
            return
        described = {"issuer": issuer.address, "jwks_uri": f"{issuer.address}/keys", **issuer.describes}
        answer = KeySet([*issuer.keys]).as_dict(private=False) if self.path == "/keys" else described
        self.answer(200, answer)

    def answer(self, status: int, said: Any) -> None:
        """Says it as JSON."""
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (as it is declared)
        """Says nothing."""


Kind = TypeVar("Kind", bound=Issuer)


@contextmanager
def running(issuer: Kind) -> Iterator[Kind]:
    """Lets it serve until the block ends."""
    with issuer:
        thread = threading.Thread(target=issuer.serve_forever, daemon=True)
        thread.start()
        yield issuer
        issuer.shutdown()
        thread.join()

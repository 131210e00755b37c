"""The text of a bearer token: `jln_<community>_<secret><checksum>`, all in base 62.

The prefix lets scanners recognise a leaked token. The community's integer id says where to look it up, so that no query
crosses tenants (0: an operator's, who belongs to none). The secret has 256 random bits. The checksum turns a mistyped or
cut-off token away before the database is asked; it protects nothing and hides nothing.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

from service.errors import Unauthenticated

PREFIX = "jln"
OPERATOR = 0
"""Stands for the community in an operator's token."""
NOWHERE = -1
"""Stands for the community of a person until the request's is known, and of one whom it does not know."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BYTES, _SECRET_LENGTH, _CHECKSUM_LENGTH = 32, 43, 6
_GRAMMAR = re.compile(
    rf"({PREFIX}_([0-9A-Za-z]{{1,6}})_[0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})", re.ASCII
)
_LARGEST_COMMUNITY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token as it was presented: well-formed, not yet known to be anyone's. `digest` is the SHA-256 of its text.

    `person`: the issuer who vouches for whoever comes, and what it calls them; None: it is a token of ours. Theirs names no
    community: the request's path does. Its digest is the person's, who remains the same with the next token.
    """

    community_id: int
    digest: bytes
    person: tuple[str, str] | None = None

    @property
    def is_operators(self) -> bool:
        """Whether it is a token of ours that names no community."""
        return self.community_id == OPERATOR and self.person is None


def new_token(community_id: int) -> str:
    """A new token's text; `community_id` is 0 for an operator's."""
    secret = _digits(int.from_bytes(secrets.token_bytes(_SECRET_BYTES), "big"), _SECRET_LENGTH)
    body = f"{PREFIX}_{_digits(community_id, 1)}_{secret}"
    return body + _checksum(body)


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def parse_token(token: str) -> Bearer:
    """The token that `token` writes. Raises Unauthenticated where it is malformed or its checksum does not match."""
    match = _GRAMMAR.fullmatch(token)
    if match is None or _checksum(match[1]) != match[3] or _number(match[2]) > _LARGEST_COMMUNITY:
        raise Unauthenticated("malformed_token", "This is not a token of this service, or a part of it is missing.")
    return Bearer(_number(match[2]), digest_of(token))


def bearer_of_person(issuer: str, subject: str) -> Bearer:
    """What stands for somebody whom an issuer vouches for."""
    return Bearer(NOWHERE, hashlib.sha256(f"{issuer}\n{subject}".encode()).digest(), (issuer, subject))


def parse_authorization(header: str | None) -> Bearer | None:
    """The token of ours of an `Authorization` header; None without one. Raises Unauthenticated for another scheme."""
    token = presented(header)
    return None if token is None else parse_token(token)


def presented(header: str | None) -> str | None:
    """The text of the token of an `Authorization` header; None without one. Raises Unauthenticated for another scheme."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("unknown_scheme", "Tokens are presented as `Authorization: Bearer …`.")
    return token.strip()


def _checksum(body: str) -> str:
    return _digits(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _digits(number: int, length: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _ALPHABET[digit] + digits
    return digits.rjust(length, "0")


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + _ALPHABET.index(digit)
    return number

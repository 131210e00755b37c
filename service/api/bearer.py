"""The text of a bearer token: `jln_<community>_<secret><checksum>`, all in base 62.

The prefix lets scanners recognise a leaked token. The community's integer id says where to look it up, so that no query
crosses tenants (0: an operator's, who belongs to none). The secret has 256 random bits. The checksum turns a mistyped or
cut-off token away before the database is asked; it protects nothing and hides nothing.

An invitation's text is made alike with a prefix of its own: it is never taken for a token, and scanners can tell it.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

from service.errors import Unauthenticated

PREFIX = "jln"
INVITATION_PREFIX = "jli"
OPERATOR = 0
"""Stands for the community in an operator's token."""
NOWHERE = -1
"""Stands for the community of a person until the request's is known, and of one whom it does not know."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BYTES, _SECRET_LENGTH, _CHECKSUM_LENGTH = 32, 43, 6
_GRAMMAR = re.compile(
    rf"(([a-z]{{3}})_([0-9A-Za-z]{{1,6}})_[0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})", re.ASCII
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
    return _new_text(PREFIX, community_id)


def new_invitation(community_id: int) -> str:
    """A new invitation's text."""
    return _new_text(INVITATION_PREFIX, community_id)


def community_of_invitation(text: str) -> int | None:
    """The id of the community that an invitation's text names; None where it is no such text."""
    return _community_of(text, INVITATION_PREFIX) or None


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def parse_token(token: str) -> Bearer:
    """The token that `token` writes. Raises Unauthenticated where it is malformed or its checksum does not match."""
    community_id = _community_of(token, PREFIX)
    if community_id is None:
        raise Unauthenticated("malformed_token", "This is not a token of this service, or a part of it is missing.")
    return Bearer(community_id, digest_of(token))


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


def _new_text(prefix: str, community_id: int) -> str:
    secret = _digits(int.from_bytes(secrets.token_bytes(_SECRET_BYTES), "big"), _SECRET_LENGTH)
    body = f"{prefix}_{_digits(community_id, 1)}_{secret}"
    return body + _checksum(body)


def _community_of(text: str, prefix: str) -> int | None:
    match = _GRAMMAR.fullmatch(text)
    if match is None or match[2] != prefix or _checksum(match[1]) != match[4] or _number(match[3]) > _LARGEST_COMMUNITY:
        return None
    return _number(match[3])


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

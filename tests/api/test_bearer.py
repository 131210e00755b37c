"""The text of a token: recognisable, random, checked before anything is asked."""

import re

import pytest

from service.api.bearer import Bearer, digest_of, new_token, parse_authorization, parse_token
from service.errors import Unauthenticated


@pytest.mark.parametrize("community_id", [0, 1, 61, 62, 2**31 - 1])
def test_a_token_reads_back_as_its_community_and_digest(community_id: int) -> None:
    token = new_token(community_id)
    assert re.fullmatch(r"jln_[0-9A-Za-z]{1,6}_[0-9A-Za-z]{49}", token)
    assert parse_token(token) == Bearer(community_id, digest_of(token))
    assert parse_token(token).is_operators is (community_id == 0)


def test_tokens_have_256_random_bits() -> None:
    tokens = {new_token(1) for _ in range(500)}
    assert len(tokens) == 500
    assert 62**43 >= 2**256 > 62**42, "43 digits hold every secret, 42 would not"
    for place in range(7, 49):  # the first digit of 43 cannot reach them all
        assert len({token[place] for token in tokens}) > 30


def test_one_wrong_character_is_noticed() -> None:
    token = new_token(7)
    for place in range(4, len(token)):
        other = "a" if token[place] != "a" else "b"
        with pytest.raises(Unauthenticated, match="part of it is missing"):
            parse_token(token[:place] + other + token[place + 1 :])


def test_what_is_no_token() -> None:
    whole = new_token(1)
    for text in ("", "jln_", "jln_1_", "x" * 10_000, whole[:-1], whole + "0", whole + "\n", " " + whole, whole.lower(), "é"):
        with pytest.raises(Unauthenticated):
            parse_token(text)


def test_the_header() -> None:
    token = new_token(3)
    assert parse_authorization(None) is None
    assert parse_authorization(f"bearer {token}") == parse_token(token)
    with pytest.raises(Unauthenticated) as refused:
        parse_authorization("Basic dXNlcjpwYXNz")
    assert refused.value.code == "unknown_scheme"

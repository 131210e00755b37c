"""Entity tags: asked again for nothing new, and not overwriting what was changed in between."""

import pytest

from tests.builders import Client, coalition


def test_what_did_not_change_is_not_sent_again(client: Client) -> None:
    lac = coalition(client)
    for path in ("", "/actors/a"):
        first = lac.support.ask("GET", path)
        again = lac.support.ask("GET", path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert first.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in first.headers["vary"]


def test_what_changed_is_sent(client: Client) -> None:
    lac = coalition(client)
    tag = lac.support.ask("GET", "/actors/a").headers["etag"]
    lac.support.patch("/actors/b", {"kind": "other"})
    assert lac.support.ask("GET", "/actors/a", headers={"If-None-Match": tag}).status_code == 304, "another actor changed"
    lac.support.patch("/actors/a", {"kind": "other"})
    assert lac.support.ask("GET", "/actors/a", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"), [("*", 304), ("W/{}", 304), ('"x", {}', 304), ('"x"', 200), ("", 200), ("x, ,", 200)]
)
def test_if_none_match_names_tags(light_client: Client, header: str, status: int) -> None:
    lac = coalition(light_client, [])
    tag = lac.support.ask("GET").headers["etag"]
    assert lac.support.ask("GET", headers={"If-None-Match": header.format(tag)}).status_code == status


@pytest.mark.parametrize(
    ("header", "status"), [("*", 200), ("{}", 200), ('"x", {}', 200), ("W/{}", 412), ('"x"', 412), ("", 428), (" , ", 428)]
)
def test_if_match_names_tags(light_client: Client, header: str, status: int) -> None:
    lac = coalition(light_client, [])
    tag = lac.support.ask("GET").headers["etag"]
    response = lac.support.ask("PATCH", json={"name": "x"}, headers={"If-Match": header.format(tag)})
    assert response.status_code == status
    assert lac.support.get()["name"] == {"fr": "x" if status == 200 else "Le lac"}

"""What generated input has found: each a small case of its own, so that it stays mended."""

from tests.builders import Client, coalition, refusal


def test_a_reading_that_announces_an_endless_body_is_refused_as_the_contract_says(light_client: Client) -> None:
    lac = coalition(light_client, [])
    response = lac.support.ask("GET", "/actors", headers={"Content-Length": "9" * 40})
    assert refusal(response) == (413, "body_too_large")


def test_a_leaked_token_can_be_told_of_by_who_sends_nonsense_for_a_token(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    leaked = {"token": lac.members["a"].token}
    for key in ({"Idempotency-Key": "one"}, {}):
        assert light_client.ask("POST", "/v1/tokens/revoke", "jln_0_no", json=leaked, headers=key).status_code == 204
    assert lac.members["a"].ask("GET").status_code == 401


def test_a_key_given_twice_is_said_in_french(light_client: Client) -> None:
    lac = coalition(light_client, [])
    headers = {"Content-Type": "application/json", "Accept-Language": "fr"}
    response = lac.support.ask("POST", "/reviews", content=b'{"title": "a", "title": "a"}', headers=headers)
    assert refusal(response) == (400, "duplicate_key")
    assert response.json()["detail"].startswith("La même clé est donnée deux fois (`title`)")

"""What machines ask of the service itself."""

import re
from html.parser import HTMLParser

from service.database import migrate
from tests.api.test_problems import assert_problem
from tests.builders import Client, coalition, contract


def test_it_is_alive_and_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_it_is_not_ready_before_it_is_migrated(client: Client) -> None:
    migrate(client.database, "base")
    refused = client.get("/readyz")
    assert_problem(refused, 503, "not_migrated")
    assert refused.headers["retry-after"] == "1"
    assert client.get("/healthz").status_code == 200
    migrate(client.database)
    assert client.get("/readyz").status_code == 200


def test_requests_are_measured_by_route_and_not_by_address(light_client: Client) -> None:
    lac = coalition(light_client, ["a"])
    for _ in range(3):
        lac.support.get("/actors/a")
    light_client.get("/nowhere/secret")
    response = light_client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = response.text
    labels = 'method="GET",route="/v1/communities/{community}/actors/{actor}"'
    assert f'jalon_requests_total{{{labels},status="200"}} 3\n' in text
    assert 'jalon_requests_total{method="GET",route="unknown",status="404"} 1\n' in text
    assert "secret" not in text and "lac" not in text
    buckets = [int(count) for count in re.findall(rf"_bucket\{{{re.escape(labels)},le=\"[^\"]+\"\}} (\d+)", text)]
    assert buckets == sorted(buckets) and buckets[-1] == 3
    assert f"jalon_request_duration_seconds_count{{{labels}}} 3\n" in text
    for line in text.splitlines():
        assert line.startswith("# ") or re.fullmatch(r'[a-z_]+\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\} [0-9.]+', line), line


class Page(HTMLParser):
    """What a page fetches, links to, and defines."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in ("script", "img", "iframe", "link"):
            self.fetched.append(tag)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if "id" in given:
            self.ids.append(str(given["id"]))


def test_the_contract_can_be_read_without_the_internet(light_client: Client) -> None:
    response = light_client.get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = Page()
    page.feed(response.text)
    assert not page.fetched
    assert len(page.ids) == len(set(page.ids))
    operations = {operation["operationId"] for item in contract()["paths"].values() for operation in item.values()}
    assert operations <= set(page.ids)
    assert {f"type-{name}" for name in contract()["components"]["schemas"]} <= set(page.ids)
    for link in page.links:
        assert link == "openapi.json" or (link.startswith("#") and link[1:] in page.ids), link

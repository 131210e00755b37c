"""A service with a community of published data in it, and the questions that the tests put to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.demo.founding import Founded, Founding, bring, decide, found
from tests.api.test_vectors import opens
from tests.builders import Client


@dataclass(frozen=True)
class Asking:
    """Questions to one community over HTTP, as its support puts them."""

    client: Client
    founded: Founded

    @property
    def imported(self) -> dict[str, Any]:
        """The import that brought the contributions."""
        return self.founded.imported

    def get(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """The answer to a question about the community."""
        headers = {"Authorization": f"Bearer {self.founded.token}"}
        answer = self.client.get(f"/v1/communities/{self.founded.code}/{path}", params=dict(parameters), headers=headers)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def post(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        """What something that the support sends makes."""
        headers = {"Authorization": f"Bearer {self.founded.token}"}
        answer = self.client.post(f"/v1/communities/{self.founded.code}/{path}", json=dict(body), headers=headers)
        assert answer.status_code in (200, 201), answer.text
        content: dict[str, Any] = answer.json()
        return content

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        parameters = {"limit": "1000"}
        while True:
            page = self.get(path, parameters)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            parameters["cursor"] = page["next_cursor"]

    def progress(self, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """Every indicator's line of the progress, wherever it hangs in the tree."""
        return [line for objective in self.get("progress", parameters)["objectives"] for line in objective["indicators"]]


@dataclass(frozen=True)
class Served:
    """A service without any community."""

    client: Client
    operator_token: str

    def found(self, founding: Founding) -> Asking:
        """Load a community through the public API."""
        return Asking(self.client, found(self.client, self.operator_token, founding))

    def found_under(self, founding: Founding, mapping: Mapping[str, Any]) -> Asking:
        """The same, its contributions in a file that reads as `mapping` says."""
        code, token = decide(self.client, self.operator_token, founding)
        headers = {"Authorization": f"Bearer {token}"}
        saved = self.client.put(f"/v1/communities/{code}/mappings/published", json=dict(mapping), headers=headers)
        assert saved.status_code == 200, saved.text
        imported = bring(self.client, code, token, founding.contributions, mapping="published")
        return Asking(self.client, Founded(code, token, imported))


def opened(asking: Asking, indicator: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The explanation of a figure, all of its pages as one, whose parts make the figure at every level."""
    question = {**parameters, "limit": "1000"}
    explained = asking.get(f"indicators/{indicator}/explanation", question)
    while explained["next_cursor"] is not None:
        more = asking.get(f"indicators/{indicator}/explanation", {**question, "cursor": explained["next_cursor"]})
        explained = {**more, "items": explained["items"] + more["items"]}
    opens(explained, asking.get(f"indicators/{indicator}/figure", parameters))
    return explained

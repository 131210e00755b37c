"""The story by the client of openapi-python-client: asks an address, an operator's token, the folder of the client."""

import sys
from io import BytesIO
from typing import Any

ADDRESS, OPERATOR, FOLDER = sys.argv[1:]
sys.path.insert(0, FOLDER)

from jalon_client import AuthenticatedClient  # type: ignore[import-not-found]  # noqa: E402
from jalon_client.api.actors import create_actor, get_actor, list_actors, update_actor  # type: ignore[import-not-found]  # noqa: E402
from jalon_client.api.communities import create_community  # type: ignore[import-not-found]  # noqa: E402
from jalon_client.api.contributions import create_contribution, get_contribution  # type: ignore[import-not-found]  # noqa: E402
from jalon_client.api.figures import get_figure  # type: ignore[import-not-found]  # noqa: E402
from jalon_client.api.imports import create_import, get_import_report  # type: ignore[import-not-found]  # noqa: E402
from jalon_client.api.proposals import create_proposal  # type: ignore[import-not-found]  # noqa: E402
from jalon_client.models import (  # type: ignore[import-not-found]  # noqa: E402
    ActorBody,
    CommunityBody,
    ContributionBody,
    FigureAnswer,
    ImportForm,
    MembershipChange,
    ProposalBody,
)
from jalon_client.types import File  # type: ignore[import-not-found]  # noqa: E402

HERE = "valley-opc"


def client(token: str) -> Any:
    return AuthenticatedClient(base_url=ADDRESS, token=token)


founded = create_community.sync_detailed(
    client=client(OPERATOR),
    body=CommunityBody.from_dict(
        {
            "code": HERE,
            "name": "Valley",
            "objective": "Work for all",
            "language": "en",
            "visibility": "members",
            "support": {"code": "support", "name": "Support", "kind": "association"},
        }
    ),
)
assert founded.status_code == 201, founded.content
support = client(founded.parsed.token)

for code in ("east", "west"):
    body = {"code": code, "name": code, "kind": "association", "role": "member", "groups": ["founders"], "left": "2030-12-31"}
    assert create_actor.sync_detailed(HERE, client=support, body=ActorBody.from_dict(body)).status_code == 201

definition = {
    "name": "Jobs",
    "unit": "people",
    "measure": "quantity",
    "nature": "flow",
    "over_time": "sum",
    "over_actors": "sum",
    "direction": "increase",
    "frequency": "Q",
}
change = {"kind": "define_indicator", "indicator": "jobs", "objective": "common", "definition": definition}
proposed = create_proposal.sync_detailed(
    HERE, client=support, body=ProposalBody.from_dict({"title": "Count jobs", "rationale": "Agreed.", "changes": [change]})
)
assert proposed.status_code == 201 and proposed.parsed.status == "adopted", proposed.content

sent = ContributionBody.from_dict(
    {"indicator": "jobs", "actor": "east", "period": "2025-Q1", "value": "12345678901234567890.000000000001"}
)
first, again = (create_contribution.sync_detailed(HERE, client=support, body=sent, idempotency_key="k-1") for _ in range(2))
assert first.status_code == again.status_code == 201, first.content
assert again.headers["Idempotent-Replayed"] == "true" and first.parsed.id == again.parsed.id
assert get_contribution.sync(HERE, first.parsed.id, client=support).value == "12345678901234567890.000000000001"
other = create_contribution.sync_detailed(
    HERE,
    client=support,
    body=ContributionBody.from_dict({**sent.to_dict(), "value": "0.20", "expected_revision": 7}),
)
assert (other.status_code, other.parsed.status) == (409, 409), other.content

rows = b"indicator,actor,period,value\njobs,west,2025-Q1,0.20\n"
raw = create_import.sync_detailed(HERE, client=support, body=File(payload=BytesIO(rows)), prefer="wait=10")
assert raw.parsed.status == "succeeded" and raw.parsed.created == 1, raw.content
form = ImportForm(file=File(payload=BytesIO(rows), file_name="jobs.csv", mime_type="text/csv"))
people = create_import.sync_detailed(HERE, client=support, body=form, prefer="wait=10")
assert people.parsed.status == "succeeded" and people.parsed.unchanged == 1, people.content
wrong = create_import.sync_detailed(
    HERE, client=support, body=File(payload=BytesIO(rows.replace(b"0.20", b"n.d."))), prefer="wait=10"
)
assert wrong.parsed.status == "rejected" and wrong.parsed.errors[0].row == 2, wrong.content
report = get_import_report.sync_detailed(HERE, wrong.parsed.id, client=support)
assert report.status_code == 200 and b"suggestion" in report.content

found, cursor = list[str](), None
while True:
    page = list_actors.sync(HERE, client=support, limit=1, **({"cursor": cursor} if cursor else {}))
    found += [actor.code for actor in page.items]
    cursor = page.next_cursor
    if cursor is None:
        break
assert sorted(found) == ["east", "support", "west"]

figure = get_figure.sync_detailed(HERE, "jobs", client=support, from_="2025-Q1", to="2025-Q1")
assert figure.parsed.value == "12345678901234567890.200000000001", figure.content
as_of = figure.parsed.as_of
known = get_figure.sync_detailed(
    HERE, "jobs", client=support, from_="2025-Q1", to="2025-Q1", as_of=as_of, if_none_match=figure.headers["ETag"]
)
assert known.status_code == 304
assert FigureAnswer.from_dict({**figure.parsed.to_dict(), "invented": 1}).value == "12345678901234567890.200000000001"

refused = create_contribution.sync_detailed(
    HERE, client=support, body=ContributionBody.from_dict({"indicator": "jobs", "period": "2025-Q1", "value": "1e5"})
)
assert refused.status_code == 422 and refused.parsed.errors[0].pointer == "/value", refused.content

tag = get_actor.sync_detailed(HERE, "east", client=support).headers["ETag"]
kept = update_actor.sync_detailed(HERE, "east", client=support, body=MembershipChange.from_dict({"name": "E"}), if_match=tag)
assert str(kept.parsed.left) == "2030-12-31", kept.content
stale = update_actor.sync_detailed(HERE, "east", client=support, body=MembershipChange(left=None), if_match=tag)
assert stale.status_code == 412, stale.content
tag = kept.headers["ETag"]
open_ended = update_actor.sync_detailed(HERE, "east", client=support, body=MembershipChange(left=None), if_match=tag)
assert open_ended.parsed.left is None and open_ended.parsed.groups == ["founders"], open_ended.content
print("told")

"""What can be asked next with what was answered: the links of the contract, for clients and for tests that follow them."""

from typing import Any

_ID = "$response.body#/id"
_CODE = "$response.body#/code"


def _all(operations: str, **found: str) -> dict[str, dict[str, str]]:
    return {operation: dict(found) for operation in operations.split()}


LINKS: dict[str, dict[str, dict[str, str]]] = {
    "create_community": _all(
        "get_community update_community create_actor create_proposal create_contribution create_import create_review",
        community=_CODE,
    ),
    "create_actor": _all("get_actor update_actor create_token", actor=_CODE),
    "create_invitation": _all("revoke_invitation renew_invitation", invitation=_ID),
    "create_token": _all("revoke_token_by_id", token=_ID),
    "create_proposal": {
        **_all("get_proposal amend_proposal close_proposal withdraw_proposal create_comment list_comments", proposal=_ID),
        **_all("get_preview create_trials list_trials take_over_trials", proposal=_ID),
        **_all("set_position", proposal=_ID, actor="$response.body#/proposer"),
    },
    "create_contribution": _all(
        "get_contribution list_contribution_history withdraw_contribution validate_contribution contest_contribution",
        contribution=_ID,
    ),
    "create_import": _all("get_import get_import_report undo_import", import_id=_ID),
    "set_mapping": _all("get_mapping delete_mapping", name="$response.body#/name"),
    "set_digest": _all("get_digest delete_digest", actor="$response.body#/actor"),
    "create_webhook": _all(
        "get_webhook get_deliveries update_webhook delete_webhook rotate_webhook_secret replay_webhook", webhook=_ID
    ),
    "create_review": _all("get_review update_review close_review", review=_ID),
}
"""By operation: those that take something of its answer, and the path parameters that are found there.

The community, where it is not named, is the one that the call was about.
"""


def links_of(operation: str) -> dict[str, Any]:
    """The links of the successes of `operation`, as OpenAPI writes them; empty where it has none."""
    return {
        following: {"operationId": following, "parameters": {"community": "$request.path.community", **found}}
        for following, found in LINKS.get(operation, {}).items()
    }

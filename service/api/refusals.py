"""What deciding together is refused with: the contract shows each refusal, in every language, as the catalogue says it."""

from typing import Any

from service import texts
from service.api.problems import MEDIA_TYPE

REFUSALS: dict[str, dict[str, int]] = {
    "create_proposal": {
        "beyond_role": 403,
        "not_a_member_now": 403,
        "closes_in_the_past": 422,
        "code_reused": 422,
        "targets_left_behind": 422,
        "last_support": 422,
        "not_distinct": 422,
        "nothing_overlaps": 422,
        "outside_interval": 422,
        "stale_version": 409,
        "code_taken": 409,
        "community_closed": 409,
    },
    "set_position": {
        "not_your_position": 403,
        "beyond_role": 403,
        "not_a_voter": 403,
        "reason_required": 422,
        "not_open": 409,
    },
    "amend_proposal": {"not_your_proposal": 403, "not_open": 409, "stale_version": 409, "closes_in_the_past": 422},
    "close_proposal": {
        "too_early": 409,
        "support_decides": 403,
        "stale_version": 409,
        "not_open": 409,
    },
    "withdraw_proposal": {"not_your_proposal": 403, "not_open": 409},
    "update_community": {"charter_by_proposal": 409},
}
"""By operation: the refusals that are its own, with their statuses. Those that any call may meet are not repeated."""

_CONTEXT = {
    "actor": "new-member",
    "based_on": "1",
    "closes_at": "2026-02-01T12:00:00Z",
    "given": "jobs-found",
    "indicator": "jobs-found",
    "highest": "62",
    "latest": "2",
    "lowest": "30",
    "role": "observer",
    "rule": "consent",
    "scope": "decide",
    "silent": "open-door, second-chance",
    "since": "2 (proposal 7): unit, decimals",
    "status": "adopted",
}


def refusal_examples(operation: str) -> dict[str, dict[str, Any]]:
    """By status, the media types with an example of every refusal of `operation`, in every language."""
    examples: dict[str, dict[str, Any]] = {}
    for code, status in REFUSALS.get(operation, {}).items():
        of_status = examples.setdefault(str(status), {})
        for language in texts.LANGUAGES:
            of_status[f"{code} ({language})"] = {"value": _problem(code, status, language)}
    return {status: {MEDIA_TYPE: {"examples": of_status}} for status, of_status in examples.items()}


def _problem(code: str, status: int, language: str) -> dict[str, Any]:
    said = texts.codes(language)[code]["detail"].format_map(_CONTEXT)
    return {
        "type": f"urn:jalon:problem:{code}",
        "title": texts.title(code, language),
        "status": status,
        "detail": said,
        "code": code,
    }

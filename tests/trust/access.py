"""Who may ask what, written down by hand beside the contract: one row per operation, and the answer each caller may expect."""

from dataclasses import dataclass, field
from typing import Any

from service.web.rendering import fingerprint
from tests.builders import Json, define, definition

ANYONE, OPERATOR, READER, INSIDER, ACTOR = "anyone", "operator", "reader", "insider", "actor"
LISTENER = "listener"
"""INSIDER, whose token must also administer where it is the support's."""
CONTRIBUTOR, DECIDER, SUPPORT = "contributor", "decider", "support"
SCOPE = {READER: "read", INSIDER: "read", LISTENER: "read", CONTRIBUTOR: "contribute", DECIDER: "decide", SUPPORT: "administer"}
"""What a token must be good for. ACTOR: any token of the community will do."""


@dataclass(frozen=True, slots=True)
class Row:
    """Who may call an operation, and a call that would do something if it were let through.

    `who` is READER (members whose token reads, and anybody where the community is public), INSIDER (those members only), and so
    on. `reads`: their token must read as well. `owned`: what the call is about belongs to actor `a`, and no other member may;
    `alone`: nor the support in its stead. `kept`: it is owned where the charter keeps actors' values to themselves.
    `observers`: whether they may.
    `place`: the path's parameters, names of things in `Scene.ids` among them.
    """

    who: str
    place: dict[str, str] = field(default_factory=dict)
    body: Json | None = None
    owned: bool = False
    alone: bool = False
    kept: bool = False
    observers: bool = True
    asked: dict[str, str] = field(default_factory=dict)
    file: bytes | None = None
    reads: bool = False
    media_type: str = "text/csv"

    @property
    def scope(self) -> str | None:
        """The scope that a token needs; None: any, or no token."""
        return SCOPE.get(self.who)


_ACTOR, _INDICATOR, _PROPOSAL = {"actor": "a"}, {"indicator": "jobs"}, {"proposal": "proposal"}
_CONTRIBUTION, _IMPORT, _REVIEW = {"contribution": "contribution"}, {"import_id": "import"}, {"review": "review"}
_MAPPING, _WEBHOOK, _INVITATION = {"name": "export"}, {"webhook": "webhook"}, {"invitation": "invitation"}
_CHANGE = {"kind": "set_target", "indicator": "jobs", "period": "2026", "from_period": "2026", "value": "9"}
_REPORT = {"indicator": "jobs", "actor": "a", "period": "2025-Q3", "value": "8"}
_TRIAL = {"indicator": "jobs", "period": "2025-Q1", "value": "8"}


def _read(who: str = READER, **place: str) -> Row:
    return Row(who, place)


ROWS: dict[str, Row] = {
    "create_community": Row(
        OPERATOR,
        body={
            "code": "never", "name": "n", "objective": "o", "language": "en", "visibility": "public",
            "support": {"code": "s", "name": "s", "kind": "club"},
        },
    ),
    "get_community": _read(),
    "update_community": Row(SUPPORT, body={"name": "Taken over"}, observers=False),
    "create_actor": Row(SUPPORT, body={"code": "never", "name": "n", "kind": "club", "role": "member"}, observers=False),
    "list_actors": _read(),
    "get_actor": _read(**_ACTOR),
    "update_actor": Row(SUPPORT, _ACTOR, {"name": "Taken over"}, observers=False),
    "create_token": Row(ACTOR, _ACTOR, {"name": "never", "scopes": ["read"]}, owned=True, observers=False),
    "list_tokens": Row(ACTOR, _ACTOR, owned=True, observers=False),
    "revoke_token_by_id": Row(ACTOR, {"token": "token"}, owned=True, observers=False),
    "rotate_token": Row(ACTOR, {"token": "token"}, {}, owned=True, observers=False),
    "create_person": Row(ACTOR, _ACTOR, {"subject": "never", "scopes": ["read"]}, owned=True, observers=False),
    "list_persons": Row(ACTOR, _ACTOR, owned=True, observers=False),
    "delete_person": Row(ACTOR, {"person": "99"}, owned=True, observers=False),
    "create_invitation": Row(ACTOR, _ACTOR, {"name": "never", "scopes": ["read"]}, owned=True, observers=False),
    "list_invitations": Row(ACTOR, _ACTOR, owned=True, observers=False),
    "revoke_invitation": Row(ACTOR, _INVITATION, owned=True, observers=False),
    "renew_invitation": Row(ACTOR, _INVITATION, owned=True, observers=False),
    "accept_invitation": Row(ANYONE, body={"invitation": "jli_1_ExampleExampleExampleExampleExampleExampleE4EGNLH"}),
    "revoke_leaked_token": Row(ANYONE, body={"token": "jln_1_ExampleExampleExampleExampleExampleExampleE0ek585"}),
    "list_objectives": _read(),
    "get_objective": _read(objective="common"),
    "get_objective_explanation": _read(objective="common"),
    "create_proposal": Row(DECIDER, body={"title": "Never", "rationale": "r", "changes": [_CHANGE]}, observers=False),
    "list_proposals": _read(INSIDER),
    "get_proposal": _read(INSIDER, **_PROPOSAL),
    "amend_proposal": Row(DECIDER, _PROPOSAL, {"changes": [_CHANGE], "rationale": "r"}, owned=True, observers=False),
    "close_proposal": Row(DECIDER, _PROPOSAL, observers=False),
    "withdraw_proposal": Row(DECIDER, _PROPOSAL, owned=True, alone=True, observers=False),
    "set_position": Row(DECIDER, _PROPOSAL | _ACTOR, {"position": "support"}, owned=True, alone=True, observers=False),
    "create_comment": Row(DECIDER, _PROPOSAL, {"comment": "Never"}),
    "list_comments": _read(INSIDER, **_PROPOSAL),
    "create_trials": Row(CONTRIBUTOR, _PROPOSAL, {"items": [_TRIAL | {"actor": "a"}]}, owned=True, observers=False),
    "list_trials": _read(INSIDER, **_PROPOSAL),
    "take_over_trials": Row(CONTRIBUTOR, _PROPOSAL, observers=False),
    "get_preview": _read(INSIDER, **_PROPOSAL),
    "list_indicators": _read(),
    "get_indicator": _read(**_INDICATOR),
    "list_indicator_versions": _read(**_INDICATOR),
    "get_indicator_version": _read(**_INDICATOR, number="1"),
    "list_targets": _read(),
    "list_indicator_targets": _read(**_INDICATOR),
    "list_overlaps": _read(**_INDICATOR),
    "create_contribution": Row(CONTRIBUTOR, body=_REPORT, owned=True, observers=False),
    "create_contributions": Row(CONTRIBUTOR, body={"items": [_REPORT]}, owned=True, observers=False),
    "list_contributions": _read(INSIDER),
    "get_contribution": Row(INSIDER, _CONTRIBUTION, kept=True),
    "list_contribution_history": Row(INSIDER, _CONTRIBUTION, kept=True),
    "withdraw_contribution": Row(CONTRIBUTOR, _CONTRIBUTION, {"comment": "Never"}, owned=True, observers=False),
    "validate_contribution": Row(CONTRIBUTOR, _CONTRIBUTION, kept=True, observers=False),
    "contest_contribution": Row(CONTRIBUTOR, _CONTRIBUTION, {"reason": "Never"}, kept=True, observers=False),
    "get_import_template": Row(CONTRIBUTOR, asked={"indicator": "jobs"}, observers=False),
    "create_import": Row(CONTRIBUTOR, file=b"indicator,actor,period,value\njobs,a,2025-Q3,8\n", observers=False),
    "list_imports": Row(CONTRIBUTOR, observers=False),
    "get_import": Row(CONTRIBUTOR, _IMPORT, owned=True, observers=False),
    "get_import_report": Row(CONTRIBUTOR, _IMPORT, owned=True, observers=False),
    "undo_import": Row(CONTRIBUTOR, _IMPORT, owned=True, observers=False),
    "list_mappings": Row(CONTRIBUTOR, asked=_ACTOR, owned=True, observers=False),
    "get_mapping": Row(CONTRIBUTOR, _MAPPING, asked=_ACTOR, owned=True, observers=False),
    "set_mapping": Row(CONTRIBUTOR, {"name": "never"}, {"decimal": "comma"}, asked=_ACTOR, owned=True, observers=False),
    "delete_mapping": Row(CONTRIBUTOR, _MAPPING, asked=_ACTOR, owned=True, observers=False),
    "list_closed_periods": _read(),
    "close_period": Row(SUPPORT, {"period": "2024-Q4"}, observers=False),
    "open_period": Row(SUPPORT, {"period": "2025-Q1"}, observers=False),
    "list_dues": _read(INSIDER),
    "get_figure": _read(**_INDICATOR),
    "list_figures": _read(),
    "get_series": Row(READER, _INDICATOR, asked={"from": "2025", "to": "2025"}),
    "get_explanation": _read(**_INDICATOR),
    "get_completeness": _read(INSIDER, **_INDICATOR),
    "list_quality_flags": _read(INSIDER),
    "get_progress": _read(),
    "create_review": Row(SUPPORT, body={"title": "Never"}, observers=False),
    "list_reviews": _read(INSIDER),
    "get_review": _read(INSIDER, **_REVIEW),
    "update_review": Row(DECIDER, _REVIEW, {"lessons": [{"text": "Never"}]}, observers=False),
    "close_review": Row(SUPPORT, _REVIEW, observers=False),
    "get_dhis2_data_values": Row(CONTRIBUTOR, asked={"mapping": "export"}, observers=False),
    "create_dhis2_data_values": Row(
        CONTRIBUTOR,
        body={"dataValues": [{"dataElement": "x", "value": "1"}]},
        asked={"mapping": "export"},
        observers=False,
    ),
    "get_iati": _read(INSIDER),
    "create_iati": Row(CONTRIBUTOR, file=b"<iati-activities/>", media_type="application/xml", observers=False),
    "get_sdmx_data": _read(INSIDER),
    "get_sdmx_structure": _read(),
    "get_proof": _read(),
    "list_events": _read(),
    "list_alerts": _read(INSIDER),
    "create_webhook": Row(LISTENER, body={"url": "https://hooks.example/never"}),
    "list_webhooks": Row(LISTENER, asked=_ACTOR, owned=True),
    "get_webhook": Row(LISTENER, _WEBHOOK, owned=True),
    "get_deliveries": Row(LISTENER, _WEBHOOK, owned=True),
    "update_webhook": Row(LISTENER, _WEBHOOK, {"paused": True}, owned=True),
    "delete_webhook": Row(LISTENER, _WEBHOOK, owned=True),
    "rotate_webhook_secret": Row(LISTENER, _WEBHOOK, owned=True),
    "replay_webhook": Row(LISTENER, _WEBHOOK, {"after": 0}, owned=True),
    "get_digest": Row(LISTENER, _ACTOR, owned=True),
    "set_digest": Row(
        LISTENER, _ACTOR, {"addresses": ["never@example.org"], "language": "en", "every": "day"}, owned=True
    ),
    "delete_digest": Row(LISTENER, _ACTOR, owned=True),
    "create_erasure": Row(DECIDER, body={"what": {"kind": "review_note", "id": "1"}, "reason": "Never"}),
    "get_cids": _read(),
    "get_feed": _read(),
    "get_export": Row(SUPPORT, observers=False, reads=True),
    "get_health": Row(ANYONE),
    "get_readiness": Row(ANYONE),
    "get_metrics": Row(ANYONE),
    "get_contract": Row(ANYONE),
    "get_documentation": Row(ANYONE),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks. `kind`: `nobody`, `broken` (a token that is none, has ended or was revoked), `operator`, `outsider`
    (another community's), or their role here. `lacks`: the scopes that the token was not given."""

    name: str
    kind: str
    token: str | None
    actor: str | None = None
    lacks: frozenset[str] = frozenset()


THROUGH = "through"
"""Instead of statuses: the caller is let through, whatever becomes of the call."""


def expected(row: Row, caller: Caller, *, is_public: bool, hides_values: bool) -> frozenset[int] | str:
    """The statuses with which a caller may be refused in a community that is public, that hides values, or THROUGH."""
    if row.who == ANYONE:
        return THROUGH
    if caller.kind == "broken":
        return frozenset({401})
    if row.who == OPERATOR:
        return THROUGH if caller.kind == "operator" else frozenset({401 if caller.kind == "nobody" else 403})
    if row.who == READER and is_public:
        return THROUGH
    if caller.kind == "nobody":
        return frozenset({401})
    if caller.kind in ("operator", "outsider"):
        return frozenset({403 if is_public else 404})
    return _within(row, caller, row.owned or (row.kept and hides_values))


def _within(row: Row, caller: Caller, is_owned: bool) -> frozenset[int] | str:
    if row.scope in caller.lacks or (row.reads and "read" in caller.lacks) or (row.who == SUPPORT and caller.kind != "support"):
        return frozenset({403})
    if row.who == LISTENER and caller.kind == "support" and "administer" in caller.lacks:
        return frozenset({403})
    if caller.kind == "observer" and not row.observers:
        return frozenset({403, 404})
    stands_in = caller.kind == "support" and not row.alone and (row.who != ACTOR or "administer" not in caller.lacks)
    if is_owned and caller.actor != "a" and not stands_in:
        return frozenset({403, 404})
    return THROUGH


def changes_to_decide(secret: str) -> list[Json]:
    """An open proposal's changes: a revision that trials are taken for."""
    revised: dict[str, Any] = definition(method=secret) | {"effective_from": "2025-Q3"}
    return [
        {
            "kind": "revise_indicator",
            "indicator": "jobs",
            "based_on": 1,
            "definition": revised,
            "bridge": {"kind": "conversion"},
            "targets": "convert",
        }
    ]


def defined(secret: str) -> Json:
    """The indicator of a scene; `secret` is in what it says of itself."""
    return define("jobs", description=secret)


PAGE_ROWS: dict[str, Row] = {
    "/": Row(ANYONE),
    "/static/{fingerprint}/{name}": Row(ANYONE, {"fingerprint": fingerprint("style.css"), "name": "style.css"}),
    "/invitations/{text}": Row(ANYONE, {"text": "jli_1_ExampleExampleExampleExampleExampleExampleE4EGNLH"}),
    "/signed-in": Row(ANYONE),
    "/communities/{community}/sign-in": Row(ANYONE),
    "/communities/{community}/sign-out": Row(ANYONE),
    "/communities/{community}": _read(),
    "/communities/{community}/contributions": _read(INSIDER),
    "/communities/{community}/contributions/enter": Row(INSIDER, asked={"indicator": "jobs", "period": "2024-Q4"}),
    "/communities/{community}/imports": Row(CONTRIBUTOR, observers=False),
    "/communities/{community}/imports/template.csv": Row(CONTRIBUTOR, observers=False),
    "/communities/{community}/imports/template.xlsx": Row(CONTRIBUTOR, observers=False),
    "/communities/{community}/imports/{import_id}": Row(CONTRIBUTOR, _IMPORT, owned=True, observers=False),
    "/communities/{community}/imports/{import_id}/report": Row(CONTRIBUTOR, _IMPORT, owned=True, observers=False),
    "/communities/{community}/progress.svg": _read(),
    "/communities/{community}/indicators": _read(),
    "/communities/{community}/indicators/{indicator}.svg": _read(**_INDICATOR),
    "/communities/{community}/indicators/{indicator}": _read(**_INDICATOR),
    "/communities/{community}/indicators/{indicator}/entries": _read(**_INDICATOR),
    "/communities/{community}/proposals": _read(INSIDER),
    "/communities/{community}/proposals/{proposal}": _read(INSIDER, **_PROPOSAL),
    "/communities/{community}/story": _read(),
    "/communities/{community}/reviews": _read(INSIDER),
    "/communities/{community}/reviews/{review}": _read(INSIDER, **_REVIEW),
    "/communities/{community}/desk": _read(INSIDER),
    "/communities/{community}/{rest:path}": Row(ANYONE),
}
"""The pages, by their paths."""

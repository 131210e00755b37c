"""What kinds of events and alerts there are: the lists that the contract calls open, and that a webhook chooses from."""

EVENT_KINDS = tuple(
    """
    community_created community_changed actor_joined actor_changed token_created token_rotated token_revoked person_linked
    person_unlinked invitation_created invitation_accepted invitation_revoked proposal_opened proposal_amended
    proposal_commented position_taken trials_reported proposal_withdrawn proposal_rejected proposal_adopted
    contributions_recorded contribution_withdrawn contribution_validated contribution_contested import_landed import_undone
    mapping_set mapping_deleted webhook_created webhook_changed webhook_rotated webhook_deleted digest_set digest_deleted
    period_closed period_opened review_opened review_changed review_closed texts_erased
    """.split()
)
"""The kinds of the journal's entries."""

STATUS_CHANGED, MEMBER_LATE = "status_changed", "member_late"
PROPOSAL_CLOSING, PROPOSAL_CLOSED = "proposal_closing", "proposal_closed"
WEBHOOK_PAUSED = "webhook_paused"
ALERT_KINDS = (STATUS_CHANGED, MEMBER_LATE, PROPOSAL_CLOSING, PROPOSAL_CLOSED, WEBHOOK_PAUSED)
"""The kinds of alerts: what time brings about, and the sender of webhooks."""


def listed(kinds: tuple[str, ...]) -> str:
    """The kinds as a description names them."""
    return ", ".join(f"`{kind}`" for kind in kinds)

"""Which pages a reader may open: those of members, or those of everybody."""

from service.api.transaction import AskingContext
from service.models.vocabulary import Scope


def reads_within(asking: AskingContext) -> bool:
    """Whether the reader is a member whose token reads: who opens the pages of what members alone are told."""
    return asking.caller.actor is not None and Scope.READ in asking.caller.scopes

"""Which imports a caller may see: their own, and for the support everybody's."""

from sqlalchemy import Connection

from service.api.identity import Caller
from service.api.naming import number_of_id
from service.api.transaction import AskingContext
from service.errors import NotFound, refused
from service.models.upload import Upload
from service.records.uploads import get_upload


def upload_in_query(asking: AskingContext, import_id: str) -> Upload:
    """The import that a query names, where the caller may see it. Raises Refused `unknown_import`."""
    try:
        return visible_upload(asking.connection, asking.register.community_id, import_id, asking.caller)
    except NotFound as absent:
        raise refused("unknown_import", absent.detail, pointer="import") from None


def visible_upload(connection: Connection, community_id: int, import_id: str, caller: Caller) -> Upload:
    """The import of that id: one's own, or any for the support. Raises NotFound `unknown_import`."""
    upload = existing_upload(get_upload(connection, community_id, number_of_id(import_id)))
    if not caller.is_support and upload.actor != caller.known_actor.number:
        raise _unknown()
    return upload


def existing_upload(upload: Upload | None) -> Upload:
    """What was found. Raises NotFound `unknown_import` where that is nothing."""
    if upload is None:
        raise _unknown()
    return upload


def _unknown() -> NotFound:
    return NotFound("unknown_import", "There is no such import.")

"""Everything of a community, to take away: whoever shares an evaluation can leave with it."""

import tempfile
from contextlib import ExitStack
from typing import IO

from starlette.requests import Request
from starlette.responses import Response

from service.api.file_answer import FileAnswer
from service.api.identity import EXPORT
from service.api.routing import Resource
from service.api.transaction import Arriving, AskingContext, bearer_of, service_of
from service.exchange.archive import MEDIA_TYPE, write_archive

router = Resource("export")


@router.get("/export", access=EXPORT, media_types=(MEDIA_TYPE,))
async def get_export(request: Request, arriving: Arriving) -> Response:
    """One archive (zip) of everything that the community recorded and decided, as it stands at one instant.

    Each table is a file of JSON lines, with measures as decimal texts; `README.txt` says in English and French what is in them;
    `manifest.json` holds the SHA-256 of each and the number and hash that the journal ends with. `jalon import-archive` brings
    the community back in another place, on another kind of database: the same figures to the byte, the same chain of hashes.

    It holds what members told each other in confidence, and of erased texts what stands for them in the chain. Not in it:
    tokens, people's logins, answers kept for repeated requests, uploaded files, imports under way. It is for the support, with
    a token that administers and reads.
    """
    bearer = bearer_of(request)
    async with service_of(request).crowd.place(bearer.digest if bearer else None):
        file = await arriving.ask(_archive)
    name = f'attachment; filename="{request.path_params["community"]}.zip"'
    return FileAnswer(file, {"Content-Disposition": name, "Cache-Control": "no-store"}, MEDIA_TYPE)


def _archive(asking: AskingContext) -> IO[bytes]:
    # On disk, not on the way: a reader who is slow would hold the snapshot, and one who is cut off would not be told why.
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(tempfile.TemporaryFile())
        write_archive(asking.connection, asking.register.community_id, asking.register.code, asking.now, file)
        unless_whole.pop_all()
    return file

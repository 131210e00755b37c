"""The demo's data as it travels in the package: a part of what UNHCR published to IATI (CC BY 4.0, see `LICENCE.md`)."""

import json
import lzma
from pathlib import Path

from service.demo.founding import Founding

DECISIONS = Path(__file__).with_name("unhcr-decisions.json.xz")
CONTRIBUTIONS = Path(__file__).with_name("unhcr-contributions.csv.xz")


def read_founding() -> Founding:
    """The community that the demo founds."""
    decided = json.loads(lzma.decompress(DECISIONS.read_bytes()))
    return Founding(decided["community"], tuple(decided["decisions"]), lzma.decompress(CONTRIBUTIONS.read_bytes()))

"""An Atom feed (RFC 4287): what was decided and reviewed, for people and their feed readers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from service.models.instant import instant_text

MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NEVER_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One thing that happened. `kind` and `number` say which for ever; `updated` moves when something more is said of it.

    `address` is where it can be read, None where the reader may not.
    """

    kind: str
    number: int
    title: str
    content: str
    published: datetime
    updated: datetime
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of a community. `seed` is what its ids are made of: the same wherever the community is kept."""

    seed: str
    title: str
    subtitle: str
    author: str
    language: str
    address: str
    began: datetime


def atom_feed(feed: Feed, entries: Sequence[FeedEntry]) -> bytes:
    """The feed as XML in UTF-8, its entries in the order given."""
    root = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": feed.language})
    _text(root, "id", _id_of(feed.seed))
    _text(root, "title", feed.title)
    _text(root, "subtitle", feed.subtitle)
    _text(root, "updated", instant_text(max([feed.began, *(entry.updated for entry in entries)])))
    SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPE, "href": feed.address})
    _text(SubElement(root, "author"), "name", feed.author)
    _text(root, "generator", "Jalon")
    for entry in entries:
        made = SubElement(root, "entry")
        _text(made, "id", _id_of(f"{feed.seed}/{entry.kind}/{entry.number}"))
        _text(made, "title", entry.title)
        _text(made, "published", instant_text(entry.published))
        _text(made, "updated", instant_text(entry.updated))
        SubElement(made, "category", {"term": entry.kind})
        if entry.address is not None:
            # Without `type`: readers of feeds offer nobody a link to JSON, and what is there may be more than that one day.
            SubElement(made, "link", {"rel": "alternate", "href": entry.address})
        # An entry without a link has to have content, if only an empty one.
        _text(made, "content", entry.content)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode() + b"\n"


def _id_of(name: str) -> str:
    return uuid5(NAMESPACE_URL, f"urn:jalon:{name}").urn


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = _NEVER_XML.sub("\ufffd", text)

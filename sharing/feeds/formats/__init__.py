"""Write a page of a feed in the format that a partner's terminal reads."""

from sharing.feeds.formats.czml import czml_packets
from sharing.feeds.formats.documents import contact_document, item_document, page_document
from sharing.feeds.formats.letterhead import Letterhead, page_marking
from sharing.feeds.formats.messages import message_of_item
from sharing.feeds.formats.spacetrack import spacetrack_records
from sharing.feeds.formats.tables import COLUMNS, item_table
from sharing.feeds.formats.udl import udl_records

__all__ = [
    "COLUMNS",
    "Letterhead",
    "contact_document",
    "czml_packets",
    "item_document",
    "item_table",
    "message_of_item",
    "page_document",
    "page_marking",
    "spacetrack_records",
    "udl_records",
]

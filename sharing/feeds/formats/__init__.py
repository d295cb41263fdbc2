"""Write a page of a feed in the format that a partner's terminal reads."""

from sharing.feeds.formats.documents import contact_document, item_document, page_document
from sharing.feeds.formats.tables import COLUMNS, page_table

__all__ = ["COLUMNS", "contact_document", "item_document", "page_document", "page_table"]

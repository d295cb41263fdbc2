"""Name everything that can go wrong in sharing.

The branch that grows from `sda.errors.TearlineError`, each message in one line that says what
to do:

    TearlineError
    └── SharingError
        ├── MarkingError      a marking cannot be read, or uses a category that is refused
        ├── RegistryError     a partner, agreement, source, asset or office file is wrong
        ├── PolicyError       the policies do not validate, so nothing is served
        ├── ReleaseError      something other than the door tried to make a release
        ├── LedgerError       the ledger does not verify
        ├── ReviewError       a case is unknown or expired, or another office's
        ├── RequestError      a partner asks for more where nothing more can be asked
        ├── CredentialError   a key is unknown, expired or revoked
        ├── DeliveryError     a webhook cannot be had, or its target may not be called
        └── FeedError         a feed was asked for something it cannot do
"""

from sda.errors import TearlineError

__all__ = [
    "CredentialError",
    "DeliveryError",
    "FeedError",
    "LedgerError",
    "MarkingError",
    "PolicyError",
    "RegistryError",
    "ReleaseError",
    "RequestError",
    "ReviewError",
    "SharingError",
]


class SharingError(TearlineError):
    """Base of every error that sharing raises on purpose."""


class MarkingError(SharingError, ValueError):
    """A marking cannot be read, or uses a category that is refused by name.

    `code` says which: `unreadable`, `illegal` or `unsupported-category`.
    """

    def __init__(self, text: str, code: str = "unreadable") -> None:
        super().__init__(text)
        self.code = code


class RegistryError(SharingError):
    """A partner, agreement, source, asset or office file is wrong."""


class PolicyError(SharingError):
    """The policies do not validate, so nothing is served."""


class ReleaseError(SharingError):
    """A solution cannot be marked, or something other than the door made a release."""


class LedgerError(SharingError):
    """The ledger does not verify."""


class ReviewError(SharingError):
    """A case of the review queue is unknown, has expired, or is for another office."""


class RequestError(SharingError):
    """A partner asks for more where nothing more can be asked.

    `code` says why: `unknown` item, the item is `over`, it was `asked` about already, `many`
    requests are open, or the `key` stood for another request.
    """

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class CredentialError(SharingError):
    """A key is unknown, expired or revoked.

    `code` says which, and `key_id` whose it is once that is proven: for the log, not for who asks.
    """

    def __init__(self, text: str, code: str = "unknown", key_id: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.key_id = key_id


class DeliveryError(SharingError):
    """A webhook cannot be had, or its target may not be called."""


class FeedError(SharingError, ValueError):
    """A feed was asked for something it cannot do."""

"""Sign messages by the Standard Webhooks convention: `v1` HMAC-SHA256 and `v1a` Ed25519.

Both keys of a webhook are derived from the server secret and a random salt in the database. During
the overlap after a rotation those of the old salt sign as well, so a receiver that still checks
with the old secret loses nothing.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sharing.secret import derive
from sharing.signing import Signer

__all__ = ["Pair", "pair_of", "signed_headers"]


@dataclass(frozen=True, slots=True)
class Pair:
    """The keys of one salt."""

    secret: str = field(repr=False)
    """As the partner is shown it, once: `whsec_` and 32 bytes in base64."""
    mac_key: bytes = field(repr=False)
    signer: Signer = field(repr=False)

    @property
    def public(self) -> str:
        """Return the public key of `v1a` signatures: `whpk_` and 32 bytes in base64."""
        return "whpk_" + b64encode(self.signer.public).decode()


def pair_of(webhook_id: str, salt: bytes, secret: bytes) -> Pair:
    """Return the keys of a webhook under a salt."""
    subject = f"{webhook_id} {salt.hex()}"
    mac_key = derive(secret, "webhook secret", subject)
    signer = Signer(derive(secret, "webhook signing", subject))
    return Pair("whsec_" + b64encode(mac_key).decode(), mac_key, signer)


def signed_headers(
    message_id: str, at: datetime, body: bytes, pairs: Sequence[Pair]
) -> dict[str, str]:
    """Return the headers of a message that is sent at a time, signed by each of the pairs."""
    timestamp = str(int(at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (
        f"{version},{b64encode(signature).decode()}"
        for pair in pairs
        for version, signature in (
            ("v1", hmac.digest(pair.mac_key, content, "sha256")),
            ("v1a", pair.signer.sign(content)),
        )
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }

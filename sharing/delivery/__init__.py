"""Push feeds to partners: streams that they hold open, and webhooks that are called.

What is sent is read by `sharing.feeds` when it is sent, so that nothing goes out that a request
would not be answered with at that moment.
"""

from sharing.delivery.admission import Admission
from sharing.delivery.config import DeliveryConfig, read_delivery
from sharing.delivery.courier import Courier
from sharing.delivery.stream import Listener, Streams

__all__ = ["Admission", "Courier", "DeliveryConfig", "Listener", "Streams", "read_delivery"]

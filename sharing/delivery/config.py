"""The numbers of judgement of delivery; config/delivery.toml gives their reasons."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sda.configuration import read_toml

__all__ = ["DeliveryConfig", "StreamConfig", "WebhookConfig", "read_delivery"]

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StreamConfig(_Strict):
    """How streams are kept."""

    poll_s: _Positive
    heartbeat_s: _Positive
    reconnect_s: _Positive
    listeners_per_partner: _Count
    readers: _Count


class WebhookConfig(_Strict):
    """How webhooks are called."""

    poll_s: _Positive
    at_once: _Count
    per_partner: _Count
    attempts: _Count
    first_s: _Positive
    factor: Annotated[float, Field(ge=1, allow_inf_nan=False)]
    greatest_s: _Positive
    disabled_after: _Count
    overlap_hours: _Positive
    connect_s: _Positive
    total_s: _Positive
    answer_bytes: _Count
    kept: _Count
    networks: tuple[IPv4Network | IPv6Network, ...]


class DeliveryConfig(_Strict):
    """All of config/delivery.toml."""

    stream: StreamConfig
    webhooks: WebhookConfig


def read_delivery(config: Path) -> DeliveryConfig:
    """Read config/delivery.toml.

    Raises ConfigError that names what is wrong in it.
    """
    return read_toml(config / "delivery.toml", DeliveryConfig)

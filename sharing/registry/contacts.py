"""How partners are led to an office: topics, and after how long an entry counts no more."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sda.configuration import read_toml
from sda.errors import ConfigError
from sharing.errors import RegistryError

__all__ = ["ContactRules", "RequestRules", "Topic", "read_contacts"]

_Positive = Annotated[int, Field(gt=0)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that partners may ask about, and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What becomes of requests of partners for more."""

    topic: str = ""
    """Whose office gets them; empty: the office of the item."""
    open_at_most: int = 10
    expires_after_days: int = 7
    answer_step_hours: int = 12
    answer: str = "Your request was considered. Whatever may be released stands in your feed."


@dataclass(frozen=True, slots=True)
class ContactRules:
    """When an office is passed over, and what partners may ask about."""

    stale_after_days: int = 180
    urgent_within_hours: int = 24
    urgent_topics: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    requests: RequestRules = field(default_factory=RequestRules)


class _RequestsTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: _Text
    open_at_most: _Positive
    expires_after_days: _Positive
    answer_step_hours: _Positive
    answer: Annotated[str, Field(min_length=1, max_length=1000)]


class _ContactsFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    stale_after_days: _Positive
    urgent_within_hours: _Positive
    urgent_topics: tuple[str, ...] = ()
    topics: dict[_Text, _Text] = Field(min_length=1)
    requests: _RequestsTable


def read_contacts(path: Path) -> ContactRules:
    """Return the rules of a file; those of old where a configuration was made before it existed.

    Raises RegistryError that names file and field.
    """
    if not path.exists():
        return ContactRules()
    try:
        file = read_toml(path, _ContactsFile)
    except ConfigError as error:
        raise RegistryError(str(error)) from None
    if strangers := sorted({*file.urgent_topics} - file.topics.keys()):
        raise RegistryError(f"{path}: urgent_topics: {strangers[0]!r} is not in [topics]")
    if file.requests.topic not in file.topics:
        raise RegistryError(f"{path}: requests.topic: {file.requests.topic!r} is not in [topics]")
    requests = RequestRules(**dict(file.requests))
    topics = tuple(Topic(name, meaning) for name, meaning in sorted(file.topics.items()))
    return ContactRules(**{**dict(file), "topics": topics, "requests": requests})

"""How partners are led to an office: topics, and after how long an entry counts no more."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sda.configuration import read_toml
from sda.errors import ConfigError
from sharing.errors import RegistryError

__all__ = ["ContactRules", "Topic", "read_contacts"]

_Positive = Annotated[int, Field(gt=0)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that partners may ask about, and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ContactRules:
    """When an office is passed over, and what partners may ask about."""

    stale_after_days: int = 180
    urgent_within_hours: int = 24
    urgent_topics: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()


class _ContactsFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    stale_after_days: _Positive
    urgent_within_hours: _Positive
    urgent_topics: tuple[str, ...] = ()
    topics: dict[_Text, _Text] = Field(min_length=1)


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
    topics = tuple(Topic(name, meaning) for name, meaning in sorted(file.topics.items()))
    return ContactRules(**{**dict(file), "topics": topics})

"""Who messages come from and whom they name; config/messages.toml gives the reasons."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ContactConfig", "MessagesConfig", "OperatorConfig"]


class ContactConfig(BaseModel):
    """An office that answers: a role, never a person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: str = Field(min_length=1)
    organization: str = Field(min_length=1)
    phone: str = ""
    email: str = ""


class OperatorConfig(ContactConfig):
    """The office that answers for some objects."""

    norad_ids: tuple[int, ...] = Field(min_length=1)


class MessagesConfig(BaseModel):
    """All of config/messages.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    originator: str = Field(min_length=1)
    comments: tuple[str, ...] = ()
    contact: ContactConfig
    operators: tuple[OperatorConfig, ...] = ()

    @property
    def operators_by_object(self) -> Mapping[int, ContactConfig]:
        """Return the operator of each object that has one."""
        return {number: one for one in self.operators for number in one.norad_ids}

"""Read the settings of the process from the environment (prefix TEARLINE_)."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from sda.errors import ConfigError

__all__ = ["Settings", "load_settings"]


class Settings(BaseSettings):
    """Where state lives and how the process behaves. What is decided lives in config/."""

    model_config = SettingsConfigDict(env_prefix="TEARLINE_", extra="ignore", frozen=True)

    database_url: str = Field("sqlite:///tearline.db", repr=False)
    """SQLAlchemy URL of the archive, the runs, the feeds and the ledger."""
    config: Path | None = None
    """Configuration directory; see `sda.configuration`."""
    exercise: bool = True
    """Label every output EXERCISE."""
    secret: SecretStr | None = None
    """Server secret (at least 32 characters) under which keys are hashed and cursors signed.

    Without it one is made on first use and kept beside an SQLite database, readable by its
    owner alone.
    """
    signing_key: SecretStr | None = None
    """Private Ed25519 key (64 hexadecimal digits) that signs the heads of the ledger.

    Without it one is made and kept beside an SQLite database; on PostgreSQL it is derived from
    the server secret.
    """
    proxy_secret: SecretStr | None = Field(None, min_length=32)
    """By which the proxy in front proves itself (at least 32 characters).

    It is then believed about the address and the certificate of a client. Without it no proxy is.
    """
    requests_per_minute: int = Field(600, ge=1)
    """How often a key may ask in a minute, of each process that serves."""
    failures_per_minute: int = Field(100, ge=1)
    """How often an address may ask without a valid key, before it is not heard for a minute."""
    feed_signing_key: SecretStr | None = None
    """Private Ed25519 key (64 hexadecimal digits) that signs what partners are answered.

    Without it one is made and kept beside an SQLite database; on PostgreSQL it is derived from
    the server secret.
    """
    feed_retired_keys: str = ""
    """`x` of earlier public keys of feeds, from `tearline feed key`, with commas between.

    They stay published, so that what they signed can still be verified.
    """
    page_cache_mib: int = Field(128, ge=0)
    """Memory for pages as they were answered, of each process that serves."""


def load_settings() -> Settings:
    """Return the settings of this process.

    Raises ConfigError that names the variable at fault.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError(f"TEARLINE_{name}: {first['msg']}") from None

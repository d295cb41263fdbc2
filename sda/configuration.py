"""Find the configuration directory and read its TOML files.

Order of search: `--config`, then TEARLINE_CONFIG, then ./config, then the defaults that the
package carries.
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sda.errors import ConfigError

__all__ = ["FromFile", "find_config", "packaged", "read_toml"]

_Model = TypeVar("_Model", bound=BaseModel)
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class FromFile:
    """Mark a field of a model whose value is a file of its own, beside the model's file.

    So several models share one file: `Annotated[CovarianceConfig, FromFile("covariance.toml")]`.
    """

    name: str


def packaged(name: str) -> Path:
    """Return a directory that ships with Tearline (`config` or `tle_samples`).

    In a wheel it lies inside the package, in a checkout beside it.
    """
    inside = _PACKAGE / "_packaged" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def find_config(explicit: Path | None = None) -> Path:
    """Return the configuration directory.

    Raises ConfigError when the one that was asked for does not exist.
    """
    asked = explicit or (Path(given) if (given := os.environ.get("TEARLINE_CONFIG")) else None)
    if asked is not None:
        if not asked.is_dir():
            raise ConfigError(f"no configuration directory {asked}: make one with `tearline init`")
        return asked
    local = Path("config")
    return local if (local / "screening.toml").is_file() else packaged("config")


def read_toml(path: Path, model: type[_Model]) -> _Model:
    """Read a TOML file into its validated model, and with it the files that fields are read from.

    Raises ConfigError that names the file and the first thing wrong in it.
    """
    table = _table(path)
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, FromFile) and isinstance(field.annotation, type):
                table.setdefault(name, read_toml(path.with_name(mark.name), field.annotation))
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {where}: {first['msg']}") from None


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing: restore it or start from `tearline init`") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None

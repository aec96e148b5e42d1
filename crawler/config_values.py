"""Values that several tables of the configuration hold, each with its own check."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

from db.types import Kind, Nature


class Table(BaseModel):
    """A table of the file: unknown keys and values of another type are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"no such time zone: {value!r}; write one like Europe/Berlin") from None
    return value


def network(value: str) -> str:
    """A network as it is kept. Raises `ValueError` for what is none."""
    try:
        return str(ipaddress.ip_network(value.strip(), strict=False))
    except ValueError:
        raise ValueError(f"not a network: {value!r}; write one like 10.0.0.0/8") from None


def _nature(value: str) -> str:
    if value not in set(Nature):
        raise ValueError(f"no such nature: {value!r}; there are {', '.join(Nature)}")
    return value


def _kind(value: str) -> str:
    if value not in set(Kind):
        raise ValueError(f"no such kind: {value!r}; there are {', '.join(Kind)}")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Network = Annotated[str, AfterValidator(network)]
NatureName = Annotated[str, AfterValidator(_nature)]
KindName = Annotated[str, AfterValidator(_kind)]
Level = Literal["cosmetic", "minor", "substantive"]

"""Reads ``POORT_*``: where this process listens, where its data lives, and its one secret."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretBytes,
    SecretStr,
    ValidationError,
)
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from contracts.manifest import Level
from gateway.config.document import OURS
from gateway.config.mistakes import Mistake, explained
from gateway.identity.settings import Origin, ProtectedUrl

_SHORTEST_KEY = 32
ENVIRONMENT = "environment"


def _key(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text.strip()):
            key = bytes.fromhex(text)
        else:
            key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raise ValueError("should be base64 or hex; make one: openssl rand -base64 32") from None
    if len(key) < _SHORTEST_KEY:
        raise ValueError("should be 32 bytes or more; make one: openssl rand -base64 32")
    return key


def _words(text: object) -> object:
    return (
        [word.strip() for word in text.split(",") if word.strip()]
        if isinstance(text, str)
        else text
    )


def _database(sqlite: str) -> AfterValidator:
    """A database that we have a driver for; on SQLite with this one."""

    def check(url: SecretStr) -> SecretStr:
        try:
            driver = make_url(url.get_secret_value()).drivername
        except ArgumentError:
            driver = ""
        if driver not in {sqlite, "postgresql", "postgresql+psycopg"}:
            raise ValueError(f"should be postgresql+psycopg://user@host/name or {sqlite}:///path")
        return url

    return AfterValidator(check)


def _redis(url: SecretStr) -> SecretStr:
    if not _is_redis(url.get_secret_value()):
        raise ValueError(
            "should be redis://host:6379/0, rediss://… for TLS, or unix:///path/to/socket"
        )
    return url


def _is_redis(url: str) -> bool:
    try:
        # Redis's own client says whether it understands it; it overlooks what is asked below.
        pool = Redis.from_url(url).connection_pool
        pool.connection_class(**pool.connection_kwargs)
        split = urlsplit(url)
    except (ValueError, TypeError, RedisError):
        return False
    if split.scheme == "unix":
        return split.path.startswith("/")
    return bool(split.hostname and re.fullmatch(r"(/\d*)?", split.path))


class ServerSettings(BaseModel):
    """What the process takes from its environment; each field is ``POORT_<NAME>``.

    Attributes:
        config: the config directory.
        public_url: where citizens' browsers find the gateway, without a slash at the end.
        database_url: of the ledger, as SQLAlchemy writes it; may hold a password.
        workflow_database_url: of the workflow store; another database than the ledger's.
        secret_key: all other keys are derived from it; the same for every process.
        allowed_origins: portals that embed the widget, with a comma between them.
        require_certificates: the level an adapter needs to take new bookings, or off.
        certificates: the folder with them and with ``keys.json``; in the config directory
            unless it is given.
        certificate_grace_days: how long bookings go on where none is good enough.
        redis_url: where the sessions of more than one process lie; absent: in this process.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: f"{OURS}{name.upper()}",
        populate_by_name=True,
    )

    config: Path = Field(description="the directory with municipalities.toml")
    public_url: ProtectedUrl = Field(
        description="where browsers find the gateway: https://afspraken.example"
    )
    secret_key: Annotated[SecretBytes, BeforeValidator(_key)] = Field(
        description="32 random bytes; make them: openssl rand -base64 32"
    )
    database_url: Annotated[SecretStr, _database("sqlite+aiosqlite")] = SecretStr(
        "sqlite+aiosqlite:///var/ledger.sqlite"
    )
    workflow_database_url: Annotated[SecretStr, _database("sqlite")] = SecretStr(
        "sqlite:///var/workflows.sqlite"
    )
    allowed_origins: Annotated[tuple[Origin, ...], BeforeValidator(_words)] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    require_certificates: Level | Literal["off"] = Level.SILVER
    certificates: Path | None = None
    certificate_grace_days: int = Field(default=14, ge=0, le=90)
    redis_url: Annotated[SecretStr, AfterValidator(_redis)] | None = None

    @property
    def required_level(self) -> Level | None:
        """The level that is required, if any."""
        return None if self.require_certificates == "off" else self.require_certificates

    @property
    def certificates_folder(self) -> Path:
        """Where certificates and the public keys lie."""
        return self.certificates or self.config / "certificates"


def read_environment(environ: Mapping[str, str], mistakes: list[Mistake]) -> ServerSettings | None:
    """Everything called ``POORT_*``; an empty variable counts as not set."""
    data: dict[str, Any] = {
        name: value for name, value in environ.items() if name.startswith(OURS) and value
    }
    try:
        return ServerSettings.model_validate(data)
    except ValidationError as error:
        mistakes += (
            Mistake(ENVIRONMENT, str(path[0]) if path else "", text)
            for path, text in explained(error, ServerSettings, data)
        )
        return None

"""What an operator decides: read once from the environment and the config directory, frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from gateway.certification.gate import gate
from gateway.certification.trust import KeysUnreadable
from gateway.config.directory import (
    IDENTITY,
    Directory,
    Gate,
    SourceSettings,
    read_directory,
    source_file,
)
from gateway.config.document import read_document
from gateway.config.environment import ServerSettings, read_environment
from gateway.config.mistakes import Mistake, SettingsError
from gateway.config.tables import (
    Accepts,
    KnownProduct,
    Limits,
    Municipality,
    OnConflict,
    OtherProduct,
)
from gateway.identity.settings import IdentitySettings

__all__ = [
    "Accepts",
    "Directory",
    "KnownProduct",
    "Limits",
    "Mistake",
    "Municipality",
    "OnConflict",
    "OtherProduct",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "load",
    "load_directory",
    "source_file",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process."""

    server: ServerSettings
    identity: IdentitySettings
    directory: Directory

    @property
    def public_host(self) -> str:
        """The host of the gateway's public address."""
        return urlsplit(self.server.public_url).hostname or ""


def load(environ: Mapping[str, str], now: Callable[[], datetime] | None = None) -> Settings:
    """Everything: ``POORT_*`` and the directory that ``POORT_CONFIG`` names.

    Raises ``SettingsError`` with every mistake in all of it.
    """
    mistakes: list[Mistake] = []
    server = read_environment(environ, mistakes)
    config = environ.get("POORT_CONFIG")
    identity = directory = None
    if config:
        admits = _gate(server, now or _utc_now, mistakes)
        directory = read_directory(Path(config), environ, mistakes, admits)
        identity = _read_identity(Path(config), environ, mistakes, server)
    if mistakes or server is None or identity is None or directory is None:
        raise SettingsError(mistakes)
    return Settings(server, identity, directory)


def load_directory(path: Path, environ: Mapping[str, str]) -> Directory:
    """One config directory without the gateway's own settings: what a municipality checks.

    Raises ``SettingsError`` with every mistake in it.
    """
    mistakes: list[Mistake] = []
    directory = read_directory(path, environ, mistakes)
    if mistakes:
        raise SettingsError(mistakes)
    return directory


def _gate(
    server: ServerSettings | None, now: Callable[[], datetime], mistakes: list[Mistake]
) -> Gate:
    try:
        if server is not None:
            return gate(server, now)
    except KeysUnreadable as error:
        mistakes.append(Mistake("environment", "POORT_CERTIFICATES", str(error)))
    return lambda _vendor: None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _read_identity(
    path: Path,
    environ: Mapping[str, str],
    mistakes: list[Mistake],
    server: ServerSettings | None,
) -> IdentitySettings | None:
    if not path.is_dir():
        return None
    purpose = "issuer, client_id and client_secret of the OpenID provider"
    document = read_document(path, IDENTITY, environ, mistakes, purpose)
    if document is None:
        return None
    if "allowed_origins" in document.data:
        document.mistake(("allowed_origins",), "set POORT_ALLOWED_ORIGINS instead")
    identity = document.read(IdentitySettings)
    if identity is None or server is None:
        return None
    return identity.model_copy(update={"allowed_origins": server.allowed_origins})

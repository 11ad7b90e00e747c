"""The dashboard as its readers come to it: by a link of their own, which ``capa24 dashboard`` prints."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from sandbox.demo.office import Office
from sandbox.demo.people import Person, StoryBroke
from sandbox.demo.processes import COMMAND

QUALITY = "Отдел контроля качества"


def link_for(person: Person, environment: Mapping[str, str], folder: Path) -> str:
    """Raises StoryBroke with what the command said."""
    ended = subprocess.run(  # noqa: S603 - our own command
        [str(COMMAND), "dashboard", str(person.id)],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise StoryBroke(f"capa24 dashboard\n{ended.stdout}{ended.stderr}")
    return ended.stdout.split()[-1]


def promises(office: Office, environment: Mapping[str, str], folder: Path) -> Iterator[tuple[bool, str]]:
    """(holds, sentence): who sees what, asked for like a browser does."""
    head, seller = office.company.head_of(QUALITY), office.sellers[0]
    every = {int(item["id"]) for item in office.cases.items()}
    seen = _cases_seen(link_for(head, environment, folder))
    yield set(seen) == every, f"на панели качества {head.name} видит все разборы: {len(seen)}"
    own = _cases_seen(link_for(seller, environment, folder))
    holds = bool(own) and set(own.values()) == {seller.name} and len(own) < len(every)
    yield holds, f"{seller.name} видит там только свои: {len(own)}"


def _cases_seen(link: str) -> dict[int, str]:
    """Numbers of the cases with the names of those whose work it was."""
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=30) as browser:
        screen = browser.get(link).raise_for_status()
        listed = browser.get(screen.url.join("/dashboard/cases.csv?period=all")).raise_for_status()
    rows = csv.DictReader(io.StringIO(listed.content.decode("utf-8-sig")), delimiter=";")
    return {int(row["Разбор"]): row["Ответственный"] for row in rows}

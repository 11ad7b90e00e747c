"""Processes of the service are killed, or frozen past their lease, at random moments while people work. What is lost,
and what is there twice?

A sandbox portal, real processes, SQLite (one ``serve``) and PostgreSQL (a ``web`` and two ``work``). Deals are won and
cases are worked on all the time; each round waits for a random moment, sends SIGKILL to one process and starts it anew,
or sends SIGSTOP, waits until its leases are over, and wakes it. After the last round calm returns, and everything is
counted on the portal.
"""

from __future__ import annotations

import argparse
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.answers import Answer
from sandbox.demo.office import CONTENT, RETAIL, Office
from sandbox.demo.people import Company, Person, StoryBroke
from sandbox.demo.processes import Program
from sandbox.demo.service import install
from sandbox.running import running_sandbox
from tests import postgres

ROUNDS = 50
LONGEST_REQUEST = 8.0
LEASE = 2 * LONGEST_REQUEST
KNOBS = {
    "PORTALS__MAIN__LONGEST_REQUEST": f"{LONGEST_REQUEST:g}",
    "PORTALS__MAIN__STAFF_FRESH_FOR": "30",
    "SWEEP_EVERY": "5",
    "SETTLE": "0.05",
}
PATIENCE = 300.0
SIGNATURE = "capa24 ·"
"""What the service's notes end with, and then their mark."""


@dataclass
class Scene:
    company: Company
    office: Office
    programs: dict[str, Program]
    address: str
    deals: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def health(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] = httpx.get(f"{self.address}/health", timeout=10, trust_env=False).json()
        return told


@contextmanager
def scene(database: str, commands: Mapping[str, str], folder: Path) -> Iterator[Scene]:
    with running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        service = install(company, box.webhook, folder, {**KNOBS, "DATABASE": database})
        programs = {
            name: Program((command,), service.environment, folder, folder / f"{name}.log")
            for name, command in commands.items()
        }
        try:
            for program in programs.values():
                program.start()
            yield Scene(company, Office(company), programs, service.address)
        finally:
            for program in programs.values():
                program.stop()
            company.close()


def work(scene: Scene, seed: int) -> None:
    """People win deals and do what their tasks ask for, until it is over; what the portal refuses they leave."""
    chance = random.Random(seed)
    office = scene.office
    while not scene.over.is_set():
        with suppress(StoryBroke, httpx.HTTPError):
            seller = chance.choice(office.sellers)
            scene.deals.append(office.won_deal(seller, RETAIL, f"Сделка {len(scene.deals)}"))
            cases = office.cases.items({">id": 0})
            for case in chance.sample(cases, min(2, len(cases))):
                act(office, int(case["id"]), chance)
        scene.over.wait(chance.uniform(0.3, 1.0))


def act(office: Office, case: int, chance: random.Random) -> None:
    """One open task of the case is done, as its person would."""
    open_tasks = [task for task in office.tasks(case) if task["status"] != "5"]
    if not open_tasks:
        return
    task = chance.choice(open_tasks)
    who: Person = office.owner(task)
    if task["title"].startswith("Опрос"):
        office.cases.fill(who, case, CONTENT)
    elif task["title"].startswith("Анализ"):
        who.tick(task)
        office.cases.fill(who, case, {"Вердикт": "Абсолютно корректный"})
    who.complete(task)


def kill(scene: Scene, chance: random.Random) -> str:
    name = chance.choice(sorted(scene.programs))
    scene.programs[name].kill()
    scene.programs[name].start()
    return name


def freeze(scene: Scene, chance: random.Random) -> str:
    """Stopped until its leases are over and another has its keys; then it goes on as if nothing had been."""
    name = chance.choice(sorted(each for each in scene.programs if each != "web"))
    process = scene.programs[name].process
    assert process is not None  # noqa: S101
    process.send_signal(signal.SIGSTOP)
    scene.over.wait(LEASE + chance.uniform(0.5, 3.0))
    process.send_signal(signal.SIGCONT)
    return name


def calm(scene: Scene) -> None:
    """Until nothing is due and nobody looks at anything, for a while."""
    quiet, until = 0, time.monotonic() + PATIENCE
    while quiet < 10 and time.monotonic() < until:
        with suppress(httpx.HTTPError):
            told = scene.health()
            quiet = quiet + 1 if told["keys_running"] == 0 and told["oldest_due"] is None else 0
        time.sleep(1)


@dataclass(frozen=True)
class Counted:
    won: int
    cases: int
    without_case: int
    cases_twice: int
    tasks: int
    tasks_twice: int
    notes_twice: int


def count(scene: Scene) -> Counted:
    office = scene.office
    everything: list[dict[str, Any]] = []
    while page := office.cases.items({">id": everything[-1]["id"] if everything else 0}):
        everything += page
    names = Counter(case["xmlId"] for case in everything)
    slots: Counter[str] = Counter()
    notes: Counter[tuple[int, str]] = Counter()
    for case in everything:
        slots.update(task["xmlId"] for task in office.tasks(case["id"]))
        notes.update(
            (case["id"], note.rpartition("capa24 ·")[2]) for note in office.notes(case["id"]) if "capa24 ·" in note
        )
    return Counted(
        won=len(scene.deals),
        cases=len(everything),
        without_case=sum(f"deal:{deal}#1" not in names for deal in scene.deals),
        cases_twice=sum(times - 1 for times in names.values()),
        tasks=sum(slots.values()),
        tasks_twice=sum(times - 1 for times in slots.values()),
        notes_twice=sum(times - 1 for times in notes.values()),
    )


def storm(title: str, database: str, commands: Mapping[str, str], rounds: int, blow: Any, seed: int) -> tuple[str, ...]:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with scene(database.format(folder=folder), commands, folder) as staged:
            people = threading.Thread(target=work, args=(staged, seed))
            people.start()
            struck: Counter[str] = Counter()
            try:
                time.sleep(6)
                for _ in range(rounds):
                    time.sleep(chance.uniform(0.2, 4.0))
                    struck[blow(staged, chance)] += 1
            finally:
                staged.over.set()
                people.join()
            calm(staged)
            found = count(staged)
            log = "".join(program.output.read_text(errors="replace") for program in staged.programs.values())
    hit = ", ".join(f"{name} {times}" for name, times in sorted(struck.items()))
    return (
        title,
        f"{rounds} ({hit})",
        str(found.won),
        str(found.cases),
        str(found.tasks),
        f"**{found.without_case}**",
        f"**{found.cases_twice} / {found.tasks_twice} / {found.notes_twice}**",
        str(log.count("another worker has it")),
    )


MACHINES = {"web": "web", "work 1": "work", "work 2": "work"}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--freezes", type=int, default=8)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    answer = Answer(
        Path(__file__),
        "Killed and frozen",
        __doc__ or "",
        (
            "what happened",
            "rounds",
            "deals won",
            "cases",
            "tasks",
            "without a case",
            "twice: cases / tasks / notes",
            "leases lost",
        ),
        notes=[
            f"Seed {given.seed}; the longest request lasts {LONGEST_REQUEST:g} s, a lease {LEASE:g} s; a frozen process"
            ' sleeps for up to three seconds more than its lease. "Leases lost": looks that stopped before a write'
            " because another worker had the key."
        ],
    )
    serve = {"serve": "serve"}
    answer.rows.append(storm("SIGKILL, SQLite", "sqlite:///{folder}/capa24.db", serve, given.rounds, kill, given.seed))
    with postgres.running(durable=True) as server:
        answer.rows.append(
            storm("SIGKILL, PostgreSQL", server.new_database(), MACHINES, given.rounds, kill, given.seed)
        )
        answer.rows.append(
            storm(
                "SIGSTOP past the lease, PostgreSQL", server.new_database(), MACHINES, given.freezes, freeze, given.seed
            )
        )
    answer.tell()


if __name__ == "__main__":
    main()

"""``python -m tests.simulation run | show | mutations``: see the package."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter

from tests import postgres
from tests.simulation import company
from tests.simulation.mutations import MUTATIONS, made
from tests.simulation.run import simulate


def main() -> int:
    asked = _arguments()
    if asked.database == "sqlite":
        return int(asked.do(asked))
    with postgres.running() as server:
        company.DATABASE = server.new_database()
        try:
            return int(asked.do(asked))
        finally:
            company.disk().close()


def _run(asked: argparse.Namespace) -> int:
    """So many seeds; a failing one tells its story. What happened how often is said at the end."""
    company.on_the_way()
    counts: Counter[str] = Counter()
    failed, began = [], time.process_time()
    for number, seed in enumerate(range(asked.first, asked.first + asked.seeds), 1):
        result = simulate(seed)
        counts += result.counts
        if result.broken:
            failed.append(seed)
            print(f"seed {seed} FAILED", *result.broken, sep="\n  ", flush=True)
            if not asked.quiet:
                print(*result.story, sep="\n", flush=True)
        if number % 20 == 0:
            gc.collect()
        if number % 1000 == 0:
            print(f"… {number} seeds, {len(failed)} failed", flush=True)
    seconds = (time.process_time() - began) / max(1, asked.seeds)
    print(f"{asked.seeds} seeds from {asked.first}: {len(failed)} failed {failed or ''}; {seconds:.2f} s each")
    if asked.counts:
        for kind, times in sorted(counts.items()):
            print(f"{1000 * times / asked.seeds:10.0f}  {kind}")
    return 1 if failed else 0


def _mutations(asked: argparse.Namespace) -> int:
    """How many seeds it takes to notice each deliberate mistake."""
    missed = 0
    for mutation in MUTATIONS:
        if asked.only and mutation.name not in asked.only:
            continue
        company.on_the_way()
        with made(mutation):
            caught = next(
                (r for seed in range(asked.first, asked.first + asked.seeds) if (r := simulate(seed)).broken), None
            )
        missed += caught is None
        noticed = f"{caught.seed - asked.first + 1} | {caught.broken[0]}" if caught else f"not in {asked.seeds} |"
        print(f"| {mutation.name} | {mutation.words} | {noticed} |", flush=True)
        gc.collect()
    return 1 if missed else 0


def _show(asked: argparse.Namespace) -> int:
    """The story of one seed."""
    result = simulate(asked.seed)
    print(*result.story, sep="\n")
    print(*(result.broken or ["everything is as it has to be"]), sep="\n")
    return 1 if result.broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help=_run.__doc__)
    run.add_argument("--seeds", type=int, default=100)
    run.add_argument("--first", type=int, default=1)
    run.add_argument("--quiet", action="store_true", help="failing seeds without their stories")
    run.add_argument("--counts", action="store_true", help="what happened how often in 1,000 seeds")
    run.set_defaults(do=_run)
    mutations = commands.add_parser("mutations", help=_mutations.__doc__)
    mutations.add_argument("--seeds", type=int, default=300, help="tried for each mistake, at most")
    mutations.add_argument("--first", type=int, default=1)
    mutations.add_argument("--only", nargs="*", help="names of mistakes")
    mutations.set_defaults(do=_mutations)
    show = commands.add_parser("show", help=_show.__doc__)
    show.add_argument("seed", type=int)
    show.set_defaults(do=_show)
    return parser.parse_args()


if __name__ == "__main__":
    gc.disable()  # a collection walks over all that the runs before have left; once every so many runs is enough
    sys.exit(main())

"""python tests/fuzz: run many cases on all cores and keep what goes wrong."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.targets import TARGETS
from fuzz.work import run_chunk, save, signature

CHUNK = 250


@click.command()
@click.option("--count", default=10_000, show_default=True, help="Number of cases.")
@click.option("--seed", default=1, show_default=True, help="Random seed.")
@click.option("--start", default=0, show_default=True, help="Number of the first case.")
@click.option("--target", type=click.Choice(list(TARGETS)), help="Only this target.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Processes.")
@click.option("--keep/--no-keep", default=True, show_default=True, help="Write findings to tests/fuzz/findings.")
def main(count: int, seed: int, start: int, target: str | None, jobs: int, keep: bool) -> None:
    """Run generated cases; exit code 1 if any goes wrong."""
    chunks = [(seed, first, min(first + CHUNK, start + count), target or "") for first in range(start, start + count, CHUNK)]
    counts: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    begun = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=40) as pool:
        for done, findings in pool.imap_unordered(run_chunk, chunks):
            counts += done
            for name, number, reason in findings:
                mark = signature(reason)
                seen[mark] += 1
                if seen[mark] == 1:
                    click.echo(f"\n{name} {number} (seed {seed}): {reason[-1500:]}", err=True)
                    if keep:
                        save(name, seed, number, reason)
            rate = counts.total() / (time.monotonic() - begun)
            click.echo(f"\r{counts.total():,} of {count:,}, {rate:.0f}/s, {len(seen)} findings", nl=False, err=True)
    click.echo("", err=True)
    click.echo(f"{counts.total():,} cases, by target and exit code:")
    for name, number in sorted(counts.items()):
        click.echo(f"{number:9,}  {name}")
    for mark, times in seen.most_common():
        click.echo(f"{times:6} x {mark}")
    sys.exit(1 if seen else 0)


if __name__ == "__main__":
    main()

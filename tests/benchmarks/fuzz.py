"""Changed files of every kind, as long as one likes: `python tests/benchmarks/fuzz.py [--minutes 60] [--seed 0]`.

Each kind of file that the program reads in turn, with one to eight random changes. Goal: whatever it is, it is read or
refused in a sentence, in less than ten times what is allowed a small file. A file that is not is kept in `--keep`,
where `--again FILE --kind KIND` reads it anew.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.core.fuzzing import KINDS, MEGABYTES, SECONDS, changed, read


def main() -> int:
    """Prints the table; 1 where a file was neither read nor refused."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=60.0)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--keep", type=Path, default=Path("fuzzed"))
    asked.add_argument("--again", type=Path)
    asked.add_argument("--kind", choices=KINDS)
    asked.add_argument("--quick", action="store_true")
    chosen = asked.parse_args()
    warnings.simplefilter("ignore")
    if chosen.again:
        with tempfile.TemporaryDirectory() as place:
            name, _ = KINDS[chosen.kind].make(Path(place))
            print(read(KINDS[chosen.kind], name, chosen.again.read_bytes(), Path(place) / "changed"))
        return 0
    return fuzz(60 * (0.1 if chosen.quick else chosen.minutes), chosen.seed, chosen.keep)


def fuzz(seconds: float, seed: int, keep: Path) -> int:
    """All kinds in turn, for so long."""
    draw, until = random.Random(seed), time.monotonic() + seconds
    files, refused, wrong = Counter[str](), Counter[str](), Counter[str]()
    slowest, largest = dict.fromkeys(KINDS, 0.0), dict.fromkeys(KINDS, 0.0)
    with tempfile.TemporaryDirectory() as place:
        good = {name: kind.make(Path(place)) for name, kind in KINDS.items()}
        while time.monotonic() < until:
            for name, (file, content) in good.items():
                changes = [(draw.random(), draw.randrange(6), draw.randrange(2**16)) for _ in range(draw.randint(1, 8))]
                made = changed(content, changes)
                files[name] += 1
                try:
                    found = read(KINDS[name], file, made, Path(place) / "changed")
                except Exception:
                    wrong[name] += 1
                    keep.mkdir(exist_ok=True)
                    (keep / f"{name}-{seed}-{files[name]}").write_bytes(made)
                    traceback.print_exc()
                    continue
                if found.seconds > 10 * SECONDS:  # others may have had the processor
                    again = read(KINDS[name], file, made, Path(place) / "changed")
                    found = min(found, again, key=lambda one: one.seconds)
                refused[name] += found.refused
                slowest[name] = max(slowest[name], found.seconds)
                largest[name] = max(largest[name], found.megabytes)
                if found.seconds > 10 * SECONDS or found.megabytes > 10 * MEGABYTES:
                    wrong[name] += 1
                    keep.mkdir(exist_ok=True)
                    (keep / f"{name}-{seed}-{files[name]}").write_bytes(made)
    print(f"# Changed files\n\n{sum(files.values()):,} files in {seconds / 60:.1f} minutes, seed {seed}.\n")
    print("| kind | files | refused in a sentence | anything else | slowest, s | growth of memory, MB |")
    print("|---|---:|---:|---:|---:|---:|")
    for name in KINDS:
        numbers = f"{files[name]:,} | {refused[name]:,} | {wrong[name]} | {slowest[name]:.2f} | {largest[name]:.0f}"
        print(f"| {name} | {numbers} |")
    print(f"\nGoal (none of anything else): {'missed' if sum(wrong.values()) else 'reached'}")
    return int(bool(sum(wrong.values())))


if __name__ == "__main__":
    sys.exit(main())

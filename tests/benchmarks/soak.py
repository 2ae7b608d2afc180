"""A seeded monkey on the real window: `python tests/benchmarks/soak.py [--minutes 15] [--seed 0] [--again FILE]`.

It clicks, types, drops files, changes pages, trains and opens a second document. Goal: nothing is raised; the window's
own thread never computes for more than 250 ms at a stretch (waiting for a busy processor is not counted, so a slower
machine needs no other bound than its own speed); threads, open files and, beside the moments that documents keep on
purpose, memory do not grow. The list of actions is kept in `--list`; `--again` does those of a file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

STALL = 0.25


def main() -> int:
    """Prints what was found; 1 where something was raised."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=15.0)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--list", type=Path, default=Path("soak.json"))
    asked.add_argument("--again", type=Path)
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for name in ("AESTUDIO_LIBRARY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            os.environ[name] = str(Path(place) / name.lower())
        return run(chosen, Path(place))


def run(chosen: argparse.Namespace, place: Path) -> int:
    """In a folder of its own."""
    from aestudio.qt.app import application, open_window
    from tests.qt.monkey import allowed, soak, things_to_drop

    app = application()
    window = open_window()
    again = [tuple(one) for one in json.loads(chosen.again.read_text())] if chosen.again else None
    watched = soak(window, 60 * chosen.minutes, chosen.seed, things_to_drop(place / "things"), again)
    chosen.list.write_text(json.dumps(watched.done))
    late = [stall for stall in watched.stalls if stall[1] > STALL]
    kinds = Counter(kind for kind, _ in watched.done)
    counted = ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
    began = f"{len(watched.done):,} actions in {chosen.minutes:g} minutes, seed {chosen.seed}"
    print(f"# A monkey on the window\n\n{began}: {counted}.\n")
    print(f"Raised: {len(watched.errors)}.")
    print(f"Later than 250 ms: {len(watched.stalls)} times; in {len(late)} of these the window's thread computed.\n")
    print("| longest stalls: seconds | of these computed | after |\n|---:|---:|---|")
    for seconds, computed, done in sorted(late, key=lambda one: -one[1])[:12]:
        print(f"| {seconds:.2f} | {computed:.2f} | {' '.join(done)} |")
    print("\n| | first third | second third | last third |\n|---|---:|---:|---:|")
    for of in ("megabytes", "threads", "files"):
        print(f"| {of} | " + " | ".join(f"{watched.third(which, of):.0f}" for which in (1, 2, 3)) + " |")
    kept = sum(document.shown.snapshots.size for document in window.studio.documents) / 1e6
    print(f"\nMoments of trainings that the documents keep: {kept:.0f} MB, at most {allowed(window):.0f} MB.")
    for error in watched.errors:
        print(f"- {error}", file=sys.stderr)
    window.leave()
    app.processEvents()
    return int(bool(watched.errors))


if __name__ == "__main__":
    sys.exit(main())

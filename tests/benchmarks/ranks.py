"""Two processes against one with two threads: `python tests/benchmarks/ranks.py [--steps N]`.

784-1000-784 with sigmoids on random images, global batch 1024, the same steps both ways, one after the other in turn;
the ratio is that of the medians. Several processes pay for what they tell each other: hidden layer, outputs, gradients.

Goal: 0.9 of the speed of one process with as many threads.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).with_suffix(".md")
GOAL, ROUNDS, STEPS, BATCH = 0.9, 5, 20, 1024


def measured(steps: int) -> float:
    """Seconds of a step in this process, one of those that share it."""
    import torch

    from aestudio.core.ground.compute import Compute
    from aestudio.core.model.autoencoder import Autoencoder
    from aestudio.core.parts.plan import Span
    from aestudio.core.run.run import Run
    from aestudio.core.training import ranks
    from aestudio.core.training.choosing import choose
    from aestudio.core.training.draws import Draws

    settings = {"network": {"kind": "mlp", "widths": [1000]}, "batch_size": BATCH}
    run, shape = Run.from_settings(settings), (1, 28, 28)
    where = Compute(torch.device("cpu"), "CPU")
    torch.set_num_threads(2 // ranks.count())
    model = Autoencoder(run, shape)
    step = choose(run, run.plan(shape, BATCH), where)(
        run, model, Span(0, model.depth), where, Draws(run.seed, where.device)
    )
    images = torch.rand(BATCH, *shape, generator=torch.Generator().manual_seed(0))
    times = []
    for _ in range(steps + 3):
        began = time.perf_counter()
        step(images, 1.0)
        times.append(time.perf_counter() - began)
    return statistics.median(times[3:])


def once(processes: int, steps: int) -> float:
    """Seconds of a step with so many processes, started anew."""
    program = [sys.executable, str(Path(__file__)), "--here", str(steps)]
    if processes > 1:
        own = program[1:]
        program = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", *own]
    done = subprocess.run(
        program, capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "2"}
    )
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


def here(steps: int) -> None:
    import torch

    from aestudio.core.training import ranks

    if not ranks.was_asked_for():
        print(json.dumps(measured(steps)))
        return
    with ranks.together(torch.device("cpu")):
        seconds = measured(steps)
        if ranks.leads():
            print(json.dumps(seconds), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--here", type=int, help="measure in this process: what this script starts")
    given = parser.parse_args()
    if given.here is not None:
        here(given.here)
        return
    pairs = [(once(1, given.steps), once(2, given.steps)) for _ in range(given.rounds)]
    alone, shared = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = alone / shared
    print(f"one process {alone * 1e3:.0f} ms, two {shared * 1e3:.0f} ms a step: {ratio:.2f}, goal {GOAL}", flush=True)
    if (given.steps, given.rounds) != (STEPS, ROUNDS):
        return
    from aestudio.core.ground.compute import machine

    about = (__doc__ or "").replace("`python", "\n    python").split("\n\n", 1)
    rows = "\n".join(f"| {one * 1e3:.0f} | {two * 1e3:.0f} | {one / two:.2f} |" for one, two in pairs)
    table = f"| one process, ms | two processes, ms | ratio |\n|---|---|---|\n{rows}\n"
    said = f"Medians: {ratio:.2f}, {'reached' if ratio >= GOAL else '**not reached**'}."
    HERE.write_text(f"# Two processes\n\n{about[1]}\n{table}\n{said}\n\n{machine()}, {time.strftime('%Y-%m-%d')}.\n")


if __name__ == "__main__":
    main()

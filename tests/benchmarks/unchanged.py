"""Trains every recipe with another version of the program and with this one, and compares them to the last bit:
`python tests/benchmarks/unchanged.py --old CHECKOUT`, CHECKOUT being a working tree of version 0.1.0.

This version is run twice: with the draws of 0.1.0 fed in (one generator for all noise), where losses, weights and
scores have to be the same, and with its own (a generator for each role), where only runs that draw noise may differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import _published as published

TRAIN = r'''
import hashlib, json, sys
from importlib import import_module
import numpy as np, torch
torch.set_num_threads(1)
new, own, few = "new" in sys.argv, "own" in sys.argv, "few" in sys.argv
core = "aestudio.core."
everything = import_module(core + ("run.recipes" if new else "recipes")).everything
fit = import_module(core + ("training.fit" if new else "fit")).fit
events = import_module(core + ("run.events" if new else "events"))
Compute = import_module(core + ("ground.compute" if new else "compute")).Compute
sets = import_module(core + ("data.dataset" if new else "dataset"))
cpu, said = torch.device("cpu"), {}


def images_of(name, run):
    """Six batches of the recipe's own images, or of smooth made ones where those need the network or are large."""
    if "photo" in name or not run.data.embedded:
        coarse = torch.rand(40, 1 if "grey" in name else 3, 8, 8, generator=torch.Generator().manual_seed(5))
        made = (torch.nn.functional.interpolate(coarse, (64, 64), mode="bilinear") * 255).to(torch.uint8)
        return sets.Dataset("made", sets.Split(sets.Resident(made[:32])), sets.Split(sets.Resident(made[32:])))
    data = run.data.load()
    some = torch.arange(min(len(data.train), 6 * run.batch_size)), torch.arange(min(len(data.held_out), 64))
    parts = [sets.Split(sets.Resident(split.images.gather(index)))
             for split, index in zip((data.train, data.held_out), some)]
    return sets.Dataset(data.name, *parts)


def digest(*pieces):
    return hashlib.sha256(b"".join(pieces)).hexdigest()


for name, recipe in list(everything().items())[: 2 if few else None]:
    run = recipe.run().with_value("epochs", 2)
    if run.schedule.kind == "greedy":
        run = run.with_value("schedule.layer_epochs", 1)
    if "photo" in name:
        run = run.with_value("batch_size", 8)
    more = {}
    if new:
        Draws = import_module(core + "training.draws").Draws
        more = {"draws": Draws(run.seed, cpu, as_in_0_1_0=not own)}
    told = list(fit(run, images_of(name, run), compute=Compute(cpu, "CPU"), **more))
    end = told[-1]
    assert end.reason == "completed", end.error
    terms = np.concatenate([event.terms for event in told if isinstance(event, events.Progress)])
    scores = [(event.objective, sorted(event.scores.items())) for event in told if isinstance(event, events.Evaluated)]
    weights = [tensor.numpy().tobytes() for _, tensor in sorted(end.weights.items())]
    said[name] = {"steps": len(terms), "losses": digest(terms.tobytes()), "weights": digest(*weights),
                  "scores": digest(repr(scores).encode()), "last": float(terms[-1][0])}
print(json.dumps(said))
'''
COMPARED = ("losses", "weights", "scores")


def trained(checkout: Path, *words: str) -> dict[str, dict[str, str | int | float]]:
    """What every recipe came to in a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", TRAIN, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=checkout, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, dict[str, str | int | float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    before = argparse.ArgumentParser(add_help=False)
    before.add_argument("--old", type=Path)
    chosen, rest = before.parse_known_args()
    if chosen.old is None:
        print("Skipped: --old names a checkout of version 0.1.0 to compare with.")
        return
    sys.argv[1:] = rest
    asked = published.arguments(__doc__ or "", __file__)
    began = time.perf_counter()
    few = ("few",) if asked.quick else ()
    old, fed, own = (
        trained(chosen.old.resolve(), *few),
        trained(published.ROOT, "new", *few),
        trained(published.ROOT, "new", "own", *few),
    )
    rows, differs = [], []
    for name, wanted in old.items():
        same = ["same" if fed[name][one] == wanted[one] else "**differ**" for one in COMPARED]
        differs += [name] if "**differ**" in same else []
        mine = "same" if own[name]["losses"] == wanted["losses"] else f"{own[name]['last']:.5g}"
        rows.append([name, str(wanted["steps"]), *same, f"{wanted['last']:.5g}", mine])
    lines = [
        *published.heading("Every recipe as in 0.1.0, to the last bit", time.perf_counter() - began),
        "Left with the draws of 0.1.0 fed in: losses of every step, final weights, held-out scores. Right the last raw "
        "loss then, and now with a generator for each role: the same where nothing but order and weights is drawn.",
        "",
        *published.table(("recipe", "steps", *COMPARED, "0.1.0", "own draws"), rows),
    ]
    published.say(lines, asked.out)
    if differs:
        sys.exit(1)


if __name__ == "__main__":
    main()

"""Runs a written script in a Python of its own and compares what it gives with the model."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from aestudio.core.export.format import Subject
from aestudio.core.export.parity import difference, probes
from aestudio.core.export.pieces import PIECES
from aestudio.core.ground.errors import ExportError, reason
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say

DRIVER = """
import sys
from pathlib import Path
import numpy, torch
folder, work = map(Path, sys.argv[1:])
sys.path.insert(0, str(folder))
import autoencoder
model = autoencoder.load()
run = {"autoencoder": model, "encoder": model.encode, "decoder": model.decode}
for path in sorted(work.glob("given *.npy")):
    part = path.stem.split()[1]
    told = path.with_name(path.name.replace("given", "told")).with_suffix(".npz")
    more = [torch.from_numpy(value) for value in numpy.load(told).values()] if told.exists() else []
    made = run[part](torch.from_numpy(numpy.load(path)), *more)
    numpy.save(path.with_name(path.name.replace("given", "made")), made.numpy())
assert "aestudio" not in sys.modules, "the script imports aestudio"
"""
PATIENCE = 0.1
"""Seconds between two looks at whether the person has cancelled."""


def largest_difference(subject: Subject, folder: Path) -> float:
    """Of encoding, decoding and both, on every probe.

    Raises: ExportError where the script fails or differs too much; Cancelled where the subject's report raises it.
    """
    with tempfile.TemporaryDirectory(prefix="aestudio-") as name:
        work = Path(name)
        wanted = {}
        for one in (replace(subject, part=part) for part in PIECES):
            for number, probe in enumerate(probes(one)):
                np.save(work / f"given {one.part} {number}.npy", probe.given.numpy())
                if probe.told:
                    np.savez(work / f"told {one.part} {number}.npz", *(value.numpy() for value in probe.told))
                wanted[f"made {one.part} {number}.npy"] = (probe.wanted, one.scale)
        _run([sys.executable, "-B", "-c", DRIVER, str(folder), name], work, subject.report)
        return max(difference(torch.from_numpy(np.load(work / made)), *value) for made, value in wanted.items())


def _run(command: list[str], folder: Path, report: Report) -> None:
    with (folder / "said").open("w+b") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=folder)
        try:
            while process.poll() is None:
                report(say("Running the script"), None)
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        words = said.read().decode(errors="replace").strip()
    if process.returncode:
        last = words.splitlines()[-1] if words else say("it said nothing")
        raise ExportError("The script that was written does not run: {reason}", reason=reason(Exception(last)))

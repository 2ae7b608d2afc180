"""Run with 0.1.0's own code: files that later versions must still read."""

import sys, shutil
from pathlib import Path
import numpy as np, torch
from aestudio.core.recipes import everything
from aestudio.core.run import Run
from aestudio.core.fit import fit
from aestudio.core.kept import fit_and_keep
from aestudio.core.controls import Controls
from aestudio.core.events import Finished, Progress
from aestudio.core.model_file import ModelFile, some_samples
from aestudio.core.dataset import to_float
from aestudio.core.checkpoint import Folder
from tests.core.conftest import small_dataset
from tests.core.trainings import stopping_at, Keeping

out = Path(sys.argv[1])
shutil.rmtree(out, ignore_errors=True)
(out / "recipes").mkdir(parents=True)
(out / "models").mkdir()
(out / "checkpoints").mkdir()
for name, recipe in everything().items():
    (out / "recipes" / f"{name}.toml").write_text(recipe.run().to_toml(), encoding="utf-8")

base = Run(title="Twelve units", epochs=3, batch_size=16).with_value("network.widths", [12])
RUNS = {
    "perceptron": base.with_value("penalties", [{"kind": "kl-sparsity"}]),
    "tied": base.with_value("network.tied", True).with_value("loss", "cross-entropy"),
    "noisy": base.with_value("corruption", "gaussian").with_value(
        "penalties", [{"kind": "contractive", "method": "estimate"}]
    ),
    "top-k": base.with_value("code", {"kind": "top-k", "k": 3}),
    "linear": base.with_value("network", {"kind": "linear", "code_size": 5}),
    "conv": base.with_value("network", {"kind": "conv", "channels": [4, 6], "code_size": 8}).with_value(
        "corruption", "masking"
    ),
    "conv-free": base.with_value("network", {"kind": "conv", "channels": [4, 6], "code_size": 0}),
    "residual": base.with_value("network", {"kind": "residual", "channels": [4, 6]})
    .with_value("corruption", "poisson")
    .with_value("augmentation", "flips"),
    "greedy": base.with_value("network.widths", [16, 8]).with_value("schedule", {"kind": "greedy", "layer_epochs": 2}),
}
data = small_dataset()
for name, run in RUNS.items():
    events = list(fit(run, data))
    end = events[-1]
    assert isinstance(end, Finished) and end.reason == "completed", end.error
    file = ModelFile(run, data.shape, end.weights, {"mse": 0.5}, end.depth, some_samples(data.held_out.images))
    file.save(out / "models" / f"{name}.safetensors")
    model = file.model()
    images = to_float(file.samples)
    codes = model.encode(images)
    corrupted, _, made = model.try_on(images, 3)
    np.savez_compressed(
        out / "models" / f"{name}.npz", codes=codes.numpy(), decoded=model.decode(codes).numpy(), tried=made.numpy()
    )
# a model saved while its second layer was not trained yet
controls, read = stopping_at(9)
events = []
for event in fit(RUNS["greedy"], data, controls):
    read(event)
    events.append(event)
end = events[-1]
file = ModelFile(RUNS["greedy"], data.shape, end.weights, {}, end.depth, some_samples(data.held_out.images))
assert end.depth == 1
file.save(out / "models" / "half-greedy.safetensors")
model = file.model()
codes = model.encode(to_float(file.samples))
np.savez_compressed(out / "models" / "half-greedy.npz", codes=codes.numpy(), decoded=model.decode(codes).numpy())

for name in ("perceptron", "noisy", "top-k", "residual", "greedy"):
    folder = out / "tmp"
    at = 17 if name == "greedy" else 8
    keeping = Keeping(folder, lambda step: step == at)
    whole = list(fit(RUNS[name], data, keeper=keeping))
    found = [f for f in Folder(folder).files() if f.stem.endswith(f"{at:09}")]
    assert len(found) == 1, Folder(folder).files()
    shutil.copy(found[0], out / "checkpoints" / f"{name}.checkpoint")
    terms = np.concatenate([e.terms for e in whole if isinstance(e, Progress)])
    np.savez_compressed(out / "checkpoints" / f"{name}.npz", terms=terms, at=at)
    shutil.rmtree(folder)

library = out / "library"
events = list(fit_and_keep(RUNS["perceptron"], data, folder=library))
controls, read = stopping_at(8)
for event in fit_and_keep(RUNS["noisy"].model_copy(update={"title": "Stopped"}), data, controls, folder=library):
    read(event)

"""Makes one mistake at a time in a copy of the program, to see which test notices:
`python tests/benchmarks/mutations.py`.

The mistakes known from public code, and those that a reader of this one could make. Each replaces a few words of one
file; only the tests of the obvious file are run, until one fails. Those that failed have to pass without the mistake. A
mistake that nobody notices ends the script with 1. The project itself is not touched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import _published as published

CORE = "aestudio/core"
PARTS, TRAINING = f"{CORE}/parts", f"{CORE}/training"


@dataclass(frozen=True)
class Mutation:
    """What is done wrong, how it is made here, and the file of tests that has to notice."""

    what: str
    file: str
    right: str
    wrong: str
    noticed_by: str


MUTATIONS = (
    # -- known from public code ----------------------------------------------------------------------------------------
    Mutation(
        "Contractive penalty with the sigmoid's derivative on every activation",
        f"{PARTS}/penalties/contractive.py",
        "slope = stage.activation.derivative(seen.preactivation)",
        "slope = torch.sigmoid(seen.preactivation) * (1 - torch.sigmoid(seen.preactivation))",
        "test_proofs",
    ),
    Mutation(
        "Contractive penalty whose weight factor is detached and gets no gradient",
        f"{PARTS}/penalties/contractive.py",
        "(slope.square() * stage.squared_rows())",
        "(slope.square() * stage.squared_rows().detach())",
        "test_proofs",
    ),
    Mutation(
        "KL over the units of an image instead of the images of a batch",
        f"{PARTS}/penalties/kl_sparsity.py",
        "rho = batch_mean(seen.hidden)",
        "rho = seen.hidden.mean(1)",
        "test_proofs",
    ),
    Mutation(
        "KL of each image, not of the mean over the batch",
        f"{PARTS}/penalties/kl_sparsity.py",
        "rho = batch_mean(seen.hidden)  # [H]\n        return bernoulli_kl(self.target, rho).sum()",
        "rho = seen.hidden\n        return bernoulli_kl(self.target, rho).sum(1).mean()",
        "test_proofs",
    ),
    Mutation(
        "The loss taken against the corrupted image",
        f"{PARTS}/looking.py",
        "hidden, target, told = done.seen, done.target, done.given",
        "hidden, target, told = done.seen, done.seen, done.given",
        "test_parts",
    ),
    Mutation(
        "Tied weights of which the decoder has a copy",
        f"{PARTS}/dense.py",
        "decoder = self.W.t() if self.V is None else self.V",
        "decoder = self.W.detach().t() if self.V is None else self.V",
        "test_proofs",
    ),
    Mutation(
        "An output in [−1, 1] for images in [0, 1]",
        f"{PARTS}/networks/mlp.py",
        "ACTIVATIONS[self.output]",
        'ACTIVATIONS["tanh"]',
        "test_proofs_training",
    ),
    Mutation(
        "A loss weight that is accepted and never applied",
        f"{PARTS}/looking.py",
        "(weight.to(term.dtype) if isinstance(weight, Tensor) else weight) * term",
        "term",
        "test_parts",
    ),
    Mutation(
        "Reconstruction averaged over pixels while KL is summed over units",
        f"{PARTS}/likelihoods/squared.py",
        ".square().flatten(1).sum(1).mean()",
        ".square().mean()",
        "test_proofs",
    ),
    # -- terms ---------------------------------------------------------------------------------------------------------
    Mutation(
        "The sign of the KL swapped",
        f"{PARTS}/penalties/kl_sparsity.py",
        "return target * on.log() + (1 - target) * off.log()",
        "return -target * on.log() - (1 - target) * off.log()",
        "test_proofs",
    ),
    Mutation(
        "Squared loss summed over the batch",
        f"{PARTS}/likelihoods/squared.py",
        ".square().flatten(1).sum(1).mean()",
        ".square().flatten(1).sum(1).sum()",
        "test_proofs",
    ),
    Mutation(
        "The sigmoid's derivative halved",
        f"{PARTS}/activations.py",
        "return h * (1 - h)",
        "return h * (1 - h) / 2",
        "test_proofs",
    ),
    Mutation(
        "Corruption left off in training",
        f"{PARTS}/one_pass.py",
        "TRAIN = Mode(corrupt=True,",
        "TRAIN = Mode(corrupt=False,",
        "test_proofs_training",
    ),
    # -- what is random ------------------------------------------------------------------------------------------------
    Mutation(
        "The seed ignored for the weights",
        f"{PARTS}/building.py",
        "with _seeded(run.network, run.seed):",
        "with _seeded(run.network, 0):",
        "test_parts",
    ),
    Mutation(
        "The seed ignored for the order of the images",
        f"{TRAINING}/draws.py",
        "torch.Generator().manual_seed(seed)",
        "torch.Generator().manual_seed(0)",
        "test_steps",
    ),
    Mutation(
        "The seed ignored for the training noise",
        f"{TRAINING}/draws.py",
        "manual_seed(seed_for(seed, role))",
        "manual_seed(seed_for(0, role))",
        "test_steps",
    ),
    Mutation(
        "Penalties draw from the noise's generator",
        f"{TRAINING}/draws.py",
        "self.of(CODE), self.of(PENALTY))",
        "self.of(CODE), self.of(CORRUPTION))",
        "test_steps",
    ),
    Mutation(
        "The noise of previews drawn afresh",
        f"{CORE}/probes/preview.py",
        "torch.Generator(self._compute.device).manual_seed(self._seed)",
        "torch.Generator(self._compute.device).manual_seed(self._seed + step)",
        "test_proofs_training",
    ),
    # -- the loop ------------------------------------------------------------------------------------------------------
    Mutation(
        "The held-out mean ignores that the last batch is smaller",
        f"{CORE}/probes/scores.py",
        "summed = torch.cat([raw, floors, errors]) * len(images)",
        "summed = torch.cat([raw, floors, errors]) * min(run.batch_size, len(held_out))",
        "test_scores",
    ),
    Mutation(
        "A partial last batch is trained",
        f"{TRAINING}/fit.py",
        "[: tell.steps_an_epoch * tell.batch]",
        "",
        "test_steps",
    ),
    Mutation(
        "The rate schedule ignored",
        f"{TRAINING}/fit.py",
        "course.run.rate.factor(course.phase_done / phase_steps)",
        "1.0",
        "test_steps",
    ),
    Mutation("A live change not applied", f"{TRAINING}/step.py", "self.live.use(run)", "pass", "test_steps"),
    Mutation(
        "The finite guard never trips",
        f"{TRAINING}/finite_guard.py",
        "now = (~finite).to(self._tripped.dtype)",
        "now = torch.zeros_like(self._tripped)",
        "test_fit",
    ),
    Mutation(
        "Counts are not put back where a step is refused",
        f"{TRAINING}/plain_step.py",
        "            self.guard.restore()\n",
        "",
        "test_steps",
    ),
    Mutation(
        "Looking on moves running statistics",
        f"{PARTS}/one_pass.py",
        "EVALUATE = Mode(corrupt=True, sample=False, update=False)",
        "EVALUATE = Mode(corrupt=True, sample=False, update=True)",
        "test_looking",
    ),
    Mutation(
        "Augmentation skipped",
        f"{TRAINING}/step.py",
        "self.run.data.at_step(self.live.run.augmentation(images, generator), generator)",
        "self.run.data.at_step(images, generator)",
        "test_steps",
    ),
    Mutation(
        "bfloat16 ignored",
        f"{TRAINING}/plain_step.py",
        "self.compute.factors_in(self.run.precision, self.work)",
        'self.compute.factors_in("float32")',
        "test_steps",
    ),
    Mutation(
        "Layer by layer: the stages below get a gradient",
        f"{PARTS}/looking.py",
        "with torch.no_grad():",
        "if True:",
        "test_looking",
    ),
    # -- what is kept --------------------------------------------------------------------------------------------------
    Mutation(
        "The checksum of a model file never compared",
        f"{CORE}/model/model_file.py",
        "and not unbroken(stored, about)",
        "and False",
        "test_model_file",
    ),
    Mutation(
        "The checksum of a checkpoint never compared",
        f"{TRAINING}/checkpoint.py",
        "if not unbroken(tensors, about):",
        "if False:",
        "test_checkpoint",
    ),
    Mutation(
        "A file written in place instead of beside it and renamed",
        f"{CORE}/ground/atomic.py",
        "        os.replace(part, path)\n",
        "        path.write_bytes(part.read_bytes())\n        part.unlink()\n",
        "test_model_file",
    ),
    Mutation(
        "A file not flushed to the disk before it is renamed",
        f"{CORE}/ground/atomic.py",
        "            os.fsync(file.fileno())\n        os.replace",
        "        os.replace",
        "test_model_file",
    ),
    Mutation(
        "The optimiser's memory not restored",
        f"{TRAINING}/fit.py",
        "step.load(resume.optimiser)",
        "pass",
        "test_resume",
    ),
    Mutation(
        "The generators of noise not restored",
        f"{TRAINING}/draws.py",
        "one.set_state(state[role])",
        "pass",
        "test_resume",
    ),
    # -- denoising -----------------------------------------------------------------------------------------------------
    Mutation(
        "The halo of a model one pixel short",
        f"{CORE}/denoise/models.py",
        "halo=reach(model) if is_free",
        "halo=reach(model) - 1 if is_free",
        "test_denoise_cleaning",
    ),
    Mutation(
        "PSNR with 20 log", f"{CORE}/ground/decibels.py", "-10 * log10(mse)", "-20 * log10(mse)", "test_denoise_ways"
    ),
    Mutation(
        "PSNR of scores with 20 log",
        f"{CORE}/ground/decibels.py",
        "-10 * log10(mse)",
        "-20 * log10(mse)",
        "test_scores",
    ),
    Mutation(
        "The estimate of σ 10 % high",
        f"{CORE}/denoise/noise.py",
        "return float(np.sqrt(np.mean(np.square(values))))",
        "return 1.1 * float(np.sqrt(np.mean(np.square(values))))",
        "test_denoise_ways",
    ),
    Mutation(
        "Strength ignored", f"{CORE}/denoise/cleaning.py", "if strength == 1:", "if True:", "test_denoise_cleaning"
    ),
)


def say_what_is_stale() -> None:
    """Ends the script with a sentence for every mutation whose words are not in its file exactly once."""
    stale = []
    for mutation in MUTATIONS:
        path = published.ROOT / mutation.file
        found = path.read_text(encoding="utf-8").count(mutation.right) if path.is_file() else 0
        if found != 1:
            stale.append(f"{mutation.file} says {mutation.right!r} {found} times and not once; change this script.")
    if stale:
        raise SystemExit("\n".join(stale))


def failing(copy: Path, tests: Sequence[str], *, all_of_them: bool = False) -> list[str]:
    """Those of these tests that fail, up to the first unless all are wanted. A file that cannot be read is no test."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "", "-n", "0", "-p", "no:cacheprovider"]
    command += [*([] if all_of_them else ["-x"]), *(f"tests/core/{test}" for test in tests)]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, env=environment)
    failed = re.findall(r"^(?:FAILED|ERROR) tests/core/(\S+?\.py::.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1) or (done.returncode == 1 and not failed):
        raise SystemExit(f"The tests were not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return failed


def noticed(mutation: Mutation, copy: Path) -> str:
    """The first test that fails, or nothing."""
    path = copy / mutation.file
    honest = path.read_text(encoding="utf-8")
    path.write_text(honest.replace(mutation.right, mutation.wrong), encoding="utf-8")
    try:
        return next(iter(failing(copy, [f"{mutation.noticed_by}.py"])), "")
    finally:
        path.write_text(honest, encoding="utf-8")


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    say_what_is_stale()
    began = time.perf_counter()
    rows, tests = [], []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for part in ("aestudio", "resources", "tests"):
            shutil.copytree(published.ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
            shutil.copy(published.ROOT / name, copy / name)
        for mutation in MUTATIONS[: 2 if chosen.quick else None]:
            test = noticed(mutation, copy)
            tests.append(test)
            rows.append([mutation.what, f"`{mutation.file}`", f"`{test}`" if test else "**nobody**"])
            print(f"{mutation.what}: {test or f'not noticed by {mutation.noticed_by}'}", flush=True)
        found = sorted({test for test in tests if test})
        anyway = failing(copy, found, all_of_them=True) if found else []
    lines = [
        *published.heading("Mistakes, made once each", time.perf_counter() - began),
        "Only the tests of the obvious file were run. "
        + (f"**Without any mistake these fail too:** {', '.join(anyway)}" if anyway else "Without a mistake all pass."),
        "",
        *published.table(("mistake", "made in", "first test that fails"), rows),
    ]
    published.say(lines, chosen.out)
    if anyway or not all(tests):
        sys.exit(1)


if __name__ == "__main__":
    main()

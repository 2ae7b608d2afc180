"""Makes every mistake known from public code, to see which test notices: `python tests/benchmarks/known_mistakes.py`.

Each is made by replacing a few words of the source in a temporary copy of the project, where the proofs are run until
one fails. The project itself is not touched; a mistake that no test notices ends the script with 1.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import _published as published

PROOFS = ("tests/core/test_proofs.py", "tests/core/test_proofs_training.py", "tests/core/test_parts.py")
CORE = "aestudio/core"


@dataclass(frozen=True)
class Mistake:
    """What is done wrong, and how it is made here."""

    what: str
    file: str
    right: str
    wrong: str


MISTAKES = (
    Mistake(
        "Contractive penalty with the sigmoid's derivative on every activation",
        f"{CORE}/penalties/contractive.py",
        "slope = stage.activation.derivative(seen.preactivation)",
        "slope = torch.sigmoid(seen.preactivation) * (1 - torch.sigmoid(seen.preactivation))",
    ),
    Mistake(
        "Contractive penalty whose weight factor is detached and gets no gradient",
        f"{CORE}/penalties/contractive.py",
        "(slope.square() * stage.squared_rows())",
        "(slope.square() * stage.squared_rows().detach())",
    ),
    Mistake(
        "KL over the units of an image instead of the images of a batch",
        f"{CORE}/penalties/kl_sparsity.py",
        "rho = seen.hidden.mean(0)",
        "rho = seen.hidden.mean(1)",
    ),
    Mistake(
        "KL of each image, not of the mean over the batch",
        f"{CORE}/penalties/kl_sparsity.py",
        "rho = seen.hidden.mean(0)  # [H]\n        return bernoulli_kl(self.target, rho).sum()",
        "rho = seen.hidden\n        return bernoulli_kl(self.target, rho).sum(1).mean()",
    ),
    Mistake(
        "Corruption left off while training",
        f"{CORE}/autoencoder.py",
        "corrupted = run.corruption(clean, generator)",
        "corrupted = clean if torch.is_grad_enabled() else run.corruption(clean, generator)",
    ),
    Mistake(
        "The loss taken against the corrupted image",
        f"{CORE}/autoencoder.py",
        "            clean=clean,",
        "            clean=corrupted,",
    ),
    Mistake(
        "Tied weights of which the decoder has a copy",
        f"{CORE}/networks/dense.py",
        "decoder = self.W.t() if self.V is None else self.V",
        "decoder = self.W.detach().t() if self.V is None else self.V",
    ),
    Mistake(
        "An output in [−1, 1] for images in [0, 1]",
        f"{CORE}/networks/mlp.py",
        "ACTIVATIONS[self.output]",
        'ACTIVATIONS["tanh"]',
    ),
    Mistake(
        "A loss weight that is accepted and never applied",
        f"{CORE}/autoencoder.py",
        "torch.stack([weight * term for weight, term in zip(weights, terms, strict=True)]).sum()",
        "torch.stack(terms).sum()",
    ),
    Mistake(
        "Reconstruction averaged over pixels while KL is summed over units",
        f"{CORE}/losses/squared.py",
        ".square().flatten(1).sum(1).mean()",
        ".square().mean()",
    ),
)


def noticed(mistake: Mistake, copy: Path) -> str:
    """The first test that fails, or nothing."""
    path = copy / mistake.file
    honest = path.read_text(encoding="utf-8")
    if honest.count(mistake.right) < 1:
        raise SystemExit(f"{mistake.file} does not say {mistake.right!r} any more; change this script.")
    path.write_text(honest.replace(mistake.right, mistake.wrong), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", *PROOFS]
        said = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False).stdout
    finally:
        path.write_text(honest, encoding="utf-8")
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", said, re.MULTILINE)
    return failed.group(1).removeprefix("tests/core/") if failed else ""


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    began = time.perf_counter()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for part in ("aestudio", "resources", "tests"):
            shutil.copytree(published.ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(published.ROOT / name, copy / name)
        for mistake in MISTAKES[: 2 if chosen.quick else None]:
            test = noticed(mistake, copy)
            rows.append([mistake.what, f"`{mistake.file}`", f"`{test}`" if test else "**nobody**"])
            print(f"{mistake.what}: {test or 'nobody noticed'}", flush=True)
    lines = [
        *published.heading("Known mistakes, made once each", time.perf_counter() - began),
        *published.table(("mistake", "made in", "first test that fails"), rows),
    ]
    published.say(lines, chosen.out)
    if any("nobody" in row[2] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()

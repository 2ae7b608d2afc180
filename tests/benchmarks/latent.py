"""The variational family beside its published figures:
`python tests/benchmarks/latent.py [--short] [--quick] [--only ROW …] [--epochs N] [--images N]`.

Rows: `dynamic` and `weighted` (784-200-200-50 tanh, VAE and IWAE k = 5, binarised at each step), `static` (784-400,
VAE, binarised once with seed 0, which is not Larochelle's file), `shapes` (β-TCVAE and VAE, PCA and an untrained
encoder beside them), `vectors` (VQ-VAE with and without restart), `prior` (AAE, WAE and VAE with codes of eight
numbers) and `quality` (how far samples are from images, in features of a classifier that is trained here, beside images
of training).

−log p(x) is importance sampled with 5,000 codes of each test image, of which there are 10,000; with --short a row is
trained for a small part of its budget and scored with 500 codes of 500 images, and each row says so; with --epochs
these three are trained for N epochs, with --images the first N test images are scored. A fresh classifier of two hidden
layers of 100 tells 10,000 codes from as many draws of the prior. Without --short trainings take up to two hours each on
two cores.

Sources: Burda, Grosse, Salakhutdinov (2016), arXiv 1509.00519, table 1, and reruns (nbip/IWAE, pythae).
Goal (VAE dynamic): at most 87.2 nats. Goal (IWAE dynamic): at most 86.4. Goal (static): at most 90.3. Goal (shapes):
β-TCVAE ahead of VAE in MIG by 0.1 and by two standard errors. Goal (prior): at most 60 % told apart, squared error at
most 1 % above the VAE's.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from math import sqrt
from typing import Any

import _published as published
import numpy as np
import torch
from torch import Tensor, nn

from aestudio.core.data.binarised import Binarise, binarised
from aestudio.core.data.dataset import Dataset
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.parts.one_pass import Generators, Mode
from aestudio.core.probes.disentangling.information import mutual_information_gap
from aestudio.core.probes.disentangling.known import Known, known
from aestudio.core.probes.evidence import evidence
from aestudio.core.probes.frechet import frechet
from aestudio.core.run.recipes import find
from aestudio.core.run.run import Run

PUBLISHED = {
    "VAE, dynamic": (86.76, 86.35, 87.2),
    "IWAE k = 5, dynamic": (85.54, 85.18, 86.4),
    "VAE 784-400, static": (89.9, 89.78, 90.3),
}
"""−log p in nats: published, rerun, and the most that is wanted here."""
TRAINING = 60_000
"""Images of MNIST."""
DRAWN = Mode(corrupt=False, sample=True, update=False)


@dataclass(frozen=True)
class Budget:
    """How much of everything."""

    epochs: int
    """Of the density models."""
    images: int
    """Test images."""
    samples: int
    seeds: int
    share: float
    """Of the epochs of the other rows."""

    def of(self, epochs: int) -> int:
        return max(1, round(self.share * epochs))


LONG, SHORT, QUICK = Budget(600, 10_000, 5000, 3, 1.0), Budget(10, 500, 500, 1, 0.1), Budget(1, 20, 20, 1, 0.0)


def density(
    widths: Sequence[int],
    size: int,
    activation: str,
    binarise: Binarise,
    k: int,
    epochs: int,
    learning_rate: float = 2e-3,
    batch: int = 50,
    warm_up: float = 0.0,
) -> Run:
    """A VAE on MNIST in nats; with k above 0 the importance weighted bound is its objective. β rises from 0 in the
    share `warm_up` of all steps (Sønderby et al. 2016).

    Of rates and batches for tanh units, 20 epochs on 50,000 images each, −log p of 1,000 of the other 10,000 images of
    training with 100 codes: 10⁻³ and 100 → 104.9, 2·10⁻³ and 100 → 100.8, 4·10⁻³ and 100 → 109.9, 10⁻³ and 50 → 100.4,
    2·10⁻³ and 50 → 98.3.
    """
    settings: dict[str, Any] = {
        "title": f"{'IWAE' if k else 'VAE'} {'-'.join(map(str, (784, *widths, size)))}",
        "data": {"kind": "idx", "path": str(published.MNIST), "binarise": binarise},
        "network": {"kind": "mlp", "widths": list(widths), "activation": activation},
        "code": {"kind": "gaussian", "size": size},
        "loss": "cross-entropy",
        "optimiser": {"kind": "adam", "learning_rate": learning_rate},
        "rate": "cosine",
        "batch_size": batch,
        "epochs": epochs,
    }
    rise = int(warm_up * epochs * TRAINING / batch)
    kl = {"kind": "kl-to-prior", "warm_up": rise}
    ends = {"objective": {"kind": "importance-weighted", "k": k}} if k else {"penalties": [kl]}
    return Run.from_settings(settings | ends)


def likelihood(name: str, run: Run, data: Dataset, budget: Budget) -> tuple[list[str], str]:
    """A row of the table, and whether its goal is reached. A training scores its held-out images after every epoch: a
    tenth of them takes less of the two hours.
    """
    made = published.trained(run, replace(data, held_out=published.tenth(data.held_out)))
    images = published.pixels(data.held_out.images, budget.images)
    found = evidence(made.model.module, run, images, budget.samples)
    nats, bound = -float(found.log_likelihood.mean()), -float(found.elbo.mean())
    paper, rerun, goal = PUBLISHED[name]
    row = [name, f"{nats:.2f} ± {found.error:.2f}", f"{bound:.2f}", f"{paper} / {rerun}", data.name]
    row += [f"{run.epochs} epochs", f"{budget.samples} codes of {len(images)} images", published.minutes(made.seconds)]
    said = "reached" if nats <= goal else f"missed by {nats - goal:.2f} nats with this budget"
    return row, f"- Goal ({name}, at most {goal} nats): {said}."


def densities(names: Mapping[str, Run], budget: Budget, *, quick: bool) -> list[str]:
    rows, said = [], []
    for name, run in names.items():
        row, verdict = likelihood(name, run, binarised(published.mnist(quick=quick), run.data.binarise), budget)
        rows.append(row)
        said.append(verdict)
        print(row, flush=True)
    head = ("model", "−log p, nats", "−ELBO", "published / rerun", "data", "trained", "sampled", "time")
    return [*published.table(head, rows), "", *said, ""]


def dynamic(budget: Budget, *, quick: bool) -> list[str]:
    run = density((200, 200), 50, "tanh", "at each step", 0, budget.epochs, warm_up=0.2)
    return densities({"VAE, dynamic": run}, budget, quick=quick)


def weighted(budget: Budget, *, quick: bool) -> list[str]:
    run = density((200, 200), 50, "tanh", "at each step", 5, budget.epochs)
    return densities({"IWAE k = 5, dynamic": run}, budget, quick=quick)


def static(budget: Budget, *, quick: bool) -> list[str]:
    run = density((400,), 50, "relu", "once", 0, budget.epochs, learning_rate=1e-3, batch=100)
    return densities({"VAE 784-400, static": run}, budget, quick=quick)


# -- shapes ------------------------------------------------------------------------------------------------------------


def of_pca(found: Known, size: int) -> Known:
    """As many principal components in the code's place, of what stands there: pixels."""
    centred = torch.from_numpy(found.codes - found.codes.mean(0))
    components = torch.pca_lowrank(centred, size, center=False)[2]
    return replace(found, codes=(centred @ components).numpy())


def shapes(budget: Budget, *, quick: bool) -> list[str]:
    gaps: dict[str, list[float]] = {}
    for seed in range(budget.seeds):
        for name in ("beta-tcvae", "conv-vae"):
            run = find(name).run().with_value("seed", seed).model_copy(update={"claims": ()})
            run = run.with_value("epochs", budget.of(20))
            run = run.with_value("data.count", 250) if quick else run
            data = run.data.load()
            made = published.trained(run, data)
            store = data.held_out.images
            gaps.setdefault(run.title, []).append(mutual_information_gap(known(made.model.module, run, store)))
            if name == "conv-vae":
                fresh = Autoencoder(run, data.shape)
                gaps.setdefault("untrained encoder", []).append(mutual_information_gap(known(fresh, run, store)))
        print({name: f"{found[-1]:.3f}" for name, found in gaps.items()}, flush=True)
    pixels = known(fresh, run, store, most=1000, encode=False)
    gaps["PCA, ten components"] = [mutual_information_gap(of_pca(pixels, 10))]
    rows = [[name, f"{statistics.mean(each):.3f}", f"{error(each):.3f}", str(len(each))] for name, each in gaps.items()]
    ours, plain = (gaps[find(name).title] for name in ("beta-tcvae", "conv-vae"))
    ahead = statistics.mean(ours) - statistics.mean(plain)
    sure = len(ours) > 2 and ahead > 2 * sqrt(error(ours) ** 2 + error(plain) ** 2)
    said = "reached" if ahead >= 0.1 and sure else f"missed: ahead by {ahead:.3f}, {len(ours)} seeds, this budget"
    head = (f"shapes, {budget.of(20)} epochs", "MIG", "standard error", "seeds")
    return [*published.table(head, rows), "", f"- Goal (β-TCVAE ahead of VAE by 0.1 and two errors): {said}.", ""]


def error(each: Sequence[float]) -> float:
    return statistics.stdev(each) / sqrt(len(each)) if len(each) > 1 else 0.0


# -- vectors -----------------------------------------------------------------------------------------------------------


def vectors(budget: Budget, *, quick: bool) -> list[str]:
    data, rows = published.mnist(quick=quick), []
    for restart in (0.1, 0.0):
        run = find("vq-vae").run().model_copy(update={"claims": ()}).with_value("code.restart", restart)
        run = run.with_value("data", {"kind": "idx", "path": str(published.MNIST)}).with_value("epochs", budget.of(10))
        made = published.trained(run, data)
        seen = made.model.look(published.pixels(data.held_out.images, 2000))
        squared = float((seen.target - seen.reconstruction).square().mean())
        used = float(seen.latent.facts["perplexity"])
        rows.append(["yes" if restart else "no", f"{squared:.5f}", f"{used:.1f}", f"{run.epochs}"])
        print(rows[-1], flush=True)
    return [*published.table(("restart", "squared error a pixel", "perplexity of 64", "epochs"), rows), ""]


# -- the prior ---------------------------------------------------------------------------------------------------------


def told_apart(codes: Tensor, seed: int = 0) -> float:
    """How often a fresh classifier tells codes [N, K] that it has not seen from draws of N(0, I). The half that
    it sees is chosen at random: the later test images of MNIST are other people's than the first.
    """
    torch.manual_seed(seed)
    half = len(codes) // 2
    codes, real = codes[torch.randperm(len(codes))], torch.randn(codes.shape)
    x, y = (torch.cat([codes[:half], real[:half]]), torch.cat([codes[half:], real[half:]]))
    label = torch.cat([torch.ones(half), torch.zeros(half)])
    judge = nn.Sequential(nn.Linear(codes.shape[1], 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 1))
    optimiser = torch.optim.Adam(judge.parameters(), lr=1e-3)
    for _ in range(20):
        for index in torch.split(torch.randperm(len(x)), 100):
            optimiser.zero_grad()
            logits = judge(x[index]).squeeze(1)
            torch.autograd.backward(nn.functional.binary_cross_entropy_with_logits(logits, label[index]))
            optimiser.step()
    with torch.no_grad():
        right = (judge(y).squeeze(1) > 0).float()[: 2 * half]
        wanted = torch.cat([torch.ones(len(codes) - half), torch.zeros(len(codes) - half)])[: 2 * half]
    return float((right == wanted).float().mean())


def prior(budget: Budget, *, quick: bool) -> list[str]:
    """All three codes are drawn, which the two papers allow. Found on 10,000 of the training images, told apart and
    squared error; after 12 epochs: VAE 69 %, 0.0190; AAE with a plain code and λ = 1 72 %, 0.0173, and with λ = 10 72
    %, 0.0181; with a critic that learns at 3·10⁻³ and is twice as wide 65 %, 0.0224; with a drawn code, that rate and
    λ = 3 60 %, 0.0177; WAE with a plain code 81 %, 0.0174 at λ = 10 and 76 %, 0.0192 at 100, in batches of 500 79 %,
    0.0228 at 30; with a drawn one 68 %, 0.0247 at 100. After 25 epochs: VAE 68 %, 0.0170; AAE with λ = 1 64 %, 0.0152.
    """
    data, rows, squared = published.mnist(quick=quick), [], {}
    base: dict[str, Any] = {
        "data": {"kind": "idx", "path": str(published.MNIST)},
        "network": {"kind": "mlp", "widths": [512, 256], "activation": "relu"},
        "code": {"kind": "gaussian", "size": 8},
        "optimiser": {"kind": "adam", "learning_rate": 1e-3},
        "rate": "cosine",
        "batch_size": 128,
        "epochs": budget.of(50),
    }
    kinds: dict[str, dict[str, Any]] = {
        "VAE": {"penalties": ["kl-to-prior"]},
        "AAE": {"penalties": [{"kind": "adversarial", "weight": 2.0, "rate": 3e-3}]},
        "WAE": {"penalties": [{"kind": "mmd", "weight": 30.0}]},
    }
    said = []
    for name, settings in kinds.items():
        run = Run.from_settings({"title": name, **base, **settings})
        made = published.trained(run, data)
        codes, error_of = looked(made.model, data)
        apart = told_apart(codes)
        squared[name] = error_of
        rows.append([name, f"{100 * apart:.1f} %", f"{error_of:.5f}", f"{error_of / squared['VAE'] - 1:+.1%}"])
        print(rows[-1], flush=True)
        if name != "VAE":
            good = apart <= 0.6 and error_of <= 1.01 * squared["VAE"]
            said.append(f"- Goal ({name}, at most 60 % and 1 %): {'reached' if good else 'missed with this budget'}.")
    head = (f"MNIST, {base['epochs']} epochs", "codes told from the prior", "squared error a pixel", "above the VAE’s")
    return [*published.table(head, rows), "", *said, ""]


@torch.no_grad()
def looked(model: Model, data: Dataset) -> tuple[Tensor, float]:
    """Codes of up to 10,000 test images as they are drawn, and the squared error a pixel from the mean of each."""
    codes, errors = [], []
    for images in torch.split(published.pixels(data.held_out.images), 500):
        generators = Generators(code=torch.Generator().manual_seed(0))
        codes.append(model.module.look(model.run, images, model.span, DRAWN, generators).code)
        errors.append((model.reconstruct(images) - images).square().mean())
    return torch.cat(codes), float(torch.stack(errors).mean())


# -- how real samples look ---------------------------------------------------------------------------------------------


class Judge(nn.Module):
    """A classifier of digits; its last hidden layer is what samples are compared in."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(),
            nn.Linear(32 * 49, 64), nn.ReLU(),
        )  # fmt: skip
        self.label = nn.Linear(64, 10)

    def learn(self, images: Tensor, labels: Tensor, epochs: int) -> None:
        optimiser = torch.optim.Adam(self.parameters(), lr=1e-3)
        for _ in range(epochs):
            for index in torch.split(torch.randperm(len(images)), 100):
                optimiser.zero_grad()
                loss = nn.functional.cross_entropy(self.label(self.features(images[index])), labels[index])
                torch.autograd.backward(loss)
                optimiser.step()

    @torch.no_grad()
    def look(self, images: Tensor) -> Tensor:
        """[N, 64]."""
        return torch.cat([self.features(some) for some in torch.split(images, 1000)])

    @torch.no_grad()
    def right(self, images: Tensor, labels: Tensor) -> float:
        return float((self.label(self.look(images)).argmax(1) == labels).float().mean())


def quality(budget: Budget, *, quick: bool) -> list[str]:
    data = published.mnist(quick=quick)
    torch.manual_seed(0)
    train, test = (published.pixels(split.images) for split in (data.train, data.held_out))
    labels = [split.labels for split in (data.train, data.held_out) if split.labels is not None]
    judge = Judge()
    judge.learn(train, labels[0], 1 if quick else 3)
    real, count = judge.look(test), len(test)
    rows = [["images of training: the floor", f"{frechet(judge.look(train[:count]), real):.2f}"]]
    for name in ("vae", "beta-vae", "wae-mmd", "aae"):
        run = find(name).run().model_copy(update={"claims": ()}).with_value("epochs", budget.of(20))
        run = run.with_value("data", {"kind": "idx", "path": str(published.MNIST)})
        drawn = published.trained(run, data).model.samples(count)
        assert drawn is not None
        rows.append([f"{name}, samples from its prior", f"{frechet(judge.look(drawn), real):.2f}"])
        print(rows[-1], flush=True)
    flat = train[:count].flatten(1)
    normal = torch.distributions.MultivariateNormal(flat.mean(0), torch.cov(flat.T) + 1e-4 * torch.eye(flat.shape[1]))
    rows.append(["pixels of a normal distribution with the images’ covariance", ""])
    rows[-1][1] = f"{frechet(judge.look(normal.sample((count,)).view_as(test).clamp(0, 1)), real):.2f}"
    said = (
        f"A classifier of this script tells {judge.right(test, labels[1]):.1%} of the test images; the figure is the "
    )
    said += "Fréchet distance in its 64 features, and no other’s: it is not FID."
    return [
        said,
        "",
        *published.table((f"MNIST, {budget.of(20)} epochs", "Fréchet distance to the test images"), rows),
        "",
    ]


ROWS: dict[str, Callable[..., list[str]]] = {
    "dynamic": dynamic,
    "weighted": weighted,
    "static": static,
    "shapes": shapes,
    "vectors": vectors,
    "prior": prior,
    "quality": quality,
}


def taken(option: str) -> int:
    """The number behind an option, which is taken out of what was typed; 0 where it is not there."""
    if option not in sys.argv:
        return 0
    place = sys.argv.index(option)
    number = int(sys.argv[place + 1])
    del sys.argv[place : place + 2]
    return number


def main() -> None:
    typed, only = list(sys.argv), []
    if "--only" in sys.argv:
        place = sys.argv.index("--only")
        only = [*takewhile(ROWS.__contains__, sys.argv[place + 1 :])]
        del sys.argv[place : place + 1 + len(only)]
    short = "--short" in sys.argv
    if short:
        sys.argv.remove("--short")
    epochs, images = taken("--epochs"), taken("--images")
    chosen = published.arguments(__doc__ or "", __file__)
    sys.argv[:] = typed  # the result says what was typed
    np.seterr(all="raise", under="ignore")
    budget = QUICK if chosen.quick else SHORT if short else LONG
    budget = replace(budget, epochs=epochs or budget.epochs, images=images or budget.images)
    began, lines = time.perf_counter(), []
    for name in only or ROWS:
        lines += [f"## {name}", "", *ROWS[name](budget, quick=chosen.quick)]
    title = f"The variational family{', a short training' if short else ''}"
    published.say([*published.heading(title, time.perf_counter() - began), *lines], chosen.out)


if __name__ == "__main__":
    main()

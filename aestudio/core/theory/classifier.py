"""The encoder as the beginning of a classifier: a softmax layer on the code, and all of it fine-tuned on the labels."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aestudio.core.data.dataset import Dataset, ImageStore, to_float
from aestudio.core.ground import compute as computing
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.one_pass import CLEAN
from aestudio.core.parts.plan import Span
from aestudio.core.parts.rates.cosine import Cosine
from aestudio.core.parts.slots import validated
from aestudio.core.run.run import Run
from aestudio.core.theory.labelled import labels_of, parted
from aestudio.core.training.finite_guard import FiniteGuard

BATCH = 1000
"""Images at once where nothing is learned."""


@dataclass(frozen=True)
class ClassifierResult:
    """Fractions of images that are classified wrongly, in [0, 1], by the weights of the best epoch."""

    train_error: float
    validation_error: float
    held_out_error: float
    best_epoch: int
    """Counted from 1, the one with the lowest error on the images kept back."""
    epochs: int
    """How many were trained."""
    history: tuple[float, ...] = field(repr=False, default=())
    """The validation error after each epoch."""
    held_out_error_of_all: float | None = None
    """Where all training images were asked for: of another classifier, trained on those kept back as well."""


class Classifier(nn.Module):
    """softmax(U z + d) of the code z of an image; U and d begin at 0, where no class is preferred."""

    def __init__(self, model: Model, classes: int) -> None:
        super().__init__()
        self.run: Run = model.run
        self.depth = model.depth
        self.encoder: Autoencoder = copy.deepcopy(model.module)
        self.softmax = nn.Linear(torch.Size(model.code_shape).numel(), classes)
        nn.init.zeros_(self.softmax.weight)
        nn.init.zeros_(self.softmax.bias)

    def learned(self) -> list[nn.Parameter]:
        """The encoder's and the softmax layer's; what only the decoder uses gets no gradient and stays as it is."""
        modules = [
            *self.encoder.span(0, self.depth),
            *([self.encoder.code] if self.depth == self.encoder.depth else []),
        ]
        every = [parameter for module in modules for parameter in module.parameters()]
        for parameter in every:
            parameter.requires_grad_()
        return [*every, *self.softmax.parameters()]

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, C] of images [N, …]; not corrupted."""
        code = self.encoder.encode(self.run, images, Span(0, self.depth), CLEAN).latent.code
        logits: Tensor = self.softmax(code.flatten(1))
        return logits


def fine_tune(
    model: Model,
    dataset: Dataset,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int,
    seed: int,
    optimiser: str = Optimiser.default,
    patience: int = 10,
    then_all: bool = False,
    report: Report = unheard,
    compute: Compute | None = None,
) -> ClassifierResult:
    """Trains encoder and softmax layer on −1/B Σ log softmax(U z + d)[y], the code being part of the encoder.

    The learning rate falls to zero along half a cosine. A sixth of the training images is kept back (10,000 of MNIST's,
    as in Rifai et al. 2011, section 5): the weights of the epoch that does best on them are those that count, and
    training ends after `patience` epochs without a better one. The seed chooses that sixth and the order of the images;
    `optimiser` is the kind of any optimiser. With `then_all` a second classifier is trained, on every training image
    and for all epochs, now that nothing is left to choose.

    Raises: DataError where there are no labels; RunError where the loss is not finite or there is no such optimiser;
    whatever `report` raises.
    Source: Bengio et al. (2006), Greedy Layer-Wise Training of Deep Networks, section 2.
    """
    labels = labels_of(dataset)
    compute = compute or computing.choose()
    device = compute.device
    images, held_out = dataset.train.images.to(device), dataset.held_out.images.to(device)
    y, y_held_out = labels.train.to(device), labels.held_out.to(device)
    fitted, kept_back = (index.to(device) for index in parted(len(dataset.train), seed))
    moving = validated(Optimiser, {"kind": optimiser, "learning_rate": learning_rate})
    course = ClassifierTraining(epochs, batch_size, seed, moving, share=0.5 if then_all else 1.0)
    best, best_weights, history = 1, dict[str, Tensor](), list[float]()

    with compute.threads_for(model.module.work() // 2 * batch_size):
        classifier = Classifier(model, labels.classes).to(device)
        for epoch in course.epochs_on(classifier, images, y, fitted, report):
            history.append(error(classifier, images, y, kept_back))
            if history[-1] < min(history[:-1], default=2.0):
                best = epoch + 1
                best_weights = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
            if epoch + 1 - best >= patience:
                break
        classifier.load_state_dict(best_weights)
        train_error, held_out_error = error(classifier, images, y, fitted), error(classifier, held_out, y_held_out)
        of_all = None
        if then_all:
            classifier, every = Classifier(model, labels.classes).to(device), torch.cat([fitted, kept_back])
            for _ in replace(course, begun=0.5).epochs_on(classifier, images, y, every, report):
                pass
            of_all = error(classifier, held_out, y_held_out)
    return ClassifierResult(train_error, history[best - 1], held_out_error, best, len(history), tuple(history), of_all)


@dataclass(frozen=True)
class ClassifierTraining:
    """How a classifier is trained."""

    epochs: int
    batch_size: int
    seed: int
    optimiser: Optimiser
    begun: float = 0.0
    share: float = 1.0
    """Of all that is reported, what was done before, and what this is."""

    def epochs_on(
        self, classifier: Classifier, images: ImageStore, labels: Tensor, index: Tensor, report: Report
    ) -> Iterator[int]:
        """The number of each epoch, from 0, after it was trained on the images at `index`."""
        parameters = classifier.learned()
        steps = self.optimiser.build(parameters)
        guard = FiniteGuard([steps], parameters, labels.device)
        rate, order = Cosine(), torch.Generator().manual_seed(self.seed)
        batches_an_epoch = -(-len(index) // self.batch_size)
        for epoch in range(self.epochs):
            shuffled = index[torch.randperm(len(index), generator=order).to(index.device)]
            for number, some in enumerate(torch.split(shuffled, self.batch_size)):
                done = (epoch + number / batches_an_epoch) / self.epochs
                text = say("Classifier, epoch {epoch} of {epochs}", epoch=epoch + 1, epochs=self.epochs)
                report(text, self.begun + self.share * done)
                for group in steps.param_groups:
                    group["lr"] = self.optimiser.learning_rate * rate.factor(done)
                loss = F.cross_entropy(classifier(to_float(images.gather(some))), labels[some])
                steps.zero_grad(set_to_none=True)
                torch.autograd.backward(loss)
                guard.step(loss, epoch * batches_an_epoch + number + 1)
            if (bad := guard.tripped_at()) is not None:
                raise RunError("The classifier's loss was not finite at step {bad}; lower the learning rate.", bad=bad)
            yield epoch


@torch.no_grad()
def error(classifier: Classifier, images: ImageStore, labels: Tensor, index: Tensor | None = None) -> float:
    """The fraction of the images at `index` (all by default) whose largest logit is not their label's."""
    if index is None:
        index = torch.arange(len(images), device=labels.device)
    wrong = torch.stack(
        [
            (classifier(to_float(images.gather(some))).argmax(1) != labels[some]).sum()
            for some in torch.split(index, BATCH)
        ]
    )
    return float(wrong.sum()) / len(index)

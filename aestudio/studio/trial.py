"""Trying a model out: the newest snapshot as a Model, an image of the person's through it, an opened file's preview."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset, Resident
from aestudio.core.ground import compute
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import DOT, Text, listed
from aestudio.core.model.model_file import ModelFile
from aestudio.core.model.trained import Model
from aestudio.core.parts.plan import Phase
from aestudio.core.probes.preview import WORK, Previewer
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.studio.own_images import OwnImage
from aestudio.studio.status import TriedImage

FEW = 32
"""Images that say what each number of a code tells."""


class Trial:
    """Keeps one Model, and gives it the weights of whichever snapshot it is asked for."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._of: Preview | None = None

    def forget(self) -> None:
        """The next snapshot is of another network."""
        self._model = self._of = None

    def model(self, preview: Preview) -> Model:
        """The snapshot, ready to try. Raises ModelFileError where its weights do not belong to its network."""
        shape = shape_of(preview)
        same = self._of is not None and _built_alike(self._of.run, preview.run)
        if self._model is None or not same or self._model.shape != shape:
            self._model = Model(preview.run, shape, preview.weights, preview.depth)
        elif self._of is not preview:
            self._model.load(preview.weights)
            self._model.run, self._model.depth = preview.run, preview.depth
        self._of = preview
        return self._model

    def decode(self, preview: Preview, codes: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Flat codes [N, K] as images [N, C, H, W]; None where they are not of this snapshot."""
        try:
            images: NDArray[np.float32] = (
                self.model(preview).decode(torch.from_numpy(np.ascontiguousarray(codes))).numpy()
            )
        except (StudioError, RuntimeError):  # the code of a layer that is not the one in training any more
            return None
        return images

    def code_shape(self, preview: Preview) -> tuple[int, ...]:
        """Of one code of this snapshot; nothing where its weights do not belong to its network."""
        try:
            return self.model(preview).code_shape
        except StudioError:
            return ()

    def unit_kl(self, preview: Preview) -> NDArray[np.float32] | None:
        """What each number of the code tells of the first images of the preview, in nats, [K]; None where the code
        knows no prior.
        """
        try:
            model = self.model(preview)
            kl = model.latent(torch.from_numpy(preview.original[:FEW])).kl
        except (StudioError, RuntimeError):
            return None
        return None if kl is None else kl.flatten(1).mean(0).float().numpy()

    def prior_code(self, preview: Preview, seed: int) -> NDArray[np.float32] | None:
        """A code drawn from the prior, flat [K]; None where there is none."""
        try:
            codes = self.model(preview).prior(1, seed)
        except (StudioError, RuntimeError):
            return None
        return None if codes is None else codes.flatten().float().numpy()

    def images(
        self, own: Sequence[OwnImage], preview: Preview | None, run: Run, dataset: Dataset | None
    ) -> tuple[TriedImage, ...]:
        """Images of the person's through the snapshot, the first ones where the network is large, as a window waits for
        them; before there is one, as they wait for a model of `run`.

        None of them where not even a size is known yet.

        Raises: StudioError or RuntimeError where they cannot go through.
        """
        model = self.model(preview) if preview is not None else None
        shape = model.shape if model else dataset.shape if dataset else None
        if shape is None or not own:
            return ()
        some = own if model is None else own[: max(1, int(WORK / model.module.work()))]
        fitted = torch.stack([one.fitted(shape) for one in some])
        made = codes = None
        if model is None:
            corrupted = run.corruption.seen(fitted, torch.Generator().manual_seed(run.seed))
        else:
            corrupted, codes, made = model.try_on(fitted, model.run.seed)
        return tuple(
            TriedImage(
                one.name,
                fitted[place].numpy(),
                corrupted[place].numpy(),
                None if made is None else made[place].numpy(),
                None if codes is None else codes[place].numpy(),
                _fitted(one, shape, len(some), len(own), waits=model is None),
            )
            for place, one in enumerate(some)
        )


def _fitted(one: OwnImage, shape: Shape, shown: int, count: int, *, waits: bool) -> str:
    """What was done to its size, how many are not shown, and what it waits for."""
    (height, width), (_, tall, wide) = (one.height, one.width), shape
    notes = []
    if (height, width) != (tall, wide):
        size, fits = f"{width} × {height}", f"{wide} × {tall}"
        notes.append(Text("{size} fitted to {fits}", size=size, fits=fits))
    if shown < count:
        notes.append(Text("{shown} of {count} images, as the network is large", shown=shown, count=count))
    if waits:
        notes.append(Text("waiting for a model"))
    return str(listed(notes, DOT))


def _built_alike(one: Run, other: Run) -> bool:
    """Whether two runs' parts build the same modules; the weights of penalties may differ."""
    kinds = [[penalty.kind for penalty in run.penalties] for run in (one, other)]
    parts = [(run.network, run.code, run.loss) for run in (one, other)]
    return kinds[0] == kinds[1] and parts[0] == parts[1]


def opened_preview(opened: ModelFile, dataset: Dataset | None) -> Preview:
    """An opened model on held-out images: those of the data where they fit, else those in the file, else on grey."""
    model = opened.model()
    store = None
    if dataset is not None and dataset.shape == opened.shape:
        store = dataset.held_out.images
    elif opened.samples is not None:
        store = Resident(opened.samples)
    if store is not None:
        phase = Phase("opened", model.span, 0)
        return Previewer(model.module, store, compute.choose("cpu"), opened.run.seed)(opened.run, 0, phase)
    grey = np.full((1, *opened.shape), 0.5, dtype=np.float32)
    seen = model.look(torch.from_numpy(grey))
    return Preview(
        step=0,
        phase="opened",
        original=grey,
        corrupted=seen.corrupted.numpy(),
        reconstructed=seen.reconstruction.numpy(),
        hidden=seen.hidden.numpy(),
        code=seen.code.flatten(1).numpy(),
        depth=model.depth,
        run=opened.run,
        weights=dict(opened.weights),
    )


def shape_of(preview: Preview) -> Shape:
    """Of the images that a snapshot takes."""
    channels, height, width = preview.original.shape[1:]
    return channels, height, width

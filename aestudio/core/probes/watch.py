"""What a run claims, measured as it trains."""

from __future__ import annotations

from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import DataError, ModelFileError
from aestudio.core.ground.resources import resource
from aestudio.core.model import model_file
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.slots import options
from aestudio.core.probes.measure import Looked, Measure
from aestudio.core.probes.preview import probe_batch
from aestudio.core.run.run import Run

OFTEN = 100
"""Times that claims are measured in a phase, evenly spread, whatever the clock says: the same run says the same."""


class Watch:
    """The measures that the claims of one run ask for."""

    def __init__(self, run: Run, dataset: Dataset, compute: Compute) -> None:
        wanted = {name for claim in run.claims for name in claim.scores}
        self._measures: dict[str, Measure] = {
            one.score(): one(dataset) for one in options(Measure).values() if one.score() in wanted
        }
        self._references = {
            claim.compared_with: (claim.score, claim.reference) for claim in run.claims if claim.reference
        }
        self._dataset, self._compute = dataset, compute
        self._images: Tensor | None = None
        self._known: dict[str, float] = {}
        """Of the references, which do not change."""

    def due(self, epoch: int, epochs: int) -> bool:
        """Whether the claims are measured after so many epochs of a phase."""
        return bool(self._measures) and (epoch % max(1, epochs // OFTEN) == 0 or epoch >= epochs)

    def __call__(self, model: Autoencoder, run: Run, code: Tensor) -> dict[str, float]:
        """Every number that the claims are about and that such a network has, by score. `code` as in Looked."""
        if not self._measures:
            return {}
        if self._images is None:
            self._images = probe_batch(self._dataset.held_out.images.to(self._compute.device), self._compute.device)
            self._known = self._of_references()
        return self._taken(Looked(model, run, self._images, code)) | self._known

    def _taken(self, looked: Looked) -> dict[str, float]:
        found = {}
        for name, measure in self._measures.items():
            try:
                value = measure(looked)
            except DataError:  # of images that it is not made for
                continue
            if value is not None:
                found[name] = value
        return found

    def _of_references(self) -> dict[str, float]:
        """The same measures of networks that ship with the program, on these images; of other sizes there are none."""
        found = {}
        for name, (score, file) in self._references.items():
            try:
                opened = model_file.load(resource("references", f"{file}.safetensors"))
            except ModelFileError:  # a distribution may leave it out
                continue
            if opened.shape != self._dataset.shape or self._images is None:
                continue
            module = opened.model().module.to(self._compute.device)
            code = module.encode(opened.run, self._images, opened.model().span).latent.code.flatten(1).cpu()
            value = self._measures[score](Looked(module, opened.run, self._images, code))
            if value is not None:
                found[name] = value
        return found

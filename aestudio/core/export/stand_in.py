"""Pictures to compare an export on where the model's own cannot be had."""

from __future__ import annotations

import torch
from torch import Tensor

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.pictures import fit_image, read_image
from aestudio.core.ground.errors import DataError
from aestudio.core.model.sizes import Sizes
from aestudio.core.model.trained import Model

COUNT = 4


def sample_pictures(model: Model) -> Tensor | None:
    """Parts of scikit-image's photograph of a cat [COUNT, C, H, W] in [0, 1], of the size of the model's images; None
    where it is not there, or where the model knows more of its images than that they are pictures.
    """
    channels, height, width = model.shape
    if channels not in (1, 3) or not Sizes.of(model).free:
        return None
    try:
        values = read_image(carried("skimage", "data/chelsea.png"))
    except DataError:
        return None
    tops = torch.linspace(0, max(0, values.shape[0] - height), COUNT).long().tolist()
    cut = [values[top : top + height, 60 : 60 + width] for top in tops]
    return torch.stack([torch.from_numpy(fit_image(one, model.shape)).float() / 255 for one in cut])

"""No augmentation."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.augmentation import Augmentation


class NoAugmentation(Augmentation):
    """Every epoch sees the images as they are."""

    kind: ClassVar[str] = "none"
    title: ClassVar[str] = "None"
    about: ClassVar[str] = "Every epoch sees the images as they are."
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 0
    neutral: ClassVar[bool] = True

    def __call__(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return images

"""Handwritten digits that scikit-learn carries: small enough to train on in seconds."""

from typing import ClassVar

import numpy as np
import torch

from aestudio.core.data.carried import carried
from aestudio.core.data.dataset import Dataset, Resident, Split, split_at_random
from aestudio.core.data.source import Data
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob

FILE = "datasets/data/digits.csv.gz"


class Digits(Data):
    """1,797 handwritten digits of 8×8 pixels, 17 grey levels stretched to 0–255."""

    kind: ClassVar[str] = "digits"
    title: ClassVar[str] = "Digits 8×8"
    about: ClassVar[str] = "1,797 handwritten digits of 8×8 pixels, 17 grey levels stretched to 0–255."
    source: ClassVar[str] = (
        "Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI; as in scikit-learn"
    )
    rank: ClassVar[int] = 0

    held_out: float = knob(
        0.2, "Part held out", low=0.01, high=0.9, tip="The fraction of images kept from training, to score it."
    )

    def read(self, report: Report = unheard) -> Dataset:
        report(say("Reading the digits"), None)
        table = np.loadtxt(carried("sklearn", FILE), delimiter=",")  # [N, 8·8 and the digit]; importing takes 0.7 s
        images = torch.from_numpy(table[:, :-1].reshape(-1, 1, 8, 8) * (255 / 16)).round().to(torch.uint8)
        labels = torch.from_numpy(table[:, -1]).long()
        train, held_out = split_at_random(len(images), self.held_out, seed=0)
        return Dataset(
            name=self.title,
            train=Split(Resident(images[train]), labels[train]),
            held_out=Split(Resident(images[held_out]), labels[held_out]),
            label_names=tuple(str(n) for n in range(10)),
        )

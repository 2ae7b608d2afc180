"""Standard data sets, one click away when online: MNIST, Fashion-MNIST, KMNIST and CIFAR-10, read by torchvision."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch

from aestudio.core.data.download import Download, IdxDownload, unpack_members
from aestudio.core.ground import folders
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, say


class Mnist(IdxDownload):
    """70,000 handwritten digits of 28×28 pixels, 10,000 of them held out. A download of 12 MB, once."""

    kind: ClassVar[str] = "mnist"
    title: ClassVar[str] = "MNIST"
    about: ClassVar[str] = (
        "70,000 handwritten digits of 28×28 pixels, 10,000 of them held out. A download of 12 MB, once."
    )
    source: ClassVar[str] = "LeCun, Cortes, Burges (1998), The MNIST database of handwritten digits"
    rank: ClassVar[int] = 10
    download_bytes: ClassVar[int] = 11_594_722

    def torchvision_class(self) -> Any:
        from torchvision.datasets import MNIST

        return MNIST


class FashionMnist(IdxDownload):
    """70,000 pieces of clothing of 28×28 pixels, 10,000 of them held out. A download of 31 MB, once."""

    kind: ClassVar[str] = "fashion-mnist"
    title: ClassVar[str] = "Fashion-MNIST"
    about: ClassVar[str] = (
        "70,000 pieces of clothing of 28×28 pixels, 10,000 of them held out. A download of 31 MB, once."
    )
    source: ClassVar[str] = "Xiao, Rasul, Vollgraf (2017), Fashion-MNIST (MIT)"
    rank: ClassVar[int] = 11
    download_bytes: ClassVar[int] = 30_878_645

    def torchvision_class(self) -> Any:
        from torchvision.datasets import FashionMNIST

        return FashionMNIST


class Kmnist(IdxDownload):
    """70,000 handwritten Japanese letters of ten kinds, 28×28 pixels, 10,000 held out. A download of 21 MB, once."""

    kind: ClassVar[str] = "kmnist"
    title: ClassVar[str] = "KMNIST"
    about: ClassVar[str] = (
        "70,000 handwritten Japanese letters of ten kinds, 28×28 pixels, 10,000 held out. A download of 21 MB, once."
    )
    source: ClassVar[str] = "Clanuwat et al. (2018), Deep learning for classical Japanese literature (CC BY-SA 4.0)"
    rank: ClassVar[int] = 12
    download_bytes: ClassVar[int] = 21_240_888

    def torchvision_class(self) -> Any:
        from torchvision.datasets import KMNIST

        return KMNIST


class Cifar10(Download):
    """60,000 colour photographs of ten kinds of things, 32×32 pixels, 10,000 held out. A download of 171 MB, once."""

    kind: ClassVar[str] = "cifar10"
    title: ClassVar[str] = "CIFAR-10"
    about: ClassVar[str] = (
        "60,000 colour photographs of ten kinds of things, 32×32 pixels, 10,000 held out. A download of 171 MB, once."
    )
    source: ClassVar[str] = "Krizhevsky (2009), Learning multiple layers of features from tiny images"
    rank: ClassVar[int] = 13
    download_bytes: ClassVar[int] = 170_498_071

    def torchvision_class(self) -> Any:
        from torchvision.datasets import CIFAR10

        return CIFAR10

    def folder(self) -> Path:
        return folders.datasets()

    def archives(self) -> list[tuple[str, list[str], str]]:
        source = self.torchvision_class()
        return [(source.filename, [source.url], source.tgz_md5)]

    def members(self) -> list[str]:
        source = self.torchvision_class()
        names = [name for name, _ in source.train_list + source.test_list] + [source.meta["filename"]]
        return [f"{source.base_folder}/{name}" for name in names]

    def unpacked(self) -> list[Path]:
        return [self.folder() / name for name in self.members()]

    def unpack(self, archive: Path, report: Report) -> None:
        doing = say("Unpacking {title}", title=Text(self.title))
        unpack_members(archive, self.members(), self.folder(), report, doing)

    def images(self, part: Any) -> torch.Tensor:
        return torch.from_numpy(part.data).permute(0, 3, 1, 2).contiguous()

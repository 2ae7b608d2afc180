"""Data sets that torchvision knows and the network holds: fetched once into the user's cache."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import tarfile
import urllib.error
import urllib.request
import zlib
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

import torch

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.data.source import Data
from aestudio.core.ground import folders
from aestudio.core.ground.errors import DataError, StudioError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.system_words import system_words
from aestudio.core.ground.texts import AND, SEMICOLON, Text, enumerated, listed, say

CHUNK = 1 << 16
STALLED = 20.0
"""Seconds without a byte after which a server is given up."""

Received = Callable[[int], None]
"""Called with the number of bytes that have arrived so far."""


class _ChecksumError(Exception):
    """The file arrived, and is not the one that was asked for."""


class UnreachableError(StudioError):
    """No mirror could be reached; the text says what happened, for the middle of a sentence."""


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """A temporary file beside `target` that takes its place when the block ends well, and is gone when it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")  # two programs may fetch at once
    try:
        with part.open("xb") as file:
            yield file
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def fetch(urls: list[str], target: Path, md5: str, received: Received) -> None:
    """Downloads `target` from the first of `urls` that gives the file with this checksum.

    Raises: UnreachableError where none does; whatever `received` raises, which leaves no file behind.
    """
    silent: list[str] = []
    failures: list[Text] = []
    for url in urls:
        host = str(urlsplit(url).hostname)
        try:
            _fetch(url, target, md5, received)
            return
        except urllib.error.HTTPError as error:
            failures.append(Text("{host} answered with error {code}", host=host, code=error.code))
        except (urllib.error.URLError, TimeoutError):
            silent.append(host)
        except (ConnectionError, http.client.HTTPException):
            failures.append(Text("the connection to {host} broke", host=host))
        except _ChecksumError:
            failures.append(Text("what {host} sent is damaged: its checksum differs from the original's", host=host))
    if silent:
        failures.append(Text("{silent} cannot be reached", silent=listed(dict.fromkeys(silent), AND)))
    raise UnreachableError("{failures}", failures=listed(failures, SEMICOLON))


def _fetch(url: str, target: Path, md5: str, received: Received) -> None:
    asked = urllib.request.Request(url, headers={"User-Agent": "AEStudio"})
    digest, size = hashlib.md5(usedforsecurity=False), 0
    with urllib.request.urlopen(asked, timeout=STALLED) as answer, replacing(target) as file:
        while chunk := _next_chunk(answer):
            digest.update(chunk)
            file.write(chunk)
            size += len(chunk)
            received(size)
        if digest.hexdigest() != md5:
            raise _ChecksumError


def _next_chunk(answer: Any) -> bytes:
    try:
        # read1 gives what has arrived instead of waiting for a whole chunk, so that a slow line can be cancelled too.
        chunk: bytes = answer.read1(CHUNK)
    except TimeoutError:
        raise
    except OSError as error:  # a broken connection, not to be taken for a full disk
        raise ConnectionError(str(error)) from error
    return chunk


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


class Download(Data):
    """A source whose files torchvision names, locates and reads, and which this module fetches and unpacks."""

    embedded: ClassVar[bool] = False
    download_bytes: ClassVar[int]
    """What the files weigh together, for the progress shown before each answer says so itself."""

    @abstractmethod
    def torchvision_class(self) -> Any:
        """The torchvision data set; importing it takes seconds."""

    @abstractmethod
    def folder(self) -> Path:
        """Where the downloaded files go, and where a person may put them by hand."""

    @abstractmethod
    def archives(self) -> list[tuple[str, list[str], str]]:
        """The files to download: name, the addresses it can be had from, MD5."""

    @abstractmethod
    def unpacked(self) -> list[Path]:
        """What torchvision reads; when all of it is there nothing is downloaded."""

    @abstractmethod
    def unpack(self, archive: Path, report: Report) -> None:
        """Makes the part of `unpacked` that comes out of one archive."""

    def read(self, report: Report = unheard) -> Dataset:
        report(say("Starting torchvision"), None)
        try:
            source = self.torchvision_class()
        except (ImportError, RuntimeError) as error:  # the second where it was built for another torch
            raise DataError(
                "{title} needs torchvision, which cannot be imported ({error}).", title=Text(self.title), error=error
            ) from error
        try:
            if not all(path.is_file() for path in self.unpacked()):
                self._make_present(report)
        except OSError as error:
            raise DataError(
                "{title} cannot be kept in {folder}: {reason}.",
                title=Text(self.title),
                folder=self.folder(),
                reason=system_words(error),
            ) from error
        report(say("Reading {title}", title=Text(self.title)), None)
        try:
            parts = [source(folders.datasets(), train=train, download=False) for train in (True, False)]
        except Exception as error:  # torchvision says what is wrong with a file in many ways, assertions among them
            raise DataError(self._unusable(error)) from error
        train, held_out = (Split(Resident(self.images(part)), torch.as_tensor(part.targets).long()) for part in parts)
        names = tuple(str(name).split(" - ")[0] for name in parts[0].classes)  # "0 - zero" is how MNIST's are written
        return Dataset(name=self.title, train=train, held_out=held_out, label_names=names)

    @abstractmethod
    def images(self, part: Any) -> torch.Tensor:
        """A torchvision data set's images as uint8 [N, C, H, W]."""

    def _make_present(self, report: Report) -> None:
        folder, before = self.folder(), 0
        for name, urls, md5 in self.archives():
            archive = folder / name
            by_hand = archive.is_file()
            if by_hand:
                report(say("Checking {name}", name=name), None)
                if checksum(archive) != md5:
                    raise DataError(
                        "{archive} is not the original file or is damaged (its checksum differs): delete it to "
                        "download it again.",
                        archive=archive,
                    )
            elif not all(path.is_file() for path in self.unpacked_from(name)):
                before += self._download(archive, urls, md5, before, report)
            if archive.is_file():
                try:
                    self.unpack(archive, report)
                except (gzip.BadGzipFile, EOFError, zlib.error, tarfile.TarError, KeyError) as error:
                    raise DataError(self._unusable(error)) from error
                if not by_hand:  # what a person put there stays
                    archive.unlink()

    def _unusable(self, error: Exception) -> Text:
        return Text(
            "The files of {title} in {folder} cannot be used ({error}): delete them there to download them again.",
            title=Text(self.title),
            folder=self.folder(),
            error=str(error).strip(". "),
        )

    def unpacked_from(self, _archive: str) -> list[Path]:
        """The part of `unpacked` that comes out of one archive."""
        return self.unpacked()

    def _download(self, archive: Path, urls: list[str], md5: str, before: int, report: Report) -> int:
        total = self.download_bytes

        def received(size: int) -> None:
            done = before + size
            report(
                say(
                    "Downloading {title}: {done:.1f} of {total:.1f} MiB",
                    title=Text(self.title),
                    done=done / 2**20,
                    total=total / 2**20,
                ),
                min(done / total, 1.0),
            )

        received(0)
        try:
            fetch(urls, archive, md5, received)
        except UnreachableError as error:
            raise DataError(
                "{title} could not be downloaded ({error}); try again when online, or put {names} into the "
                "folder {folder}.",
                title=Text(self.title),
                error=error,
                names=enumerated([name for name, _, _ in self.archives()]),
                folder=self.folder(),
            ) from error
        return archive.stat().st_size


class IdxDownload(Download):
    """Four idx.gz files, as MNIST and the data sets that took its form have."""

    def folder(self) -> Path:
        return folders.datasets() / str(self.torchvision_class().__name__) / "raw"

    def archives(self) -> list[tuple[str, list[str], str]]:
        source = self.torchvision_class()
        return [(name, [mirror + name for mirror in source.mirrors], md5) for name, md5 in source.resources]

    def unpacked(self) -> list[Path]:
        return [path for name, _, _ in self.archives() for path in self.unpacked_from(name)]

    def unpacked_from(self, archive: str) -> list[Path]:
        return [self.folder() / archive.removesuffix(".gz")]

    def unpack(self, archive: Path, report: Report) -> None:
        report(say("Unpacking {title}", title=Text(self.title)), None)
        with gzip.open(archive) as packed, replacing(archive.with_suffix("")) as file:
            while chunk := packed.read(CHUNK):
                file.write(chunk)

    def images(self, part: Any) -> torch.Tensor:
        images: torch.Tensor = part.data
        return images[:, None]


def unpack_members(archive: Path, members: list[str], folder: Path, report: Report, doing: str) -> None:
    """Takes the named files, and nothing else, out of a tar archive into `folder`, one directory deep."""
    with tarfile.open(archive) as packed:
        for done, name in enumerate(members):
            report(doing, done / len(members))
            member = packed.extractfile(name)
            if member is None:
                raise tarfile.TarError(f"{name} is not a file")
            with replacing(folder / name) as file:
                while chunk := member.read(CHUNK):
                    file.write(chunk)

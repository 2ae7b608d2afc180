"""A picture from standard input, a result to standard output: in files meanwhile, which cleaning needs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from aestudio.core.data.reading.header import Header
from aestudio.core.denoise.output import Output
from aestudio.core.ground.errors import DenoiseError

PIPE = "-"
ENDINGS = {"JPEG": ".jpg", "TIFF": ".tif", "WEBP": ".webp", "BMP": ".bmp", "AVIF": ".avif", "JPEG2000": ".jp2"}
"""Of what comes in, where it is not PNG, so that what goes out is of the same format."""


class Piped:
    """What of one command goes through pipes; its files are there from `open` to `close`."""

    def __init__(self, inputs: Sequence[str], out: str) -> None:
        """Raises: DenoiseError where several pictures would."""
        self.reads, self.writes = PIPE in inputs, out == PIPE
        self._folder: TemporaryDirectory[str] | None = None
        if self.reads and len(inputs) > 1:
            raise DenoiseError("Standard input (-) is one picture; name no others beside it.")

    @property
    def either(self) -> bool:
        return self.reads or self.writes

    def open(self) -> None:
        if self.either:
            self._folder = TemporaryDirectory(prefix="aestudio-")

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def source(self, path: Path) -> Path:
        """The picture to read. Raises: DenoiseError where nothing comes in."""
        if not self.reads:
            return path
        held = self._place("standard-input")
        with held.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        if not held.stat().st_size:
            raise DenoiseError("Nothing came from standard input.")
        return held

    def result(self, out: Path, header: Header, output: Output) -> Path:
        """The file to write, before it is sent."""
        if not self.writes:
            return out
        ending = output.ending or ENDINGS.get(header.format, ".png")
        return self._place(output.name(PurePosixPath(f"result{ending}"), header).name)

    def send(self, result: Path) -> None:
        """Writes a result to standard output, if that is where it goes and it is there."""
        if self.writes and result.is_file():
            sys.stdout.flush()
            with result.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()

    def _place(self, name: str) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / name

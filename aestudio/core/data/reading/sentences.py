"""What goes wrong while a file is read, in sentences."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from aestudio.core.ground.errors import Cancelled, DataError, StudioError, reason
from aestudio.core.ground.texts import Text


@contextmanager
def in_sentences(path: Path, kind: type[StudioError]) -> Iterator[None]:
    """What goes wrong while an image file is read becomes one sentence of this kind, starting with the file's name."""
    try:
        yield
    except Cancelled:
        raise
    except StudioError as error:
        raise kind(error.text) from error
    except FileNotFoundError as error:
        raise kind(Text("{name} does not exist in {parent}.", name=path.name, parent=path.absolute().parent)) from error
    except IsADirectoryError as error:
        raise kind(Text("{name} is a folder, not an image.", name=path.name)) from error
    except UnidentifiedImageError as error:
        raise kind(Text("{name} is not an image, or of a kind that cannot be read.", name=path.name)) from error
    except MemoryError as error:
        raise kind(Text("{name} needs more memory than there is.", name=path.name)) from error
    except Image.DecompressionBombError as error:
        raise kind(Text("{name} holds a picture that is far larger than it says.", name=path.name)) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        LookupError,
        TypeError,
        struct.error,
        zlib.error,
        ArithmeticError,
    ) as error:
        if isinstance(error, OSError) and error.errno:  # from the system, not from a decoder
            said = Text("{name} cannot be opened: {reason}", name=path.name, reason=reason(error))
            raise kind(said) from error
        # Decoders raise all of these on files that are damaged, and SyntaxError is what Pillow says of a broken PNG.
        raise kind(
            Text("{name} is damaged or cut short ({error}).", name=path.name, error=str(error).strip(". "))
        ) from error


def check_file(path: Path) -> None:
    """Raises OSError or DataError where this is not a file, or one that holds nothing."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(path)
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise DataError("{name} is a device or a pipe, not an image.", name=path.name)
    if status.st_size == 0:
        raise DataError("{name} is an empty file.", name=path.name)

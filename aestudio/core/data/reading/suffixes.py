"""What the names of pictures end with, in lower case."""

from aestudio.core.data.reading import heif

RAW = (
    *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw"),
    *(".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
)
"""Of the raw files of cameras."""
_NETPBM = (".pbm", ".pgm", ".ppm", ".pnm", ".pfm")
_COMMON = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".tga", ".jp2", ".avif")
IMAGE_SUFFIXES = frozenset((*_COMMON, *_NETPBM, *heif.SUFFIXES, *RAW))
"""What a folder is searched for. `read_image` itself goes by a file's content."""
PAGED = (".tif", ".tiff", ".gif", ".webp", ".png", ".avif", *heif.SUFFIXES)
"""Of files that may hold several pages; others are not looked into for that."""

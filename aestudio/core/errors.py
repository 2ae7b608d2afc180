"""One family of errors whose text is a sentence for the person: what is wrong, with which value, and what to do."""


class StudioError(Exception):
    """Shown by the window and by the command line in the same words."""


class RunError(StudioError):
    """The settings of a run do not fit together, or training them failed."""


class DataError(StudioError):
    """A data source cannot be read."""


class ModelFileError(StudioError):
    """A model file cannot be written or read."""


class Cancelled(StudioError):  # noqa: N818: not a mistake of anybody's
    """The person asked to stop something that was under way."""

"""The codes of a snapshot, which every panel asks for and only the first one waits for."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.latent.codes import MOST, Codes, codes_of
from aestudio.studio.inspect.examined import Examined

_known: WeakKeyDictionary[Examined, dict[int, Codes]] = WeakKeyDictionary()


def encoded(subject: Examined, most: int = MOST, report: Report = unheard) -> Codes:
    """Of the first `most` images of each split, kept as long as the snapshot is.

    Raises: ProbeError where there are no images, no layer is trained yet, or a code is not finite.
    """
    known = _known.setdefault(subject, {})
    if most not in known:
        known[most] = codes_of(subject.model, data_of(subject), most, report)
    return known[most]


def data_of(subject: Examined) -> Dataset:
    """Raises: ProbeError where the images that the model was trained on are not there."""
    if subject.dataset is None:
        raise ProbeError("The images of this model are not loaded, so there is nothing to map; choose its data first.")
    return subject.dataset

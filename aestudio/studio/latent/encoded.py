"""The codes of a snapshot, which every panel asks for and only the first one waits for."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import ProbeError, TakesLong
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.latent.codes import MOST, Codes, codes_of
from aestudio.core.latent.tsne import seconds, tsne
from aestudio.core.probes.budget import duration
from aestudio.core.run.events import Floats
from aestudio.studio.inspect.examined import Examined

LONG = 20.0
"""Seconds."""

_mapped: WeakKeyDictionary[Examined, dict[int, Floats]] = WeakKeyDictionary()
_known: WeakKeyDictionary[Examined, dict[int, Codes]] = WeakKeyDictionary()


def encoded(subject: Examined, most: int = MOST, report: Report = unheard) -> Codes:
    """Of the first `most` images of each split, kept as long as the snapshot is.

    Raises: ProbeError where there are no images, no layer is trained yet, or a code is not finite.
    """
    known = _known.setdefault(subject, {})
    if most not in known:
        more = max(known, default=0)
        known[most] = (
            known[more].first(most) if more > most else codes_of(subject.model, data_of(subject), most, report)
        )
    return known[most]


def embedded(subject: Examined, most: int, *, agreed: bool, report: Report = unheard) -> Floats:
    """The places [N, 2] of these codes by t-SNE, kept as they are.

    Raises: ProbeError where there are no such codes; TakesLong where it would take longer than LONG and nobody has
    agreed to that.
    """
    known = _mapped.setdefault(subject, {})
    if most not in known:
        codes = encoded(subject, most, report).codes
        report(say("Estimating the time"), None)
        if not agreed and (needed := seconds(codes)) > LONG:
            raise TakesLong(
                "t-SNE of {count:,} images will take about {time} here. Begin, or choose fewer images.",
                count=len(codes),
                time=duration(needed),
            )
        known[most] = tsne(codes, report=report)
    return known[most]


def data_of(subject: Examined) -> Dataset:
    """Raises: ProbeError where the images that the model was trained on are not there."""
    if subject.dataset is None:
        raise ProbeError("The images of this model are not loaded, so there is nothing to map; choose its data first.")
    return subject.dataset

"""What a worker of a cluster does: it trains a run and sends what the training says, or cleans a picture."""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypedDict
from uuid import uuid4

import torch

from aestudio import __version__
from aestudio.core.cluster.wire import Packed, data_of, packed_event
from aestudio.core.data.dataset import Dataset
from aestudio.core.denoise.files.axis import Axis
from aestudio.core.denoise.pages import clean_file
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.way import Way
from aestudio.core.ground import compute, texts
from aestudio.core.ground.errors import DenoiseError, RunError, StudioError, reason
from aestudio.core.ground.texts import Listing, Text, listed, say
from aestudio.core.parts.slots import options, validated
from aestudio.core.run.events import Event, Finished, Preview, Started
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit

SEND_SECONDS = 0.2
"""Between two messages of a training."""
LISTEN_SECONDS = 1.0
"""Between two looks whether the person has stopped it, or hurries it, over a network."""
HEARD_WITHIN = 60.0
"""Where no further message is taken for so long, the program that asked is gone, and the training ends."""

Versions = dict[str, str]


class TrainingJob(TypedDict):
    """A run to train."""

    index: int
    run: str
    """JSON."""
    fingerprint: str
    """Of the images."""
    device: str
    previews: bool
    language: str
    versions: Versions
    """Of the program that asks."""
    queue: str
    stop: str
    hurry: str
    """The names of the queue that takes messages, and of the events that stop the training and its scores, too."""


class Message(TypedDict):
    """Some events of a training, in their order."""

    index: int
    attempt: str
    """Another one where the training was begun again."""
    events: list[Packed]


def job(index: int, run: Run, fingerprint: str, device: str, *, previews: bool, name: str = "") -> TrainingJob:
    """As it is handed to a worker; `name` is that of the study, after which queue and events are called."""
    return {
        "index": index,
        "run": run.to_json(),
        "fingerprint": fingerprint,
        "device": device,
        "previews": previews,
        "language": texts.language(),
        "versions": versions(),
        "queue": f"{name}-told",
        "stop": f"{name}-stop",
        "hurry": f"{name}-hurry",
    }


def versions() -> Versions:
    """What has to be the same on both sides."""
    return {
        "AEStudio": __version__,
        "torch": torch.__version__.partition("+")[0],
        "Python": ".".join(platform.python_version_tuple()[:2]),
    }


def unlike(theirs: Versions) -> Listing | None:
    """What has another version than here, for the end of a sentence; None where nothing has."""
    mine = versions()
    others = [name for name in mine if theirs.get(name) != mine[name]]
    each = [
        Text("{name} {theirs} and {mine}", name=name, theirs=theirs.get(name, "–"), mine=mine[name]) for name in others
    ]
    return listed(each) if each else None


def train(job: TrainingJob, data: Packed | None) -> None:
    """Trains a run in a task of a worker."""
    from distributed import Event, Queue, get_client

    client = get_client()
    stop, hurry = (Event(name, client=client) for name in (job["stop"], job["hurry"]))
    train_and_tell(job, data, Queue(job["queue"], client=client), stop, hurry, LISTEN_SECONDS)


class Queue(Protocol):
    """Takes messages; raises TimeoutError where nobody is there to read them."""

    def put(self, message: Message, /, *, timeout: float) -> None: ...


class Flag(Protocol):
    """Something that the person wants, once it is set; raises anything where nobody is there to say so."""

    def is_set(self) -> bool: ...


def train_and_tell(
    job: TrainingJob, data: Packed | None, queue: Queue, stop: Flag, hurry: Flag, seconds: float
) -> None:
    """Trains a run; Finished is the last event that is sent, whatever happens. The flags are looked at every so many
    seconds: one ends it with scores, the other without.
    """
    outbox = _Outbox(queue, job["index"])
    try:
        texts.use(job["language"])
        run, controls = Run.from_json(job["run"]), Controls()
        if (others := unlike(job["versions"])) is not None:
            raise RunError("Program and worker have different versions: {others}.", others=others)
        dataset = _dataset(run, job["fingerprint"], data)
        if job["previews"]:
            controls.ask_for_preview()
        with _listening(stop, hurry, seconds, controls):
            for event in fit(run, dataset, controls, compute.choose(job["device"])):
                outbox.add(event)
    except TimeoutError:  # nobody listens
        return
    except Exception as error:
        why = error if isinstance(error, StudioError) else reason(error)
        outbox.add(Finished("failed", 0, say("The worker could not train this run: {why}", why=why)))


class _Outbox:
    def __init__(self, queue: Queue, index: int) -> None:
        self._queue, self._index, self._attempt = queue, index, uuid4().hex
        self._waiting: list[Packed] = []
        self._sent = 0.0

    def add(self, event: Event) -> None:
        """Raises: TimeoutError where nobody takes messages."""
        self._waiting.append(packed_event(event))
        now = time.monotonic()
        if isinstance(event, Started | Preview | Finished) or now - self._sent >= SEND_SECONDS:
            message: Message = {"index": self._index, "attempt": self._attempt, "events": self._waiting}
            self._queue.put(message, timeout=HEARD_WITHIN)
            self._waiting, self._sent = [], now


@contextmanager
def _listening(stop: Flag, hurry: Flag, seconds: float, controls: Controls) -> Iterator[None]:
    """Stops the training when a flag is set, or when nobody can be asked any more."""
    over = threading.Event()

    def listen() -> None:
        while not over.wait(seconds):
            try:
                if stop.is_set():
                    controls.stop()
                    if hurry.is_set():
                        controls.hurry()
                        return
            except Exception:  # the scheduler is gone, or this worker is being shut down
                controls.hurry()
                return

    listener = threading.Thread(target=listen, name="stop of a training", daemon=True)
    listener.start()
    try:
        yield
    finally:
        over.set()


_known: dict[str, Dataset] = {}
"""The data set of the last run: those of a sweep have the same."""
_loading = threading.Lock()


def _dataset(run: Run, fingerprint: str, data: Packed | None) -> Dataset:
    """As it was sent, or made here where it could not be. Raises: DataError; RunError where the images are others."""
    with _loading:
        if fingerprint not in _known:
            made = run.data.load() if data is None else data_of(data)
            if made.fingerprint() != fingerprint:
                raise RunError("The images of “{name}” are others on the worker.", name=made.name)
            _known.clear()
            _known[fingerprint] = made
        return _known[fingerprint]


class How(TypedDict):
    """A Cleaning on its way."""

    way: str
    settings: dict[str, Any]
    files: dict[str, bytes]
    """The content of those files that settings name, such as a model, by the setting."""
    sigma: float | None
    strength: float
    budget: int | None
    levels: tuple[float, float] | None
    axis: Axis
    language: str
    versions: Versions


class CleanedPicture(TypedDict):
    """A cleaned picture, or why there is none."""

    content: bytes
    sigma: float
    seconds: float
    note: str
    pages: int
    levels: tuple[float, float] | None
    problem: str


def clean(how: How, name: str, result: str, quality: int | None, content: bytes) -> CleanedPicture:
    """Cleans the content of a picture file; `result` is what the cleaned one is called."""
    nothing: CleanedPicture = {
        "content": b"",
        "sigma": 0.0,
        "seconds": 0.0,
        "note": "",
        "pages": 0,
        "levels": None,
        "problem": "",
    }
    try:
        texts.use(how["language"])
        if (others := unlike(how["versions"])) is not None:
            raise DenoiseError("Program and worker have different versions: {others}.", others=others)
        with TemporaryDirectory(prefix="aestudio-") as folder:
            place = Path(folder)
            settings = how["settings"] | {knob: str(_put(place / knob, file)) for knob, file in how["files"].items()}
            way: Way = validated(options(Way)[how["way"]], settings)
            cleaning = Cleaning(
                way, how["sigma"], how["strength"], how["budget"], levels=how["levels"], axis=how["axis"]
            )
            source, out = _put(place / "in" / name, content), place / "out" / result
            made = clean_file(cleaning, source, name, out=out, quality=quality, among_many=True)
            return {
                "content": out.read_bytes(),
                "sigma": made.sigma,
                "seconds": made.seconds,
                "note": made.note,
                "pages": made.pages,
                "levels": made.levels,
                "problem": "",
            }
    except DenoiseError as error:
        return nothing | {"problem": str(error)}
    except Exception as error:  # a way that stumbles over one picture says nothing of the others
        return nothing | {"problem": say("{name} could not be cleaned: {reason}", name=name, reason=reason(error))}


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path

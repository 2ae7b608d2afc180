"""What a run says, as event files that TensorBoard shows: one of the readers of the stream."""

from __future__ import annotations

import contextlib
import os
import socket
import textwrap
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

# Its messages, not its writer: in tensorboardX 2.6 that is a thread which the first failed write ends, and whoever puts
# the eleventh event after that into its queue waits for ever. Training would stand still.
from tensorboardX.proto.api_pb2 import Status
from tensorboardX.proto.event_pb2 import Event as Record
from tensorboardX.proto.event_pb2 import SessionLog
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo
from tensorboardX.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboardX.proto.tensor_pb2 import TensorProto
from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import RunError, reason
from aestudio.core.ground.records import framed
from aestudio.core.ground.texts import say
from aestudio.core.run.events import Evaluated, Event, Finished, Floats, Preview, Progress, Saved, Started, Warned
from aestudio.core.run.run import WORDS

if TYPE_CHECKING:
    from aestudio.core.run.run import Run

BINS = 64
MOST_VALUES = 2**16
"""Activations that one histogram counts; beyond that, those of fewer images, evenly spaced."""


class TensorBoard:
    """Writes a run's events into a folder that `tensorboard --logdir` shows.

    Scalars, over the step:

    - `train/NAME`, `train weighted/NAME`, `train/objective`: every step, nothing thinned out;
    - `epoch mean/…`, `held-out/…` (and `… weighted/NAME`): the same terms over a whole split, and the held-out scores,
      `psnr` and `psnr_corrupted` in dB;
    - `settings/learning rate`, `settings/weight of NAME`: where they change, with the point before it, and at the end
      of each epoch, so that the lines drawn between points show steps.

    The histogram `activations/code` is of every Preview, where the loop was asked for any. The settings are the text
    `run`, a recipe in TOML, and the columns of the HParams page; warnings are the text `warnings`.

    A training that goes on (`Started.resumed_at`) hides what was written of later steps, a new one in the same folder
    all that was there before.

    Writing costs about 15 µs a step and 0.3 ms an epoch. It happens in the thread that reads, into a buffer that goes
    to the disk at the end of each epoch, with each checkpoint and at the end. A write that fails is told in `trouble`
    and nothing more is written; training can go on.

    Source: the file format is that of tensorflow/core/util/event.proto in TFRecord framing.
    """

    def __init__(self, folder: Path) -> None:
        """Makes the folder, and a new file in it. Raises RunError with a sentence where that is not possible."""
        self.trouble = ""
        """Why something could not be written, in words; empty while everything was."""
        self.path = folder / f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
        """The file: TensorBoard reads those of a folder in the order of their names."""
        self._now = time.time()
        self._started: Run | None = None
        self._step = 0
        self._standing: dict[str, _Standing] = {}
        self._held = contextlib.ExitStack()
        try:
            self._held.enter_context(atomic.folder(folder))
            self.file = self.path.open("xb")
        except OSError as error:
            self._held.close()
            raise _unwritable(folder, error) from error
        try:
            self._put(Record(wall_time=self._now, file_version="brain.Event:2"))
            self.file.flush()
        except OSError as error:
            self._discard()
            raise _unwritable(folder, error) from error

    def __enter__(self) -> TensorBoard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the file; one into which no run began is taken away again. More events are not written."""
        with self._held:
            if self.file.closed:
                return
            if self._started is None:
                self._discard()
                return
            try:
                self.file.close()
            except OSError as error:
                self._failed(error)

    def read(self, event: Event) -> None:
        """Writes what there is to write of an event. Raises nothing: see `trouble`."""
        if self.trouble or self.file.closed:
            return
        self._now = time.time()
        try:
            self._tell(event)
        except OSError as error:
            self._failed(error)
            with contextlib.suppress(OSError):  # it tries once more to write what it still holds
                self.file.close()

    def _tell(self, event: Event) -> None:
        match event:
            case Started():
                self._begin(event)
            case Progress():
                self._steps(event)
            case Evaluated():
                self._epoch(event)
            case Preview():
                if histogram := _histogram(event.code):
                    self._summary(event.step, [Summary.Value(tag="activations/code", histo=histogram)])
            case Saved():
                self.file.flush()  # a training that goes on from this checkpoint finds all points before it
            case Warned():
                self._summary(self._step, [_text("warnings", event.sentence)])
            case Finished():
                self._end(event)

    # -- the parts of a run --------------------------------------------------------------------------------------------

    def _begin(self, started: Started) -> None:
        # All that earlier files say of this step and later ones does not count any more.
        first = started.resumed_at + 1 if started.resumed_at else 0
        self._put(Record(wall_time=self._now, step=first, session_log=SessionLog(status=SessionLog.START)))
        run = started.run
        self._started, self._step = run, started.resumed_at
        about = [
            f"**{run.title}**",
            f"{started.device} · {started.parameters:,} parameters · {started.train_images:,} images to train on, "
            f"{started.held_out_images:,} held out",
            *started.notes,
        ]
        start = SessionStartInfo(start_time_secs=self._now)
        for name, value in _settings(run):
            match value:
                case bool():
                    start.hparams[name].bool_value = value
                case int() | float():
                    start.hparams[name].number_value = value
                case _:
                    start.hparams[name].string_value = str(value)
        # No list of the columns: TensorBoard takes the first run's list for all, and without one all that there are.
        columns = _hparams("session_start_info", HParamsPluginData(session_start_info=start))
        self._summary(started.resumed_at, [_text("run", _markdown(about, run)), columns])
        self.file.flush()

    def _steps(self, progress: Progress) -> None:
        weighted = progress.weighted
        rows = np.concatenate([progress.terms, weighted, weighted.sum(1, keepdims=True)], axis=1)
        tags = [f"train/{name}" for name in progress.names]
        tags += [f"train weighted/{name}" for name in progress.names]
        # One record that is filled anew for every step: most of the time would go into making them.
        record = Record(wall_time=self._now, summary=_scalars(dict.fromkeys([*tags, "train/objective"], 0.0)))
        values = list(record.summary.value)
        records = []
        for step, row in enumerate(rows.tolist(), start=progress.first_step):
            record.step = step
            for held, value in zip(values, row, strict=True):
                held.simple_value = value
            records.append(record.SerializeToString())
        self.file.write(framed(records))
        self._step = record.step
        self._stand("settings/learning rate", progress.first_step, progress.learning_rates)
        for name, weights in list(zip(progress.names, progress.weights.T, strict=True))[1:]:
            self._stand(f"settings/weight of {name}", progress.first_step, weights)

    def _epoch(self, evaluated: Evaluated) -> None:
        group = "epoch mean" if evaluated.split == "train" else "held-out"
        scalars = {f"{group}/{name}": value for name, value in (evaluated.terms | evaluated.scores).items()}
        scalars |= {f"{group} weighted/{name}": value for name, value in evaluated.weighted.items()}
        scalars[f"{group}/objective"] = evaluated.objective
        self._put(Record(wall_time=self._now, step=evaluated.step, summary=_scalars(scalars)))
        self._stand_until_now()
        self.file.flush()

    def _end(self, finished: Finished) -> None:
        self._stand_until_now()
        if self._started is not None:
            failed = finished.reason == "failed"
            said = [f"**{finished.reason.capitalize()}** after {finished.step:,} steps", finished.error]
            end = SessionEndInfo(
                status=Status.STATUS_FAILURE if failed else Status.STATUS_SUCCESS, end_time_secs=self._now
            )
            told = [_hparams("session_end_info", HParamsPluginData(session_end_info=end))]
            if failed or finished.run != self._started:  # else the text of the beginning says it all
                told.append(_text("run", _markdown(said, finished.run or self._started)))
            self._summary(finished.step, told)
        self.file.flush()

    # -- settings that mostly stand still ------------------------------------------------------------------------------

    def _stand(self, tag: str, first: int, values: Floats) -> None:
        if len(values):
            points = self._standing.setdefault(tag, _Standing()).read(first, values.tolist())
            self._points(tag, points)

    def _stand_until_now(self) -> None:
        for tag, standing in self._standing.items():
            self._points(tag, standing.last())

    def _points(self, tag: str, points: Iterable[tuple[int, float]]) -> None:
        for step, value in points:
            self._summary(step, [Summary.Value(tag=tag, simple_value=value)])

    # -- the file ------------------------------------------------------------------------------------------------------

    def _summary(self, step: int, values: Iterable[Summary.Value]) -> None:
        self._put(Record(wall_time=self._now, step=step, summary=Summary(value=values)))

    def _put(self, record: Record) -> None:
        self.file.write(framed([record.SerializeToString()]))

    def _discard(self) -> None:
        with contextlib.suppress(OSError):
            self.file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()
        self._held.close()

    def _failed(self, error: OSError) -> None:
        self.trouble = say(
            "{path} could not be written: {reason} TensorBoard shows what came before.",
            path=self.path,
            reason=reason(error),
        )


class _Standing:
    """A value that mostly stands still: its first point and both sides of every change are worth a point."""

    def __init__(self) -> None:
        self._step = 0
        self._value: float | None = None
        self._told = True

    def read(self, first: int, values: list[float]) -> list[tuple[int, float]]:
        """The points worth writing of one value a step."""
        points = []
        for step, value in enumerate(values, start=first):
            changed = value != self._value
            if changed:
                points += [*self.last(), (step, value)]
            self._step, self._value, self._told = step, value, changed
        return points

    def last(self) -> list[tuple[int, float]]:
        """The newest point, unless it has been given."""
        if self._told or self._value is None:
            return []
        self._told = True
        return [(self._step, self._value)]


def _unwritable(folder: Path, error: OSError) -> RunError:
    return RunError("The folder {folder!r} cannot be written to: {reason}", folder=str(folder), reason=reason(error))


def _scalars(values: Mapping[str, float]) -> Summary:
    return Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])


def _histogram(activations: Floats) -> HistogramProto | None:
    """Of activations [M, K]; None where none is finite."""
    some = activations[:: -(-activations.size // MOST_VALUES) or 1]
    values = some[np.isfinite(some)].astype(np.float64)
    if not len(values):
        return None
    counts, edges = np.histogram(values, BINS)
    return HistogramProto(
        min=values.min(),
        max=values.max(),
        num=len(values),
        sum=values.sum(),
        sum_squares=values @ values,
        bucket_limit=edges[1:].tolist(),
        bucket=counts.tolist(),
    )


def _text(tag: str, markdown: str) -> Summary.Value:
    content = TensorProto(
        dtype="DT_STRING",
        string_val=[markdown.encode(errors="replace")],
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
    )
    return Summary.Value(tag=tag, tensor=content, metadata=_metadata("text", b""))


def _hparams(tag: str, content: HParamsPluginData) -> Summary.Value:
    return Summary.Value(tag=f"_hparams_/{tag}", metadata=_metadata("hparams", content.SerializeToString()))


def _metadata(plugin: str, content: bytes) -> SummaryMetadata:
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin, content=content))


def _markdown(said: Iterable[str], run: Run) -> str:
    """Paragraphs, and the run as a recipe file: indented by four, for a fence could stand in the text itself."""
    return "\n\n".join([*(one for one in said if one), textwrap.indent(run.to_toml(), "    ", lambda _: True)])


def _settings(run: Run) -> Iterable[tuple[str, Any]]:
    """Every setting with its path, as `--set` takes it: `network.widths`, `kl-sparsity.target`, `epochs`."""
    whole = run.model_dump(mode="json", exclude=set(WORDS), exclude_none=True)
    many = [field for field, held in whole.items() if isinstance(held, list)]
    slots = {one.pop("kind"): one for field in many for one in whole.pop(field)} | whole
    for slot, held in slots.items():
        for name, value in held.items() if isinstance(held, dict) else [("", held)]:
            path = f"{slot}.{name}" if name else slot
            yield path, ",".join(str(one) for one in value) if isinstance(value, list) else value

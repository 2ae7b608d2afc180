"""Programs that are started, each in a process of its own, and how often that can be done in some seconds."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

import numpy as np

from aestudio.core.ground.cores import cores
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import Text
from aestudio.core.run.run import Run

UNTIL_PAINTED = """
import os
from PySide6.QtCore import QTimer

def painted(self, event):
    QTimer.singleShot(0, lambda: os._exit(0))
"""
"""Ends the process when a window and what is in it have been painted."""
BARE = (
    UNTIL_PAINTED
    + """
from PySide6.QtWidgets import QApplication, QMainWindow

class Bare(QMainWindow):
    paintEvent = painted

app = QApplication([])
window = Bare()
window.resize(1280, 800)
window.show()
app.exec()
"""
)
"""The least that a program with a window does."""
PAINTED = (
    UNTIL_PAINTED
    + """
import gc
from aestudio import cli

gc.disable()  # as the program does before it imports the window
from aestudio.qt.window import Window

Window.paintEvent = painted
cli.main([])
"""
)
"""The program itself, until its first page is seen."""
READY = """
import os
from PySide6.QtCore import QTimer
from aestudio.qt import app
from aestudio.qt.window import Window

begin = Window.begin
def beginning(window, *given):
    begin(window, *given)
    timer = QTimer(window, interval=5)
    timer.timeout.connect(lambda: window.document.status.can_train and os._exit(0))
    timer.start()

Window.begin = beginning
app.run()
"""
"""The same until its first recipe can be trained."""


ALONE = """
import json, os, sys, threading, time
from contextlib import nullcontext
from aestudio.core.ground import compute
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.run.events import Progress
from aestudio.core.run.run import Run
from aestudio.core.training import ranks
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit

settings, _, device = json.loads(sys.argv[1])
run, where, controls, steps = Run.from_settings(settings), compute.choose(device), Controls(), [0]

def follow(condition):
    while not condition():
        time.sleep(0.005)

def take_turns():
    follow(lambda: steps[0] > 0)
    controls.pause()
    for line in sys.stdin:
        controls.resume()
        before = steps[0]
        follow(lambda: steps[0] > before)  # what going on costs is not a training's
        before, began = steps[0], time.perf_counter()
        time.sleep(float(line))
        reached = steps[0]
        follow(lambda: steps[0] > reached)
        done, took = steps[0] - before, time.perf_counter() - began
        controls.pause()
        print(json.dumps([done, took, []]), flush=True)
    os._exit(0)

with ranks.together(where.device) if ranks.was_asked_for() else nullcontext():
    if ranks.leads():
        threading.Thread(target=take_turns, daemon=True).start()
    for event in (fit_and_keep if ranks.leads() else fit)(run, run.data.load(), controls, where):
        if isinstance(event, Progress):
            steps[0] = event.first_step + len(event.terms) - 1
"""
"""A training as `aestudio train` does it, with everything kept in a library, which goes on for so many seconds for each
line that comes: steps and seconds. Of several processes the first is told, and the others rest when it does.
"""
WATCHED = """
import json, os, sys, time
from PySide6.QtCore import QEventLoop, Qt, QTimer
from aestudio.qt import app

settings, page, _ = json.loads(sys.argv[1])
application = app.application()
window = app.open_window()
from aestudio.core.run.events import Progress
from aestudio.core.run.run import Run
from aestudio.studio.status import State

document, steps, late = window.document, [0], []
window.show_page(next(one for one in window.pages if type(one).__name__ == page))

def until(is_so):
    waiting = QEventLoop()
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: is_so() and waiting.quit())
    timer.start()
    waiting.exec()

def count_steps(event):
    if isinstance(event, Progress):
        steps[0] = event.first_step + len(event.terms) - 1

document.listen(count_steps)
until(lambda: document.status.can_train)
document.set_run(Run.from_settings(settings))
until(lambda: document.status.can_train and document.dataset is not None)
document.train()
until(lambda: steps[0] > 0)
document.pause()
until(lambda: document.status.state is State.PAUSED)
beat, last = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer), [0.0]

def look():
    now = time.perf_counter()
    late.append(now - last[0] - 0.005)
    last[0] = now

beat.timeout.connect(look)
def turn(seconds):
    waiting = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), waiting.quit)
    waiting.exec()

for line in sys.stdin:
    document.train()
    before = steps[0]
    until(lambda: steps[0] > before)  # what going on costs is not a training's
    before, began = steps[0], time.perf_counter()
    turn(float(line))
    until(lambda: steps[0] > before)
    done, took = steps[0] - before, time.perf_counter() - began
    last[0] = time.perf_counter()
    beat.start()
    turn(float(line))  # again: to look so often how late one comes takes from the training
    beat.stop()
    document.pause()
    until(lambda: document.status.state is State.PAUSED)
    print(json.dumps([done, took, late]), flush=True)
    late.clear()
os._exit(0)
"""
"""The window with a training in it, which goes on for so many seconds for each line that comes: steps, seconds, and how
late the window's thread came each five milliseconds.
"""


OWN = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA")
"""What says where the person's settings, models and log are; the last two on Windows."""


def starting(*arguments: str) -> Callable[[float], float]:
    """Starts Python with these arguments again and again, and says how often in so many seconds. The programs find
    empty folders of their own: no settings, runs or log of the person, who may have many, and they leave nothing there.
    """

    def go_on(seconds: float) -> float:
        with TemporaryDirectory(prefix="aestudio-", ignore_cleanup_errors=True) as own:
            command, theirs = [sys.executable, *arguments], _surroundings(own)
            until, done = time.perf_counter() + seconds, 0
            while True:
                subprocess.run(command, check=True, env=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                done += 1
                if time.perf_counter() >= until:
                    return done

    return go_on


def _surroundings(own: str) -> dict[str, str]:
    """With the folder `own` in the place of all that is the person's."""
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    env = {**os.environ, **({} if shown or sys.platform != "linux" else {"QT_QPA_PLATFORM": "offscreen"})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled, and the first start here compiles
    return {**env, **dict.fromkeys(OWN, own), "AESTUDIO_LIBRARY": f"{own}/library"}


class Resting:
    """A training in a process of its own, which rests between its turns; it is there from the first turn until this
    program ends.
    """

    def __init__(self, run: Run, count: int, page: str = "", device: str = "auto", processes: int = 1) -> None:
        """Random images of 28×28 are trained on, in the window where a `page` is seen, of a class of this name; or on a
        `device`, as `compute.choose` has it, by one or several processes.
        """
        self._page, self._run, self._count, self._device, self._processes = page, run, count, device, processes
        self._program: subprocess.Popen[str] | None = None
        self._late: list[float] = []

    def go_on(self, seconds: float) -> float:
        """Images that were trained on in about so many seconds. Raises StudioError where the program ended."""
        began = time.perf_counter()
        program = self._program = self._program or self._open()
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(f"{seconds}\n")
        program.stdin.flush()
        said = program.stdout.readline()
        if not said:
            code = program.wait()
            raise StudioError(
                "The training that was measured has ended with exit code {code}; measure again.", code=code
            )
        steps, took, late = json.loads(said)
        self._late += late
        # A turn begins and ends with a rest, which is no training: what counts is how quick it was meanwhile.
        return float(steps * self._run.batch_size / took * (time.perf_counter() - began))

    def remark(self) -> Text | None:
        """How late the window's thread came."""
        if len(self._late) < 100:
            return None
        late = sorted(1000 * one for one in self._late)
        return Text(
            "{page}: the window’s thread came {usual:.0f} ms late in the worst hundredth, {worst:.0f} ms at worst.",
            page=self._page.removesuffix("Page"), usual=late[int(0.99 * len(late))], worst=late[-1],
        )  # fmt: skip

    def _open(self) -> subprocess.Popen[str]:
        own = TemporaryDirectory(prefix="aestudio-", ignore_cleanup_errors=True)
        self._own = own  # goes with this
        images = np.random.default_rng(0).integers(0, 256, (self._count, 28, 28), np.uint8)
        np.savez(f"{own.name}/images.npz", images=images)
        run = self._run.with_value("data", {"kind": "npz", "path": f"{own.name}/images.npz"})
        told = json.dumps([run.model_dump(mode="json", exclude_unset=True), self._page, self._device])
        program = [sys.executable, "-c", WATCHED if self._page else ALONE, told]
        first, *self._others = [
            subprocess.Popen(
                program, env=_surroundings(own.name) | rank,
                text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )
            for rank in _ranks(self._processes)
        ]  # fmt: skip
        return first


def _ranks(count: int) -> list[dict[str, str]]:
    """What `torch.distributed.run` puts into the environment of each of so many processes, which share the cores."""
    if count == 1:
        return [{}]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    of_all = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "TORCHELASTIC_RUN_ID": "bench"}
    of_all |= {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
    of_all["OMP_NUM_THREADS"] = str(max(1, cores() // count))
    return [of_all | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]

"""Programs that begin in a process that has imported torch already: each starts for a fork instead of three seconds.

`Popen` is subprocess.Popen in everything else: the program is a child of the tests' process, with pipes, signals, an
exit code and modules of its own. What it imports of AEStudio is imported anew. Where Python itself is told to start in
another way, or `executable` names it once more, it starts as it does elsewhere.

A fork does not show what only a start and an end of Python do: that all is imported which is used, the order of sets of
text, which is that of all forks of a run, and what an interpreter says while it is taken apart.
tests/core/test_new_python.py starts each kind of program once as people do.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import inspect
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARIES = (
    *("torch._dynamo", "torch.utils.data", "torchvision", "numpy", "safetensors.torch", "PIL.Image"),
    *("pydantic", "rich.progress", "sklearn.datasets", "psutil", "polib"),
)
"""Of others, and none that starts a thread, which a fork would lose."""
SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2)."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Popen(subprocess.Popen[Any]):
    """For `[sys.executable, …]` with -m, -c or a file, and -B before it."""

    def _execute_child(self, *given: Any) -> None:
        honest = super()._execute_child  # type: ignore[misc]
        asked = inspect.signature(honest).bind(*given).arguments
        args = [*map(os.fspath, asked["args"])] if isinstance(asked["args"], list | tuple) else []
        env = {str(name): str(value) for name, value in (asked["env"] or os.environ).items()}
        if not _is_plain(args, env, asked):
            honest(*given)
            return
        request = {
            "args": args[1:],
            "cwd": os.fspath(asked["cwd"] or Path.cwd()),
            "env": env,
            "session": bool(asked["start_new_session"]),
        }
        streams = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
        self.pid = _server().start(request, [number if fd == -1 else fd for number, fd in enumerate(streams)])
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(asked[pipe] for pipe in pipes))  # type: ignore[attr-defined]


def _is_plain(args: list[Any], env: dict[str, str], asked: dict[str, Any]) -> bool:
    """Whether a Python is started as this one was."""
    if sys.platform != "linux" or args[:1] != [sys.executable] or len(args) < 2:
        return False
    if any(asked[name] for name in ("preexec_fn", "pass_fds", "executable", "shell")):
        return False
    if any(asked[name] not in (None, -1) for name in ("uid", "gid", "gids", "umask", "process_group")):
        return False
    known = args[1] in ("-B", "-m", "-c") or not args[1].startswith("-")
    return known and _settings(env) == _settings(dict(os.environ))


def _settings(env: dict[str, str]) -> dict[str, str]:
    """What Python itself reads, but for where modules lie."""
    return {name: value for name, value in env.items() if name.startswith("PYTHON") and name != "PYTHONPATH"}


class Server:
    """A process that imports the libraries once, and forks whenever it is asked to."""

    def __init__(self) -> None:
        mine, theirs = socket.socketpair()
        self.asking, self.lock = mine, threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | ONE_THREAD,
        )
        theirs.close()
        atexit.register(self.end)

    def start(self, request: dict[str, Any], streams: list[int]) -> int:
        """The number of the process that does what was asked, with these as its standard streams."""
        message = json.dumps(request).encode()
        with self.lock:
            # Whoever forked it ends at once, and the next of its ancestors that takes orphans in becomes its parent.
            adopting(True)
            try:
                socket.send_fds(self.asking, [len(message).to_bytes(8, "big")], streams)
                self.asking.sendall(message)
                return int.from_bytes(_read(self.asking, 8), "big")
            finally:
                adopting(False)

    def end(self) -> None:
        self.asking.close()
        self.process.wait()


@cache
def _server() -> Server:
    return Server()


def adopting(on: bool) -> None:
    """Whether programs that have lost their parent become children of this process."""
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, int(on), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _read(stream: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = stream.recv(size - len(read))
        if not more:
            raise EOFError("The process that forks programs has ended.")
        read += more
    return read


# -- in the process that forks -----------------------------------------------------------------------------------------


def serve(asked: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Returns in every program that is forked, with what was asked for and its standard streams."""
    while True:
        size, streams, _, _ = socket.recv_fds(asked, 8, 3)
        if not size:
            os._exit(0)
        request = json.loads(_read(asked, int.from_bytes(size, "big")))
        reading, writing = os.pipe()
        between = os.fork()
        if not between:
            program = os.fork()
            if not program:
                for fd in (reading, writing):
                    os.close(fd)
                asked.close()
                return request, streams
            os.write(writing, program.to_bytes(8, "big"))
            os._exit(0)
        os.waitpid(between, 0)
        asked.sendall(os.read(reading, 8))
        for fd in (reading, writing, *streams):
            os.close(fd)


def become(request: dict[str, Any], streams: list[int]) -> None:
    """The program that was asked for, as it would be in a new Python; raises what that raises."""
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    if request["session"]:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    import_module("numpy").random.seed()  # other numbers than those of every other fork
    at_once = 1 if request["env"].get("PYTHONUNBUFFERED") else -1  # by the line, which is near enough
    sys.stdin, sys.stdout = open(0), open(1, "w", buffering=at_once)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    kind, *args = request["args"]
    if kind == "-B":
        sys.dont_write_bytecode = True
        kind, *args = args
    source = args.pop(0) if kind in ("-m", "-c") else kind
    folder = request["cwd"] if kind == "-m" else "" if kind == "-c" else str(Path(kind).resolve().parent)
    sys.path[:0] = [folder, *filter(None, request["env"].get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = ["-c" if kind == "-c" else source, *args]
    match kind:
        case "-m":
            runpy.run_module(source, run_name="__main__", alter_sys=True)
        case "-c":
            sys.modules["__main__"] = main = ModuleType("__main__")
            exec(compile(source, "<string>", "exec"), vars(main))
        case _:
            runpy.run_path(source, run_name="__main__")


def end(code: int) -> None:
    """As Python ends, but nothing is taken apart: that would copy every page of torch, which takes half a second."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    if not sys.flags.safe_path:
        sys.path.pop(0)  # the folder of the tests
    for name in LIBRARIES:
        with suppress(ImportError):
            import_module(name)
    assert len(os.listdir("/proc/self/task")) == 1, "A library has started a thread."
    gc.freeze()  # a collection that looked at torch would copy its pages
    code = 0
    try:
        become(*serve(socket.socket(fileno=int(sys.argv[1]))))
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        code = ended.code or 0
    end(code)

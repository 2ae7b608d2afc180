"""Chromium without a screen, told by its debugging protocol over two pipes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
LOADED = 'new Promise((done) => document.readyState === "complete" ? done() : addEventListener("load", () => done()))'


class Tab:
    """One page. Source: https://chromedevtools.github.io/devtools-protocol"""

    def __init__(self, into: int, out: int, page: Path) -> None:
        self._into, self._out, self._number, self._rest = into, out, 0, b""
        self._session: dict[str, str] = {}
        target = self._asked("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self._asked("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        self._asked("Page.navigate", url=page.as_uri())  # answered once the new page has taken the old one's place
        self.run(LOADED)

    def run(self, script: str) -> Any:
        """What the script gives, a promise's value where it gives one."""
        made = self._asked("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in made, made
        return made["result"].get("value")

    def _asked(self, method: str, **params: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params, **self._session}
        os.write(self._into, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                self._rest += os.read(self._out, 2**16)
            said, _, self._rest = self._rest.partition(b"\0")
            answer = json.loads(said)
            if answer.get("id") == self._number:
                return answer["result"]


@contextmanager
def opened(page: Path, profile: Path) -> Iterator[Tab]:
    """A page in a browser of its own, which ends with the block."""
    (theirs_in, into), (out, theirs_out) = os.pipe(), os.pipe()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    fds = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"'  # the two that it is told by
    command = ["bash", "-c", fds, "chromium", str(CHROMIUM), *flags]
    process = subprocess.Popen(command, pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL)
    try:
        os.close(theirs_in)
        os.close(theirs_out)
        yield Tab(into, out, page)
    finally:
        process.terminate()
        process.wait(20)
        os.close(into)
        os.close(out)

"""How the processors are used."""

from __future__ import annotations

import os
import subprocess
import sys


def test_threads_of_torch_spin_shortly_wherever_the_person_says_nothing_else() -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    code = f"import os, aestudio\nprint([os.environ.get(name) for name in {names}])"
    plain = {name: value for name, value in os.environ.items() if name not in names}

    def said(**own: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], env=plain | own, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert said() == "['ACTIVE', '1000', '1']"
    assert said(OMP_WAIT_POLICY="PASSIVE") == "['PASSIVE', None, None]"
    assert said(GOMP_SPINCOUNT="5") == "[None, '5', None]"
    assert said(KMP_BLOCKTIME="7") == "['ACTIVE', '1000', '7']"

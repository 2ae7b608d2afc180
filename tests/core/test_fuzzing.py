"""Files with a few places changed are read or refused in a sentence, in bounded time and memory. The same ones each
time; `python tests/benchmarks/fuzz.py` tries others, as long as one likes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.core.fuzzing import KINDS, MEGABYTES, SECONDS, Change, changed, read

CHANGES = some.lists(
    some.tuples(some.floats(0, 1), some.integers(0, 5), some.integers(0, 2**16)), min_size=1, max_size=6
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the good files are made."""
    return tmp_path_factory.mktemp("fuzzing")


@pytest.mark.parametrize("name", KINDS)
def test_a_good_file_is_read(name: str, scratch: Path) -> None:
    file, content = KINDS[name].make(scratch)
    assert not read(KINDS[name], file, content, scratch / "good").refused


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KINDS)
def test_a_changed_file_is_read_or_refused_in_a_sentence(name: str, scratch: Path) -> None:
    kind = KINDS[name]
    file, content = kind.make(scratch)

    @settings(max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(CHANGES)
    def check(changes: list[Change]) -> None:
        found = read(kind, file, changed(content, changes), scratch / "changed")
        assert found.seconds < 10 * SECONDS
        assert found.megabytes < 10 * MEGABYTES

    check()

"""What is installed: a wheel and an editable install carry what they need, and the repository holds nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LOOK = """
import json, aestudio
from aestudio.core.ground.resources import resource
print(json.dumps({
    "package": aestudio.__file__,
    "resources": str(resource()),
    "there": [resource(*parts).exists() for parts in (
        ("recipes",), ("style.qss",), ("icons", "app.svg"), ("models", "photo-denoiser.safetensors"),
        ("models", "photo-denoiser-grey.safetensors"), ("models", "photo-denoiser-real.safetensors"))],
    "icons": sorted(p.name for p in resource("icons").iterdir()),
}))
"""


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean | env, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def installed(tmp_path: Path) -> Callable[[Path], Path]:
    """A new virtual environment with one wheel in it, and the libraries of this one; gives its Python."""
    pytest.importorskip("pip")

    def install(wheel: Path) -> Path:
        folder = tmp_path / "venv"
        venv.create(folder, with_pip=False)
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        run(
            *(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"),
            *("install", "--no-deps", "--no-index", wheel),
            cwd=tmp_path,
        )
        # Only now: pip would take what this environment has installed for the new one's.
        inside = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
        Path(inside, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return python

    return install


@pytest.mark.slow
def test_a_wheel_carries_the_resources_inside_the_package(tmp_path: Path, installed: Callable[[Path], Path]) -> None:
    pytest.importorskip("hatchling")
    run(
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", tmp_path / "wheels", ROOT),
        cwd=tmp_path,
    )
    (wheel,) = (tmp_path / "wheels").glob("aestudio-*.whl")
    python = installed(wheel)
    seen = json.loads(run(python, "-c", LOOK, cwd=tmp_path))
    package = Path(seen["package"]).parent
    assert tmp_path in package.parents
    assert Path(seen["resources"]) == package / "resources"
    assert all(seen["there"])
    assert seen["icons"] == sorted(path.name for path in (ROOT / "resources" / "icons").iterdir())
    listed = run(python, "-m", "aestudio", "recipes", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path))
    assert {line.split()[0] for line in listed.splitlines()[1:] if line[:1].strip()} == shipped()
    assert (package / "py.typed").exists()
    command = python.with_name("aestudio")
    assert "linear" in run(command, "recipes", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path))


@pytest.mark.slow
def test_an_editable_install_reads_the_source_tree(tmp_path: Path, installed: Callable[[Path], Path]) -> None:
    pytest.importorskip("hatchling")
    pytest.importorskip("editables")
    build = f"from hatchling.build import build_editable; print(build_editable({str(tmp_path)!r}))"
    wheel = run(sys.executable, "-c", build, cwd=ROOT).splitlines()[-1]
    python = installed(tmp_path / wheel)
    seen = json.loads(run(python, "-c", LOOK, cwd=tmp_path))
    assert Path(seen["package"]) == ROOT / "aestudio" / "__init__.py"
    assert Path(seen["resources"]) == ROOT / "resources"
    assert all(seen["there"])
    listed = run(python, "-m", "aestudio", "recipes", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path))
    assert shipped() <= set(listed.split())


def test_the_source_tree_runs_from_any_folder(tmp_path: Path) -> None:
    listed = run(
        *(sys.executable, "-m", "aestudio", "recipes"),
        cwd=tmp_path,
        PYTHONPATH=str(ROOT),
        XDG_CONFIG_HOME=str(tmp_path),
    )
    assert shipped() <= set(listed.split())


def test_the_top_of_the_repository_holds_what_it_should_and_nothing_else() -> None:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--full-name"], capture_output=True, text=True, encoding="utf-8"
        )
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if done.returncode or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    top = {name.partition("/")[0] for name in done.stdout.split("\0") if name}
    assert {name for name in top if not name.startswith(".")} == {
        *("aestudio", "resources", "tests", "freeze"),
        *("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md"),
    }


def shipped() -> set[str]:
    return {path.stem for path in (ROOT / "resources" / "recipes").glob("*.toml")}

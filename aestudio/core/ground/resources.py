"""Where the files that ship with the program lie: alike from a wheel, an editable install and the source tree."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


def resource(*parts: str) -> Path:
    """The path of a shipped file or folder, for example `resource("recipes", "sparse-kl.toml")`.

    A wheel carries `resources/` inside the package; the source tree (and an editable install of it) has it beside the
    package.
    """
    inside = _PACKAGE / "resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)

"""Where the frozen program begins: it is the `aestudio` command, and Python for what AEStudio starts by itself.

AEStudio starts programs as `sys.executable -m aestudio …` (several processes that train together) and
`sys.executable -c …` (an exported script that is tried out). Frozen, `sys.executable` is this program.
"""

import sys
from multiprocessing import freeze_support


def begin() -> int:
    """Does what the arguments say; gives the exit code."""
    while sys.argv[1:2] == ["-B"]:  # nothing is compiled here
        del sys.argv[1]
    if sys.argv[1:2] == ["-c"]:
        code = compile(sys.argv[2], "<string>", "exec")
        del sys.argv[:2]
        sys.argv[0] = "-c"
        exec(code, {"__name__": "__main__"})
        return 0
    if sys.argv[1:3] == ["-m", "aestudio"]:
        del sys.argv[1:3]
    from aestudio.cli import main

    return main()


if __name__ == "__main__":
    freeze_support()
    sys.exit(begin())

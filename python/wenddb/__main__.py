"""The program `wend`: the console script of that name, and `python -m wenddb`."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Runs the program with the command line of the process; its exit status."""
    from ._wenddb import program

    # Until the program takes over Ctrl-C itself, and in those of its commands that do not, it ends the process; Python would wait for the program.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return program(["wend", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())

"""Standard output and standard error that never decide how a command ends.

What a terminal cannot show is replaced, a reader that has left (`| head`) is let go, a disk that is full is told once
on standard error: by the time something is printed it may be written to Koha and journalled, and the exit code says
how that went.
"""

import codecs
import errno
import gc
import io
import json
import os
import select
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LOOKALIKES: Final = {
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "→": "->",
    "·": "*",
    "×": "x",
    "≥": ">=",
    "≤": "<=",
    "\u00a0": " ",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "█": "#",
    "░": "-",
}
"""What reads well in place of the signs that our own texts use."""

LEAST_TEXT: Final = 20
"""So many columns a sentence gets, however narrow the terminal is."""

_REPLACING: Final = "cardwarden.replace"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unfit = error.object[error.start : error.end]
    return "".join(_LOOKALIKES.get(sign, "?") for sign in unfit), error.end


codecs.register_error(_REPLACING, _replaced)


class _Patient(io.RawIOBase):
    """A file descriptor whose reader may leave and whose disk may be full: then what is written to it is gone."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.failure: OSError | None = None
        self._descriptor = descriptor

    def writable(self) -> bool:
        """It is only written to."""
        return True

    def fileno(self) -> int:
        """The descriptor, for those who ask how wide the terminal is."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: "WriteableBuffer", /) -> int:
        """Write, or do as if."""
        view = memoryview(data)
        while self.failure is None:
            try:
                return os.write(self._descriptor, view)
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.failure = error
        return view.nbytes


@contextmanager
def steady_output() -> Iterator[None]:
    """Print by the streams of this module; those of before are back afterwards."""
    out, err = sys.stdout, sys.stderr
    steady_out, steady_err = _steady(out), _steady(err)
    sys.stdout, sys.stderr = steady_out or out, steady_err or err
    try:
        yield
    finally:
        if steady_out is not None:
            steady_out.flush()
            _tell_loss(steady_out)
            steady_out.detach()
        if steady_err is not None:
            steady_err.flush()
            steady_err.detach()
        sys.stdout, sys.stderr = out, err


def say(text: str, *, err: bool = False) -> None:
    """Print a line on standard output, or on standard error, at once."""
    stream = sys.stderr if err else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def say_hanging(lead: str, text: str, *, err: bool = False) -> None:
    """Print a sentence behind its lead; on a terminal with its further lines set in, and no word broken."""
    stream = sys.stderr if err else sys.stdout
    if not stream.isatty():
        say(lead + text, err=err)
        return
    width = max(shutil.get_terminal_size().columns, len(lead) + LEAST_TEXT)
    for line in textwrap.wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    ):
        say(line, err=err)


def as_json_here(text: str) -> str:
    """JSON text that this standard output can show: where it is not Unicode, in the escapes that JSON has for it."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return json.dumps(json.loads(text), indent=2, ensure_ascii=True)
    return text


def _steady(stream: TextIO | None) -> io.TextIOWrapper | None:
    """The stream in our manner; None for one that is no file of the system, which is only told to replace."""
    if stream is None:  # closed by who started us (`>&-`)
        return io.TextIOWrapper(io.BufferedWriter(_Nowhere()), encoding="utf-8", errors=_REPLACING)
    if isinstance(stream, io.TextIOWrapper):
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError):
            stream.reconfigure(errors=_REPLACING)
            return None
        stream.flush()
        return io.TextIOWrapper(
            io.BufferedWriter(_Patient(descriptor)),
            encoding=stream.encoding,
            errors=_REPLACING,
            line_buffering=stream.line_buffering or stream is sys.stderr,
        )
    return None


class _Nowhere(io.RawIOBase):
    """Where nobody reads."""

    def writable(self) -> bool:
        """It takes everything."""
        return True

    def write(self, data: "WriteableBuffer", /) -> int:
        """Forget it."""
        return memoryview(data).nbytes


def _tell_loss(stream: io.TextIOWrapper) -> None:
    raw = getattr(stream.buffer, "raw", None)
    failure = raw.failure if isinstance(raw, _Patient) else None
    if failure is not None and failure.errno != errno.EPIPE:
        sys.stderr.write(
            f"cardwarden: standard output could not be written ({failure.strerror}): what was printed is not complete. "
            "The exit code says how the command itself went.\n"
        )


def collect_rarely() -> None:
    """Let the garbage collector look less often: a pull makes a million values that live until its cycle ends, and
    looking through them again and again took half of a quiet cycle's time."""
    gc.set_threshold(100_000, 20, 50)

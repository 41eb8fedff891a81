"""The columns of many files, read by one process: the example program `columns` of terabin-hdf5."""

import os
import select
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

DEFAULT = Path(__file__).resolve().parents[2] / "target" / "debug" / "examples" / "columns"
PROGRAM = Path(os.environ.get("TERABIN_COLUMNS", DEFAULT)).resolve()


@dataclass(frozen=True)
class Answer:
    """The columns of a request by name, or why there are none."""

    columns: dict[str, np.ndarray] | None = field(default=None, repr=False)
    # Datasets that only the HDF5 library reads, with the reasons.
    through_library: tuple[str, ...] = ()
    # `request` or `run`, as the exit codes 2 and 1 of the program; or `crash`.
    error: str = ""
    message: str = ""


def read_columns(requests, seconds=20):
    """An `Answer` for each request: a file, a table ("" if the columns tell it) and columns.

    A request that ends the process, or that it has not answered after some seconds, is answered as
    a crash, and a new process goes on behind it. To end with 1 and one line is no crash: that is how
    a file is refused that the HDF5 library would go wrong on.
    """
    assert PROGRAM.is_file(), f"{PROGRAM}: cargo build --package terabin-hdf5 --example columns"
    lines = ["\t".join(map(str, [file, table, *columns])) for file, table, columns in requests]
    answers = []
    while len(answers) < len(lines):
        output, end = _run("".join(f"{line}\n" for line in lines[len(answers) :]), seconds)
        answers += _answers(output)
        if len(answers) < len(lines):
            answers.append(end)
    return answers


def _run(text, seconds):
    """What the process wrote, and how it ended, as the answer to what it left open."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as errors:
        asked.write(text.encode())
        asked.seek(0)
        with subprocess.Popen([PROGRAM], stdin=asked, stdout=subprocess.PIPE, stderr=errors) as process:
            output, late = _until_silent(process.stdout, seconds)
            if late:
                process.kill()
        errors.seek(0)
        message = errors.read().decode(errors="replace").strip()
    if late:
        return output, Answer(error="crash", message=f"no answer after {seconds} s")
    kind = "run" if process.returncode == 1 and len(message.splitlines()) == 1 else "crash"
    return output, Answer(error=kind, message=f"exit {process.returncode}: {message}")


def _until_silent(stream, seconds):
    """All that comes, and whether it has not come to an end."""
    parts = [b""]
    while select.select([stream], [], [], seconds)[0]:
        if not (part := os.read(stream.fileno(), 1 << 20)):
            return b"".join(parts), False
        parts.append(part)
    return b"".join(parts), True


def _answers(output):
    """The answers that are whole."""
    answers, place = [], 0
    while (answer := _answer(output, place)) is not None:
        answers.append(answer[0])
        place = answer[1]
    return answers


def _answer(output, place):
    """The answer that begins at a place, and where it ends; None where it is cut off."""
    words, place = _line(output, place)
    if words is None or words[0] == "error":
        return words and (Answer(error=words[1], message=words[2]), place)
    columns = {}
    for _ in range(int(words[1])):
        column, place = _line(output, place)
        if column is None or place + int(column[2]) > len(output):
            return None
        name, kind, size = column
        columns[name] = _values(kind, output[place : place + int(size)])
        place += int(size)
    return Answer(columns, tuple(words[2:])), place


def _line(output, place):
    end = output.find(b"\n", place)
    return (None, place) if end < 0 else (output[place:end].decode().split("\t"), end + 1)


def _values(kind, content):
    """The values of a column: numbers, or texts as a length (uint32) and bytes each."""
    if kind != "string":
        return np.frombuffer(content, dtype=np.dtype(kind).newbyteorder("<"))
    texts, place = [], 0
    while place < len(content):
        end = place + 4 + int.from_bytes(content[place : place + 4], "little")
        texts.append(content[place + 4 : end])
        place = end
    values = np.empty(len(texts), dtype=object)
    values[:] = texts
    return values

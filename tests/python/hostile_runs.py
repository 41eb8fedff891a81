"""Runs of the program over hostile files: what may come of them, and what they may use."""

import functools
import os
import resource
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

import program as terabin

# Full counts instead of samples.
SOAK = os.environ.get("TERABIN_SOAK") == "1"
# A run that was going to end has ended by then, on a busy machine too.
SECONDS = 20
# What Linux counts for a process begins with the size of the one that started it: this
# one, at about 200 MiB. The bombs here are thousands of times larger.
MOST_RESIDENT = 512 << 20
# A runaway fails before it takes the machine along.
MOST_ADDRESSES = 8 << 30
# Goes away with this process.
COMPILED = tempfile.TemporaryDirectory(prefix="terabin-")


def survive(*arguments, env=None, seconds=SECONDS, output=None):
    """Runs the program; asserts that it ended as a program does, in time and in memory.

    It exits with 0, or with 1, 2 or 3 and one line. What it was to write to the folder `output` is
    whole or not there.
    """
    command = [str(terabin.PROGRAM), *map(str, arguments)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, stdout=out, stderr=err, env=os.environ | (env or {}), preexec_fn=_limit
        )
        code, resident, late = _wait(process, seconds)
        texts = [_text(stream) for stream in (out, err)]
    result = terabin.Run(command, code, *texts)
    assert not late, f"still running after {seconds} s\n{result}"
    assert code in (0, 1, 2, 3), f"exit {code}\n{result}"
    assert not [word for word in terabin.CRASH if word in result.stderr + result.stdout], str(result)
    assert resident < MOST_RESIDENT, f"{resident >> 20} MiB\n{result}"
    assert code == 0 or len(result.stderr.strip().splitlines()) == 1, str(result)
    if code and output is not None:
        assert not Path(output).exists(), f"{sorted(Path(output).iterdir())}\n{result}"
    return result


def _limit():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wait(process, seconds):
    """The exit code, the peak of resident bytes, and whether it had to be ended."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    late = not timer.is_alive()
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss << 10, late


def _text(stream):
    stream.seek(0)
    return stream.read().decode(errors="replace")


def stats(path, *options, **more):
    """`terabin stats` of a file."""
    return survive("stats", "--json", "--quiet", "--ncpus", 2, "--memory", "256MiB", path, *options, **more)


def bin_by(path, column, *options, **more):
    """`terabin bin` over one column of a file."""
    limits = ("--ncpus", 2, "--memory", "256MiB", "--json", "--quiet")
    return survive("bin", "--data", path, "--by", f"b=`{column}`:8:-4..4", *limits, *options, **more)


def sample(items, count):
    """Some of the items, evenly; all of them in a soak."""
    items = list(items)
    if SOAK or len(items) <= count:
        return items
    return [items[i * len(items) // count] for i in range(count)]


@functools.cache
def compiled(source, *options):
    """A shared library of a C file beside the tests."""
    place = Path(COMPILED.name) / f"{source}.so"
    code = Path(__file__).with_name(source)
    command = ["cc", "-shared", "-fPIC", "-O1", *options, "-o", place, code, "-ldl"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no C compiler")
    return place

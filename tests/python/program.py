"""The terabin program as the tests see it: what it was given and what came back."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

DEFAULT = Path(__file__).resolve().parents[2] / "target" / "debug" / "terabin"
PROGRAM = Path(os.environ.get("TERABIN", DEFAULT)).resolve()

# What a crash would print, in any of the languages involved.
CRASH = ("panicked", "RUST_BACKTRACE", "Traceback", "stack backtrace", "HDF5-DIAG", "unwrap()")


@dataclass(frozen=True)
class Run:
    """One finished run."""

    command: list[str]
    code: int
    stdout: str
    stderr: str

    @property
    def json(self):
        """Standard output as the one JSON object it must be."""
        try:
            return json.loads(self.stdout, parse_constant=self._no_constants)
        except ValueError as error:
            raise AssertionError(f"not one JSON object: {error}\n{self}") from error

    @staticmethod
    def _no_constants(text):
        raise ValueError(f"{text} is not JSON; NaN and infinities are strings")

    def __str__(self):
        return "\n".join([f"$ {' '.join(self.command)}", f"exit {self.code}", self.stdout, self.stderr])


def run(*arguments, program=PROGRAM, cwd=None, user=None, timeout=120):
    """Runs the program; asserts only that it did not crash."""
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, user=user, capture_output=True, text=True, timeout=timeout, check=False
    )
    result = Run(command, done.returncode, done.stdout, done.stderr)
    assert done.returncode >= 0, f"killed by signal {-done.returncode}\n{result}"
    assert not [word for word in CRASH if word in done.stderr + done.stdout], str(result)
    return result


def succeed(*arguments, **options):
    """Runs the program, which must exit 0."""
    result = run(*arguments, **options)
    assert result.code == 0, str(result)
    return result


def refuse(*arguments, naming=(), code=2, **options):
    """Runs the program, which must exit with `code` and one line that has every word of `naming`."""
    result = run(*arguments, **options)
    assert result.code == code, str(result)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, f"{len(lines)} lines on stderr instead of one\n{result}"
    missing = [word for word in naming if str(word) not in lines[0]]
    assert not missing, f"the message does not name {missing}\n{result}"
    return lines[0]


def number(value):
    """A number of the JSON output: NaN and infinities stand there as strings."""
    if isinstance(value, str):
        value = float(value)
        assert not np.isfinite(value), "only NaN and infinities are strings"
    return value


@dataclass(frozen=True)
class Histogram:
    """One histogram of result.h5, read by h5py."""

    axes: list
    axis_attributes: list
    stats: dict
    accounting: dict

    @property
    def edges(self):
        return self.axes

    @property
    def count(self):
        return self.stats["count"]

    def check_accounting(self):
        a = self.accounting
        parts = ("skipped", "masked", "filtered", "nan_axis", "outside", "in_range")
        assert a["rows"] == sum(a[part] for part in parts), a


def read_result(folder):
    """The histograms of `folder`/result.h5 by name."""
    with h5py.File(Path(folder) / "result.h5", "r") as file:
        return {name: _histogram(group) for name, group in file["histograms"].items()}


def _histogram(group):
    axes = [group["axes"][str(i)] for i in range(len(group["axes"]))]
    return Histogram(
        axes=[_axis_values(a) for a in axes],
        axis_attributes=[dict(a.attrs) for a in axes],
        stats={name: d[()] for name, d in group["stats"].items()},
        accounting={k: int(v) for k, v in group["accounting"].attrs.items()},
    )


def _axis_values(node):
    """An axis is a dataset of edges or categories, or a group that holds the one of the two."""
    if isinstance(node, h5py.Group):
        node = node["edges"] if "edges" in node else node["categories"]
    return node.asstr()[()] if h5py.check_string_dtype(node.dtype) else node[()]


def write_columns(path, columns, mode="w", group=None, **storage):
    """Writes arrays as datasets, a column each."""
    with h5py.File(path, mode) as file:
        place = file.require_group(group) if group else file
        for name, values in columns.items():
            place.create_dataset(name, data=values, **(storage if len(values) else {}))
    return path

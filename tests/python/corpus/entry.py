"""What the corpus says of a dataset: where it is, and the values that its columns have."""

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

# The oldest format, the one that most programs write today, and the newest.
VERSIONS = {"earliest": "earliest", "v114": ("v110", "v114"), "latest": "latest"}

# What must come of reading an entry.
RIGHT = "right"
ERROR = "error"
# Damage that a reader may or may not meet: the right values or an error, nothing else.
EITHER = "either"


@dataclass(frozen=True)
class Entry:
    """A dataset: its columns by name, each with the values of all rows in C order."""

    id: str
    file: Path
    columns: dict[str, np.ndarray] = field(repr=False)
    shape: tuple[int, ...]
    expect: str = RIGHT
    table: str = ""

    @property
    def indices(self):
        """The columns that place a row in the dataset, where every element is a row."""
        if len(self.shape) < 3:
            return {}
        places = np.indices(self.shape).reshape(len(self.shape), -1).astype("u8")
        return {f"index({k})": place for k, place in enumerate(places)}


@dataclass
class Corpus:
    """A folder of files, and what is known of the datasets in them."""

    folder: Path
    entries: list[Entry] = field(default_factory=list)

    def add(self, id, file, path, values, expect=RIGHT):
        """A dataset of `file` by its path: `a/b` is the column `a.b`."""
        values = np.asarray(values)
        columns = columns_of(path.replace("/", "."), values)
        self.entries.append(Entry(id, self.folder / file, columns, values.shape, expect))

    def add_columns(self, id, file, table, columns):
        """A table whose columns go by names of their own."""
        columns = {name: in_memory(values) for name, values in columns.items()}
        rows = len(next(iter(columns.values())))
        self.entries.append(Entry(id, self.folder / file, columns, (rows,), table=table))

    def add_as_read(self, prefix, file, suffix):
        """Every dataset of the file's root, with the values that the HDF5 library reads."""
        with h5py.File(self.folder / file) as opened:
            for path in opened:
                self.add(f"{prefix}/{path}/{suffix}", file, path, opened[path][()])


def columns_of(name, values):
    """The columns that a dataset becomes: fields, components, or one column."""
    if values.dtype.kind == "c":
        values = values.view([("r", values.real.dtype), ("i", values.real.dtype)])
    if values.dtype.names:
        parts = [columns_of(f"{name}.{part}", values[part]) for part in values.dtype.names]
        return {name: column for part in parts for name, column in part.items()}
    if values.ndim == 2:
        return {f"{name}[:,{k}]": in_memory(values[:, k]) for k in range(values.shape[1])}
    return {name: in_memory(values.ravel())}


def in_memory(values):
    """The values with the type that they have as a column, text as bytes."""
    values = np.asarray(values)
    if values.dtype.kind in "SUO":
        texts = [v if isinstance(v, bytes) else str(v).encode() for v in values]
        return np.array(texts, dtype=object)
    kind, size = values.dtype.kind, values.dtype.itemsize
    # Narrow numbers are widened, which is exact.
    return values.astype({"f": "f4" if size <= 4 else "f8", "i": "i8", "u": "u8", "b": "?"}[kind])

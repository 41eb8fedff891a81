"""Files of pandas and PyTables, with their own names for columns."""

import warnings

import hdf5plugin
import numpy as np
import pandas
import tables

from corpus.elements import records
from corpus.layouts import integers, matrix, smooth


def write_dialects(corpus):
    with warnings.catch_warnings():
        # The two warn of each other's versions and of names that are no Python words.
        warnings.simplefilter("ignore")
        _pandas(corpus)
        _pytables(corpus)


def _pandas(corpus):
    frame = {"x": smooth(), "y": integers(), "z": smooth()[::-1].copy()}
    table = {"format": "table", "complevel": 5}
    stores = {
        "pandas-fixed.h5": {"format": "fixed"},
        "pandas-table.h5": {**table, "complib": "zlib"},
        "pandas-blosc.h5": {**table, "complib": "blosc"},
    }
    columns = frame | {"index": np.arange(len(frame["x"]))}
    for name, options in stores.items():
        pandas.DataFrame(frame).to_hdf(corpus.folder / name, key="df", **options)
        corpus.add_columns(f"pandas/{name.split('-')[1].removesuffix('.h5')}", name, "df", columns)


def _pytables(corpus):
    with tables.open_file(corpus.folder / "pytables.h5", "w") as file:
        file.create_carray("/", "carray", obj=matrix(), filters=tables.Filters(5, "blosc2:zstd"))
        file.create_earray("/", "earray", obj=smooth(), filters=tables.Filters(5, "zlib"))
        file.create_table("/", "table", obj=records(), filters=tables.Filters(5, "blosc2"))
    assert hdf5plugin.FILTERS["blosc2"], "h5py reads these files with the filters of hdf5plugin"
    corpus.add("pytables/carray", "pytables.h5", "carray", matrix())
    corpus.add("pytables/earray", "pytables.h5", "earray", smooth())
    corpus.add("pytables/table", "pytables.h5", "table", records())

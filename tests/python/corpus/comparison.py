"""Columns as they were read beside those that an entry has."""

import numpy as np


def difference(entry, columns):
    """How the columns differ from the entry's; None if they do not."""
    if list(columns) != list(entry.columns):
        return f"columns {list(columns)}"
    for name, wanted in entry.columns.items():
        found = columns[name]
        if found.dtype != wanted.dtype:
            return f"{name} is {found.dtype} instead of {wanted.dtype}"
        if found.shape != wanted.shape:
            return f"{name} has {len(found)} rows instead of {len(wanted)}"
        found, wanted = as_bits(found), as_bits(wanted)
        if not np.array_equal(found, wanted):
            return f"{name}: row {np.flatnonzero(found != wanted)[0]} is wrong"
    return None


def placed(entry, columns):
    """The columns in C order.

    From rank 3 on rows come as they are stored, and `index(k)` says where they lie. Without such
    columns, or if two rows lie at one place, the columns as they are.
    """
    if not entry.indices or not set(entry.indices) <= set(columns):
        return columns
    places = [columns[index].astype(int) for index in entry.indices]
    order = np.ravel_multi_index(places, entry.shape)
    if len(set(order.tolist())) < len(order):
        return columns
    values = {name: column for name, column in columns.items() if name not in entry.indices}
    return {name: column[np.argsort(order)] for name, column in values.items()}


def as_bits(values):
    """Numbers that are equal only if every bit is: NaN is itself, and -0 is not 0."""
    return values.view(f"u{values.dtype.itemsize}") if values.dtype.kind == "f" else values

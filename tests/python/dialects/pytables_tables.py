"""Tables and arrays of PyTables."""

import numpy as np
import tables

ROWS = 400
START = 1_700_000_000
KINDS = ["gas", "star"]


class Event(tables.IsDescription):
    """Every type that needs to be known."""

    kind = tables.StringCol(8)
    second = tables.Time32Col()
    moment = tables.Time64Col()
    phase = tables.EnumCol(tables.Enum({"cold": 0, "hot": 4}), "cold", base="uint8")
    flag = tables.BoolCol()
    position = tables.Float64Col(shape=(3,))
    energy = tables.Float32Col()

    class inner(tables.IsDescription):
        depth = tables.Float64Col()


def write_events(path):
    """A table in a group, with indexes, and arrays beside it; the values of its fields."""
    rng = np.random.default_rng(12)
    values = {
        "kind": rng.choice(KINDS, ROWS),
        # Quarters of a second are exact in PyTables' pairs of integers and in floats.
        "second": START + np.arange(ROWS),
        "moment": START + np.arange(ROWS) * 60 + rng.integers(0, 4, ROWS) / 4,
        "phase": rng.choice([0, 4], ROWS),
        "flag": rng.random(ROWS) < 0.25,
        "position": rng.integers(-16, 16, (ROWS, 3)) / 4,
        "energy": rng.integers(0, 64, ROWS) / 4,
        "inner/depth": rng.integers(0, 64, ROWS) / 8,
    }
    with tables.open_file(path, "w") as file:
        table = file.create_table("/run", "events", Event, createparents=True)
        for row in range(ROWS):
            for name, column in values.items():
                table.row[name] = column[row]
            table.row.append()
        table.flush()
        table.cols.moment.create_index()
        table.cols.kind.create_index()
        file.create_carray("/", "matrix", obj=values["position"], filters=tables.Filters(5, "zlib"))
        moments = file.create_earray("/", "moments", tables.Time64Atom(), (0,))
        moments.append(np.array([1.5, -2.25, 0.0]))
    return values

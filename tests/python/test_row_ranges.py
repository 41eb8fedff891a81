"""`--rows A..B` of a grid: rows counted in row-major order, and no more decoded than they need."""

import itertools

import numpy as np
import pytest

import program as terabin

SHAPE, CHUNKS = (12, 10, 14), (4, 5, 7)
ROWS = int(np.prod(SHAPE))
RANGES = [
    *[(0, 1), (0, 7), (3, 5), (137, 141), (139, 701), (140, 280), (1, ROWS), (0, ROWS)],
    *[(ROWS - 1, ROWS), (555, 1555), (840, 841), (1679, 2000)],
]
STORAGE = {
    "contiguous": {},
    "chunked": {"chunks": CHUNKS},
    "gzip": {"chunks": CHUNKS, "compression": "gzip", "shuffle": True},
}


@pytest.fixture(params=STORAGE.values(), ids=STORAGE)
def grid(request, tmp_path, rng):
    values = rng.normal(size=SHAPE)
    return values, terabin.write_columns(tmp_path / "grid.h5", {"g": values}, **request.param)


def cells(path, output, *options):
    """Counts and sums with a cell for every place of the grid, and what the run took."""
    by = [word for k, side in enumerate(SHAPE) for word in ("--by", f"index({k}):int:0..{side - 1}")]
    words = ["bin", "--data", path, *by, "--stat", "sum(g)", "--json", "--output", output, *options]
    run = terabin.succeed(*words).json
    (found,) = terabin.read_result(output).values()
    found.check_accounting()
    return found.count, found.stats["sum(g)"], run


@pytest.mark.parametrize("rows", RANGES, ids=lambda rows: f"{rows[0]}..{rows[1]}")
def test_rows_are_those_of_the_flat_array(tmp_path, grid, rows):
    values, path = grid
    count, total, run = cells(path, tmp_path / "r", "--rows", f"{rows[0]}..{rows[1]}")
    wanted = np.zeros(ROWS, bool)
    wanted[rows[0] : rows[1]] = True
    assert run["rows"] == wanted.sum()
    assert np.array_equal(count.ravel(), wanted)
    assert np.array_equal(total.ravel(), np.where(wanted, values.ravel(), 0))


@pytest.mark.parametrize("threads", [1, 3])
def test_parts_make_the_whole(tmp_path, grid, threads):
    _, path = grid
    cuts = [0, 1, 333, 700, 701, 1400, ROWS]
    parts = [
        cells(path, tmp_path / f"r{a}", "--rows", f"{a}..{b}", "--ncpus", threads)[:2]
        for a, b in itertools.pairwise(cuts)
    ]
    count, total, _ = cells(path, tmp_path / "whole")
    assert np.array_equal(sum(c for c, _ in parts), count)
    assert np.array_equal(sum(t for _, t in parts), total)


def test_rows_are_counted_over_all_files(tmp_path, rng):
    grids = [rng.normal(size=(3, 4, 5)) for _ in range(3)]
    for k, values in enumerate(grids):
        terabin.write_columns(tmp_path / f"part{k}.h5", {"g": values}, chunks=(2, 2, 2))
    data = [word for k in range(3) for word in ("--data", tmp_path / f"part{k}.h5")]
    run = terabin.succeed("bin", *data, "--by", "g:12:-3..3", "--rows", "37..151", "--output", tmp_path / "r")
    (found,) = terabin.read_result(tmp_path / "r").values()
    kept = np.concatenate([values.ravel() for values in grids])[37:151]
    assert np.array_equal(found.count, np.histogramdd(kept[:, None], 12, [(-3, 3)])[0]), str(run)


SIDE, CHUNK = 64, 8


@pytest.mark.parametrize(
    "rows",
    [
        # One row, rows of a line, a line, lines, a plane, planes, the last row and the next planes.
        *[(1000, 1001), (4096, 4104), (4096, 4160), (0, 512), (4096, 8192), (0, 32_768), (32_767, 36_900)],
        *[(4100, 28_000), (1, SIDE**3), (0, SIDE**3)],
    ],
    ids=lambda rows: f"{rows[0]}..{rows[1]}",
)
def test_no_chunk_without_a_row_is_decoded(tmp_path, rng, rows):
    """And each of the others once, as long as a slab of them is small."""
    values = rng.normal(size=(SIDE,) * 3)
    options = {"chunks": (CHUNK,) * 3, "compression": "gzip", "compression_opts": 1}
    path = terabin.write_columns(tmp_path / "grid.h5", {"g": values}, **options)
    words = ["bin", "--data", path, "--by", "g:8:-4..4", "--ncpus", 1, "--rows", f"{rows[0]}..{rows[1]}"]
    run = terabin.succeed(*words, "--json", "--output", tmp_path / "r").json
    (found,) = terabin.read_result(tmp_path / "r").values()
    kept = values.ravel()[slice(*rows)]
    assert np.array_equal(found.count, np.histogramdd(kept[:, None], 8, [(-4, 4)])[0])
    places = np.unravel_index(np.arange(*rows), values.shape)
    chunks = {tuple(place) for place in np.stack(places, axis=1) // CHUNK}
    assert run["bytes_decoded"] == len(chunks) * CHUNK**3 * values.itemsize

"""Dimensions by their names: the columns of a grid in any order of them, and what cannot be told."""

import h5py
import numpy as np
import pytest

import program as terabin
from dialects.answers import histogram, sums

SIDE = 5


def write_grids(path, datasets, sides):
    """Datasets by name, each with its values and a letter for the scale of each dimension."""
    with h5py.File(path, "w") as file:
        for letter, side in sides.items():
            file[letter] = np.arange(float(side))
            file[letter].make_scale(letter)
        for name, (values, letters) in datasets.items():
            dataset = file.create_dataset(name, data=values, chunks=(2,) * values.ndim)
            for dim, letter in zip(dataset.dims, letters, strict=True):
                dim.attach_scale(file[letter])
    return path


def cells(found, name):
    return found.stats[f"sum({name})"]


def places(rank, side=SIDE):
    """Axes that give every row of a grid a cell of its own."""
    return [word for k in range(rank) for word in ("--by", f"index({k}):int:0..{side - 1}")]


class TestSquares:
    @pytest.fixture
    def grids(self, tmp_path, rng):
        a, b = rng.normal(size=(2, SIDE, SIDE))
        datasets = {"A": (a, "yx"), "B": (b, "xy")}
        return a, b, write_grids(tmp_path / "square.h5", datasets, {"y": SIDE, "x": SIDE})

    def test_another_order_of_names_is_transposed(self, tmp_path, grids):
        a, b, path = grids
        asked = ["--stat", "sum(A)", "--stat", "sum(B)", "--stat", "sum(A * B)"]
        found = histogram(tmp_path, path, *places(2), *asked)
        # Of two grids of one rank, the rows are those of the one that is named first.
        assert np.array_equal(found.count, np.ones_like(a))
        assert np.array_equal(cells(found, "A"), a)
        assert np.array_equal(cells(found, "B"), b.T)
        assert np.array_equal(cells(found, "A * B"), a * b.T)
        assert not np.array_equal(b, b.T), "else nothing could be told apart"

    def test_the_rows_are_those_of_the_first_column(self, tmp_path, grids):
        a, b, path = grids
        found = histogram(tmp_path, path, *places(2), "--stat", "sum(B)", "--stat", "sum(A)")
        assert np.array_equal(cells(found, "B"), b)
        assert np.array_equal(cells(found, "A"), a.T)

    def test_coordinates_follow_the_names(self, tmp_path, grids):
        a, b, path = grids
        found = histogram(tmp_path, path, "--by", "y:int:0..4", "--stat", "sum(A)", "--stat", "sum(B)")
        y = np.broadcast_to(np.arange(SIDE)[:, None], a.shape)
        assert np.array_equal(cells(found, "A"), sums(a, y, SIDE))
        assert np.array_equal(cells(found, "B"), sums(b, y.T, SIDE))

    def test_values_on_axes(self, tmp_path, grids):
        a, b, path = grids
        found = histogram(tmp_path, path, "--by", "A:6:-3..3", "--by", "B:6:-3..3")
        pairs = np.stack([a.ravel(), b.T.ravel()], axis=1)
        expected, _ = np.histogramdd(pairs, 6, [(-3, 3)] * 2)
        assert np.array_equal(found.count, expected)
        by_place, _ = np.histogramdd(np.stack([a.ravel(), b.ravel()], axis=1), 6, [(-3, 3)] * 2)
        assert not np.array_equal(expected, by_place), "else nothing could be told apart"


@pytest.mark.parametrize("letters", ["xyt", "ytx", "txy", "yxt", "xty"])
@pytest.mark.parametrize("sides", [(4, 4, 4), (3, 4, 5)], ids=["cube", "box"])
def test_every_order_of_three_names(tmp_path, rng, letters, sides):
    length = dict(zip("tyx", sides, strict=True))
    g = rng.normal(size=sides)
    q = rng.normal(size=[length[letter] for letter in letters])
    path = write_grids(tmp_path / "grids.h5", {"g": (g, "tyx"), "q": (q, letters)}, length)
    found = histogram(tmp_path, path, *places(3, 5), "--stat", "sum(g)", "--stat", "sum(q)")
    box = tuple(slice(side) for side in sides)
    assert found.count.sum() == g.size
    assert np.array_equal(cells(found, "g")[box], g)
    assert np.array_equal(cells(found, "q")[box], q.transpose([letters.index(letter) for letter in "tyx"]))


class TestRepeatedNames:
    """A covariance: both dimensions of C have one name."""

    @pytest.fixture
    def grids(self, tmp_path, rng):
        c, d = rng.normal(size=(2, SIDE, SIDE))
        v, cube = rng.normal(size=SIDE), rng.normal(size=(3, SIDE, 4))
        datasets = {"C": (c, "xx"), "D": (d, "xx"), "v": (v, "x"), "cube": (cube, "txz")}
        path = write_grids(tmp_path / "covariance.h5", datasets, {"x": SIDE, "t": 3, "z": 4})
        return {"C": c, "D": d, "v": v}, path

    def test_alone(self, tmp_path, grids):
        values, path = grids
        found = histogram(tmp_path, path, *places(2), "--stat", "sum(C)")
        assert np.array_equal(cells(found, "C"), values["C"])

    def test_two_of_them_lie_side_by_side(self, tmp_path, grids):
        values, path = grids
        found = histogram(tmp_path, path, *places(2), "--stat", "sum(C - D)")
        assert np.array_equal(cells(found, "C - D"), values["C"] - values["D"])

    @pytest.mark.parametrize("dim", [0, 1])
    def test_a_vector_lies_along_the_dimension_that_is_told(self, tmp_path, grids, dim):
        values, path = grids
        asked = ["--stat", "sum(C * v)", "--along", f"v={dim}"]
        found = histogram(tmp_path, path, *places(2), *asked)
        v = values["v"][:, None] if dim == 0 else values["v"]
        assert np.array_equal(cells(found, "C * v"), values["C"] * v)

    def test_rows_that_have_the_name_once_are_refused(self, grids):
        _, path = grids
        words = ["bin", "--data", path, "--by", "cube:4:-3..3", "--stat", "sum(C)"]
        terabin.refuse(*words, naming=["C", f"[{SIDE}, {SIDE}]", "dimensions of other names", "/cube"])


class TestAlong:
    """What `--along` cannot mean for these data: one line that says what there is."""

    @pytest.fixture
    def path(self, tmp_path):
        columns = {"cube": np.zeros((4, 4, 4)), "plane": np.zeros((4, 4)), "line": np.zeros(4)}
        return terabin.write_columns(tmp_path / "cube.h5", columns)

    @pytest.mark.parametrize(
        ("along", "naming"),
        [
            ("line=3", ["--along line=3", "the rows have 3 dimensions", "from 0"]),
            ("line=31", ["--along line=31", "the rows have 3 dimensions", "from 0"]),
            ("line=x", ["--along line=x", "NAME=DIM", "first dimension being 0"]),
            ("nowhere=0", ["nowhere", "`inspect` lists the columns"]),
            ("Line=0", ["Line", "line"]),
        ],
    )
    def test_what_there_is_not(self, path, along, naming):
        words = ["bin", "--data", path, "--by", "cube + line:4:0..1", "--along", along]
        terabin.refuse(*words, naming=naming)

    def test_a_column_of_another_length(self, tmp_path):
        columns = {"cube": np.zeros((4, 5, 6)), "line": np.zeros(5)}
        path = terabin.write_columns(tmp_path / "box.h5", columns)
        words = ["bin", "--data", path, "--by", "cube + line:4:-1..1", "--along"]
        terabin.refuse(*words, "line=0", naming=["line", "[5]", "[4, 5, 6]", "/cube"])
        terabin.succeed(*words, "line=1")

    @pytest.mark.parametrize("name", ["plane", "line"])
    def test_what_fits_twice_asks_for_it(self, path, name):
        words = ["bin", "--data", path, "--by", f"cube + {name}:4:0..1"]
        terabin.refuse(*words, naming=[name, "both the first and the last", f"--along {name}=D"])

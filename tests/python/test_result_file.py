"""What a run leaves on disk: result.h5, summary.json, CSV, pictures and UHI histograms."""

import csv
import json
import subprocess
from shutil import which

import h5py
import hist
import numpy as np
import pytest
import uhi.io.hdf5
import uhi.schema

import program as terabin

ROWS = 5000
BY = ("--by", "x:8:-2..2", "--by", "k:edges:0,1,2.5,5")
STAT = ("--stat", "sum(v)", "--stat", "mean(v)", "--stat", "std(v)", "--stat", "max(n)")


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(11)
    values = rng.normal(10, 3, size=ROWS)
    values[::97] = np.nan
    return {
        "x": rng.normal(size=ROWS),
        "k": rng.uniform(-1, 6, size=ROWS),
        "v": values,
        "n": rng.integers(-100, 100, size=ROWS),
    }


@pytest.fixture(scope="module")
def data(columns, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "data.h5"
    terabin.write_columns(path, columns)
    with h5py.File(path, "a") as file:
        file["x"].attrs["units"] = "kpc"
    return path


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    output = tmp_path_factory.mktemp("output") / "deep" / "results"  # folders are created
    terabin.succeed("bin", "--data", data, *BY, *STAT, "--output", output)
    return output


@pytest.fixture
def result(folder):
    with h5py.File(folder / "result.h5") as file:
        yield file


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def test_the_root(result):
    assert set(result.attrs) >= {"terabin_version", "state_hash", "created"}
    assert text(result.attrs["state_hash"]).startswith("tb1:")
    spec = json.loads(text(result["spec"][()]))
    assert isinstance(spec, dict)
    assert set(result) == {"histograms", "spec"}
    assert list(result["histograms"]) == ["x_k"]


def test_the_layout_of_a_histogram(result):
    group = result["histograms/x_k"]
    assert set(group) == {"axes", "stats", "accounting", "uhi", "state"}
    assert set(group["axes"]) == {"0", "1"}
    for k, name in enumerate("xk"):
        axis = group[f"axes/{k}"]
        assert set(axis.attrs) >= {"name", "label", "units", "kind", "convention"}
        assert text(axis.attrs["name"]) == name
        assert text(axis.attrs["convention"]) == "numpy"
    assert text(group["axes/0"].attrs["units"]) == "kpc"
    assert set(group["stats"]) == {"count", "sum(v)", "mean(v)", "std(v)", "max(n)"}
    assert set(group["accounting"].attrs) >= {
        "rows",
        "skipped",
        "masked",
        "filtered",
        "nan_axis",
        "outside",
        "in_range",
    }


def test_types_and_shapes(result):
    stats = result["histograms/x_k/stats"]
    kinds = {"count": "u8", "sum(v)": "f8", "mean(v)": "f8", "std(v)": "f8", "max(n)": "i8"}
    for name, dtype in kinds.items():
        assert (stats[name].dtype, stats[name].shape) == (np.dtype(dtype), (8, 3)), name


def test_the_numbers(folder, columns):
    result = terabin.read_result(folder)["x_k"]
    edges = [np.linspace(-2, 2, 9), np.array([0, 1, 2.5, 5])]
    for ours, theirs in zip(result.edges, edges, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    sample = np.stack([columns["x"], columns["k"]], axis=1)
    np.testing.assert_array_equal(result.count, np.histogramdd(sample, edges)[0])
    result.check_accounting()
    assert result.accounting["in_range"] == result.count.sum()


def test_h5dump_reads_it(folder):
    if not which("h5dump"):
        pytest.skip("h5dump is not installed")
    command = ["h5dump", "-d", "/histograms/x_k/stats/count", folder / "result.h5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "stored"), [("count", "count"), ("sum", "sum(v)"), ("mean", "mean(v)")])
def test_uhi_histograms_are_valid_and_open_in_hist(result, name, stored):
    group = result["histograms/x_k/uhi"]
    place = group[name] if name in group else group[stored]
    read = uhi.io.hdf5.read(place)
    uhi.schema.validate_histogram(uhi.schema._to_json_compatible(read))
    opened = hist.Hist(read)
    ours = result[f"histograms/x_k/stats/{stored}"][()]
    # hist writes 0 for the mean of no rows, NumPy NaN: either may stand there.
    filled = result["histograms/x_k/stats/count"][()] > 0
    np.testing.assert_array_equal(opened.values()[filled], ours[filled])
    np.testing.assert_array_equal(opened.axes[0].edges, np.linspace(-2, 2, 9))
    np.testing.assert_array_equal(opened.axes[1].edges, [0, 1, 2.5, 5])


def test_uhi_means_have_counts_and_variances(result, columns):
    group = result["histograms/x_k/uhi"]
    opened = hist.Hist(uhi.io.hdf5.read(group["mean"] if "mean" in group else group["mean(v)"]))
    kept = ~np.isnan(columns["v"])
    sample = np.stack([columns["x"], columns["k"]], axis=1)[kept]
    edges = [np.linspace(-2, 2, 9), [0, 1, 2.5, 5]]
    np.testing.assert_array_equal(opened.counts(), np.histogramdd(sample, edges)[0])


def test_the_whole_file_passes_the_uhi_validator(folder, result):
    for name in result["histograms/x_k/uhi"]:
        path = f"histograms/x_k/uhi/{name}"
        uhi.schema.validate(uhi.schema.load(folder / "result.h5", path=path))


def test_the_exact_state_is_there(result):
    state = result["histograms/x_k/state"]
    assert isinstance(state, h5py.Dataset) or len(state) > 0


def test_summary(folder):
    summary = json.loads((folder / "summary.json").read_text())
    assert "tb1:" in json.dumps(summary)
    assert "x_k" in json.dumps(summary)


def test_csv_has_every_cell_to_the_last_bit(folder):
    with (folder / "x_k.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    result = terabin.read_result(folder)["x_k"]
    assert len(rows) == result.count.size
    for name, values in result.stats.items():
        written = np.array([float(row[name] or "nan") for row in rows])
        np.testing.assert_array_equal(written, values.ravel().astype("f8"), err_msg=name)


def test_pictures(folder):
    pictures = sorted(folder.glob("*.png"))
    assert len(pictures) == 5  # one per statistic
    for path in pictures:
        head = path.read_bytes()
        assert head.startswith(b"\x89PNG\r\n\x1a\n"), path
        assert head.rstrip().endswith(b"IEND\xaeB`\x82"), path


def test_nothing_else_is_left(folder):
    names = {p.name for p in folder.iterdir() if p.suffix != ".png"}
    assert names - {".lock", ".terabin.lock"} == {"result.h5", "summary.json", "x_k.csv"}


def test_three_axes_have_no_picture(data, tmp_path):
    terabin.succeed("bin", "--data", data, *BY, "--by", "n:int:-5..5", "--output", tmp_path / "r")
    assert not list((tmp_path / "r").glob("*.png"))


def test_no_csv_beyond_a_hundred_thousand_cells(data, tmp_path):
    terabin.succeed("bin", "--data", data, "--by", "x:100001:-2..2", "--output", tmp_path / "r")
    assert not list((tmp_path / "r").glob("*.csv"))


def test_bin_replaces_its_own_result(data, tmp_path):
    for bins in (4, 6):
        terabin.succeed("bin", "--data", data, "--by", f"x:{bins}:-2..2", "--output", tmp_path / "r")
        assert terabin.read_result(tmp_path / "r")["x"].count.shape == (bins,)


def test_a_failed_run_keeps_the_old_result(data, tmp_path):
    terabin.succeed("bin", "--data", data, "--by", "x:4:-2..2", "--output", tmp_path / "r")
    before = {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()}
    run = terabin.run(
        "bin",
        "--data",
        data,
        "--by",
        "x:6:-2..2",
        "--stat",
        "sum(v)",
        "--nan",
        "error",
        "--output",
        tmp_path / "r",
    )
    assert run.code == 1, str(run)
    assert {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()} == before


def test_a_slash_in_a_name_is_escaped(data, tmp_path):
    terabin.succeed(
        "bin", "--data", data, "--by", "x:4:-2..2", "--stat", "mean(v / 2)", "--output", tmp_path / "r"
    )
    with h5py.File(tmp_path / "r" / "result.h5") as file:
        stats = file["histograms/x/stats"]
        (name,) = set(stats) - {"count"}
        assert "%2F" in name
        assert text(stats[name].attrs["request"]) == "mean(v / 2)"


def test_categories_of_a_boolean_axis(data, tmp_path, columns):
    terabin.succeed("bin", "--data", data, "--by", "sign=x > 0", "--output", tmp_path / "r")
    with h5py.File(tmp_path / "r" / "result.h5") as file:
        group = file["histograms/sign"]
        opened = hist.Hist(uhi.io.hdf5.read(group["uhi/count"]))
        np.testing.assert_array_equal(opened.values(), group["stats/count"][()])
        np.testing.assert_array_equal(opened.values(), [np.sum(columns["x"] <= 0), np.sum(columns["x"] > 0)])

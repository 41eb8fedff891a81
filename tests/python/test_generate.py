"""`terabin generate`: the same rows for any number of files, layout, codec or thread."""

import os
import re
import subprocess
from shutil import which

import h5py
import hdf5plugin  # noqa: F401  registers zstd and lz4 with h5py
import numpy as np
import pytest

import program as terabin

ROWS = 50_001  # so that the files differ in length
COLUMNS = ("x", "y", "z", "mass", "temperature", "id")


def files_of(folder):
    return sorted(folder.iterdir())


def rows_of(folder):
    """All rows by column, in the order of the files, whatever the layout."""
    parts = [_columns(path) for path in files_of(folder)]
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}


def _columns(path):
    with h5py.File(path) as file:
        if "data" not in file:
            assert set(file) == set(COLUMNS)
            return {name: file[name][()] for name in COLUMNS}
        assert set(file) == {"data", "id"}
        names = file["data"].attrs["columns"]
        names = names.split(",") if isinstance(names, str) else [_text(n) for n in names]
        assert tuple(names) == COLUMNS[:5]
        data = file["data"][()]
        return {name: data[:, k] for k, name in enumerate(names)} | {"id": file["id"][()]}


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def generate(folder, *options, rows=ROWS, seed=5):
    terabin.succeed("generate", folder, "--rows", rows, "--seed", seed, *options)
    return folder


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return rows_of(generate(tmp_path_factory.mktemp("generate") / "one", "--files", 1))


def assert_same_bits(got, wanted):
    for name in COLUMNS:
        assert got[name].dtype == wanted[name].dtype, name
        assert got[name].tobytes() == wanted[name].tobytes(), name


@pytest.mark.parametrize(
    "options",
    [
        ("--files", 3),
        ("--files", 7),
        ("--layout", "rows"),
        ("--layout", "rows", "--files", 3),
        ("--layout", "columns", "--files", 4, "--compress", "none,gzip:4,zstd:3,lz4"),
        ("--layout", "rows", "--files", 4, "--compress", "lz4,zstd:3,gzip:1,none"),
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_the_rows_do_not_depend_on_files_layout_or_codec(reference, tmp_path, options):
    assert_same_bits(rows_of(generate(tmp_path / "out", *options)), reference)


def test_the_rows_do_not_depend_on_the_cpus(reference, tmp_path):
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usable)})  # the program inherits it
    try:
        generate(tmp_path / "out", "--files", 2)
    finally:
        os.sched_setaffinity(0, usable)
    assert_same_bits(rows_of(tmp_path / "out"), reference)


def test_fewer_rows_are_the_first_rows(reference, tmp_path):
    few = rows_of(generate(tmp_path / "out", rows=1000))
    assert_same_bits(few, {name: values[:1000] for name, values in reference.items()})


def test_another_seed_gives_other_rows(reference, tmp_path):
    other = rows_of(generate(tmp_path / "out", seed=6))
    for name in COLUMNS[:5]:
        assert not np.array_equal(other[name], reference[name], equal_nan=True), name
    np.testing.assert_array_equal(other["id"], reference["id"])


def test_codecs_are_cycled_over_the_files(tmp_path):
    folder = generate(tmp_path / "out", "--files", 5, "--compress", "none,gzip:4,zstd:3,lz4")
    filters = []
    for path in files_of(folder):
        with h5py.File(path) as file:
            plist = file["x"].id.get_create_plist()
            codes = {plist.get_filter(k)[0] for k in range(plist.get_nfilters())}
            filters.append(codes & {1, 32015, 32004})  # deflate, zstd, lz4
    assert filters == [set(), {1}, {32015}, {32004}, set()]


def test_names_and_numbers_of_the_files(tmp_path):
    folder = generate(tmp_path / "out", "--files", 3)
    assert [path.name for path in files_of(folder)] == [f"part-{k:05}.h5" for k in range(3)]
    lengths = [len(_columns(path)["x"]) for path in files_of(folder)]
    assert sum(lengths) == ROWS
    assert max(lengths) - min(lengths) <= 1


def test_what_the_columns_are_like(reference):
    assert [reference[name].dtype.str for name in COLUMNS] == ["<f8"] * 5 + ["<i8"]
    np.testing.assert_array_equal(reference["id"], np.arange(ROWS))
    for name in "xyz":
        values = reference[name]
        assert abs(values.mean()) < 0.03, name
        assert abs(values.std() - 1) < 0.03, name
        assert abs(np.mean(values < 1) - 0.8413) < 0.01, name
    assert abs(np.corrcoef(reference["x"], reference["y"])[0, 1]) < 0.03
    assert reference["mass"].min() > 0
    # A Pareto tail: the logarithm is exponential, so its mean is its spread.
    log = np.log(reference["mass"] / reference["mass"].min())
    assert log.std() == pytest.approx(log.mean(), rel=0.05)
    temperature = reference["temperature"]
    log = np.log(temperature[~np.isnan(temperature)])
    skew = np.mean(((log - log.mean()) / log.std()) ** 3)
    assert abs(skew) < 0.1


def test_one_temperature_in_ten_thousand_is_nan(tmp_path):
    temperature = rows_of(generate(tmp_path / "out", rows=400_000))["temperature"]
    assert 15 <= np.isnan(temperature).sum() <= 80


def test_f32_is_the_rounded_f64(reference, tmp_path):
    single = rows_of(generate(tmp_path / "out", "--dtype", "f32", "--files", 2))
    for name in COLUMNS[:5]:
        assert single[name].dtype == np.float32, name
        np.testing.assert_array_equal(single[name], reference[name].astype("f4"), err_msg=name)
    assert single["id"].dtype == np.int64


def test_no_rows(tmp_path):
    assert len(rows_of(generate(tmp_path / "out", rows=0))["x"]) == 0


def test_h5dump_reads_the_files(tmp_path):
    if not which("h5dump"):
        pytest.skip("h5dump is not installed")
    folder = generate(tmp_path / "out", rows=10)
    text = subprocess.run(
        ["h5dump", "-d", "id", files_of(folder)[0]], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"\(0\): 0, 1, 2, 3", text)


@pytest.mark.parametrize(
    ("options", "naming"),
    [
        (("--files", 0), ["files"]),
        (("--dtype", "f16"), ["f16"]),
        (("--compress", "brotli"), ["brotli"]),
        (("--layout", "tree"), ["tree"]),
    ],
    ids=str,
)
def test_bad_requests(tmp_path, options, naming):
    run = terabin.run("generate", tmp_path / "out", "--rows", 10, *options)
    assert run.code == 2, str(run)
    assert all(word in run.stderr for word in naming), str(run)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())

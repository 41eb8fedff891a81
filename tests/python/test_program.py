"""The program as a new user walks through it, from an empty folder to a result."""

import re

import h5py
import numpy as np
import pytest

import program as terabin

ROWS = 20_000
COLUMNS = ["x", "y", "z", "mass", "temperature", "id"]
BIN_KEYS = {
    "rows",
    "masked",
    "filtered",
    "skipped",
    "fill_rows",
    "histograms",
    "state_hash",
    "seconds",
    "rows_per_second",
    "bytes_read",
    "bytes_decoded",
    "passes",
    "peak_rss_bytes",
    "threads",
    "outputs",
}
ONE_HISTOGRAM_KEYS = {"in_range", "outside", "nan_axis"}
HISTOGRAM_KEYS = {"name", "in_range", "outside", "nan_axis", "nan_value", "state_hash"}
STATS_KEYS = {"name", "dtype", "rows", "nan", "min", "max", "sum", "mean", "std"}


def column(folder, name):
    parts = []
    for path in sorted(folder.iterdir()):
        with h5py.File(path) as file:
            parts.append(file[name][()])
    return np.concatenate(parts)


def text_of_numbers(text):
    """The whole numbers of a text, thousands separators taken out."""
    return {int(n) for n in re.findall(r"\d+", re.sub(r"(?<=\d)[,_'\u202f](?=\d{3})", "", text))}


def test_a_new_user(tmp_path):
    terabin.succeed("generate", "raw", "--rows", ROWS, "--files", 2, cwd=tmp_path)
    inspected = terabin.succeed("inspect", "raw", cwd=tmp_path).stdout
    assert all(name in inspected for name in COLUMNS)
    assert ROWS in text_of_numbers(inspected)
    terabin.succeed("stats", "raw", cwd=tmp_path)
    terabin.succeed("bin", "--data", "raw", "--bins", 10, "--output", "results/", cwd=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["raw", "results"]
    results = terabin.read_result(tmp_path / "results")
    assert sorted(results) == sorted(COLUMNS)
    for name in COLUMNS:
        values = column(tmp_path / "raw", name).astype("f8")
        values = values[np.isfinite(values)]
        counts, edges = np.histogram(values, 10)
        np.testing.assert_array_equal(results[name].count, counts, err_msg=name)
        np.testing.assert_array_equal(results[name].edges[0], edges, err_msg=name)


def test_inspect_proposes_a_line_that_works(generated, tmp_path):
    text = terabin.succeed("inspect", generated, cwd=tmp_path).stdout
    (line,) = [line.strip() for line in text.splitlines() if "terabin bin " in line]
    words = line[line.index("terabin bin ") :].split()[1:]
    terabin.succeed(*[word.strip("'\"") for word in words], cwd=tmp_path)


def test_stats_json(generated):
    run = terabin.succeed("stats", generated, "--json")
    assert set(run.json) == {"columns"}
    rows = {c["name"]: c for c in run.json["columns"]}
    assert sorted(rows) == sorted(COLUMNS)
    for name, row in rows.items():
        assert set(row) == STATS_KEYS
        values = column(generated, name)
        kept = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        assert (row["rows"], row["nan"]) == (ROWS, len(values) - len(kept))
        assert terabin.number(row["min"]) == kept.min()
        assert terabin.number(row["max"]) == kept.max()
        assert terabin.number(row["mean"]) == pytest.approx(kept.mean(), rel=1e-12, abs=1e-12)
        assert terabin.number(row["std"]) == pytest.approx(kept.std(), rel=1e-12)
    assert rows["id"]["sum"] == ROWS * (ROWS - 1) // 2


def test_stats_of_named_columns(generated):
    run = terabin.succeed("stats", generated, "--columns", "mass,id", "--json")
    assert [c["name"] for c in run.json["columns"]] == ["mass", "id"]


def test_stats_of_rows(generated):
    run = terabin.succeed("stats", generated, "--columns", "id", "--rows", "100..5000", "--json")
    (row,) = run.json["columns"]
    assert (row["rows"], row["min"], row["max"]) == (4900, 100, 4999)


def test_nan_and_infinities_are_strings_in_json(tmp_path):
    columns = {"inf": np.array([1.0, np.inf]), "nan": np.array([np.nan, np.nan])}
    path = terabin.write_columns(tmp_path / "a.h5", columns)
    rows = {c["name"]: c for c in terabin.succeed("stats", path, "--json").json["columns"]}
    for name, key, wanted in [("inf", "max", np.inf), ("inf", "sum", np.inf), ("nan", "mean", np.nan)]:
        assert isinstance(rows[name][key], str), (name, key)
        np.testing.assert_equal(terabin.number(rows[name][key]), wanted)
    assert rows["nan"]["nan"] == 2


def test_bin_json_of_one_histogram(generated, tmp_path):
    run = terabin.succeed(
        "bin",
        "--data",
        generated,
        "--by",
        "x:16:-1..1",
        "--stat",
        "mean(temperature)",
        "--output",
        tmp_path / "r",
        "--json",
    )
    report = run.json
    assert set(report) == BIN_KEYS | ONE_HISTOGRAM_KEYS
    (histogram,) = report["histograms"]
    assert set(histogram) == HISTOGRAM_KEYS
    x = column(generated, "x")
    inside = int(np.sum(np.abs(x) <= 1))
    assert (report["rows"], report["in_range"], report["outside"]) == (ROWS, inside, ROWS - inside)
    assert report["nan_axis"] == report["masked"] == report["filtered"] == report["skipped"] == 0
    assert histogram["name"] == "x"
    assert report["passes"] == 1
    assert report["bytes_decoded"] >= ROWS * 2 * 8  # chunks are decoded whole
    assert report["rows_per_second"] > 0
    assert 0 < report["peak_rss_bytes"] < 2**30
    assert report["outputs"]


def test_bin_json_of_many_histograms(generated, tmp_path):
    report = terabin.succeed(
        "bin", "--data", generated, "--bins", 10, "--output", tmp_path / "r", "--json"
    ).json
    assert set(report) == BIN_KEYS
    assert [set(h) for h in report["histograms"]] == [HISTOGRAM_KEYS] * len(COLUMNS)
    by_name = {h["name"]: h for h in report["histograms"]}
    nan = int(np.isnan(column(generated, "temperature")).sum())
    assert (by_name["temperature"]["nan_axis"], by_name["x"]["nan_axis"]) == (nan, 0)
    assert all(h["in_range"] + h["outside"] + h["nan_axis"] == ROWS for h in report["histograms"])
    assert report["passes"] == 2  # ranges first


def test_json_is_all_there_is_on_stdout_and_quiet_is_quiet(generated, tmp_path):
    run = terabin.succeed("bin", "--data", generated, "--by", "x:4", "--quiet", "--output", tmp_path / "r")
    assert run.stdout == run.stderr == ""


def test_without_output_a_table(generated, tmp_path):
    run = terabin.succeed("bin", "--data", generated, "--by", "x:10:-4..4", cwd=tmp_path)
    counts = np.histogram(column(generated, "x"), 10, (-4, 4))[0]
    assert set(counts.tolist()) <= text_of_numbers(run.stdout)
    assert list(tmp_path.iterdir()) == []


def test_plan_reads_no_row_and_writes_nothing(generated, tmp_path):
    run = terabin.succeed(
        "bin", "--data", generated, "--by", "x:10:-4..4", "--plan", "--output", "r", cwd=tmp_path
    )
    assert ROWS in text_of_numbers(run.stdout)
    assert all(word in run.stdout.lower() for word in ("rows", "memory", "pass"))
    assert list(tmp_path.iterdir()) == []


def test_plan_finds_what_is_wrong(generated):
    terabin.refuse("bin", "--data", generated, "--by", "unknown", "--plan", naming=["unknown"])


def test_bins_and_range_are_the_defaults_of_axes(generated, tmp_path):
    terabin.succeed(
        "bin",
        "--data",
        generated,
        "--by",
        "x",
        "--by",
        "y:4",
        "--by",
        "z:5:0..1",
        "--bins",
        7,
        "--range",
        "-2..2",
        "--output",
        tmp_path / "r",
    )
    (result,) = terabin.read_result(tmp_path / "r").values()
    assert [(len(e) - 1, e[0], e[-1]) for e in result.edges] == [(7, -2, 2), (4, -2, 2), (5, 0, 1)]


def test_names_of_axes_and_statistics(generated, tmp_path):
    terabin.succeed(
        "bin",
        "--data",
        generated,
        "--by",
        "east=x:4:-1..1",
        "--stat",
        "warmth=mean(temperature)",
        "--output",
        tmp_path / "r",
    )
    results = terabin.read_result(tmp_path / "r")
    assert list(results) == ["east"]
    assert set(results["east"].stats) == {"count", "warmth"}


@pytest.fixture
def snapshots(tmp_path):
    """Three files whose names sort wrongly as text, beside what does not belong to them."""
    folder = tmp_path / "snapshots"
    (folder / "below").mkdir(parents=True)
    for k, number in enumerate([2, 10, 100]):
        terabin.write_columns(folder / f"snap.{number}", {"v": np.arange(10) + 100 * k})
    (folder / "notes.txt").write_text("not HDF5\n")
    (folder / "empty").write_bytes(b"")
    terabin.write_columns(folder / "below" / "deep.h5", {"v": np.arange(7)})
    return folder


def rows_and_sum(*data, options=()):
    words = [word for path in data for word in ("--data", path)]
    run = terabin.succeed("bin", *words, "--by", "v:int:0..999", *options, "--json")
    return run.json["rows"], run.json["in_range"]


def test_a_folder_is_the_hdf5_files_in_it(snapshots):
    assert rows_and_sum(snapshots) == (30, 30)


def test_files_come_in_natural_order(snapshots):
    run = terabin.succeed("stats", snapshots, "--rows", "5..15", "--json")
    (row,) = run.json["columns"]
    assert (row["min"], row["max"], row["sum"]) == (5, 104, 35 + 510)


def test_rows_of_bin_count_over_all_files(snapshots):
    assert rows_and_sum(snapshots, options=("--rows", "5..25")) == (20, 20)


def test_globs_and_several_arguments(snapshots):
    assert rows_and_sum(snapshots / "snap.1*") == (20, 20)
    assert rows_and_sum(snapshots / "snap.2", snapshots / "below") == (17, 17)


def test_arguments_come_in_the_given_order(snapshots):
    run = terabin.succeed("stats", snapshots / "snap.100", snapshots / "snap.2", "--rows", "0..10", "--json")
    assert run.json["columns"][0]["min"] == 200


@pytest.fixture
def two_tables(tmp_path):
    path = tmp_path / "tables.h5"
    terabin.write_columns(path, {"x": np.arange(10.0), "only_gas": np.arange(10.0)}, group="gas")
    terabin.write_columns(path, {"x": np.arange(4.0)}, mode="a", group="stars")
    return path


@pytest.mark.parametrize(("table", "rows"), [("gas", 10), ("stars", 4)])
def test_table_names_a_group(two_tables, table, rows):
    run = terabin.succeed("bin", "--data", two_tables, "--table", table, "--by", "x:4:0..9", "--json")
    assert run.json["rows"] == rows


def test_a_path_with_dots_names_a_column(two_tables):
    run = terabin.succeed("bin", "--data", two_tables, "--by", "stars.x:4:0..9", "--json")
    assert run.json["rows"] == 4


def test_the_table_that_has_all_names_is_taken(two_tables):
    run = terabin.succeed("bin", "--data", two_tables, "--by", "only_gas:4:0..9", "--json")
    assert run.json["rows"] == 10


def test_without_names_the_largest_table_is_taken_and_the_others_named(two_tables, tmp_path):
    run = terabin.succeed("bin", "--data", two_tables, "--bins", 4, "--output", tmp_path / "r", "--json")
    assert run.json["rows"] == 10
    assert "stars" in run.stderr


def test_a_column_in_two_tables_is_ambiguous(two_tables):
    terabin.refuse("bin", "--data", two_tables, "--by", "x:4:0..9", naming=["x"])


def test_a_file_without_the_table_has_no_rows(two_tables, tmp_path):
    other = terabin.write_columns(tmp_path / "other.h5", {"unrelated": np.arange(3.0)})
    run = terabin.succeed("bin", "--data", two_tables, "--data", other, "--by", "stars.x:4:0..9", "--json")
    assert run.json["rows"] == 4
    assert "other.h5" in run.stderr


def test_spec_holds_many_histograms_over_the_same_data(generated, tmp_path):
    (tmp_path / "many.toml").write_text("""
bins = 5
[[histogram]]
name = "plane"
by = ["x:8:-2..2", "y"]
stat = ["mean(mass)", "s=sum(mass)"]
[[histogram]]
name = "border"
by = ["z"]
range = "-1..1"
flow = true
""")
    run = terabin.succeed(
        "bin", "--data", generated, "--spec", tmp_path / "many.toml", "--output", tmp_path / "r", "--json"
    )
    assert {h["name"] for h in run.json["histograms"]} == {"plane", "border"}
    results = terabin.read_result(tmp_path / "r")
    assert results["plane"].count.shape == (8, 5)
    assert set(results["plane"].stats) == {"count", "mean(mass)", "s"}
    assert results["border"].count.shape == (7,)
    assert results["border"].count.sum() == ROWS


def test_help_and_version():
    assert "terabin" in terabin.succeed("--version").stdout
    text = terabin.succeed("bin", "--help").stdout
    for option in (
        "--data",
        "--bins",
        "--by",
        "--range",
        "--stat",
        "--rows",
        "--nan",
        "--convention",
        "--flow",
        "--spec",
        "--plan",
        "--output",
        "--ncpus",
        "--memory",
        "--table",
        "--json",
        "--quiet",
    ):
        assert option in text, option


@pytest.mark.parametrize("words", [["bin", "--never-heard-of"], ["paint"], []], ids=str)
def test_unknown_words_exit_2(words):
    assert terabin.run(*words).code == 2

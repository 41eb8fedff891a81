"""Bad input: exit 2, one line that names what is wrong, nothing written."""

import os
import re
import shutil

import h5py
import numpy as np
import pytest

import program as terabin


@pytest.fixture
def refused(small_file, tmp_path):
    """Asserts that a job over `small_file` is refused, and that it wrote nothing."""

    def check(*options, data=(small_file,), naming=(), **more):
        words = [word for path in data for word in ("--data", path)]
        before = sorted(tmp_path.rglob("*"))
        line = terabin.refuse(
            "bin", *words, *options, "--output", tmp_path / "results", naming=naming, **more
        )
        assert sorted(tmp_path.rglob("*")) == before, "something was written"
        return line

    return check


def test_missing_file(refused, tmp_path):
    refused("--by", "x:4", data=[tmp_path / "nowhere.h5"], naming=["nowhere.h5"])


def test_a_glob_without_files(refused, tmp_path):
    refused("--by", "x:4", data=[tmp_path / "*.none"], naming=["*.none"])


def test_a_folder_without_files(refused, tmp_path):
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow" / "notes.txt").write_text("nothing here\n")
    refused("--by", "x:4", data=[tmp_path / "hollow"], naming=["hollow"])


@pytest.mark.parametrize(
    "content",
    [b"", b"not HDF5 at all\n" * 100],
    ids=["empty", "text"],
)
def test_not_hdf5(refused, tmp_path, content):
    (tmp_path / "fake.h5").write_bytes(content)
    refused("--by", "x:4", data=[tmp_path / "fake.h5"], naming=["fake.h5"])


def test_a_file_of_the_signature_alone_is_damaged(tmp_path):
    path = tmp_path / "cut.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    run = terabin.run("bin", "--data", path, "--by", "x:4:0..1")
    assert run.code in (1, 2), str(run)
    assert "cut.h5" in run.stderr, str(run)


def test_a_truncated_file(tmp_path):
    path = terabin.write_columns(tmp_path / "cut.h5", {"x": np.arange(10_000.0)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    run = terabin.run("bin", "--data", path, "--by", "x:4:0..1", "--output", tmp_path / "r")
    assert run.code in (1, 2), str(run)
    assert len(run.stderr.strip().splitlines()) == 1, str(run)
    assert "cut.h5" in run.stderr
    assert not (tmp_path / "r" / "result.h5").exists()


def test_unknown_column_proposes_a_near_name(refused):
    refused("--by", "temprature:4", naming=["temprature", "temperature"])


def test_unknown_column_in_a_statistic(refused):
    refused("--by", "x:4", "--stat", "mean(temprature)", naming=["temprature", "temperature"])


def test_a_path_with_slashes_proposes_the_dotted_name(refused, tmp_path):
    path = terabin.write_columns(tmp_path / "s.h5", {"Masses": np.arange(9.0)}, group="PartType0")
    refused("--by", "PartType0/Masses:4", data=[path], naming=["PartType0.Masses"])


def test_a_column_that_only_one_file_has(refused, tmp_path):
    (tmp_path / "two").mkdir()
    terabin.write_columns(tmp_path / "two" / "a.h5", {"x": np.arange(9.0), "extra": np.arange(9.0)})
    terabin.write_columns(tmp_path / "two" / "b.h5", {"x": np.arange(9.0)})
    refused("--by", "x:4", "--stat", "sum(extra)", data=[tmp_path / "two"], naming=["extra", "b.h5"])


def test_columns_of_different_length(refused, tmp_path):
    path = terabin.write_columns(tmp_path / "d.h5", {"longer": np.arange(12.0), "short": np.arange(7.0)})
    refused("--by", "longer:4", "--by", "short:4", data=[path], naming=["longer", "short", "12", "7"])


@pytest.mark.parametrize(
    "option",
    [("--by", "label:4"), ("--by", "label + 1:4"), ("--by", "x:4", "--stat", "mean(label)")],
    ids=" ".join,
)
def test_text_in_arithmetic(refused, option):
    refused(*option, naming=["label"])


def test_a_statistic_that_there_is_not(refused):
    refused("--by", "x:4", "--stat", "maen(x)", naming=["maen", "mean"])


def test_a_kind_of_axis_that_there_is_not(refused):
    refused("--by", "x:lgo:4:1..2", naming=["lgo"])


def test_an_expression_that_does_not_parse(refused):
    refused("--by", "x + :4", naming=["x +"])


@pytest.mark.parametrize("by", ["x:0", "x:0:0..1", "x:log:0:1..2", "x:circular:0:0..1", "x:-3:0..1"])
def test_no_bins(refused, by):
    line = refused("--by", by)
    assert "bin" in line


def test_no_bins_by_option(refused):
    refused("--by", "x", "--bins", 0, naming=["bins"])


@pytest.mark.parametrize(
    ("edges", "index"),
    [
        ("0.5,10.5,20.5,15.5,30.5", 3),  # unsorted
        ("0.5,10.5,20.5,30.5,30.5", 4),  # the same twice
        ("0.5,10.5,nan,30.5", 2),
        ("5.5,4.5,3.5", 1),
    ],
)
@pytest.mark.parametrize("source", ["list", "file"])
def test_edges_out_of_order_name_the_index(refused, tmp_path, edges, index, source):
    if source == "file":
        (tmp_path / "edges.txt").write_text(edges.replace(",", "\n"))
        edges = f"@{tmp_path / 'edges.txt'}"
    line = refused("--by", f"x:edges:{edges}")
    # Either of the two neighbours is a fair name for a pair out of order.
    assert re.search(rf"(?<![\d.])({index}|{index - 1})(?![\d.]\d)", line.replace(str(tmp_path), "")), line


@pytest.mark.parametrize("edges", ["", "1.5"])
def test_too_few_edges(refused, edges):
    refused("--by", f"x:edges:{edges}", naming=["edges"])


def test_a_missing_file_of_edges(refused):
    refused("--by", "x:edges:@gone.txt", naming=["gone.txt"])


def test_a_file_of_edges_that_holds_words(refused, tmp_path):
    (tmp_path / "edges.txt").write_text("1.0\ntwo\n3.0\n")
    refused("--by", f"x:edges:@{tmp_path / 'edges.txt'}", naming=["edges.txt", "two"])


@pytest.mark.parametrize("limits", ["2..2", "2..1", "nan..1", "0..nan", "0..inf", "-inf..0", "1..", "abc..2"])
def test_limits_that_are_none(refused, limits):
    refused("--by", f"x:4:{limits}")


@pytest.mark.parametrize("limits", ["3..3", "3..2", "0..inf", "what"])
def test_range_that_is_none(refused, limits):
    refused("--by", "x", "--range", limits)


@pytest.mark.parametrize("by", ["x:log:5:0..1", "x:log:5:-1..1"])
def test_log_needs_positive_limits(refused, by):
    refused("--by", by)


@pytest.mark.parametrize("by", ["x:step:0:0..1", "x:step:-1:0..1", "x:step:nan:0..1"])
def test_a_step_must_be_positive(refused, by):
    refused("--by", by, naming=["step"])


def test_bins_narrower_than_the_numbers_allow(refused):
    refused("--by", "x:1000:1..1.0000000000000002")


def test_more_bins_than_memory_holds(refused):
    line = refused("--by", "x:200000:-4..4", "--by", "id:200000:0..1000", "--memory", "40MiB")
    assert re.search(r"\d\s*([KMGTP]i?B|bytes)", line), "the message does not tell the bytes"


def test_a_thousand_million_bins(refused):
    refused("--by", "x:1000000000:-4..4", "--stat", "mean(x)", "--memory", "512MiB")


def test_cells_beyond_64_bits(refused):
    axes = [word for _ in range(8) for word in ("--by", "x:1000000:-4..4")]
    refused(*axes)


@pytest.fixture
def second_way(request, small_file, tmp_path):
    """Another path to `small_file`."""
    other = tmp_path / "other.h5"
    if request.param == "same":
        return small_file
    if request.param == "symbolic link":
        other.symlink_to(small_file)
    elif request.param == "hard link":
        os.link(small_file, other)
    else:
        return tmp_path / "." / small_file.name
    return other


@pytest.mark.parametrize("second_way", ["same", "symbolic link", "hard link", "dot"], indirect=True)
def test_one_file_given_twice(refused, small_file, second_way):
    refused("--by", "x:4", data=[small_file, second_way], naming=[small_file.name, second_way.name])


def test_a_file_and_its_folder(refused, small_file):
    refused("--by", "x:4", data=[small_file, small_file.parent], naming=[small_file.name])


def test_no_permission(tmp_path, tmp_path_factory):
    # Root may read everything, so the program runs as somebody else, from a place they can reach.
    place = tmp_path_factory.getbasetemp().parent.parent / f"terabin-permission-{os.getpid()}"
    place.mkdir(mode=0o755)
    try:
        secret = terabin.write_columns(place / "secret.h5", {"x": np.arange(9.0)})
        secret.chmod(0)
        user = 65534 if os.geteuid() == 0 else None
        # The program may lie below a home that they cannot enter.
        program = shutil.copy(terabin.PROGRAM, place)
        job = ("bin", "--data", secret, "--by", "x:4")
        terabin.refuse(*job, naming=["secret.h5"], program=program, user=user, cwd="/")
    finally:
        shutil.rmtree(place)


def test_rows_that_are_no_range(refused):
    refused("--by", "x:4", "--rows", "9..3", naming=["9..3"])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--ncpus", "0"),
        ("--memory", "much"),
        ("--nan", "ignore"),
        ("--convention", "cern"),
        ("--bins", "ten"),
        ("--rows", "a..b"),
    ],
)
def test_options_that_make_no_sense(small_file, tmp_path, option, value):
    run = terabin.run("bin", "--data", small_file, "--by", "x", option, value, "--output", tmp_path / "r")
    assert run.code == 2, str(run)
    assert value in run.stderr
    assert not (tmp_path / "r").exists()


def test_a_spec_with_an_unknown_word(small_file, tmp_path):
    (tmp_path / "s.toml").write_text('[[histogram]]\nname = "a"\nby = ["x:4"]\nbinz = 3\n')
    terabin.refuse("bin", "--data", small_file, "--spec", tmp_path / "s.toml", naming=["s.toml", "binz"])


def test_a_spec_with_two_histograms_of_one_name(small_file, tmp_path):
    (tmp_path / "s.toml").write_text('[[histogram]]\nname = "a"\nby = ["x:4"]\n' * 2)
    terabin.refuse("bin", "--data", small_file, "--spec", tmp_path / "s.toml", naming=["a"])


def test_a_missing_spec(small_file, tmp_path):
    terabin.refuse("bin", "--data", small_file, "--spec", tmp_path / "gone.toml", naming=["gone.toml"])


def test_stats_of_an_unknown_column(small_file):
    terabin.refuse("stats", small_file, "--columns", "temprature", naming=["temprature", "temperature"])


def test_a_table_that_there_is_not(refused):
    refused("--by", "x:4", "--table", "PartType7", naming=["PartType7"])


def empty_result(tmp_path, data, *options):
    """A job over no rows: an empty result, exit 0 and a warning."""
    run = terabin.succeed(
        "bin",
        "--data",
        data,
        "--by",
        "x:4:0..1",
        "--stat",
        "mean(x)",
        "--stat",
        "sum(x)",
        *options,
        "--output",
        tmp_path / "r",
        "--json",
    )
    assert run.stderr.strip(), "no warning"
    assert run.json["rows"] == 0
    (result,) = terabin.read_result(tmp_path / "r").values()
    np.testing.assert_array_equal(result.count, [0, 0, 0, 0])
    np.testing.assert_array_equal(result.stats["mean(x)"], [np.nan] * 4)
    np.testing.assert_array_equal(result.stats["sum(x)"], [0] * 4)


def test_no_rows_in_the_file(tmp_path):
    empty_result(tmp_path, terabin.write_columns(tmp_path / "e.h5", {"x": np.empty(0)}))


def test_no_rows_in_a_chunked_file(tmp_path):
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file.create_dataset("x", (0,), "f8", maxshape=(None,), chunks=(10,), compression="gzip")
    empty_result(tmp_path, tmp_path / "e.h5")


@pytest.mark.parametrize("rows", ["3..3", "1000..2000", "5000.."])
def test_no_rows_selected(tmp_path, small_file, rows):
    empty_result(tmp_path, small_file, "--rows", rows)


def test_no_rows_and_an_automatic_range(tmp_path):
    path = terabin.write_columns(tmp_path / "e.h5", {"x": np.empty(0)})
    run = terabin.succeed("bin", "--data", path, "--by", "x:4", "--output", tmp_path / "r", "--json")
    assert run.json["rows"] == 0


def test_no_finite_value_for_an_automatic_range(refused, tmp_path):
    path = terabin.write_columns(tmp_path / "n.h5", {"hollow": np.full(9, np.nan)})
    refused("--by", "hollow:4", data=[path], naming=["hollow"])


@pytest.mark.parametrize("kind", ["scalar", "null space"])
def test_datasets_that_are_no_columns(refused, tmp_path, kind):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["x"] = np.arange(5.0)
        file["single"] = 3.0 if kind == "scalar" else h5py.Empty("f8")
    refused("--by", "single:4:0..1", data=[tmp_path / "s.h5"], naming=["single"])
    terabin.succeed("bin", "--data", tmp_path / "s.h5", "--by", "x:4:0..4")

"""Files of pandas, PyTables, netCDF-4, NeXus, MATLAB and vaex by the names their users know."""

import numpy as np
import pandas
import pytest

import program as terabin
from dialects import (
    detectors,
    matlab_variables,
    netcdf_grids,
    old_layouts,
    pandas_frames,
    pytables_tables,
    vaex_export,
)
from dialects.answers import histogram, hours, means, sums

FIXED, TABLE = {"format": "fixed"}, {"format": "table"}
FORMATS = [FIXED, TABLE, TABLE | {"data_columns": ["n", "a"]}, TABLE | {"complevel": 5, "complib": "blosc"}]
DAY = "index:step:1h:2024-01-01..2024-01-02"


@pytest.mark.parametrize("options", FORMATS, ids=["fixed", "table", "data-columns", "blosc"])
class TestPandas:
    @pytest.fixture
    def stored(self, tmp_path, options):
        frame = pandas_frames.frame()
        path = tmp_path / "store.h5"
        return frame, pandas_frames.write(path, df=(frame, options), other=(frame[["b.c"]][:7], options))

    def test_means_by_the_hour_of_the_index(self, tmp_path, stored):
        frame, path = stored
        found = histogram(tmp_path, path, "--table", "df", "--by", DAY, "--stat", "mean(a)")
        hour = hours(frame.index, "2024-01-01")
        assert np.array_equal(found.count, np.bincount(hour[hour < 24], minlength=24))
        assert np.array_equal(found.stats["mean(a)"], means(frame["a"], hour, 24), equal_nan=True)

    def test_columns_by_their_own_names(self, tmp_path, stored):
        frame, path = stored
        by = ["--by", "n:int:0..4", "--stat", "s=sum(`b.c`)"]
        found = histogram(tmp_path, path, "--table", "df", *by, kept="flag and a > 0")
        kept = frame[frame["flag"] & (frame["a"] > 0)]
        assert np.array_equal(found.count, np.bincount(kept["n"], minlength=5))
        assert np.array_equal(found.stats["s"], sums(kept["b.c"], kept["n"], 5))

    def test_times_among_the_columns(self, tmp_path, stored):
        frame, path = stored
        found = histogram(tmp_path, path, "--by", "when:step:6h:2024-01-01..2024-01-03")
        place = hours(frame["when"], "2024-01-01") // 6
        assert np.array_equal(found.count, np.bincount(place[place < 8], minlength=8))

    def test_words_are_categories_or_refused(self, tmp_path, stored, options):
        frame, path = stored
        if options is FIXED:
            line = terabin.refuse("bin", "--data", path, "--by", "kind:cat", naming=["kind", "pickled"])
            assert "format='table'" in line
        else:
            found = histogram(tmp_path, path, "--by", "kind:cat", "--stat", "sum(a)")
            kinds, place = np.unique(frame["kind"], return_inverse=True)
            assert found.axes[0].tolist() == kinds.tolist()
            assert np.array_equal(found.stats["sum(a)"], sums(frame["a"], place, len(kinds)))

    def test_index_tables_are_hidden(self, stored):
        listed = terabin.succeed("inspect", stored[1]).stdout
        assert "_i_table" not in listed
        assert "df.index" in listed


@pytest.mark.parametrize("options", [FIXED, TABLE], ids=["fixed", "table"])
def test_a_series_with_missing_times(tmp_path, options):
    times = pandas.Series(pandas.to_datetime(["2024-01-01 00:00", None, "2024-01-01 12:00"]), name="t")
    path = pandas_frames.write(tmp_path / "series.h5", ser=(times, options))
    found = histogram(tmp_path, path, "--table", "ser", "--by", "t:step:12h:2024-01-01..2024-01-02")
    assert found.count.tolist() == [1, 1]
    assert found.accounting["nan_axis"] == 1


def test_levels_of_a_table_are_columns_and_of_a_fixed_frame_codes(tmp_path):
    index = pandas.MultiIndex.from_product([[10, 20], ["x", "y"]], names=["i", "j"])
    frame = pandas.DataFrame({"a": [0.5, 1.0, 2.0, 4.0]}, index=index)
    path = pandas_frames.write(tmp_path / "levels.h5", fixed=(frame, FIXED), table=(frame, TABLE))
    found = histogram(tmp_path, path, "--table", "table", "--by", "i:edges:0,15,30", "--stat", "sum(a)")
    assert found.stats["sum(a)"].tolist() == [1.5, 6.0]
    found = histogram(tmp_path, path, "--table", "table", "--by", "j:cat", "--stat", "sum(a)")
    assert found.stats["sum(a)"].tolist() == [2.5, 5.0]
    terabin.refuse("bin", "--data", path, "--table", "fixed", "--by", "i:2", naming=["i", "MultiIndex"])
    codes = histogram(tmp_path, path, "--table", "fixed", "--by", "axis1_label0:int:0..1", "--stat", "sum(a)")
    assert codes.stats["sum(a)"].tolist() == [1.5, 6.0]


class TestPyTables:
    @pytest.fixture
    def events(self, tmp_path):
        path = tmp_path / "events.h5"
        return pytables_tables.write_events(path), path

    def test_words_and_nested_fields(self, tmp_path, events):
        values, path = events
        found = histogram(tmp_path, path, "--by", "kind:cat", "--stat", "sum(depth)")
        kinds, place = np.unique(values["kind"], return_inverse=True)
        assert found.axes[0].tolist() == kinds.tolist()
        assert np.array_equal(found.count, np.bincount(place))
        assert np.array_equal(found.stats["sum(depth)"], sums(values["inner/depth"], place, 2))

    @pytest.mark.parametrize("name", ["second", "moment"])
    @pytest.mark.parametrize("options", [[], ["--raw-values"]], ids=["values", "raw"])
    def test_times(self, tmp_path, events, name, options):
        values, path = events
        by = f"{name}:step:1h:2023-11-14T22:00:00..2023-11-15T06:00:00"
        found = histogram(tmp_path, path, "--by", by, "--stat", "sum(energy)", *options)
        times = np.datetime64(0, "us") + np.round(values[name] * 1e6).astype("m8[us]")
        place = hours(times, "2023-11-14T22:00:00")
        inside = place[(place >= 0) & (place < 8)]
        assert np.array_equal(found.count, np.bincount(inside, minlength=8))
        assert np.array_equal(found.stats["sum(energy)"], sums(values["energy"], place, 8))

    def test_times_before_1970(self, tmp_path, events):
        found = histogram(
            tmp_path, events[1], "--by", "moments:edges:1969-12-31T23:59:57,1969-12-31T23:59:58,1970-01-02"
        )
        assert found.count.tolist() == [1, 2]

    def test_enumerations_truth_values_and_arrays(self, tmp_path, events):
        values, path = events
        found = histogram(tmp_path, path, "--by", "phase:cat", "--stat", "sum(position[:,2])", kept="flag")
        kept, codes = values["flag"], values["phase"][values["flag"]]
        assert found.axes[0].tolist() == ["0", "4"]
        assert np.array_equal(found.count, np.bincount(codes // 4, minlength=2))
        expected = sums(values["position"][kept, 2], codes // 4, 2)
        assert np.array_equal(found.stats["sum(position[:,2])"], expected)

    def test_indexes_are_hidden(self, events):
        listed = terabin.succeed("inspect", events[1]).stdout
        assert "_i_events" not in listed
        assert "run.events.inner.depth" in listed


class TestNetcdf:
    @pytest.fixture
    def grid(self, tmp_path):
        path = tmp_path / "grid.nc"
        stored = netcdf_grids.write_grid(path)
        return stored, netcdf_grids.valid(stored), netcdf_grids.unpacked(stored), path

    def test_coordinates_are_repeated_and_gaps_masked(self, tmp_path, grid):
        stored, valid, values, path = grid
        found = histogram(tmp_path, path, "--by", "lat:edges:-45,-15,15,45", "--stat", "mean(T)")
        place = np.broadcast_to(np.arange(3)[:, None], stored.shape)
        assert found.accounting["rows"] == stored.size
        assert found.accounting["masked"] == np.count_nonzero(~valid)
        assert np.array_equal(found.count, np.bincount(place[valid], minlength=3))
        assert np.array_equal(found.stats["mean(T)"], means(values[valid], place[valid], 3))

    def test_packed_values_on_an_axis(self, tmp_path, grid):
        _, valid, values, path = grid
        found = histogram(tmp_path, path, "--by", "T:30:250..310")
        expected, edges = np.histogram(values[valid], 30, (250.0, 310.0))
        assert np.array_equal(found.count, expected)
        assert np.array_equal(found.edges[0], edges)
        assert found.axis_attributes[0]["units"] == "K"

    def test_raw_values(self, tmp_path, grid):
        stored, _, _, path = grid
        found = histogram(tmp_path, path, "--by", "T:20:-40000..40000", "--raw-values")
        assert found.accounting["masked"] == 0
        assert np.array_equal(found.count, np.histogram(stored, 20, (-4e4, 4e4))[0])

    def test_times_of_cf(self, tmp_path, grid):
        _, valid, values, path = grid
        by = ["--by", "time:step:1d:2000-01-01..2000-01-05", "--by", "lon:edges:0,90,360"]
        found = histogram(tmp_path, path, *by, "--stat", "mean(T)")
        day = np.arange(len(values)) // 2
        place = 2 * day[:, None, None] + np.array([0, 1, 1, 1]) + 0 * values.astype("i8")
        expected = means(values[valid], place[valid], 8).reshape(4, 2)
        assert np.array_equal(found.stats["mean(T)"], expected)

    def test_what_was_never_written_is_masked(self, tmp_path, grid):
        found = histogram(
            tmp_path, grid[3], "--by", "time:step:4d:2000-01-01..2000-01-05", "--stat", "sum(gaps)"
        )
        assert (found.accounting["masked"], found.stats["sum(gaps)"].tolist()) == (4, [2.0])

    def test_a_group_sees_the_coordinates_above_it(self, tmp_path, grid):
        arguments = ["--by", "lat:edges:-45,0,45", "--stat", "sum(thickness)"]
        found = histogram(tmp_path, grid[3], *arguments)
        assert found.stats["sum(thickness)"].tolist() == [1.5, 15.0]

    def test_a_coordinate_alone_is_that_of_its_own_group(self, tmp_path, grid):
        found = histogram(tmp_path, grid[3], "--by", "lat:edges:-45,0,45")
        assert found.count.tolist() == [1, 2]

    def test_dimensions_without_variables_are_hidden(self, grid):
        listed = terabin.succeed("inspect", grid[3]).stdout
        assert "side" not in listed.split()


@pytest.mark.parametrize("write", [detectors.write_named, detectors.write_unnamed])
class TestNexus:
    def test_a_mask_of_pixels(self, tmp_path, write):
        values = write(tmp_path / "stack.nxs")
        found = histogram(tmp_path, tmp_path / "stack.nxs", "--by", "mask", "--stat", "sum(data)")
        place = np.broadcast_to(values["mask"], values["data"].shape)
        assert np.array_equal(found.count, np.bincount(place.ravel()))
        assert np.array_equal(found.stats["sum(data)"], sums(values["data"], place.astype(int), 2))

    def test_an_exposure_for_each_frame(self, tmp_path, write):
        values = write(tmp_path / "stack.nxs")
        by = ["--by", "exposure:edges:0,0.2,0.3,1", "--stat", "sum(data)"]
        found = histogram(tmp_path, tmp_path / "stack.nxs", *by, kept="not mask")
        place = np.broadcast_to(np.array([0, 0, 1, 1, 2, 2])[:, None, None], values["data"].shape)
        kept = np.broadcast_to(~values["mask"], values["data"].shape)
        assert np.array_equal(found.stats["sum(data)"], sums(values["data"][kept], place[kept], 3))


class TestMatlab:
    @pytest.fixture
    def variables(self, tmp_path):
        path = tmp_path / "run.mat"
        return matlab_variables.write(path), path

    def test_vectors_and_columns_of_a_matrix(self, tmp_path, variables):
        values, path = variables
        by = ["--by", "x:8:-4..4", "--stat", "sum(row)", "--stat", "sum(matrix[:,2])"]
        found = histogram(tmp_path, path, *by, kept="flag")
        kept = values["flag"][:, 0]
        place = np.floor(values["x"][kept, 0]).astype(int) + 4
        assert np.array_equal(found.stats["sum(row)"], sums(values["row"][0, kept], place, 8))
        assert np.array_equal(found.stats["sum(matrix[:,2])"], sums(values["matrix"][kept, 2], place, 8))

    def test_dimensions_of_a_cube_are_counted_as_in_matlab(self, tmp_path, variables):
        values, path = variables
        found = histogram(tmp_path, path, "--by", "index(2):int:0..3", "--stat", "sum(cube)")
        assert np.array_equal(found.stats["sum(cube)"], values["cube"].sum(axis=(0, 1)))

    def test_fields_of_a_struct(self, tmp_path, variables):
        values, path = variables
        found = histogram(tmp_path, path, "--by", "kind:int:0..2", "--stat", "sum(particle.mass)")
        particle = values["particle"]
        expected = sums(particle["mass"], particle["kind"], 3)
        assert np.array_equal(found.stats["sum(particle.mass)"], expected)

    def test_complex_numbers_have_two_parts(self, tmp_path, variables):
        values, path = variables
        found = histogram(tmp_path, path, "--by", "spin.real:edges:-3,0,3", "--stat", "sum(spin.imag)")
        place = (values["spin"].real >= 0).astype(int)
        assert np.array_equal(found.stats["sum(spin.imag)"], sums(values["spin"].imag, place, 2))

    @pytest.mark.parametrize(("name", "word"), [("title", "text"), ("nothing", "empty"), ("mixed", "cell")])
    def test_what_is_no_number_is_refused(self, variables, name, word):
        terabin.refuse("bin", "--data", variables[1], "--by", f"{name}:4", naming=[name, word])


class TestVaex:
    def test_columns_and_times(self, tmp_path):
        values = vaex_export.columns()
        by = ["--by", "when:step:1h:2024-01-01..2024-01-01T12:00:00", "--stat", "sum(position[:,1])"]
        found = histogram(tmp_path, vaex_export.FILE, *by, kept="bright")
        kept = values["bright"]
        place = hours(values["when"][kept], "2024-01-01")
        assert np.array_equal(found.count, np.bincount(place, minlength=12))
        expected = sums(values["position"][kept, 1], place, 12)
        assert np.array_equal(found.stats["sum(position[:,1])"], expected)

    @pytest.mark.parametrize(("name", "word"), [("holes", "missing values"), ("word", "strings")])
    def test_what_is_missing_is_not_counted(self, name, word):
        terabin.refuse("bin", "--data", vaex_export.FILE, "--by", f"{name}:4", naming=[name, word])


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("chunks", [None, (30,)], ids=["contiguous", "chunked"])
def test_layouts_of_early_releases(tmp_path, version, chunks):
    columns = {"x": np.arange(100) / 8, "n": np.arange(100) % 7}
    path = old_layouts.write(tmp_path / "early.h5", columns, version, chunks)
    found = histogram(tmp_path, path, "--by", "n:int:0..6", "--stat", "sum(x)")
    assert np.array_equal(found.stats["sum(x)"], sums(columns["x"], columns["n"], 7))

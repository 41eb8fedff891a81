"""Snapshots and grids of simulation codes, and the attributes of plain HDF5 files."""

import h5py
import numpy as np

import program as terabin
from dialects import simulations
from dialects.answers import histogram, hours, sums


def test_parts_of_which_one_has_no_gas(tmp_path):
    folder = tmp_path / "snap"
    folder.mkdir()
    values = simulations.write_gadget(folder)
    found = histogram(tmp_path, folder, "--by", "Density:10:0..10", "--stat", "sum(Masses)")
    density = values["PartType0/Density"]
    assert np.array_equal(found.count, np.histogram(density, 10, (0, 10))[0])
    expected = sums(values["PartType0/Masses"], density.astype(int), 10)
    assert np.array_equal(found.stats["sum(Masses)"], expected)


def test_the_mass_of_a_type_stands_in_the_header(tmp_path):
    folder = tmp_path / "snap"
    folder.mkdir()
    values = simulations.write_gadget(folder)
    mass = 'sum(attr("Header", "MassTable", 1))'
    found = histogram(tmp_path, folder, "--by", "PartType1.Coordinates[:,0]:5:0..10", "--stat", f"m={mass}")
    expected = np.histogram(values["PartType1/Coordinates"][:, 0], 5, (0, 10))[0]
    assert np.array_equal(found.count, expected)
    assert np.array_equal(found.stats["m"], expected * simulations.MASSES[1])


def test_a_virtual_file_stands_for_its_parts(tmp_path):
    folder = tmp_path / "snap"
    folder.mkdir()
    values = simulations.write_swift(folder)
    by = ["--by", "Coordinates[:,2]:10:0..10", "--stat", "sum(Masses)"]
    found = histogram(tmp_path, folder / "snap_0007.hdf5", *by)
    place = values["Coordinates"][:, 2].astype(int)
    assert np.array_equal(found.stats["sum(Masses)"], sums(values["Masses"], place, 10))


def test_a_virtual_file_beside_its_parts_would_count_twice(tmp_path):
    folder = tmp_path / "snap"
    folder.mkdir()
    simulations.write_swift(folder)
    terabin.refuse("bin", "--data", folder, "--by", "Masses:4", naming=["snap_0007.hdf5", "snap_0007.0.hdf5"])


def test_cells_of_blocks(tmp_path):
    values = simulations.write_flash(tmp_path / "flash.h5")
    found = histogram(
        tmp_path, tmp_path / "flash.h5", "--by", "`refine level`:int:1..3", "--stat", "sum(dens)"
    )
    level = np.broadcast_to(values["refine level"][:, None, None, None], values["dens"].shape)
    assert np.array_equal(found.count, np.bincount(level.ravel(), minlength=4)[1:])
    assert np.array_equal(found.stats["sum(dens)"], sums(values["dens"], level - 1, 3))


def test_components_of_what_a_block_has(tmp_path):
    values = simulations.write_flash(tmp_path / "flash.h5")
    by = ["--by", "coordinates[:,1]:4:0..1", "--stat", "sum(dens)"]
    found = histogram(tmp_path, tmp_path / "flash.h5", *by, kept="pres > 5")
    place = np.floor(values["coordinates"][:, 1] * 4).astype(int)
    place = np.broadcast_to(place[:, None, None, None], values["dens"].shape)
    kept = values["pres"] > 5
    assert np.array_equal(found.stats["sum(dens)"], sums(values["dens"][kept], place[kept], 4))


def test_grids_of_several_shapes(tmp_path):
    grids = simulations.write_enzo(tmp_path / "enzo.cpu0000")
    by = ["--table", "Grid*", "--by", "Density:10:0..10", "--stat", "sum(Temperature)"]
    found = histogram(tmp_path, tmp_path / "enzo.cpu0000", *by)
    density = np.concatenate([grid.ravel() for grid in grids])
    assert np.array_equal(found.count, np.histogram(density, 10, (0, 10))[0])
    assert np.array_equal(found.stats["sum(Temperature)"], sums(density * 8, density.astype(int), 10))


def test_the_place_in_a_grid(tmp_path):
    grid = simulations.write_enzo(tmp_path / "enzo.cpu0000")[2]
    by = ["--table", "Grid00000003", "--by", "index(0):int:0..9", "--stat", "sum(Density)"]
    found = histogram(tmp_path, tmp_path / "enzo.cpu0000", *by)
    assert np.array_equal(found.stats["sum(Density)"][:8], grid.sum(axis=(1, 2)))
    assert found.count.tolist() == [10] * 8 + [0, 0]


def test_attributes_of_plain_datasets(tmp_path):
    stored = np.arange(20, dtype="i2")
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["v"] = stored
        file["v"].attrs.update({"_FillValue": np.int16(3), "valid_range": np.array([1, 17], "i2")})
        file["v"].attrs.update({"scale_factor": 0.5, "units": "m"})
        file["t"] = np.arange(20)
        file["t"].attrs["units"] = "minutes since 2024-01-01"
    by = "t:step:10min:2024-01-01..2024-01-01T00:20:00"
    found = histogram(tmp_path, tmp_path / "plain.h5", "--by", by, "--stat", "sum(v)")
    kept = (stored >= 1) & (stored <= 17) & (stored != 3)
    assert found.accounting["masked"] == np.count_nonzero(~kept)
    expected = sums(stored[kept] * 0.5, stored[kept] // 10, 2)
    assert np.array_equal(found.stats["sum(v)"], expected)


def test_types_of_h5py(tmp_path):
    times = np.datetime64("2024-01-01", "s") + np.arange(30) * np.timedelta64(10, "m")
    levels = h5py.enum_dtype({"low": 0, "high": 9}, "u1")
    with h5py.File(tmp_path / "types.h5", "w") as file:
        file["t"] = times.astype(h5py.opaque_dtype(times.dtype))
        file.create_dataset("level", data=np.arange(30) % 2 * 9, dtype=levels)
        file["odd"] = np.arange(30) % 2 == 1
        file["name"] = np.array(["a", "bb", "\u00fc"] * 10, object)
    path = tmp_path / "types.h5"
    found = histogram(tmp_path, path, "--by", "t:step:1h:2024-01-01..2024-01-01T05:00:00", kept="odd")
    assert np.array_equal(found.count, np.bincount(hours(times[1::2], "2024-01-01")))
    found = histogram(tmp_path, path, "--by", "level:cat", "--by", "name:cat")
    assert found.axes[0].tolist() == ["0", "9"]
    assert found.axes[1].tolist() == ["a", "bb", "\u00fc"]
    assert found.count.tolist() == [[5, 5, 5], [5, 5, 5]]

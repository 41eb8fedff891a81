"""A gridded data set of netCDF-4: packed, with times, gaps and a nested group."""

import netCDF4
import numpy as np

SHAPE = (8, 3, 4)
FILL, MISSING, LARGEST = -32000, (-31999, -31998), 20_000
SCALE, OFFSET = 0.01, 273.15


def write_grid(path):
    """The stored integers of T(time, lat, lon), and the coordinates."""
    rng = np.random.default_rng(13)
    stored = rng.integers(-2000, 3000, SHAPE).astype("i2")
    stored[0, 0, :] = FILL
    stored[1, 1, 1], stored[2, 0, 3] = MISSING
    stored[3, 2, 2] = LARGEST + 1
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", None)
        for name, size in (("lat", SHAPE[1]), ("lon", SHAPE[2]), ("side", 2)):
            file.createDimension(name, size)
        time = file.createVariable("time", "i4", ("time",))
        time.units, time.calendar = "hours since 2000-01-01 06:00:00 +06:00", "standard"
        time[:] = np.arange(SHAPE[0]) * 12
        lat = file.createVariable("lat", "f8", ("lat",))
        lat.units, lat[:] = "degrees_north", [-30.0, 0.0, 30.0]
        file.createVariable("lon", "f4", ("lon",))[:] = [0, 90, 180, 270]
        file.createVariable("time_bnds", "f8", ("time", "side"))[:] = 0
        temperature = file.createVariable("T", "i2", ("time", "lat", "lon"), fill_value=FILL, zlib=True)
        temperature.set_auto_maskandscale(False)
        temperature.scale_factor, temperature.add_offset, temperature.units = SCALE, OFFSET, "K"
        temperature.missing_value = np.array(MISSING, "i2")
        temperature.valid_max = np.int16(LARGEST)
        temperature[:] = stored
        file.createVariable("area", "f8", ("lat",))[:] = [1.5, 2.0, 1.5]
        # What is never written has the default fill value of netCDF.
        file.createVariable("gaps", "f8", ("time",))[1::2] = 0.5
        ice = file.createGroup("ice").createVariable("thickness", "f8", ("lat", "lon"))
        ice[:] = np.arange(12).reshape(3, 4) / 4
    return stored


def valid(stored):
    """Which of the stored integers stand for a value."""
    return ~np.isin(stored, (FILL, *MISSING)) & (stored <= LARGEST)


def unpacked(stored):
    """The values, in double precision."""
    return stored.astype("f8") * SCALE + OFFSET

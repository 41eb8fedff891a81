"""`loops.c` built and called: one call for each thread, without Python's lock."""

import ctypes
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCE = Path(__file__).resolve().with_name("loops.c")
# ctypes knows the results that are no C int by these.
RESULTS = {"bin_mean": None, "read_bytes": ctypes.c_int64, "spin": ctypes.c_uint64}


def build(folder):
    """Compiles the loops where the source is newer; the path of the library."""
    library = Path(folder) / "loops.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    if not library.exists() or library.stat().st_mtime < SOURCE.stat().st_mtime:
        command = ["cc", "-O3", "-march=native", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
        subprocess.run([*command, "-o", library, SOURCE], check=True)
    return library


def load(library):
    loops = ctypes.CDLL(str(library))
    for name, result in RESULTS.items():
        getattr(loops, name).restype = result
    return loops


def seconds_to_read(loops, path, threads):
    """Seconds that `threads` threads take to read a file, each its part."""
    size = Path(path).stat().st_size
    cuts = [size * k // threads for k in range(threads + 1)]

    def read(k):
        start, end = ctypes.c_int64(cuts[k]), ctypes.c_int64(cuts[k + 1])
        done = loops.read_bytes(str(path).encode(), start, end)
        if done != cuts[k + 1] - cuts[k]:
            raise OSError(f"{path}: {done} bytes of {cuts[k + 1] - cuts[k]} were read")

    return timed(read, threads)


def seconds_to_spin(loops, steps, threads):
    """Seconds that `threads` threads take for `steps` steps, each its share."""
    share = ctypes.c_int64(steps // threads)
    return timed(lambda k: loops.spin(share, ctypes.c_uint64(k + 1)), threads)


def timed(work, threads):
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        for _ in pool.map(work, range(threads)):
            pass
        return time.perf_counter() - start

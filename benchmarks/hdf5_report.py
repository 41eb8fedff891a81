"""The record of `hdf5.py` as Markdown: medians of what the sections measured."""

import importlib.metadata
import subprocess
import sys
from statistics import median

import record

PEERS = ("numpy", "h5py", "boost-histogram", "vaex-core")
MEBI = 2**20
STORAGE = {
    "contiguous": "contiguous",
    "gzip": "shuffle + gzip:4, chunks of 1 MiB",
    "zstd": "shuffle + zstd:3, chunks of 1 MiB",
}


def versions(program):
    found = {name: importlib.metadata.version(name) for name in PEERS}
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return {"terabin": told.strip(), "python": sys.version.split()[0]} | found


def document(data):
    parts = [
        f"# HDF5: {data['rows']:,} rows, {data['processor']}, {data['cpus']} CPUs, {data['date']}",
        f"The mean of v in 256 x 256 bins of x and y, float64, {data['threads']} threads. "
        f"Turns in rotation: {data['repeats']}; figures are medians, spread is (max - min) / median. "
        f"Load before: {data['load_before']:.2f}.",
    ]
    writers = {"layouts": layouts, "scaling": scaling, "cold": cold, "parts": many_parts}
    for name, found in data["sections"].items():
        parts += writers[name](found, data["rows"])
    return "\n\n".join(parts)


def layouts(found, rows):
    parts = [
        "## Side by side, page cache warm",
        "Every engine opens the file, reads and bins; all counts are equal and all means agree within "
        '1e-9. "s" is the job as the engine tells it: terabin by `--json`, without opening the file and '
        'writing the result; the others without the start of Python and its imports. "process s" is the '
        "whole process with all of that.",
    ]
    titles = ["engine", "M rows/s", "ns/row", "s", "spread", "process s", "M rows/s of process"]
    for layout, storage in STORAGE.items():
        lines = []
        for entry in found:
            if entry["layout"] == layout:
                seconds = [turn["seconds"] for turn in entry["turns"]]
                wall = median(turn["wall"] for turn in entry["turns"])
                lines.append(
                    [entry["engine"], *speed(seconds, rows), f"{wall:.3f}", f"{rows / wall / 1e6:.1f}"]
                )
        parts += [f"### {storage}", record.table(titles, lines)]
    return parts


def speed(seconds, rows):
    m = median(seconds)
    return [f"{rows / m / 1e6:.1f}", f"{m / rows * 1e9:.2f}", f"{m:.3f}", spread(seconds)]


def spread(seconds):
    return f"{(max(seconds) - min(seconds)) / median(seconds):.0%}"


def scaling(found, _rows):
    threads = sorted({entry["threads"] for entry in found})
    several = threads[-1]
    lines = []
    for entry in found:
        if entry["threads"] != threads[0]:
            continue
        name = f"{entry['engine']}, {entry['layout']}" if entry["layout"] != "none" else entry["engine"]
        turns = {e["threads"]: e["turns"] for e in found if same(e, entry)}
        # Turns of one round are near in time: their ratio suffers least from neighbours.
        gains = [one / more for one, more in zip(turns[threads[0]], turns[several], strict=True)]
        cells = [f"{median(turns[n]):.3f}" for n in threads]
        lines.append([name, *cells, f"{median(gains):.2f}", f"{min(gains):.2f}..{max(gains):.2f}"])
    titles = ["loop", *[f"{n} thread{'s' * (n > 1)}, s" for n in threads], "speed-up", "range"]
    return [
        "## Scaling",
        "The speed-up of terabin beside what the machine gives loops that share nothing: reading the "
        "same bytes, and arithmetic in registers. Seconds as terabin tells them; every result has one hash.",
        record.table(titles, lines),
    ]


def same(entry, other):
    return (entry["engine"], entry["layout"]) == (other["engine"], other["layout"])


def cold(found, _rows):
    lines = []
    for entry in found:
        turns, size = entry["turns"], entry["file_bytes"]
        own = [turn["bytes_read"] / turn["wall"] for turn in turns]
        direct = [size / turn["direct_seconds"] for turn in turns]
        ratio = median(a / b for a, b in zip(own, direct, strict=True))
        fetched = median(turn["from_disk"] / turn["bytes_read"] for turn in turns)
        rates = [f"{median(rate) / MEBI:.0f}" for rate in (own, direct)]
        lines.append([STORAGE[entry["layout"]], *rates, f"{ratio:.2f}", f"{fetched:.0%}"])
    titles = ["layout", "terabin MiB/s", "dd MiB/s", "ratio", "fetched from disk"]
    return [
        "## Cold files",
        "Stored bytes per second of the whole process, pages dropped before each turn, in turn with "
        "`dd iflag=direct bs=16M`. Fetched from disk: by the kernel's count; "
        "far below 100 % the file was not cold.",
        record.table(titles, lines),
    ]


def many_parts(found, _rows):
    lines = []
    for number, first in enumerate(found["turns"][0]):
        turns = [turn[number] for turn in found["turns"]]
        data = "file of chunks" if first["data"].endswith(".h5") else "folder of files"
        seconds = [turn["seconds"] for turn in turns]
        peak = median(turn["peak"] for turn in turns) / MEBI
        lines.append([f"{data}: {first['what']}", f"{median(seconds):.3f}", spread(seconds), f"{peak:.1f}"])
    return [
        "## Many chunks, many files",
        f"A file of {found['chunks']:,} chunks of 8 rows, and {found['files']:,} files of 100 rows, with at "
        "most 1,024 open files. Rows and sums are checked.",
        record.table(["what", "s", "spread", "peak MiB"], lines),
    ]

"""Peak resident memory for few and for many rows: it must not grow with the data.

Only the standard library is imported: a child's peak starts from its parent's.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import record

ROOT = Path(__file__).resolve().parents[1]
MEBI = 2**20
# What a hundred times the rows may add: tables of chunks, and noise of the allocator.
ALLOWED = {"factor": 1.25, "bytes": 16 * MEBI}

JOBS = {
    "stats": ["stats", "DATA", "--json"],
    "bin, 10 bins of every column": ["bin", "--data", "DATA", "--bins", "10", "--json"],
    "bin, 1-D, 256 bins": ["bin", "--data", "DATA", "--by", "x:256:-4..4", "--json"],
    "bin, 2-D, 256 x 256, mean and std": [
        "bin",
        "--data",
        "DATA",
        "--by",
        "x:256:-4..4",
        "--by",
        "y:256:-4..4",
        "--stat",
        "mean(temperature)",
        "--stat",
        "std(temperature)",
        "--json",
    ],
}


def main():
    asked = arguments()
    heading = record.heading()
    peaks = {rows: measure(asked, rows) for rows in asked.rows}
    grown = [
        name for name in peaks[asked.rows[0]] if grows([peaks[rows][name]["peak"] for rows in asked.rows])
    ]
    text = document(asked, heading, peaks)
    print(text)
    if not asked.no_record:
        data = heading | {"rows": asked.rows, "dtype": asked.dtype, "ncpus": asked.ncpus, "peaks": peaks}
        for path in record.file_away(data, text, "memory", asked.machine):
            print(f"wrote {path}", file=sys.stderr)
    for name in grown:
        print(f"peak memory grows with the rows: {name}", file=sys.stderr)
    sys.exit(bool(grown))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000_000, 200_000_000])
    parser.add_argument("--dtype", default="f32", help="f32 halves the disk space: 28 bytes a row")
    parser.add_argument("--ncpus", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--terabin", default=ROOT / "target" / "release" / "terabin", type=Path)
    parser.add_argument(
        "--data", default=ROOT / "build" / "benchmarks", type=Path, help="folder for the data"
    )
    parser.add_argument("--machine", help="name of the machine in the record")
    parser.add_argument("--no-record", action="store_true", help="print only")
    asked = parser.parse_args()
    asked.terabin = asked.terabin.resolve()
    if not asked.terabin.exists():
        parser.error(f"{asked.terabin} does not exist: cargo build --release, or --terabin PATH")
    return asked


def measure(asked, rows):
    """Generates `rows` rows, runs every job over them, and removes them again."""
    asked.data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"memory-{rows}-", dir=asked.data))
    raw = str(folder / "raw")
    try:
        words = ["generate", raw, "--rows", str(rows), "--files", "2", "--dtype", asked.dtype]
        peaks = {"generate": peak(asked, words, folder)}
        for name, words in JOBS.items():
            words = [raw if word == "DATA" else word for word in words]
            output = ["--output", str(folder / "results")] if words[0] == "bin" else []
            peaks[name] = peak(asked, [*words, "--ncpus", str(asked.ncpus), *output], folder)
            print(f"{rows:,} rows, {name}: {peaks[name]['peak'] / MEBI:.1f} MiB", file=sys.stderr)
        return peaks
    finally:
        shutil.rmtree(folder)


def peak(asked, words, folder):
    """The kernel's peak for one run, and the program's own figure where it tells one."""
    with (folder / "out").open("w+") as out:
        child = subprocess.Popen([asked.terabin, *words], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"exit {child.returncode}: terabin {' '.join(words)}")
        out.seek(0)
        report = json.load(out) if "--json" in words else {}
    return {"peak": usage.ru_maxrss * 1024, "told": report.get("peak_rss_bytes")}


def grows(peaks):
    return max(peaks) > min(peaks) * ALLOWED["factor"] + ALLOWED["bytes"]


def document(asked, heading, peaks):
    titles = ["peak resident memory, MiB"]
    for rows in asked.rows:
        titles += [f"{rows:,} rows", "told"]
    lines = []
    for name in peaks[asked.rows[0]]:
        cells = [name]
        for rows in asked.rows:
            found = peaks[rows][name]
            cells += [f"{found['peak'] / MEBI:.1f}", f"{found['told'] / MEBI:.1f}" if found["told"] else ""]
        lines.append(cells)
    head = f"# Memory, {heading['processor']}, {asked.ncpus} threads, {asked.dtype}, {heading['date']}"
    return "\n".join([head, "", record.table(titles, lines)])


if __name__ == "__main__":
    main()

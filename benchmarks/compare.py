"""Rows per second of terabin and its peers: same jobs, same data, every answer checked.

Run it with the Python of the peers' environment:

    .venv-peers/bin/python benchmarks/compare.py --rows 20000000

The peers get their columns as arrays in memory; terabin reads the HDF5 file and
writes a result file, and its time is the wall time of the whole program. What
h5py takes to load the columns is measured and told beside.
"""

import argparse
import importlib.metadata
import statistics
import subprocess
import sys
import time
from pathlib import Path

import h5py

import engines
import jobs
import record

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("numpy", "scipy", "h5py", "boost-histogram", "fast-histogram", "vaex-core")


def main():
    asked = arguments()
    data = jobs.make_data(asked.data, asked.rows)
    heading = record.heading()
    results, loads = [], []
    for job in jobs.JOBS:
        if asked.job and asked.job not in job.name:
            continue
        columns, seconds = load(data, job)
        loads.append({"job": job.name, "seconds": seconds})
        results += measure(job, columns, engines.all_engines(asked.terabin, data), asked)
    finish(asked, heading, results, loads)
    # An answer that is wrong is a failure, however fast it was.
    sys.exit(any(result["error"] for result in results))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--terabin", default=ROOT / "target" / "release" / "terabin", type=Path)
    parser.add_argument("--data", default=ROOT / "build" / "benchmarks", type=Path, help="folder of the data")
    parser.add_argument("--job", help="only jobs with this in their name")
    parser.add_argument("--machine", help="name of the machine in the record")
    parser.add_argument("--no-record", action="store_true", help="print only")
    asked = parser.parse_args()
    if not asked.terabin.exists():
        parser.error(f"{asked.terabin} does not exist: cargo build --release, or --terabin PATH")
    return asked


def load(path, job):
    """The columns of a job in memory, and the seconds that h5py took for them."""
    columns = {}
    start = time.perf_counter()
    with h5py.File(path) as file:
        for name in job.columns:
            columns[name] = file[name][()]
    return columns, time.perf_counter() - start


def measure(job, columns, contenders, asked):
    """Times every engine in turn, round after round, so that noise falls on all alike."""
    near = jobs.rows_near_edges(job, columns)
    reference = contenders[0].run(job, columns)
    results = {}
    for engine in contenders:
        results[engine] = check(job, engine, columns, reference, near)
    for round_number in range(asked.repeats):
        for engine, result in results.items():
            if result is None or result["error"]:
                continue
            result["seconds"].append(timed(engine, job, columns, result))
            print(
                f"{job.name}, round {round_number + 1}: {engine.name} ({engine.threads}) "
                f"{result['seconds'][-1]:.3f} s",
                file=sys.stderr,
            )
    return [summary(result, asked.rows) for result in results.values() if result]


def check(job, engine, columns, reference, near):
    """The first, untimed run: warms up, and compares the answer with terabin's."""
    result = {
        "job": job.name,
        "engine": engine.name,
        "threads": engine.threads,
        "note": engine.note,
        "seconds": [],
        "moved_rows": None,
        "near_rows": near,
        "error": None,
    }
    try:
        answer = engine.run(job, columns)
        if answer is None:
            return None
        result["moved_rows"] = jobs.differences(answer, reference, near)
    except Exception as error:
        # One peer that fails is a line of the table, not the end of the measurement.
        result["error"] = f"{type(error).__name__}: {error}".splitlines()[0]
    return result


def timed(engine, job, columns, result):
    start = time.perf_counter()
    engine.run(job, columns)
    seconds = time.perf_counter() - start
    report = getattr(engine.run, "report", None)
    if report is None:
        return seconds
    # Reading its result back for the check is not part of the program's time.
    result.setdefault("reported_rows_per_second", []).append(report["rows_per_second"])
    result["peak_rss_bytes"] = report["peak_rss_bytes"]
    return report["wall_seconds"]


def summary(result, rows):
    if result["seconds"]:
        median = statistics.median(result["seconds"])
        result["median_seconds"] = median
        result["spread"] = (max(result["seconds"]) - min(result["seconds"])) / median
        result["rows_per_second"] = rows / median
    return result


def finish(asked, heading, results, loads):
    text = document(asked, heading, results, loads)
    print(text)
    if asked.no_record:
        return
    data = heading | {
        "rows": asked.rows,
        "repeats": asked.repeats,
        "versions": versions(asked.terabin),
        "load": loads,
        "results": results,
    }
    for path in record.file_away(data, text, "compare", asked.machine):
        print(f"wrote {path}", file=sys.stderr)


def versions(program):
    found = {name: importlib.metadata.version(name) for name in PEERS}
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return {"terabin": told.strip(), "python": sys.version.split()[0]} | found


def document(asked, heading, results, loads):
    parts = [
        f"# {asked.rows:,} rows, {heading['processor']}, {heading['cpus']} CPUs, {heading['date']}",
        "",
        "Peers have their columns in memory; terabin reads HDF5 and writes a result. "
        f"Median of {asked.repeats}; spread is (max - min) / median. "
        '"Moved" counts cells that differ from terabin\'s, possible only for rows on an edge.',
    ]
    for entry in loads:
        lines = [line(r) for r in results if r["job"] == entry["job"]]
        titles = ["engine", "threads", "M rows/s", "own report", "median s", "spread", "moved", "note"]
        parts += [
            "",
            f"## {entry['job']}",
            "",
            record.table(titles, lines),
            "",
            f"h5py loads the columns in {entry['seconds']:.2f} s.",
        ]
    return "\n".join(parts)


def line(result):
    if result["error"]:
        return [result["engine"], result["threads"], "", "", "", "", "", result["error"]]
    reported = result.get("reported_rows_per_second")
    return [
        result["engine"],
        result["threads"],
        f"{result['rows_per_second'] / 1e6:.1f}",
        f"{statistics.median(reported) / 1e6:.1f}" if reported else "",
        f"{result['median_seconds']:.3f}",
        f"{result['spread']:.0%}",
        result["moved_rows"],
        result["note"],
    ]


if __name__ == "__main__":
    main()

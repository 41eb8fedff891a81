"""Binning of arrays in memory: terabin beside naive loops, pure reads and the peers.

Run it with the Python of the peers' environment, on a machine that is idle:

    .venv-peers/bin/python benchmarks/kernels.py

terabin, the naive loops and the reads run in one program that holds the columns
(`examples/kernels`), the peers in this process on NumPy arrays of the same values.
Every answer is checked before it is timed; the engines of a case take turns.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import jobs
import kernel_cases
import kernel_checks
import kernels_report
import loops
import record
from hdf5_sections import STEPS_PER_ROW, entry, rotated, say
from kernel_cases import CASES, FEW_ROWS, THREADS
from kernel_program import Kernels, large_page_bytes

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "target" / "release" / "examples" / "kernels"
# So few rows cost nothing: what a run takes for them it takes for any number.
NEXT_TO_NO_ROWS = 1024


def main():
    asked = arguments()
    record.refuse_load(asked.force)
    heading = record.heading()
    folder = make_columns(asked.data, asked.rows)
    columns = {name: np.load(folder / f"{name}.npy") for name in kernel_cases.COLUMNS}
    with Kernels(asked.program, folder) as program:
        pages = {"peers": large_page_bytes(), "terabin": program.large_page_bytes()}
        cases = [case for case in CASES if not asked.job or case.number in asked.job]
        data = heading | {
            "rows": asked.rows,
            "few_rows": min(FEW_ROWS, asked.rows),
            "repeats": asked.repeats,
            "terabin": program.about,
            "versions": kernels_report.versions(),
            "column_bytes": sum(column.nbytes for column in columns.values()),
            "large_page_bytes": pages,
            "cases": [measure(case, program, columns, asked) for case in cases],
        }
    text = kernels_report.document(data)
    print(text)
    if not asked.no_record:
        for path in record.file_away(data, text, "kernels", asked.machine):
            print(f"wrote {path}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    numbers = [case.number for case in CASES]
    parser.add_argument("--job", action="append", type=int, choices=numbers, help="only this one")
    parser.add_argument("--program", default=PROGRAM, type=Path, help="the example `kernels`")
    parser.add_argument("--data", default=ROOT / "build" / "benchmarks", type=Path, help="folder of the data")
    parser.add_argument("--machine", help="name of the machine in the record")
    parser.add_argument("--no-record", action="store_true", help="print only")
    parser.add_argument("--force", action="store_true", help="measure although the machine is not idle")
    asked = parser.parse_args()
    if min(asked.rows, asked.repeats) < 1:
        parser.error("--rows and --repeats must be 1 or more")
    if not asked.program.exists():
        parser.error(f"{asked.program} does not exist: cargo build --release --example kernels, or --program")
    return asked


def make_columns(data, rows):
    """A folder with a file in NumPy's format for each column; an existing one is kept."""
    folder = data / f"columns-{rows}"
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(".part")
    unfinished.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    columns = {name: rng.normal(3.0 * (name == "v"), 1.0, rows) for name in jobs.COLUMNS}
    columns |= {name: rng.uniform(jobs.LOW, jobs.HIGH, rows) for name in ("p", "q")}
    for name, values in (columns | {"s": np.sort(columns["x"])}).items():
        np.save(unfinished / f"{name}.npy", values)
    unfinished.rename(folder)
    return folder


def measure(case, program, columns, asked):
    """Checks every engine of a case, then lets them take turns."""
    words = kernel_cases.by(case.job, asked.data)
    truth = kernel_checks.check_terabin(case, program, words, columns)
    kernel_checks.check_naive(case, program, words, truth)
    say(f"{case.name}: the answers of terabin and of the naive loops are right")
    contenders = own_engines(case, program, words, truth)
    contenders += peers(case, columns, truth)
    if case.arithmetic:
        contenders += arithmetic(asked)
    for contender in contenders:
        contender["run"]()
    for contender in rotated(contenders, asked.repeats):
        contender["turns"].append(contender["run"]())
    for contender in contenders:
        say(f"{case.name}: {contender['engine']} ({contender['threads']}) {min(contender['turns']):.4f} s")
    kept = [{k: v for k, v in c.items() if k != "run"} for c in contenders]
    return {"number": case.number, "name": case.name, "near_rows": truth.near, "contenders": kept}


def own_engines(case, program, words, truth):
    """terabin, the naive loop and the pure read, each on one thread and on several."""
    rows, counted = program.about["rows"], int(truth.whole.count.sum())
    asked = {"by": words, "stat": case.stats}
    naive = {"by": words, "collect": case.collect, "of": case.job.mean_of}
    found = []
    for n in THREADS:
        found.append(binned("terabin", program, asked | {"threads": n}, rows, truth.hash))
        found.append(filled("terabin fill", program, "fill", asked | {"threads": n}, rows, counted))
        found.append(plain("naive", program, "naive", naive | {"threads": n}, rows))
        found.append(filled("naive fill", program, "naive", naive | {"threads": n}, rows, counted))
        found.append(plain("read", program, "read", {"columns": case.job.columns, "threads": n}, rows))
        few = asked | {"threads": n, "rows": NEXT_TO_NO_ROWS}
        found.append(binned(kernels_report.FIXED, program, few, NEXT_TO_NO_ROWS, None))
        if case.sorted_by:
            in_order = [word.replace(case.job.axes[0], case.sorted_by, 1) for word in words]
            more = asked | {"by": in_order, "threads": n}
            found.append(binned("terabin, in order", program, more, rows, None))
            more = naive | {"by": in_order, "threads": n}
            found.append(plain("naive, in order", program, "naive", more, rows))
    return found


def binned(engine, program, request, rows, expected_hash):
    """A contender whose every turn must give the hash of the answer that was checked."""
    contender = contender_of(engine, request["threads"], rows)
    contender["rounding"], hashes = [], {expected_hash} - {None}

    def run():
        answer = program.ask("bin", **request)
        hashes.add(answer["state_hash"])
        kernel_checks.require(len(hashes) == 1, f"{engine}: another result than before: {hashes}")
        contender["rounding"].append(answer["seconds"] - answer["bin_seconds"])
        return answer["seconds"]

    return contender | {"run": run}


def plain(engine, program, do, request, rows):
    contender = contender_of(engine, request["threads"], rows)
    return contender | {"run": lambda: program.ask(do, **request)["seconds"]}


def filled(engine, program, do, request, rows, counted):
    """Rows into cells and the cells of all threads into one, without a number made of them."""
    contender = contender_of(engine, request["threads"], rows) | {"blocked": []}

    def run():
        answer = program.ask(do, **request)
        kernel_checks.require(answer["counted"] == counted, f"{engine}: rows are missing")
        # Of the thread that was blocked longest; where the system does not tell, nothing.
        blocked = [seconds for seconds in answer.get("blocked_seconds", []) if seconds is not None]
        contender["blocked"] += [max(blocked) / answer["fill_seconds"]] if blocked else []
        return answer["fill_seconds"]

    return contender | {"run": run}


def contender_of(engine, threads, rows, moved=None):
    return entry("none", engine, None) | {"threads": threads, "rows": rows, "moved": moved}


def peers(case, columns, truth):
    found = []
    for engine, threads, run, few in kernel_cases.peer_engines(case):
        rows = min(FEW_ROWS, len(columns["x"])) if few else len(columns["x"])
        mine = {name: column[:rows] for name, column in columns.items()}
        moved = jobs.differences(run(case.job, mine), truth.few if few else truth.whole, truth.near)
        contender = contender_of(engine, threads, rows, moved)
        timed = lambda run=run, mine=mine: seconds(lambda: run(case.job, mine))  # noqa: E731
        found.append(contender | {"run": timed})
    return found


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def arithmetic(asked):
    compiled = loops.load(loops.build(asked.data))
    return [
        contender_of("arithmetic", n, asked.rows)
        | {"run": lambda n=n: loops.seconds_to_spin(compiled, STEPS_PER_ROW * asked.rows, n)}
        for n in THREADS
    ]


if __name__ == "__main__":
    main()

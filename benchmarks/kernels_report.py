"""The record of `kernels.py` as Markdown: targets first, then a table for each case."""

import importlib.metadata
import sys
from statistics import median

import hdf5_report
import record
from kernel_cases import CASES

PEERS = ("numpy", "scipy", "boost-histogram", "fast-histogram", "vaex-core")
# terabin on a batch of rows: the engine whose seconds do not grow with the rows.
FIXED = "terabin, 1,024 rows"
MEBI = 2**20
# Percent of a fill's wall time.
MOST_BLOCKED = 2


def versions():
    return {"python": sys.version.split()[0]} | {name: importlib.metadata.version(name) for name in PEERS}


def document(data):
    pages, size, own = data["large_page_bytes"], data["column_bytes"] / MEBI, data["terabin"]
    machine = f"{data['processor']}, {data['cpus']} CPUs, {data['date']}"
    parts = [
        f"# Arrays in memory: {data['rows']:,} rows, {machine}",
        f"float64 columns in memory; terabin {own['version']} as {own['instructions']}. "
        f"Turns in rotation: {data['repeats']}; figures are medians, spread is (max - min) / median. "
        f"Load before: {data['load_before']:.2f}. "
        f"Of {size:.0f} MiB of columns, on large pages: {pages['peers'] / MEBI:.0f} MiB of the peers', "
        f"{pages['terabin'] / MEBI:.0f} MiB of terabin's.",
        *targets(data),
    ]
    for case in data["cases"]:
        parts += one_case(case)
    return "\n\n".join([*parts, *blocked(data), *fixed_costs(data), *scaling(data)])


def targets(data):
    lines = []
    for case in data["cases"]:
        found = {(c["engine"], c["threads"]): c for c in case["contenders"]}
        for target in next(c.targets for c in CASES if c.number == case["number"]):
            ratios = ratios_of(target, found)
            value = median(ratios)
            reached = "reached" if target.reached(value) else "NOT reached"
            bound = f"{'>=' if target.at_least else '<='} {target.bound:g}"
            spread = f"{min(ratios):.2f}..{max(ratios):.2f}"
            lines.append([f"{case['name']}: {target.text}", f"{value:.2f}", spread, bound, reached])
    if not lines:
        return []
    titles = ["target", "ratio or ns/row", "range", "bound", ""]
    return [
        "## Targets",
        "Ratios of seconds per row, turn by turn: turns of one round are near in time.",
        record.table(titles, lines),
    ]


def ratios_of(target, found):
    what = found[target.what]
    per_row = [seconds / what["rows"] for seconds in what["turns"]]
    if target.over is None:
        return [seconds * 1e9 for seconds in per_row]
    over = found[target.over]
    return [a / (b / over["rows"]) for a, b in zip(per_row, over["turns"], strict=True)]


def one_case(case):
    lines = []
    for c in case["contenders"]:
        if c["engine"] != FIXED:
            moved = "" if c["moved"] is None else c["moved"]
            speed = hdf5_report.speed(c["turns"], c["rows"])
            lines.append([c["engine"], c["threads"], f"{c['rows']:,}", *speed, moved])
    titles = ["engine", "threads", "rows", "M rows/s", "ns/row", "s", "spread", "moved"]
    near = case["near_rows"]
    return [
        f"## {case['name']}",
        f"{near} rows lie within 1e-9 bins of an edge; moved are counts that differ from terabin's.",
        record.table(titles, lines),
    ]


def blocked(data):
    lines = []
    for case in data["cases"]:
        for c in case["contenders"]:
            if c.get("blocked"):
                shares = [f"{100 * share(c['blocked']):.2f} %" for share in (median, max)]
                lines.append([case["name"], c["threads"], *shares])
    if not lines:
        return []
    return [
        "## Thread time blocked",
        "Of the fill: wall time in which the thread that waited longest neither ran nor waited for a "
        f"processor, by Linux's own counts. It is to be below {MOST_BLOCKED:g} %.",
        record.table(["terabin fill", "threads", "blocked", "in the worst turn"], lines),
    ]


def fixed_costs(data):
    lines = []
    for case in data["cases"]:
        found = {(c["engine"], c["threads"]): c for c in case["contenders"]}
        for (engine, threads), few in found.items():
            if engine == FIXED:
                whole = found["terabin", threads]
                fill = found["terabin fill", threads]
                figures = [whole["turns"], fill["turns"], whole["rounding"], few["turns"], few["rounding"]]
                cells = [f"{1e3 * median(seconds):.2f}" for seconds in figures]
                lines.append([case["name"], threads, *cells])
    titles = ["ms", "threads", "all rows", "of it fill", "numbers", "1,024 rows", "of it numbers"]
    return [
        "## What does not grow with the rows",
        "A whole run is plan, fill, hash, numbers. Fill: rows into the cells of each thread, and these "
        "into one. Numbers: every statistic of every cell, rounded from its exact sums. On 1,024 rows "
        "what is left is what cells cost.",
        record.table(titles, lines),
    ]


def scaling(data):
    for case in data["cases"]:
        if any(c["engine"] == "arithmetic" for c in case["contenders"]):
            found = [c for c in case["contenders"] if c["engine"] != FIXED]
            return hdf5_report.scaling(found, data["rows"])
    return []

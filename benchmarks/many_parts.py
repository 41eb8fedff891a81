"""Time and peak memory of opening a file of very many chunks, and very many files.

    python many_parts.py TERABIN CHUNKS.h5 ROWS FOLDER ROWS

Only the standard library is imported: a child's peak starts from its parent's.
Prints one JSON list; `x` must be 0, 1, 2 ... in both, so that its sum is known.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

MOST_OPEN_FILES = 1024


def main():
    terabin, chunks, chunk_rows, folder, folder_rows = sys.argv[1:]
    measures = []
    for data, rows in ((chunks, int(chunk_rows)), (folder, int(folder_rows))):
        for what, words, check in (
            ("inspect", ["inspect", data], check_listing),
            ("stats of one row", ["stats", data, "--rows", "0..1", "--json"], check_stats(1)),
            ("stats", ["stats", data, "--json"], check_stats(rows)),
        ):
            found = measure([terabin, *words])
            check(found.pop("out"), rows)
            measures.append({"data": os.path.basename(data), "what": what} | found)
    print(json.dumps(measures))


def measure(command):
    """Seconds, the kernel's peak of resident memory, and what was printed."""
    with tempfile.TemporaryFile("w+") as out:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, preexec_fn=limit_open_files)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"exit {child.returncode}: {' '.join(command)}")
        out.seek(0)
        return {"seconds": seconds, "peak": usage.ru_maxrss * 1024, "out": out.read()}


def limit_open_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_OPEN_FILES, MOST_OPEN_FILES))


def check_listing(text, rows):
    if f"table /: {rows} rows" not in text:
        sys.exit(f"inspect does not tell {rows} rows:\n{text}")


def check_stats(rows):
    """The first `rows` of 0, 1, 2 ... : their number and their sum."""

    def check(text, _all_rows):
        (column,) = json.loads(text)["columns"]
        wanted = (rows, rows * (rows - 1) // 2)
        if (column["rows"], column["sum"]) != wanted:
            sys.exit(f"stats: rows and sum are {column['rows']}, {column['sum']}, not {wanted}")

    return check


if __name__ == "__main__":
    main()

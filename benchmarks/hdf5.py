"""One job from HDF5 files of three layouts, terabin beside its peers, in one run.

Run it with the Python of the peers' environment, on a machine that is idle:

    .venv-peers/bin/python benchmarks/hdf5.py

The job is the mean of v in 256 x 256 bins of x and y. Every engine opens the file,
reads and bins; every answer is checked against terabin's. Then: what a second thread
gains, what a cold file costs, and what very many chunks and very many files cost.
"""

import argparse
import sys
from pathlib import Path

import hdf5_report
import hdf5_sections
import record

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = {
    "layouts": hdf5_sections.layouts_side_by_side,
    "scaling": hdf5_sections.scaling,
    "cold": hdf5_sections.cold,
    "parts": hdf5_sections.many_parts,
}


def main():
    asked = arguments()
    record.refuse_load(asked.force)
    asked.data.mkdir(parents=True, exist_ok=True)
    data = record.heading() | {
        "rows": asked.rows,
        "repeats": asked.repeats,
        "threads": asked.threads,
        "versions": hdf5_report.versions(asked.terabin),
        "sections": {name: SECTIONS[name](asked) for name in asked.section or SECTIONS},
    }
    text = hdf5_report.document(data)
    print(text)
    if not asked.no_record:
        for path in record.file_away(data, text, "hdf5", asked.machine):
            print(f"wrote {path}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of every engine")
    parser.add_argument("--chunks", type=int, default=1_000_000, help="in the file of many chunks")
    parser.add_argument("--files", type=int, default=10_000, help="in the folder of many files")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="only this one")
    parser.add_argument("--terabin", default=ROOT / "target" / "release" / "terabin", type=Path)
    parser.add_argument("--data", default=ROOT / "build" / "benchmarks", type=Path, help="folder of the data")
    parser.add_argument("--machine", help="name of the machine in the record")
    parser.add_argument("--no-record", action="store_true", help="print only")
    parser.add_argument("--force", action="store_true", help="measure although the machine is not idle")
    asked = parser.parse_args()
    if min(asked.rows, asked.repeats, asked.threads, asked.chunks, asked.files) < 1:
        parser.error("--rows, --repeats, --threads, --chunks and --files must be 1 or more")
    if not asked.terabin.exists():
        parser.error(f"{asked.terabin} does not exist: cargo build --release, or --terabin PATH")
    return asked


if __name__ == "__main__":
    main()

"""Records of measurements: filed by machine and date, as JSON and as a Markdown table."""

import datetime
import json
import os
import platform
import re
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "record"
# A neighbour that takes a tenth of a core of two shows in every figure.
MOST_LOAD = 0.2


def refuse_load(force):
    """Ends the program where the machine is not idle, unless `force`."""
    load = os.getloadavg()[0]
    if load > MOST_LOAD and not force:
        sys.exit(f"the load is {load:.2f}, above {MOST_LOAD}: wait until the machine is idle, or --force")


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def machine_name():
    """The processor and the CPUs this process may use, fit for a file name."""
    words = re.sub(r"\(R\)|\(TM\)|CPU|Processor|@.*", "", processor())
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return f"{slug}-{len(os.sched_getaffinity(0))}cpu"


def heading():
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_before": os.getloadavg()[0],
    }


def table(titles, rows):
    """A Markdown table whose columns also line up on a terminal."""
    lines = [titles, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(line[k]) for line in lines) for k in range(len(titles))]
    # Names to the left, numbers to the right.
    texts = [
        "| " + " | ".join(_pad(c, w, k) for k, (c, w) in enumerate(zip(line, widths, strict=True))) + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (w + 1) + ("-" if k == 0 else ":") for k, w in enumerate(widths)) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def _pad(cell, width, column):
    return cell.ljust(width) if column == 0 else cell.rjust(width)


def file_away(data, text, kind, machine=None):
    """Writes `record/<machine>-<date>[-kind].json` and `.md`; tells the paths."""
    FOLDER.mkdir(exist_ok=True)
    name = "-".join(filter(None, [machine or machine_name(), data["date"], kind]))
    paths = [FOLDER / f"{name}.json", FOLDER / f"{name}.md"]
    paths[0].write_text(json.dumps(data, indent=1) + "\n")
    paths[1].write_text(text + "\n")
    return paths

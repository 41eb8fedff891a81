"""The measurements of `hdf5.py`: each gives plain data, medians are taken in the report."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import engines
import jobs
import loops

HERE = Path(__file__).resolve().parent
(JOB,) = (job for job in jobs.JOBS if job.mean_of)
LAYOUTS = ("contiguous", "gzip", "zstd")
PEERS = ("vaex", "h5py + boost-histogram", "h5py + NumPy loop", "h5py + C loop")
# vaex maps files into memory, which compressed ones do not allow.
ONLY_CONTIGUOUS = ("vaex",)
# Keeps one thread busy about as long as terabin takes for a row.
STEPS_PER_ROW = 20
DIRECT_BLOCK = "16M"
BLOCK_OF_RUSAGE = 512


def layouts_side_by_side(asked):
    """Every engine on every layout, in turn, round after round."""
    library = loops.build(asked.data)
    contenders = []
    for layout, path in job_files(asked).items():
        terabin = engines.Terabin(asked.terabin, path, asked.threads)
        contenders.append(entry(layout, "terabin", lambda t=terabin: timed_terabin(t)))
        for peer in PEERS:
            if layout == "contiguous" or peer not in ONLY_CONTIGUOUS:
                run = lambda n=peer, p=path: timed_peer(n, p, asked.threads, library)  # noqa: E731
                contenders.append(entry(layout, peer, run))
    reference = None
    # The first round warms the page cache and checks; it is not timed.
    for contender in contenders:
        answer, _ = contender["run"]()
        reference = reference or answer
        # No row lies near an edge: not one may be counted elsewhere.
        jobs.differences(answer, reference, near_rows=0)
        say(f"{contender['layout']}: {contender['engine']} agrees")
    for contender in rotated(contenders, asked.repeats):
        _, times = contender["run"]()
        contender["turns"].append(times)
        say(f"{contender['layout']}: {contender['engine']} {times['seconds']:.3f} s")
    return [{k: v for k, v in c.items() if k != "run"} for c in contenders]


def scaling(asked):
    """One thread and several: terabin, a loop that only reads, one that only computes."""
    compiled = loops.load(loops.build(asked.data))
    steps = STEPS_PER_ROW * asked.rows
    files = job_files(asked)
    hashes = set()
    kinds = [
        ("terabin", layout, lambda n, p=path: without_output(asked, p, n, hashes)["seconds"])
        for layout, path in files.items()
    ]
    kinds += [
        ("pread alone", "contiguous", lambda n: loops.seconds_to_read(compiled, files["contiguous"], n)),
        ("arithmetic alone", "none", lambda n: loops.seconds_to_spin(compiled, steps, n)),
    ]
    # What is compared runs one right after the other.
    contenders = [
        entry(layout, engine, lambda n=threads, run=run: run(n)) | {"threads": threads}
        for engine, layout, run in kinds
        for threads in sorted({1, asked.threads})
    ]
    for contender in contenders:
        contender["run"]()
    for contender in rotated(contenders, asked.repeats):
        contender["turns"].append(contender["run"]())
        say(f"{contender['engine']} ({contender['threads']}): {contender['turns'][-1]:.3f} s")
    return [{k: v for k, v in c.items() if k != "run"} for c in contenders]


def cold(asked):
    """terabin on files that are not in the page cache, in turn with a direct read of them."""
    found, hashes = [], set()
    for layout, path in job_files(asked).items():
        turns = []
        for _ in range(asked.repeats):
            evict(path)
            before = blocks_read()
            times = without_output(asked, path, asked.threads, hashes)
            from_disk = (blocks_read() - before) * BLOCK_OF_RUSAGE
            evict(path)
            turns.append(times | {"from_disk": from_disk, "direct_seconds": seconds_of_direct_read(path)})
            say(f"cold {layout}: {times['wall']:.3f} s, direct {turns[-1]['direct_seconds']:.3f} s")
        found.append({"layout": layout, "file_bytes": path.stat().st_size, "turns": turns})
    return found


def many_parts(asked):
    """Opening a file of very many chunks, and very many files, as a process of its own."""
    chunks = asked.data / f"chunks-{asked.chunks}"
    files = asked.data / f"files-{asked.files}"
    prepare("chunks", chunks, asked.chunks)
    prepare("files", files, asked.files)
    command = [sys.executable, HERE / "many_parts.py", asked.terabin]
    command += [chunks / "chunks.h5", str(8 * asked.chunks), files, str(100 * asked.files)]
    turns = []
    for _ in range(asked.repeats):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        turns.append(json.loads(done.stdout))
        say("many chunks, many files: a turn is done")
    return {"chunks": asked.chunks, "files": asked.files, "turns": turns}


def entry(layout, engine, run):
    return {"layout": layout, "engine": engine, "run": run, "turns": []}


def rotated(contenders, rounds):
    """Each in turn, each round begun by another one, so that noise falls on all alike."""
    for number in range(rounds):
        first = number % len(contenders)
        yield from contenders[first:] + contenders[:first]


def timed_terabin(terabin):
    answer = terabin(JOB, None)
    return answer, {"seconds": terabin.report["seconds"], "wall": terabin.report["wall_seconds"]}


def without_output(asked, path, threads, hashes):
    """The job alone, without files and pictures; its hash must be that of all other runs."""
    by = [word for axis in JOB.axes for word in ("--by", f"{axis}:{JOB.bins}:{jobs.LOW}..{jobs.HIGH}")]
    command = [asked.terabin, "bin", "--data", path, *by, "--stat", f"mean({JOB.mean_of})"]
    command += ["--ncpus", str(threads), "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    wall = time.perf_counter() - start
    report = json.loads(done.stdout)
    hashes.add(report["state_hash"])
    if len(hashes) > 1:
        sys.exit(f"{path}, {threads} threads: another result than before: {sorted(hashes)}")
    return {"seconds": report["seconds"], "wall": wall, "bytes_read": report["bytes_read"]}


def timed_peer(name, path, threads, library):
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.npz"
        command = [sys.executable, HERE / "file_engines.py", name, path, str(threads), answer, library]
        start = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        wall = time.perf_counter() - start
        with np.load(answer) as found:
            return jobs.Answer(found["count"], found["mean"]), json.loads(done.stdout) | {"wall": wall}


def job_files(asked):
    folder = asked.data / f"layouts-{asked.rows}"
    prepare("job", folder, asked.rows)
    return {layout: folder / f"{layout}.h5" for layout in LAYOUTS}


def prepare(what, folder, count):
    command = [sys.executable, HERE / "layouts.py", what, folder, str(count)]
    subprocess.run(command, check=True)


def evict(path):
    """Drops a file's pages; those that were never written to the disk cannot be."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def blocks_read():
    """Blocks that finished children had to fetch from the disk."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_inblock


def seconds_of_direct_read(path):
    command = ["dd", f"if={path}", "of=/dev/null", "iflag=direct", f"bs={DIRECT_BLOCK}", "status=none"]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def say(text):
    print(text, file=sys.stderr)

"""Random jobs: every count and every edge as numpy.histogramdd has them."""

import os

import numpy as np
import pytest

import counting
import program as terabin
import random_jobs

JOBS = int(os.environ.get("TERABIN_JOBS", "300"))
SEED = int(os.environ.get("TERABIN_SEED", "1"))
JOBS_PER_RUN = 50
GROUPS = [(g, min(JOBS_PER_RUN, JOBS - a)) for g, a in enumerate(range(0, JOBS, JOBS_PER_RUN))]


@pytest.mark.parametrize(("group", "size"), GROUPS)
def test_counts_and_edges_equal_numpy(tmp_path, group, size):
    jobs = make_group(tmp_path, group, size)
    terabin.succeed(
        "bin",
        "--data",
        tmp_path / "data",
        "--spec",
        tmp_path / "jobs.toml",
        "--output",
        tmp_path / "results",
        "--quiet",
    )
    results = terabin.read_result(tmp_path / "results")
    assert sorted(results) == sorted(job.name for job in jobs)
    wrong = [line for job in jobs for line in differences(job, results[job.name])]
    assert not wrong, f"seed {SEED}, group {group}: {len(wrong)} differences\n" + "\n".join(wrong[:20])


def make_group(folder, group, size):
    rng = np.random.default_rng([SEED, group])
    # The first groups have every number of rows once, whatever the seed.
    rows = random_jobs.ROWS[-1 - group % len(random_jobs.ROWS)]
    columns = random_jobs.random_columns(rng, rows)
    vector, parts = random_jobs.components(rng, rows)
    (folder / "data").mkdir()
    random_jobs.write_files(rng, folder / "data", columns, vector)
    jobs = [random_jobs.random_job(rng, f"job{k:03}", columns + parts) for k in range(size)]
    (folder / "jobs.toml").write_text(random_jobs.specification(jobs))
    return jobs


def differences(job, result):
    """What is wrong with a result, a line each."""
    where = f"{job.name} {job.by}"
    counts, nan_rows = counting.count(job)
    rows = len(job.axes[0].column.values)
    for k, axis in enumerate(job.axes):
        # The edges of an `int` axis may stand at the numbers or between them.
        if not axis.is_counted and not same_bits(result.edges[k], counting.edges_of(axis)):
            yield f"{where}: edges of axis {k}"
    if result.count.dtype != np.uint64:
        yield f"{where}: counts are {result.count.dtype}"
    if result.count.shape != counts.shape:
        yield f"{where}: shape {result.count.shape}, not {counts.shape}"
    elif not np.array_equal(result.count, counts):
        cells = np.argwhere(result.count != counts)
        cell = tuple(cells[0].tolist())
        yield f"{where}: {len(cells)} cells; {cell}: {result.count[cell]}, not {counts[cell]}"
    wanted = {"rows": rows, "nan_axis": nan_rows, "in_range": int(counts.sum())}
    wanted |= {"outside": rows - nan_rows - wanted["in_range"], "skipped": 0, "masked": 0, "filtered": 0}
    got = {key: result.accounting.get(key) for key in wanted}
    if got != wanted:
        yield f"{where}: accounting {got}, not {wanted}"


def same_bits(a, b):
    return a.dtype == np.float64 and a.shape == b.shape and a.tobytes() == b.tobytes()

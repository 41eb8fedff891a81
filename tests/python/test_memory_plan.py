"""What the plan says a run takes is what it takes at most."""

import json

import h5py
import numpy as np
import pytest

import program as terabin

MIB = 1 << 20


def mixed(path):
    """Columns whose chunks have very different sizes over the same rows."""
    rows, chunk = 4_000_000, 100_000
    with h5py.File(path, "w") as file:
        options = {"chunks": (chunk,), "compression": "gzip", "compression_opts": 1}
        file.create_dataset("wide", data=np.arange(float(rows)), **options)
        for i in range(20):
            file.create_dataset(f"narrow{i}", data=np.zeros(rows, "u1"), **options)
    return path


def grid(path):
    return terabin.write_columns(path, {"wide": np.arange(100_000.0), "narrow0": np.arange(100_000) % 7})


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (mixed, ["--by", "wide:10:0..1e6", "--stat", "sum(*)"]),
        (grid, ["--by", "wide:1000:0..1e5", "--by", "narrow0:1000:0..7", "--stat", "std(wide)"]),
        (grid, ["--by", "wide:3000000:0..1e5"]),
    ],
    ids=["chunks of many sizes", "many cells", "many edges"],
)
def test_peak_memory_stays_below_the_plan(tmp_path, make, options):
    path = make(tmp_path / "data.h5")
    words = ["bin", "--data", path, *options]
    plan = terabin.succeed(*words, "--plan", "--json").json
    run = terabin.succeed(*words, "--json", "--output", tmp_path / "results").json
    assert run["peak_rss_bytes"] <= plan["memory"]["total"], (
        f"{run['peak_rss_bytes'] / MIB:.1f} MiB, planned {json.dumps(plan['memory'], indent=1)}"
    )


def test_many_small_histograms_stay_below_the_plan(tmp_path):
    """What a histogram takes beside its cells counts when there are 800 of them."""
    path = grid(tmp_path / "data.h5")
    names = [f'[[histogram]]\nname = "h{i}"\nby = ["wide:2:0..1e5"]\n' for i in range(800)]
    spec = tmp_path / "spec.toml"
    spec.write_text("".join(f'{name}stat = ["mean(wide)", "std(wide)"]\n' for name in names))
    words = ["bin", "--data", path, "--spec", spec, "--ncpus", 2, "--memory", "96MiB"]
    plan = terabin.succeed(*words, "--plan", "--json").json
    run = terabin.succeed(*words, "--json").json
    memory = plan["memory"]
    assert run["peak_rss_bytes"] <= min(memory["total"], 96 * MIB), json.dumps(memory, indent=1)


def test_the_plan_lowers_the_threads(tmp_path):
    path = grid(tmp_path / "data.h5")
    words = ["bin", "--data", path, "--by", "wide:1000:0..1e5", "--by", "narrow0:1000:0..7", "--ncpus", 8]
    plan = terabin.succeed(*words, "--memory", "100MiB", "--plan", "--json").json
    assert 1 <= plan["threads"] < 8
    assert plan["memory"]["total"] <= plan["memory"]["limit"] == 100 * MIB


def test_a_few_bytes_of_file_cannot_make_a_large_plan(tmp_path):
    """10^14 rows that were never written, in chunks of 1024."""
    path = tmp_path / "hollow.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (10**14,), "f8", chunks=(1024,))
    plan = terabin.succeed("bin", "--data", path, "--by", "x:4:0..1", "--plan", "--json").json
    assert plan["splits"] <= 1_100_000

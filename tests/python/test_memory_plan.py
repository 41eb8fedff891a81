"""What the plan says a run takes is what it takes at most."""

import json

import h5py
import numpy as np
import pytest

import program as terabin
from hostile_runs import SOAK

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
    # Too few cells to be worth sharing.
    words = ["bin", "--data", path, "--by", "wide:30000:0..1e5", "--stat", "std(wide)", "--ncpus", 64]
    plan = terabin.succeed(*words, "--memory", "100MiB", "--plan", "--json").json
    assert 1 <= plan["threads"] < 64
    assert copies(plan) == [f"cells: {plan['threads']} private copies of 30000 cells"]
    assert plan["memory"]["total"] <= plan["memory"]["limit"] == 100 * MIB


def copies(plan):
    """The lines of the plan on cells."""
    names = [consumer["name"] for consumer in plan["memory"]["consumers"]]
    return [name for name in names if name.startswith("cells")]


@pytest.mark.parametrize("kind", ["random", "sorted", "in one place"] if SOAK else ["random"])
def test_one_copy_of_the_cells_where_memory_is_short(tmp_path, kind):
    """The plan changes what threads share, and no bit of the result."""
    random = np.random.default_rng(7)
    x, value = random.random((2, 300_000))
    value[::1000] = np.nan
    x = {"random": x, "sorted": np.sort(x), "in one place": x / 1000}[kind]
    path = terabin.write_columns(tmp_path / "data.h5", {"x": x, "y": random.random(x.size), "v": value})
    axes = ["--by", "x:700:0..1", "--by", "y:700:0..0.9"]
    words = ["bin", "--data", path, *axes, "--stat", "std(v)", "--stat", "max(v)", "--stat", "sum(x)"]
    found = {}
    for threads in (1, 2, 5):
        for memory, want in (
            ("4GiB", f"cells: {threads} private copies of 490000 cells"),
            ("200MiB", "cells: 1 shared copy of 490000 cells in"),
        ):
            run = [*words, "--ncpus", threads, "--memory", memory]
            plan = terabin.succeed(*run, "--plan", "--json").json
            assert plan["threads"] == threads
            assert threads == 1 or copies(plan)[0].startswith(want), plan
            text = terabin.succeed(*run, "--plan").stdout
            strategy = "one copy of the cells, shared" if "shared" in copies(plan)[0] else "private cells"
            assert f"strategy    {strategy}" in text
            folder = tmp_path / f"{threads}-{memory}"
            done = terabin.succeed(*run, "--json", "--output", folder).json
            assert done["peak_rss_bytes"] <= plan["memory"]["total"] <= plan["memory"]["limit"]
            with h5py.File(folder / "result.h5") as file:
                stats = file["histograms/x_y/stats"]
                arrays = {name: stats[name][()].tobytes() for name in stats}
            found[threads, memory] = (done["state_hash"], done["in_range"], arrays)
    assert all(one == found[1, "4GiB"] for one in found.values())
    counts = np.frombuffer(found[1, "4GiB"][2]["count"], "u8").reshape(700, 700)
    want, *_ = np.histogramdd((x, file_column(path, "y")), (700, 700), ((0, 1), (0, 0.9)))
    assert np.array_equal(counts, want)


def file_column(path, name):
    with h5py.File(path) as file:
        return file[name][()]


def test_a_few_bytes_of_file_cannot_make_a_large_plan(tmp_path):
    """10^14 rows that were never written, in chunks of 1024."""
    path = tmp_path / "hollow.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (10**14,), "f8", chunks=(1024,))
    plan = terabin.succeed("bin", "--data", path, "--by", "x:4:0..1", "--plan", "--json").json
    assert plan["splits"] <= 1_100_000


def test_values_of_all_magnitudes_stay_below_the_limit_or_fail(tmp_path, rng):
    """Sums over thousands of powers of two take what no plan knows: the run ends before the limit."""
    values = np.ldexp(rng.random(600_000) + 0.5, rng.integers(-1000, 1000, 600_000))
    path = terabin.write_columns(tmp_path / "data.h5", {"x": rng.random(600_000), "v": values})
    run = ["bin", "--data", path, "--by", "x:50000:0..1", "--stat", "std(v)", "--ncpus", 2, "--json"]
    terabin.refuse(*run, "--memory", "60MiB", naming=["powers of two", "50000 cells", "--memory"], code=1)
    done = terabin.succeed(*run, "--memory", "400MiB").json
    assert done["peak_rss_bytes"] < 400 << 20
    assert done["state_hash"] == terabin.succeed(*run, "--memory", "4GiB").json["state_hash"]

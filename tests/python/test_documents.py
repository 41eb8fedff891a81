"""What the documents show is what happens: consoles and Python snippets are run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import program

ROOT = Path(__file__).resolve().parents[2]
# What differs from run to run and from machine to machine.
VARYING = re.compile(r"terabin: \d+ rows in .* s \(|^memory +|^threads +|^splits +|^ +[0-9.]+ [KMG]iB +|^$")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder in which a reader of the README works."""
    return tmp_path_factory.mktemp("reader")


def consoles():
    """Each `$ command` of the README with the lines that it prints, in order."""
    found = []
    for block in re.findall(r"^```\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.splitlines()))
    assert found, "the README shows no console"
    return found


def snippets(path):
    return re.findall(r"^```python\n(.*?)^```", (ROOT / path).read_text(), re.S | re.M)


def without_varying(lines):
    return [line for line in lines if not VARYING.search(line)]


def reader_runs(command, folder):
    path = f"{program.PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("command", "shown"), consoles(), ids=[c for c, _ in consoles()])
def test_readme_console(folder, command, shown):
    run = reader_runs(command, folder)
    printed = run.stdout.splitlines() + run.stderr.splitlines()
    assert without_varying(printed) == without_varying(shown)


@pytest.mark.parametrize("path", ["README.md", "docs/state-format.md"])
def test_python_snippets_run(folder, path):
    if not (folder / "results" / "result.h5").exists():
        pytest.fail("the README's console makes results/result.h5, and did not")
    for snippet in snippets(path):
        done = subprocess.run(
            [sys.executable, "-c", snippet], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_readme_hash(folder):
    """The hash in the text is the one that its command gives."""
    (shown,) = re.findall(r"says `(tb1:[0-9a-f]{64})`", (ROOT / "README.md").read_text())
    (command,) = re.findall(r"^(terabin bin .*--ncpus 64 --json)$", (ROOT / "README.md").read_text(), re.M)
    for threads in (64, 1):
        run = reader_runs(command.replace("--ncpus 64", f"--ncpus {threads}"), folder)
        assert shown in run.stdout, run.stderr


def test_the_reader_of_states_knows_every_state(tmp_path, rng):
    columns = {name: rng.normal(size=50) for name in "xyuvw"} | {"k": np.arange(50)}
    path = program.write_columns(tmp_path / "a.h5", columns)
    stats = ["cov(u, v)", "corr(u, v, weights=abs(w))", "median(u)", "quantile(k, 0.1, weights=k)"]
    stats += ["first(k, u)", "last(u, k)", "std(v)", "max(k)"]
    asked = [f"--stat={stat}" for stat in stats]
    axes = ["--by", "x:3:-3..3", "--by", "y:2:-3..3"]
    program.succeed("bin", "--data", path, *axes, *asked, "--output", tmp_path / "results")
    for snippet in snippets("docs/state-format.md"):
        snippet += "\nprint(sorted(states))\n"
        done = subprocess.run(
            [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.stdout == "[1, 2, 3, 4, 5, 8, 9, 10, 11, 12]\n", done.stderr

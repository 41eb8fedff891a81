"""How data are read: the options of `bin` and `stats`, and the same words in a spec."""

import json

import numpy as np
import pytest

import program as terabin

COMMANDS = ["bin", "stats"]
# Each option with what its help must say.
HELP = {
    "--on-error": ["fail", "skip", "cannot be read", "default: fail"],
    "--allow-external": ["DIR", "virtual datasets", "external links", "repeated"],
    "--raw-values": ["as stored", "fill values", "scale"],
    "--row-dims": ["K", "dimensions", "rows"],
    "--along": ["NAME=DIM", "counted from 0", "repeated"],
}
# What is wrong on its own: the words, and what the one line names.
WRONG = [
    (["--on-error", "ignore"], ["--on-error ignore", "fail or skip"]),
    (["--on-error", "Skip"], ["--on-error Skip", "fail or skip"]),
    (["--on-error", ""], ["--on-error", "fail or skip"]),
    (["--on-error"], ["--on-error"]),
    (["--allow-external", "nowhere"], ["--allow-external nowhere", "no such folder"]),
    (["--allow-external", __file__], ["--allow-external", "no such folder"]),
    (["--row-dims", "0"], ["--row-dims 0", "1 to 32"]),
    (["--row-dims", "33"], ["--row-dims 33", "1 to 32"]),
    (["--row-dims=-1"], ["--row-dims -1", "whole number"]),
    (["--row-dims", "2.5"], ["--row-dims 2.5", "whole number"]),
    (["--along", "x"], ["--along x", "NAME=DIM"]),
    (["--along", "x=one"], ["--along x=one", "NAME=DIM"]),
    (["--along", "=1"], ["--along =1", "NAME=DIM"]),
    (["--along", "x=-1"], ["--along x=-1", "NAME=DIM"]),
    (["--along", "x=32"], ["--along x=32", "at most 32"]),
    (["--along", "x=2", "--row-dims", "2"], ["--along x=2", "at most 2"]),
    (["--along", "x=0", "--along", "`x`=1"], ["--along `x`=1", "twice"]),
    (["--raw-values=yes"], ["--raw-values", "yes"]),
]
# What is wrong in a spec: the line, and what the message names.
WRONG_WORDS = [
    ('on-error = "ignore"', ["line 2", "ignore"]),
    ("on-error = true", ["line 2"]),
    ('on_error = "skip"', ["line 2", "on_error", "on-error"]),
    ("raw-values = 1", ["line 2"]),
    ("row-dims = -1", ["line 2"]),
    ("row-dims = 40", ["--row-dims 40", "1 to 32"]),
    ("along = ['x=1', 'y']", ["--along y", "NAME=DIM"]),
    ("along = 1", ["line 2"]),
    ("allow-external = 'nowhere'", ["--allow-external nowhere"]),
]


def described(command):
    """The options of a command, each with its help on one line."""
    options, name = {}, None
    for line in terabin.succeed(command, "--help").stdout.splitlines():
        words = line.split()
        if words and (words[0].startswith("--") or words[0] == "-h,"):
            name = next(word for word in words if word.startswith("--"))
            options[name] = []
        if name:
            options[name] += words
    return {name: " ".join(words) for name, words in options.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_describes_them(command):
    options = described(command)
    for name, wanted in HELP.items():
        missing = [word for word in wanted if word not in options[name]]
        assert not missing, f"{options[name]!r} does not say {missing}"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("words", "naming"), WRONG, ids=[" ".join(words)[-30:] for words, _ in WRONG])
def test_wrong_values_are_refused(command, words, naming, small_file, tmp_path):
    terabin.refuse(command, "--data", small_file, *words, naming=naming, cwd=tmp_path)


@pytest.mark.parametrize(("line", "naming"), WRONG_WORDS, ids=[line for line, _ in WRONG_WORDS])
def test_wrong_words_of_a_spec_are_refused(line, naming, small_file, tmp_path):
    (tmp_path / "spec.toml").write_text(f"by = 'x:4:0..1'\n{line}\n")
    terabin.refuse("bin", "--data", small_file, "--spec", "spec.toml", naming=naming, cwd=tmp_path)


def spec_of(folder):
    """The request as the summary of a result has it."""
    return json.loads((folder / "summary.json").read_text())["spec"]


def test_options_and_words_of_a_spec_are_the_same(small_file, tmp_path):
    (tmp_path / "spec.toml").write_text(f"""
data = ["{small_file}"]
by = "x:4:0..1"
on-error = "skip"
allow-external = "."
raw-values = true
""")
    options = ["--on-error", "skip", "--allow-external", ".", "--raw-values"]
    by = ["--data", small_file, "--by", "x:4:0..1"]
    terabin.succeed("bin", "--spec", "spec.toml", "--output", "spec", cwd=tmp_path)
    terabin.succeed("bin", *by, *options, "--output", "options", cwd=tmp_path)
    spec = spec_of(tmp_path / "options")
    assert spec == spec_of(tmp_path / "spec")
    assert (spec["on-error"], spec["allow-external"], spec["raw-values"]) == ("skip", ["."], True)


def test_options_win_over_the_spec(small_file, tmp_path):
    (tmp_path / "spec.toml").write_text('on-error = "skip"\nallow-external = "nowhere"\n')
    words = ["--data", small_file, "--by", "x:4:0..1", "--output", "r"]
    options = ["--on-error", "fail", "--allow-external", "."]
    terabin.succeed("bin", "--spec", "spec.toml", *words, *options, cwd=tmp_path)
    spec = spec_of(tmp_path / "r")
    assert "on-error" not in spec, "the default is not written out"
    assert spec["allow-external"] == ["."]


def test_a_spec_without_them_stays_as_it_was(small_file, tmp_path):
    terabin.succeed("bin", "--data", small_file, "--by", "x:4:0..1", "--output", tmp_path / "r")
    assert set(spec_of(tmp_path / "r")) == {"data", "by", "nan", "flow"}


def test_skipping_changes_nothing_where_all_can_be_read(small_file, tmp_path):
    words = ["--data", small_file, "--by", "x:4:0..1", "--json", "--output", tmp_path / "r"]
    strict = terabin.succeed("bin", *words)
    skipping = terabin.succeed("bin", *words, "--on-error", "skip")
    assert skipping.json["state_hash"] == strict.json["state_hash"]
    assert skipping.json["skipped"] == 0
    assert "skipped" not in skipping.stderr
    assert "damages" not in skipping.json
    assert json.loads((tmp_path / "r" / "summary.json").read_text())["damages"] == []


@pytest.mark.parametrize(
    ("by", "naming"),
    [
        ('attr("Header, "Time")', ["quote is not closed"]),
        ('attr("Header")', ["2 or 3 arguments"]),
        ("attr(Header, Time)", ["in quotes"]),
        ("index()", ["1 argument"]),
        ("index(0.5)", ["number of a dimension"]),
        ("indx(0)", ["index"]),
    ],
)
def test_wrong_lookups_are_explained(by, naming, small_file):
    terabin.refuse("bin", "--data", small_file, "--by", f"{by}:4:0..1", naming=[*naming, "at byte"])


def test_stats_of_a_name_as_expressions_have_it(tmp_path):
    columns = {"mass (g)": np.arange(3.0), "it's": np.arange(3)}
    path = terabin.write_columns(tmp_path / "a.h5", columns)

    def names(text):
        run = terabin.succeed("stats", path, "--columns", text, "--json")
        return [column["name"] for column in run.json["columns"]]

    assert names("mass (g),it's") == ["mass (g)", "it's"]
    assert names("`mass (g)`") == ["mass (g)"]

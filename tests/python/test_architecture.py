"""The walls of the house, as ARCHITECTURE.md draws them: read off the source."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CRATES = ROOT / "crates"
# Who may import whom, tests and examples included.
MAY_IMPORT = {
    "terabin-core": set(),
    "terabin-expr": {"terabin-core"},
    "terabin-hdf5": {"terabin-core"},
    "terabin": {"terabin-core", "terabin-expr", "terabin-hdf5"},
    "terabin-cli": {"terabin", "terabin-core", "terabin-expr", "terabin-hdf5"},
    "terabin-python": {"terabin", "terabin-core", "terabin-expr", "terabin-hdf5"},
}
DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")
# What starts a thread, in the standard library and in the crates that offer it.
STARTS_THREADS = re.compile(r"\bthread::(spawn|scope|Builder)\b|\.spawn\(|\b(rayon|tokio)\b|\basync fn\b")
UNSAFE = re.compile(r"\bunsafe\s*(\{|fn\b|impl\b|trait\b|extern\b)|allow\(unsafe_code")
UNSAFE_LIVES_IN = ("terabin-hdf5/", "terabin-core/src/kernel/", "terabin-python/src/")
# The core is pure: no files, no network, no processes, no threads, no clock.
IMPURE = re.compile(r"\bstd::(fs|net|process|thread|env)\b|\b(Instant|SystemTime)\b")
MOST_LINES = 500
BANNED_NAMES = {"utils", "util", "common", "types", "helpers", "misc"}
SOURCES = [
    path
    for folder in ("crates", "tests", "benchmarks")
    for suffix in ("*.rs", "*.py", "*.pyi")
    for path in sorted((ROOT / folder).rglob(suffix))
    if "__pycache__" not in path.parts and "target" not in path.parts
]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def code_of(path):
    """The file without its comments: words in prose break no rule."""
    return re.sub(r"//.*", "", path.read_text())


def rust(*crates):
    return [path for crate in crates or MAY_IMPORT for path in sorted((CRATES / crate).rglob("*.rs"))]


def places(paths, pattern):
    """`file:line` of every match."""
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(code_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_every_crate_has_its_place():
    assert {path.parent.name for path in CRATES.glob("*/Cargo.toml")} == set(MAY_IMPORT)


@pytest.mark.parametrize("crate", MAY_IMPORT)
def test_no_crate_imports_one_above_it(crate):
    manifest = tomllib.loads((CRATES / crate / "Cargo.toml").read_text())
    named = {name for kind in DEPENDENCIES for name in manifest.get(kind, {})}
    assert {name for name in named if name.startswith("terabin")} <= MAY_IMPORT[crate]


def test_only_the_scheduler_starts_threads():
    sources = [path for path in rust() if "tests" not in path.relative_to(CRATES).parts]
    scheduler = ("crates/terabin/src/run.rs:", "crates/terabin/src/run/tests.rs:")
    found = places(sources, STARTS_THREADS)
    assert any(place.startswith(scheduler) for place in found), "the pattern misses the scheduler itself"
    elsewhere = [place for place in found if not place.startswith(scheduler)]
    assert not elsewhere, "\n".join(elsewhere)


def test_unsafe_code_stays_in_its_places():
    allowed = tuple(f"crates/{place}" for place in UNSAFE_LIVES_IN)
    found = places(rust(), UNSAFE)
    assert any(place.startswith(allowed) for place in found), "the pattern misses the HDF5 library"
    elsewhere = [place for place in found if not place.startswith(allowed)]
    assert not elsewhere, "\n".join(elsewhere)


def test_the_core_and_the_expressions_are_pure():
    sources = [path for path in rust("terabin-core", "terabin-expr") if "src" in path.parts]
    found = places(sources, IMPURE)
    assert not found, "\n".join(found)


def test_no_file_is_longer_than_a_few_screens():
    long = {name_of(p): n for p in SOURCES if (n := len(p.read_text().splitlines())) > MOST_LINES}
    assert not long


def test_no_file_or_folder_is_a_drawer_for_odds_and_ends():
    parts = {part.removesuffix(p.suffix) for p in SOURCES for part in p.relative_to(ROOT).parts}
    assert not parts & BANNED_NAMES

"""Files cut short and files with a few bytes changed."""

import random
import shutil

import h5py
import numpy as np

from corpus.entry import EITHER, ERROR, VERSIONS
from corpus.layouts import smooth


def write_cut_files(corpus):
    """Files cut short, an empty one, and one that is text."""
    (corpus.folder / "cut").mkdir()
    for version in VERSIONS:
        whole = (corpus.folder / f"filters-{version}.h5").read_bytes()
        for length in (len(whole) // 2, len(whole) - 100, 600, 90):
            name = f"cut/{version}-{length}.h5"
            (corpus.folder / name).write_bytes(whole[:length])
            corpus.add(f"cut/{length}/{version}", name, "gzip_shuffle_fletcher32", smooth(), EITHER)
    for name, content in (("empty", b""), ("text", b"hello" * 1000)):
        (corpus.folder / f"cut/{name}.h5").write_bytes(content)
        corpus.add(f"cut/{name}", f"cut/{name}.h5", "x", np.zeros(1), ERROR)


def write_mutants(corpus, count):
    """`count` files of each version with one place changed; every chunk has a checksum."""
    (corpus.folder / "mutants").mkdir()
    values = smooth(1000)
    chance = random.Random(7)
    for version, bounds in VERSIONS.items():
        base = corpus.folder / f"mutants/base-{version}.h5"
        checked = {"compression": "gzip", "shuffle": True, "fletcher32": True}
        with h5py.File(base, "w", libver=bounds) as file:
            file.create_dataset("d", data=values, chunks=(100,), **checked)
        for i in range(count):
            name = f"mutants/{i:03d}-{version}.h5"
            shutil.copy(base, corpus.folder / name)
            _change(corpus.folder / name, i, chance)
            corpus.add(f"mutant/{i:03d}/{version}", name, "d", values, EITHER)


def _change(path, number, chance):
    """One bit, or four bytes of the largest numbers, or eight bytes of anything."""
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    match number % 3:
        case 0:
            content[place] ^= 1 << chance.randrange(8)
        case 1:
            content[place : place + 4] = b"\xff" * len(content[place : place + 4])
        case _:
            content[place : place + 8] = chance.randbytes(len(content[place : place + 8]))
    path.write_bytes(content)

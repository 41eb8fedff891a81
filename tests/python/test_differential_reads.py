"""Random files: terabin and the HDF5 library read the same values."""

import pytest

from column_reader import read_columns
from corpus.comparison import difference, placed
from hostile_runs import SOAK
from random_datasets import write_random_files

FILES = 500 if SOAK else 100


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_random_files(tmp_path_factory.mktemp("random"), range(FILES))


def test_random_files(corpus):
    entries = corpus.entries
    answers = read_columns([(e.file, e.table, [*e.columns, *e.indices]) for e in entries])
    wrong = []
    for entry, answer in zip(entries, answers, strict=True):
        problem = answer.message if answer.error else difference(entry, placed(entry, answer.columns))
        if problem:
            wrong.append(f"{entry.id} {entry.shape}: {problem}")
    assert not wrong, f"{len(wrong)} of {len(entries)}\n" + "\n".join(wrong)

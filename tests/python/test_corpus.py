"""Every dataset of the corpus is read right, bit for bit, or refused for a reason that is listed here."""

import pytest

from column_reader import read_columns
from corpus.comparison import difference, placed
from corpus.entry import EITHER, ERROR, RIGHT
from corpus.writing import write_corpus

VALID = 365
DAMAGED = 463
GROUPS = (
    *("cut", "element", "fill", "filter", "layout", "links", "mutant", "netcdf"),
    *("pandas", "pytables", "single", "user_block", "virtual"),
)

# Valid entries that are refused, with a word of the reason.
NO_COLUMNS = {
    "layout/scalar": "scalar",
    "links/tracked": "scalar",
}

# Entries that only the HDF5 library reads, one thread at a time. This list may only grow shorter.
THROUGH_LIBRARY = {
    "element/text",
    "element/text_gzip",
}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def answers(corpus):
    """What came of every entry, by its id."""
    entries = corpus.entries
    read = read_columns([(e.file, e.table, [*e.columns, *e.indices]) for e in entries])
    return {entry.id: answer for entry, answer in zip(entries, read, strict=True)}


def of(group, corpus):
    return [entry for entry in corpus.entries if entry.id.split("/")[0] == group]


def name(id):
    """The entry without the version of its file."""
    return "/".join(id.split("/")[:2])


def outcome(entry, answer):
    """`right`, `crash` or `error`, or what is wrong."""
    if answer.error:
        return answer.error if answer.error == "crash" else ERROR
    return RIGHT if not (wrong := difference(entry, placed(entry, answer.columns))) else wrong


def test_the_corpus_is_whole(corpus):
    ids = [entry.id for entry in corpus.entries]
    assert len(set(ids)) == len(ids)
    assert sum(e.expect == RIGHT for e in corpus.entries) == VALID
    assert sum(e.expect == EITHER for e in corpus.entries) == DAMAGED
    assert {id.split("/")[0] for id in ids} == set(GROUPS)


@pytest.mark.parametrize("group", GROUPS)
def test_entries(corpus, answers, group):
    """Valid datasets are right, damaged ones right or an error, and the impossible is an error."""
    allowed = {RIGHT: {RIGHT}, ERROR: {ERROR}, EITHER: {RIGHT, ERROR}}
    entries = [entry for entry in of(group, corpus) if name(entry.id) not in NO_COLUMNS]
    found = {entry.id: outcome(entry, answers[entry.id]) for entry in entries}
    bad = [
        f"{entry.id}: {found[entry.id]} {answers[entry.id].message}"
        for entry in entries
        if found[entry.id] not in allowed[entry.expect]
    ]
    assert not bad, f"{len(bad)} of {len(entries)}\n" + "\n".join(bad)


def test_what_can_be_no_column_is_refused(corpus, answers):
    listed = [entry.id for entry in corpus.entries if name(entry.id) in NO_COLUMNS]
    assert {name(id) for id in listed} == set(NO_COLUMNS)
    for id in listed:
        answer = answers[id]
        assert (answer.error, NO_COLUMNS[name(id)] in answer.message) == ("request", True), (id, answer)


def test_what_goes_through_the_library(corpus, answers):
    slow = {name(e.id) for e in of_kind(corpus, RIGHT) if answers[e.id].through_library}
    assert not slow - THROUGH_LIBRARY, "these went past the library before"
    assert not THROUGH_LIBRARY - slow, "these go past the library now: take them off the list"


def of_kind(corpus, expect):
    return [entry for entry in corpus.entries if entry.expect == expect]

"""Writes the whole corpus."""

from corpus import damage, dialects, elements, layouts, structure
from corpus.entry import VERSIONS, Corpus


def write_corpus(folder, mutants=150):
    """All files into an empty folder, with `mutants` damaged ones of each version; gives the `Corpus`."""
    corpus = Corpus(folder)
    for version in VERSIONS:
        layouts.write_layouts(corpus, version)
        layouts.write_filters(corpus, version)
        elements.write_elements(corpus, version)
        elements.write_fills(corpus, version)
        structure.write_links(corpus, version)
        structure.write_virtual(corpus, version)
        structure.write_user_block(corpus, version)
        structure.write_netcdf(corpus, version)
    structure.write_single_files(corpus)
    dialects.write_dialects(corpus)
    damage.write_cut_files(corpus)
    damage.write_mutants(corpus, mutants)
    return corpus

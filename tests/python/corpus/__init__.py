"""A corpus of small HDF5 files with the values that every dataset in them must give."""

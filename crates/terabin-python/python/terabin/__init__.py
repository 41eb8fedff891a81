"""Exact, parallel histograms of HDF5 files."""

from ._terabin import __version__

__all__ = ["__version__"]

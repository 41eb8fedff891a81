//! The Python module of terabin.

use pyo3::prelude::*;

/// Exact, parallel histograms of HDF5 files.
#[pymodule]
fn _terabin(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", terabin::VERSION)
}

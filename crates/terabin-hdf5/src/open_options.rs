//! How files are opened.

use std::path::PathBuf;

/// What a user allows and asks for when files are described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Folders whose files may be read on behalf of an input, beside the input's own
    /// folder and those below it: external links, external raw files and virtual
    /// sources elsewhere are refused.
    pub allow_external: Vec<PathBuf>,
    /// Leaves values as they are stored: attributes that name fill values, packing or
    /// units of time are not applied.
    pub raw_values: bool,
}

#![no_main]

use std::fs;

use terabin_hdf5::{OpenOptions, describe};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file.h5");
    fs::write(&path, data).expect("a file in it");
    let _ = describe(&path, &OpenOptions::default());
});

//! Which files a path stands for.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::Folder;
use terabin_hdf5::{FileWriter, Result, Values, expand};

fn write(path: &Path) {
    let mut writer = FileWriter::create(path).unwrap();
    writer.dataset("x", &[1], Values::F64(&[1.0])).unwrap();
    writer.close().unwrap();
}

fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["snap.10", "snap.2", "other.hdf5"] {
        write(&folder.path(name));
    }
    let mut behind = vec![0; 2048];
    behind.extend(fs::read(folder.path("snap.2")).unwrap());
    fs::write(folder.path("snap.1.user"), behind).unwrap();
    fs::write(folder.path("notes.h5"), "no signature").unwrap();
    fs::create_dir(folder.path("snap.3.below")).unwrap();
    folder
}

fn names(found: Result<Vec<PathBuf>>) -> Vec<String> {
    let name = |p: PathBuf| p.file_name().unwrap().to_str().unwrap().to_owned();
    found.unwrap().into_iter().map(name).collect()
}

fn refusal(paths: &[String]) -> String {
    let error = expand(paths).unwrap_err();
    assert!(error.is_request() && !error.to_string().contains('\n'));
    error.to_string()
}

#[test]
fn folders_and_globs_in_natural_order() {
    let folder = folder();
    let all = names(expand(&[folder.text("")]));
    assert_eq!(all, ["other.hdf5", "snap.1.user", "snap.2", "snap.10"]);
    let some = names(expand(&[folder.text("snap.?"), folder.text("snap.1*")]));
    assert_eq!(some, ["snap.2", "snap.1.user", "snap.10"]);
}

#[test]
fn the_same_file_twice_is_refused_with_both_names() {
    let folder = folder();
    let first = folder.text("snap.2");
    let text = refusal(&[first.clone(), first.clone()]);
    assert!(text.contains("same file"), "{text}");
    std::os::unix::fs::symlink(&first, folder.path("link")).unwrap();
    let text = refusal(&[first, folder.text("link")]);
    assert!(text.contains("snap.2") && text.contains("link"), "{text}");
    fs::remove_file(folder.path("link")).unwrap();
    fs::hard_link(folder.path("snap.2"), folder.path("hard")).unwrap();
    assert!(refusal(&[folder.text("")]).contains("hard"));
}

#[test]
fn what_is_no_hdf5_file_is_refused() {
    let folder = folder();
    assert!(refusal(&[folder.text("missing.h5")]).contains("missing.h5: "));
    assert!(refusal(&[folder.text("notes.h5")]).contains("not an HDF5 file"));
    assert!(refusal(&[folder.text("*.h5")]).contains("not an HDF5 file"));
    assert!(refusal(&[folder.text("*.none")]).contains("no HDF5 files in"));
    assert!(refusal(&[folder.text("snap.3.below")]).contains("no HDF5 files in"));
    assert!(refusal(&[folder.text("[")]).contains("not a valid pattern"));
    assert!(refusal(&[]).contains("no HDF5 files in"));
}

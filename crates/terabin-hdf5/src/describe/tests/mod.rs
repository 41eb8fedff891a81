mod contents;
mod heaps;
mod limits;

use std::path::{Path, PathBuf};

use hdf5_metno_sys::h5d::{H5Dclose, H5Dcreate2};
use hdf5_metno_sys::h5f::{H5F_ACC_RDWR, H5Fopen};
use hdf5_metno_sys::h5l::{H5Lcreate_external, H5Lcreate_soft};
use hdf5_metno_sys::h5p::{
    H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_external, H5Pset_virtual,
};
use hdf5_metno_sys::h5s::{H5S_seloper_t, H5Screate_simple, H5Sselect_hyperslab};
use hdf5_metno_sys::h5t::H5T_IEEE_F64LE;

use super::describe;
use crate::description::{DatasetDescription, FileDescription, Layout, Segment};
use crate::error::Error;
use crate::inputs::refuse_shared;
use crate::library::{Id, c_path, c_text, file_access, locked, status};
use crate::open_options::OpenOptions;
use crate::write::{FileWriter, Values};

/// A file with one dataset of doubles.
fn write(path: &Path, dataset: &str, values: &[f64]) {
    let mut writer = FileWriter::create(path).unwrap();
    let shape = [values.len() as u64];
    writer
        .dataset(dataset, &shape, Values::F64(values))
        .unwrap();
    writer.close().unwrap();
}

/// Runs `work` with the file open for writing.
fn edit(path: &Path, work: impl FnOnce(&Id)) {
    locked(|| {
        let (name, access) = (c_path(path).unwrap(), file_access().unwrap());
        // SAFETY: both arguments live through the call.
        let file = unsafe { H5Fopen(name.as_ptr(), H5F_ACC_RDWR, access.raw()) };
        work(&Id::new(file).unwrap());
    });
}

fn external_link(path: &Path, link: &str, file: &str, object: &str) {
    let (link, file, object) = (
        c_text(link).unwrap(),
        c_text(file).unwrap(),
        c_text(object).unwrap(),
    );
    edit(path, |id| {
        // SAFETY: an open file and texts that live through the call.
        let code = unsafe {
            H5Lcreate_external(
                file.as_ptr(),
                object.as_ptr(),
                id.raw(),
                link.as_ptr(),
                H5P_DEFAULT,
                H5P_DEFAULT,
            )
        };
        status(code).unwrap();
    });
}

fn space(shape: &[u64]) -> Id {
    // SAFETY: a rank of 1 or 2.
    let id = unsafe {
        H5Screate_simple(
            i32::try_from(shape.len()).unwrap(),
            shape.as_ptr(),
            std::ptr::null(),
        )
    };
    Id::new(id).unwrap()
}

/// A dataset of doubles with a creation list that `set` changes.
fn create(path: &Path, name: &str, shape: &[u64], set: impl FnOnce(&Id)) {
    let name = c_text(name).unwrap();
    edit(path, |file| {
        let space = space(shape);
        // SAFETY: open identifiers and a text that lives through the call.
        unsafe {
            let list = Id::new(H5Pcreate(*H5P_CLS_DATASET_CREATE)).unwrap();
            set(&list);
            let id = H5Dcreate2(
                file.raw(),
                name.as_ptr(),
                *H5T_IEEE_F64LE,
                space.raw(),
                H5P_DEFAULT,
                list.raw(),
                H5P_DEFAULT,
            );
            status(H5Dclose(id)).unwrap();
        }
    });
}

/// A virtual dataset of one row for each source.
fn stack(path: &Path, name: &str, width: u64, sources: &[(&str, &str)]) {
    let shape = [sources.len() as u64, width];
    create(path, name, &shape, |list| {
        for (row, (file, dataset)) in sources.iter().enumerate() {
            let (target, source) = (space(&shape), space(&[width]));
            let (start, count) = ([row as u64, 0], [1, width]);
            let (file, dataset) = (c_text(file).unwrap(), c_text(dataset).unwrap());
            let none = std::ptr::null();
            // SAFETY: two dimensions, and texts that live through the calls.
            unsafe {
                status(H5Sselect_hyperslab(
                    target.raw(),
                    H5S_seloper_t::H5S_SELECT_SET,
                    start.as_ptr(),
                    none,
                    count.as_ptr(),
                    none,
                ))
                .unwrap();
                status(H5Pset_virtual(
                    list.raw(),
                    target.raw(),
                    file.as_ptr(),
                    dataset.as_ptr(),
                    source.raw(),
                ))
                .unwrap();
            }
        }
    });
}

fn described(path: &Path) -> FileDescription {
    describe(path, &OpenOptions::default()).unwrap()
}

fn find<'a>(file: &'a FileDescription, path: &str) -> &'a DatasetDescription {
    file.datasets.iter().find(|d| d.path == path).unwrap()
}

fn refusal(dataset: &DatasetDescription) -> &str {
    match &dataset.layout {
        Layout::Refused { reason } => reason,
        other => panic!("{other:?}"),
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("in/below")).unwrap();
        std::fs::create_dir_all(folder.path().join("out")).unwrap();
        Self(folder)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

#[test]
fn external_links_lead_below_the_folder_and_no_farther() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    write(&input, "/x", &[1.0]);
    write(&folder.at("in/below/b.h5"), "/g/y", &[2.0, 3.0]);
    write(&folder.at("out/c.h5"), "/z", &[4.0]);
    external_link(&input, "/link", "below/b.h5", "/g/y");
    external_link(&input, "/group", "below/b.h5", "/");
    external_link(&input, "/outside", "../out/c.h5", "/z");
    external_link(&input, "/missing", "none.h5", "/z");
    external_link(&folder.at("in/below/b.h5"), "/g/again", "b.h5", "/g");
    edit(&input, |file| {
        // SAFETY: an open file and texts of this program.
        let code = unsafe {
            H5Lcreate_soft(
                c"/group/g/y".as_ptr(),
                file.raw(),
                c"/soft".as_ptr(),
                H5P_DEFAULT,
                H5P_DEFAULT,
            )
        };
        status(code).unwrap();
    });

    let file = described(&input);
    assert_eq!(file.hosts.len(), 2);
    assert_eq!(file.hosts[0].path, input);
    assert!(file.hosts[1].path.ends_with("in/below/b.h5"));
    for path in ["/link", "/group/g/y", "/soft"] {
        let dataset = find(&file, path);
        assert_eq!(
            (dataset.host, dataset.host_path.as_str()),
            (1, "/g/y"),
            "{path}"
        );
        assert_eq!(dataset.shape, [2]);
        assert!(matches!(&dataset.layout, Layout::Contiguous { segments }
            if matches!(segments[..], [Segment { host: 1, bytes: 16, .. }])));
    }
    assert_eq!(file.aliases.len(), 1);
    assert_eq!(
        (
            file.aliases[0].path.as_str(),
            file.aliases[0].target.as_str()
        ),
        ("/group/g/again", "/group/g")
    );
    assert!(refusal(find(&file, "/outside")).contains("--allow-external"));
    assert!(refusal(find(&file, "/missing")).contains("does not exist"));

    let allowed = OpenOptions {
        allow_external: vec![folder.at("out")],
        ..OpenOptions::default()
    };
    let file = describe(&input, &allowed).unwrap();
    assert_eq!(find(&file, "/outside").shape, [1]);
    assert_eq!(file.hosts.len(), 3);
}

#[test]
fn virtual_datasets_are_blocks_of_their_sources() {
    let folder = Folder::new();
    let input = folder.at("in/v.h5");
    write(&input, "/own", &[7.0, 8.0]);
    write(&folder.at("in/below/s.h5"), "/d", &[1.0, 2.0]);
    write(&folder.at("out/o.h5"), "/d", &[1.0, 2.0]);
    stack(
        &input,
        "/v",
        2,
        &[("below/s.h5", "/d"), ("none.h5", "/d"), (".", "/own")],
    );
    stack(&input, "/of_v", 6, &[(".", "/v")]);
    stack(&input, "/outside", 2, &[("../out/o.h5", "/d")]);
    stack(&input, "/itself", 2, &[(".", "/itself")]);
    stack(&input, "/short", 3, &[("below/s.h5", "/d")]);

    let file = described(&input);
    let found = find(&file, "/v");
    assert_eq!(found.shape, [3, 2]);
    let Layout::Virtual(table) = &found.layout else {
        panic!("{:?}", found.layout);
    };
    let hosts: Vec<_> = table
        .sources
        .iter()
        .map(|s| s.as_ref().map(|s| s.host))
        .collect();
    assert_eq!(hosts, [Some(1), None, Some(0)]);
    let block = &table.blocks[2];
    assert_eq!(
        (&block.start[..], &block.count[..]),
        (&[2, 0][..], &[1, 2][..])
    );
    assert_eq!(block.source, 2);
    assert_eq!(block.source_dims, [Some(1)]);
    assert!(table.blocks[1].source_dims.is_empty());
    assert!(
        file.notes
            .iter()
            .any(|n| n.contains("fill values") && n.contains("none.h5"))
    );
    assert!(refusal(find(&file, "/of_v")).contains("wants [6] elements and gets [3, 2]"));
    assert!(refusal(find(&file, "/outside")).contains("--allow-external"));
    assert!(refusal(find(&file, "/itself")).contains("made of itself"));
    assert!(refusal(find(&file, "/short")).contains("gets [2]"));
}

#[test]
fn raw_files_are_segments_and_end_in_zeros() {
    let folder = Folder::new();
    let input = folder.at("in/r.h5");
    write(&input, "/x", &[1.0]);
    std::fs::write(folder.at("in/one.raw"), [1; 20]).unwrap();
    std::fs::write(folder.at("in/two.raw"), [2; 10]).unwrap();
    let raw = |name: &str, parts: &[(&str, i64, u64)]| {
        create(&input, name, &[4], |list| {
            for &(file, offset, bytes) in parts {
                let file = c_text(file).unwrap();
                // SAFETY: an open list and a text that lives through the call.
                let code = unsafe { H5Pset_external(list.raw(), file.as_ptr(), offset, bytes) };
                status(code).unwrap();
            }
        });
    };
    raw("/both", &[("one.raw", 4, 16), ("two.raw", 0, u64::MAX)]);
    raw("/cut", &[("two.raw", 0, 16), ("one.raw", 0, 16)]);
    raw("/missing", &[("none.raw", 0, 32)]);

    let file = described(&input);
    let Layout::Contiguous { segments } = &find(&file, "/both").layout else {
        panic!("{file:?}");
    };
    let parts: Vec<_> = segments.iter().map(|s| (s.address, s.bytes)).collect();
    assert_eq!(parts, [(4, 16), (0, 10)]);
    let names: Vec<_> = segments
        .iter()
        .map(|s| file.hosts[s.host].path.file_name())
        .collect();
    assert_eq!(names, [Some("one.raw".as_ref()), Some("two.raw".as_ref())]);
    assert!(refusal(find(&file, "/cut")).contains("6 bytes early"));
    assert!(refusal(find(&file, "/missing")).contains("does not exist"));
}

#[test]
fn a_file_that_is_reached_twice_is_refused() {
    let folder = Folder::new();
    let (a, b, source) = (
        folder.at("in/a.h5"),
        folder.at("in/b.h5"),
        folder.at("in/s.h5"),
    );
    for path in [&a, &b, &source] {
        write(path, "/x", &[1.0, 2.0]);
    }
    stack(&a, "/v", 2, &[("s.h5", "/x")]);
    external_link(&b, "/link", "s.h5", "/x");
    let files: Vec<_> = [&a, &b, &source].map(|p| described(p)).into();
    let [a, b, source] = &files[..] else {
        panic!("three files");
    };
    for together in [&[a, source][..], &[source, b], &[a, b]] {
        let error = refuse_shared(together).unwrap_err();
        let named = |n: &Path| n == together[0].path || n == together[1].path;
        assert!(
            matches!(&error, Error::SharedFile { first, second, .. }
            if first != second && named(first) && named(second)),
            "{error}"
        );
        assert!(error.is_request());
    }
    for apart in [&[a][..], &[b], &[source]] {
        assert!(refuse_shared(apart).is_ok());
    }
}

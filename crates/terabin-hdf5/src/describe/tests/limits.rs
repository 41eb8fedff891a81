//! What bounds a description: circles, depth, amounts and shapes.

use hdf5_metno_sys::h5f::{H5F_ACC_TRUNC, H5Fcreate};
use hdf5_metno_sys::h5p::{H5P_CLS_FILE_CREATE, H5Pset_chunk, H5Pset_userblock};

use super::*;
use crate::describe::{Describer, budget::Budget, files::Files, walk::walk};
use crate::encode::Codec;
use crate::write::{ChunkedLayout, StoredType};

#[test]
fn external_links_in_circles_end() {
    let folder = Folder::new();
    let (a, b) = (folder.at("in/a.h5"), folder.at("in/b.h5"));
    write(&a, "/x", &[1.0]);
    write(&b, "/below/y", &[2.0]);
    external_link(&a, "/there", "b.h5", "/");
    external_link(&b, "/below/back", "a.h5", "/");
    external_link(&a, "/self", "a.h5", "/");
    external_link(&a, "/endless", "b.h5", "/endless");
    external_link(&b, "/endless", "a.h5", "/endless");

    let file = described(&a);
    let groups: Vec<_> = file.groups.iter().map(|g| g.path.as_str()).collect();
    assert_eq!(groups, ["/", "/there", "/there/below"]);
    let aliases = file.aliases.iter();
    let mut aliases: Vec<_> = aliases
        .map(|a| (a.path.as_str(), a.target.as_str()))
        .collect();
    aliases.sort_unstable();
    assert_eq!(aliases, [("/self", "/"), ("/there/below/back", "/")]);
    assert_eq!(file.hosts.len(), 2);
    assert_eq!(find(&file, "/there/below/y").host, 1);
    for path in ["/endless", "/there/endless"] {
        assert!(
            refusal(find(&file, path)).contains("more than 16 links"),
            "{path}"
        );
    }
    assert!(file.unread.iter().all(|u| !u.damaged), "{:?}", file.unread);
}

/// A file with groups in groups, and a dataset in the first and the last of them.
fn nested(path: &Path, depth: usize) -> String {
    let deepest = "/g".repeat(depth);
    write(path, &format!("{deepest}/last"), &[1.0]);
    deepest
}

#[test]
fn the_depth_of_groups_counts_across_files() {
    let folder = Folder::new();
    let (a, b, c) = (
        folder.at("in/a.h5"),
        folder.at("in/b.h5"),
        folder.at("in/c.h5"),
    );
    let deepest = nested(&a, 40);
    nested(&b, 23);
    nested(&c, 22);
    external_link(&a, &format!("{deepest}/deep"), "b.h5", "/g");
    external_link(&a, &format!("{deepest}/less"), "c.h5", "/g");

    let file = described(&a);
    let has = |path: String| file.datasets.iter().any(|d| d.path == path);
    assert!(has(format!("{deepest}/last")));
    // The link is the group 41, so that the last of 23 is the group 63.
    let below = "/g".repeat(22);
    assert!(has(format!("{deepest}/deep{below}/last")));
    assert!(has(format!("{deepest}/less{}/last", &below[2..])));
    assert!(file.notes.is_empty(), "{:?}", file.notes);

    nested(&b, 24);
    let file = described(&a);
    let lost = format!("{deepest}/deep{below}/g");
    assert!(!file.datasets.iter().any(|d| d.path.starts_with(&lost)));
    let noted = |n: &String| n.starts_with(&lost) && n.contains("deeper than 64");
    assert!(file.notes.iter().any(noted), "{:?}", file.notes);
    assert_eq!(file.unread, []);
}

/// Describes a file with what is left of a budget; gives what there was too much of.
fn exceeded(path: &Path, spend: impl FnOnce(&mut Budget)) -> (Option<&'static str>, usize) {
    let mut describer = Describer {
        files: Files::new(path, &OpenOptions::default()).unwrap(),
        budget: Budget::default(),
        within: Vec::new(),
        damage: None,
        raw_values: false,
        notes: Vec::new(),
    };
    spend(&mut describer.budget);
    let mut found = FileDescription::default();
    locked(|| walk(&mut describer, &mut found)).unwrap();
    (describer.budget.exceeded(), found.datasets.len())
}

#[test]
fn a_file_with_too_much_of_anything_is_told() {
    let folder = Folder::new();
    let path = folder.at("in/a.h5");
    let mut writer = FileWriter::create(&path).unwrap();
    for i in 0..10 {
        let layout = ChunkedLayout {
            element: StoredType::F64,
            shape: vec![4],
            chunk: vec![1],
            codec: Codec::None,
        };
        let handle = writer.create_chunked(&format!("/x{i}"), &layout).unwrap();
        for row in 0..4 {
            writer.write_chunk(handle, &[row], &[0; 8]).unwrap();
        }
    }
    writer.close().unwrap();

    assert_eq!(exceeded(&path, |_| ()), (None, 10));
    let spend = |b: &mut Budget| assert!(b.chunks((1 << 26) - 40));
    assert_eq!(exceeded(&path, spend), (None, 10));
    let spend = |b: &mut Budget| assert!(b.chunks((1 << 26) - 39));
    let (what, _) = exceeded(&path, spend);
    assert!(what.unwrap().contains("chunks"), "{what:?}");
    let spend = |b: &mut Budget| assert!(b.bytes((64 << 20) - 9));
    let (what, _) = exceeded(&path, spend);
    assert!(what.unwrap().contains("fill values"), "{what:?}");
    let spend = |b: &mut Budget| assert!((0..999_995).all(|_| b.object()));
    let (what, datasets) = exceeded(&path, spend);
    assert!(what.unwrap().contains("objects"), "{what:?}");
    assert_eq!(datasets, 5, "it stops there");
}

#[test]
fn shapes_that_no_file_can_hold_are_refused() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    write(&input, "/x", &[1.0]);
    let shapes: [(&str, &[u64]); 5] = [
        ("/rows", &[1 << 57]),
        ("/wide", &[1 << 40, 1 << 40]),
        ("/wraps", &[1 << 30, 1 << 31]),
        ("/large", &[(1 << 57) - 1]),
        ("/empty", &[0, 1 << 60]),
    ];
    for (name, shape) in shapes {
        create(&input, name, shape, |list| {
            // The library makes no contiguous dataset of so many bytes that they wrap.
            if let [_, _] = shape {
                // SAFETY: a chunk of two dimensions.
                status(unsafe { H5Pset_chunk(list.raw(), 2, [64, 64].as_ptr()) }).unwrap();
            }
        });
    }
    stack(&input, "/virtual", 1 << 57, &[(".", "/none")]);
    let file = described(&input);
    for name in ["/rows", "/wide", "/wraps", "/virtual"] {
        assert!(refusal(find(&file, name)).contains("2^60 bytes"), "{name}");
    }
    let layout = |path| &find(&file, path).layout;
    assert!(matches!(layout("/large"), Layout::Contiguous { segments } if segments.is_empty()));
    assert!(matches!(layout("/empty"), Layout::Chunked(table) if table.entries.is_empty()));
}

#[test]
fn what_was_never_written_has_no_address_behind_a_user_block() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    locked(|| {
        let (name, access) = (c_path(&input).unwrap(), file_access().unwrap());
        // SAFETY: open lists and a text that lives through the call.
        unsafe {
            let list = Id::new(H5Pcreate(*H5P_CLS_FILE_CREATE)).unwrap();
            status(H5Pset_userblock(list.raw(), 1024)).unwrap();
            let file = H5Fcreate(name.as_ptr(), H5F_ACC_TRUNC, list.raw(), access.raw());
            Id::new(file).unwrap();
        }
    });
    create(&input, "/never", &[9], |_| ());
    let file = described(&input);
    let found = find(&file, "/never");
    assert_eq!(found.shape, [9]);
    let layout = &found.layout;
    assert!(matches!(layout, Layout::Contiguous { segments } if segments.is_empty()));
}

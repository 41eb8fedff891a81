//! Files of other writers: what the library can store and this crate's writer does not.

mod support;

use std::path::Path;

use hdf5_metno::dataset::Layout as Stored;
use hdf5_metno::filters::ScaleOffset;
use hdf5_metno::{Extent, File, Result, SimpleExtents};
use support::{Folder, Values, open, read_all, selection};

/// Everything that `write` makes is closed before the file is.
fn written(path: &Path, write: impl FnOnce(&File) -> Result<()>) -> Result<()> {
    let file = File::create(path)?;
    write(&file)?;
    file.close()
}

fn counting() -> Vec<i32> {
    (0..100).map(|i| i * 3 - 50).collect()
}

fn expected() -> Vec<Values> {
    vec![Values::I64(counting().into_iter().map(i64::from).collect())]
}

#[test]
fn compact_scale_offset_and_nbit_need_no_library() -> Result<()> {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    let flags: Vec<bool> = (0..100).map(|i| i % 3 == 0).collect();
    written(&path, |file| {
        let compact = file.new_dataset::<i32>().shape(100).layout(Stored::Compact);
        compact.create("compact")?.write_raw(&counting())?;
        let packed = file.new_dataset::<i32>().shape(100).chunk(30);
        let packed = packed.scale_offset(ScaleOffset::Integer(0));
        packed.create("packed")?.write_raw(&counting())?;
        let bits = file.new_dataset::<i32>().shape(100).chunk(30).nbit();
        bits.create("bits")?.write_raw(&counting())?;
        let compact = file
            .new_dataset::<bool>()
            .shape(100)
            .layout(Stored::Compact);
        compact.create("flags")?.write_raw(&flags)?;
        Ok(())
    })?;
    for name in ["compact", "packed", "bits"] {
        assert_eq!(read_all(&path, &[name], 7), expected(), "{name}");
    }
    assert_eq!(read_all(&path, &["flags"], 7), [Values::Bool(flags)]);
    let names = ["compact", "packed", "bits", "flags"];
    let source = open(&[&path]).select(&selection(&names, 10)).unwrap();
    assert_eq!(source.through_library(), []);
    Ok(())
}

#[test]
fn checksums_and_every_filter_together() -> Result<()> {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    written(&path, |file| {
        let dataset = file.new_dataset::<i32>().shape(100).chunk(30);
        let dataset = dataset.shuffle().deflate(6).fletcher32();
        dataset.create("x")?.write_raw(&counting())?;
        Ok(())
    })?;
    assert_eq!(read_all(&path, &["x"], 11), expected());
    Ok(())
}

#[test]
fn an_unlimited_dimension_that_is_not_the_first() -> Result<()> {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    let values: Vec<i32> = (0..6 * 7 * 5).collect();
    let file = File::with_options()
        .with_fapl(|list| list.libver_latest())
        .create(&path)?;
    // The extents now, and those that each dimension may come to have.
    let most = [
        ("first", [None, Some(7), Some(5)]),
        ("second", [Some(6), None, Some(8)]),
        ("third", [Some(9), Some(7), None]),
    ];
    for (name, most) in most {
        let shape: Vec<Extent> = [6, 7, 5].into_iter().zip(most).map(Extent::from).collect();
        let shape = SimpleExtents::from_vec(shape);
        let dataset = file.new_dataset::<i32>().shape(shape).chunk((4, 2, 3));
        dataset.create(name)?.write_raw(&values)?;
    }
    file.close()?;
    for (name, _) in most {
        // Rows come by chunks.
        let columns = [name, "index(0)", "index(1)", "index(2)"];
        let read = read_all(&path, &columns, 11);
        let [
            Values::I64(read),
            Values::I64(i),
            Values::I64(j),
            Values::I64(k),
        ] = &read[..]
        else {
            panic!("{read:?}");
        };
        assert_eq!(read.len(), 6 * 7 * 5);
        let places = i.iter().zip(j).zip(k);
        for (value, ((i, j), k)) in read.iter().zip(places) {
            assert_eq!(*value, (i * 7 + j) * 5 + k, "{name}");
        }
    }
    Ok(())
}

#[test]
fn grown_and_shrunk_datasets_have_their_last_shape() -> Result<()> {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    written(&path, |file| {
        for (name, rows) in [("grown", 130), ("shrunk", 41)] {
            let dataset = file
                .new_dataset::<i32>()
                .shape((100..,))
                .chunk(30)
                .fill_value(-7);
            let dataset = dataset.create(name)?;
            dataset.write_raw(&counting())?;
            dataset.resize(rows)?;
        }
        Ok(())
    })?;
    let mut grown: Vec<i64> = counting().into_iter().map(i64::from).collect();
    let shrunk = grown[..41].to_vec();
    grown.resize(130, -7);
    assert_eq!(read_all(&path, &["grown"], 11), [Values::I64(grown)]);
    assert_eq!(read_all(&path, &["shrunk"], 11), [Values::I64(shrunk)]);
    Ok(())
}

#[test]
fn links_stay_within_the_file_and_never_go_in_circles() -> Result<()> {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    written(&path, |file| {
        let group = file.create_group("a/b")?;
        group
            .new_dataset::<i32>()
            .shape(100)
            .create("x")?
            .write_raw(&counting())?;
        file.link_soft("/a/b/x", "soft")?;
        file.link_soft("/a/b", "second")?;
        file.link_soft("/loop", "loop")?;
        file.link_soft("/nowhere", "dangling")?;
        file.link_hard("/a", "a/b/up")?;
        file.link_external(&folder.text("missing.h5"), "/x", "elsewhere")?;
        Ok(())
    })?;
    for name in ["soft", "a.b.x", "second.x", "a.b.up.b.x"] {
        assert_eq!(read_all(&path, &[name], 30), expected(), "{name}");
    }
    let catalog = open(&[&path]);
    let description = catalog.files().next().unwrap();
    let noted = |name: &str| description.notes.iter().any(|n| n.starts_with(name));
    assert!(noted("/loop") && noted("/dangling") && noted("/elsewhere"));
    let error = catalog.select(&selection(&["elsewhere"], 10)).unwrap_err();
    assert!(error.is_request() && error.to_string().contains("missing.h5"));
    Ok(())
}

/// `H5Pset_chunk_opts` has no safe wrapper.
#[allow(unsafe_code, reason = "the HDF5 library is a C library")]
fn dataset_with_unfiltered_edges(file: &File, values: &[f64; 35]) {
    use hdf5_metno_sys::{h5d, h5p, h5s, h5t};
    let (shape, chunk) = ([7, 5], [4, 2]);
    hdf5_metno::sync::sync(|| {
        // SAFETY: two extents each, and as many values as the shape has.
        unsafe {
            let list = h5p::H5Pcreate(*h5p::H5P_CLS_DATASET_CREATE);
            assert!(h5p::H5Pset_chunk(list, 2, chunk.as_ptr()) >= 0);
            assert!(h5p::H5Pset_deflate(list, 4) >= 0);
            let options = h5d::H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS;
            assert!(h5p::H5Pset_chunk_opts(list, options) >= 0);
            let space = h5s::H5Screate_simple(2, shape.as_ptr(), std::ptr::null());
            let kind = *h5t::H5T_IEEE_F64BE;
            let id = h5d::H5Dcreate2(file.id(), c"x".as_ptr(), kind, space, 0, list, 0);
            let memory = *h5t::H5T_NATIVE_DOUBLE;
            assert!(h5d::H5Dwrite(id, memory, 0, 0, 0, values.as_ptr().cast()) >= 0);
            assert!(h5d::H5Dclose(id) >= 0);
        }
    });
}

#[test]
fn chunks_over_the_edge_may_be_unfiltered() -> Result<()> {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    let values: [f64; 35] = std::array::from_fn(|i| f64::from(u8::try_from(i).unwrap()));
    written(&path, |file| {
        dataset_with_unfiltered_edges(file, &values);
        Ok(())
    })?;
    for k in 0..5 {
        let column = values.iter().copied().skip(k).step_by(5).collect();
        let name = format!("x[:,{k}]");
        assert_eq!(read_all(&path, &[&name], 3), [Values::F64(column)]);
    }
    Ok(())
}

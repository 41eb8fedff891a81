//! Collections of the global heap where no other program puts them.

use hdf5_metno_sys::h5a::{H5Acreate2, H5Awrite};
use hdf5_metno_sys::h5ac::H5AC_cache_image_config_t;
use hdf5_metno_sys::h5f::{H5F_ACC_TRUNC, H5F_libver_t, H5Fcreate};
use hdf5_metno_sys::h5p::{H5Pset_libver_bounds, H5Pset_mdc_image_config};
use hdf5_metno_sys::h5t::{H5T_C_S1, H5T_VARIABLE, H5Tcopy, H5Tset_size};

use super::*;
use crate::description::AttributeData;

/// A file with an attribute of a text of variable length, and all metadata once more in one
/// block, which the library reads in place of it.
fn with_a_stored_cache(path: &Path) {
    locked(|| {
        let (name, access) = (c_path(path).unwrap(), file_access().unwrap());
        let newest = H5F_libver_t::H5F_LIBVER_V110;
        let image = H5AC_cache_image_config_t {
            version: 1,
            generate_image: 1,
            save_resize_status: 0,
            entry_ageout: -1,
        };
        let text = c"kpc".as_ptr();
        // SAFETY: open identifiers, and a list and a text that live through the calls.
        unsafe {
            status(H5Pset_libver_bounds(access.raw(), newest, newest)).unwrap();
            status(H5Pset_mdc_image_config(access.raw(), &raw const image)).unwrap();
            let file = H5Fcreate(name.as_ptr(), H5F_ACC_TRUNC, H5P_DEFAULT, access.raw());
            let file = Id::new(file).unwrap();
            let (kind, space) = (Id::new(H5Tcopy(*H5T_C_S1)).unwrap(), space(&[1]));
            status(H5Tset_size(kind.raw(), H5T_VARIABLE)).unwrap();
            let made = H5Acreate2(
                file.raw(),
                c"units".as_ptr(),
                kind.raw(),
                space.raw(),
                H5P_DEFAULT,
                H5P_DEFAULT,
            );
            let made = Id::new(made).unwrap();
            status(H5Awrite(made.raw(), kind.raw(), (&raw const text).cast())).unwrap();
        }
    });
}

#[test]
fn a_damaged_collection_in_a_stored_cache_is_an_error() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    with_a_stored_cache(&input);
    let file = described(&input);
    let units = &file.groups[0].attributes[0];
    assert_eq!(units.value, AttributeData::Texts(vec!["kpc".into()]));

    let mut content = std::fs::read(&input).unwrap();
    let find = |content: &[u8], text: &[u8]| content.windows(text.len()).position(|w| w == text);
    let cache = find(&content, b"MDCI").unwrap();
    let collection = cache + find(&content[cache..], b"GCOL\x01").unwrap();
    // The first object behind the header of 16 bytes: free space of no bytes.
    content[collection + 16..collection + 32].fill(0);
    std::fs::write(&input, content).unwrap();
    let cause = match describe(&input, &OpenOptions::default()) {
        Ok(file) => file.unread[0].reason.clone(),
        Err(error) => error.to_string(),
    };
    let place = format!("the global heap collection at byte {collection} is damaged");
    assert!(cause.contains(&place), "{cause}");
}

//! Values that are read with a description: scales, texts and references.

use std::ffi::CStr;

use hdf5_metno::types::VarLenUnicode;
use hdf5_metno_sys::h5a::{H5Acreate2, H5Awrite};
use hdf5_metno_sys::h5o::H5Oopen;
use hdf5_metno_sys::h5r::{H5R_type_t, H5Rcreate, hobj_ref_t};
use hdf5_metno_sys::h5t::{H5T_STD_REF_OBJ, H5Tvlen_create, hvl_t};

use super::*;
use crate::description::AttributeData;
use crate::element::ElementClass;
use crate::write::AttributeValue;

/// Writes an attribute of lists of references, each to one object; an address of zero for
/// an empty name.
fn references(path: &Path, object: &str, attribute: &CStr, targets: &[&str]) {
    edit(path, |file| {
        let name = c_text(object).unwrap();
        let mut addresses: Vec<hobj_ref_t> = vec![0; targets.len()];
        for (address, target) in addresses.iter_mut().zip(targets) {
            let (place, target) = (std::ptr::from_mut(address), c_text(target).unwrap());
            let kind = H5R_type_t::H5R_OBJECT1;
            if !target.is_empty() {
                // SAFETY: room for one reference.
                let code =
                    unsafe { H5Rcreate(place.cast(), file.raw(), target.as_ptr(), kind, -1) };
                status(code).unwrap();
            }
        }
        let list = |a: &mut hobj_ref_t| hvl_t {
            len: 1,
            p: std::ptr::from_mut(a).cast(),
        };
        let lists: Vec<hvl_t> = addresses.iter_mut().map(list).collect();
        let space = space(&[lists.len() as u64]);
        // SAFETY: open identifiers, and lists that live through the call.
        unsafe {
            let object = Id::new(H5Oopen(file.raw(), name.as_ptr(), H5P_DEFAULT)).unwrap();
            let kind = Id::new(H5Tvlen_create(*H5T_STD_REF_OBJ)).unwrap();
            let made = H5Acreate2(
                object.raw(),
                attribute.as_ptr(),
                kind.raw(),
                space.raw(),
                H5P_DEFAULT,
                H5P_DEFAULT,
            );
            let made = Id::new(made).unwrap();
            status(H5Awrite(made.raw(), kind.raw(), lists.as_ptr().cast())).unwrap();
        }
    });
}

#[test]
fn scales_are_told_by_their_first_paths() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    let mut writer = FileWriter::create(&input).unwrap();
    let values = [0.0; 6];
    for name in ["/x", "/half", "/short", "/other"] {
        writer.dataset(name, &[3, 2], Values::F64(&values)).unwrap();
    }
    writer
        .dataset("/axes/row", &[3], Values::F64(&values[..3]))
        .unwrap();
    writer
        .dataset("/col", &[2], Values::F64(&values[..2]))
        .unwrap();
    writer
        .attribute("/other", "DIMENSION_LIST", AttributeValue::F64(1.5))
        .unwrap();
    writer.close().unwrap();
    let list = c"DIMENSION_LIST";
    references(&input, "/x", list, &["/axes/row", "/col"]);
    references(&input, "/half", list, &["", "/col"]);
    references(&input, "/short", list, &["/col"]);

    let file = described(&input);
    let scales = |path| find(&file, path).scales.clone();
    let some = |path: &str| Some(path.to_owned());
    assert_eq!(scales("/x"), [some("/axes/row"), some("/col")]);
    assert_eq!(scales("/half"), [None, some("/col")]);
    // One list for two dimensions, and a number: neither is a list of scales.
    assert!(scales("/short").is_empty() && scales("/other").is_empty());
    assert!(scales("/col").is_empty());
    assert_eq!(file.unread, []);
}

#[test]
fn short_lists_of_texts_are_read_where_pandas_names_columns() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    let texts = |count: usize| -> Vec<String> { (0..count).map(|i| format!("n{i}")).collect() };
    let mut writer = FileWriter::create(&input).unwrap();
    writer.strings("/table/names", &texts(3)).unwrap();
    writer.strings("/table/long", &texts(4097)).unwrap();
    writer.strings("/plain/names", &texts(3)).unwrap();
    writer.strings("/plain/block0_items", &texts(2)).unwrap();
    writer
        .dataset("/plain/axis0", &[2], Values::F64(&[1.0, 2.0]))
        .unwrap();
    writer
        .attribute(
            "/table",
            "pandas_type",
            AttributeValue::Text("frame".into()),
        )
        .unwrap();
    writer.close().unwrap();

    let file = described(&input);
    let read = |path| find(&file, path).texts.clone();
    assert_eq!(
        find(&file, "/table/names").element.class,
        ElementClass::VariableText
    );
    assert_eq!(read("/table/names"), texts(3));
    assert_eq!(read("/plain/block0_items"), texts(2));
    for path in ["/table/long", "/plain/names", "/plain/axis0"] {
        assert!(read(path).is_empty(), "{path}");
    }
    assert_eq!(file.unread, []);
}

#[test]
fn references_have_their_size_in_the_file_and_are_no_numbers() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    let mut writer = FileWriter::create(&input).unwrap();
    writer
        .dataset("/x", &[2], Values::F64(&[1.0, 2.0]))
        .unwrap();
    writer
        .references("/to", &["/x".into(), "/to_be".into()])
        .unwrap_err();
    writer
        .references("/again", &["/x".into(), "/".into()])
        .unwrap();
    writer.close().unwrap();

    let file = described(&input);
    let found = find(&file, "/again");
    assert_eq!(found.element.class, ElementClass::Other("reference".into()));
    assert_eq!((found.element.size, &found.shape[..]), (8, &[2][..]));
    assert_eq!(found.element.data_type(), None);
    let Layout::Contiguous { segments } = &found.layout else {
        panic!("{found:?}");
    };
    assert_eq!(segments.iter().map(|s| s.bytes).sum::<u64>(), 16);
    assert_eq!(file.unread, []);
}

#[test]
fn texts_that_claim_to_be_very_long_are_left_out() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    let mut writer = FileWriter::create(&input).unwrap();
    writer.dataset("/x", &[1], Values::F64(&[1.0])).unwrap();
    let long = "l".repeat(1 << 20);
    let texts = ["", "short", "of \u{e9}"].map(str::to_owned).to_vec();
    writer.attribute("/", "texts", texts.clone()).unwrap();
    writer
        .attribute("/", "longest", vec![long.clone(), String::new()])
        .unwrap();
    writer
        .attribute("/", "longer", vec![long, "1".to_owned()])
        .unwrap();
    writer.close().unwrap();

    let file = described(&input);
    let texts_of = |name: &str| {
        let found = file.groups[0].attributes.iter().find(|a| a.name == name);
        found.map(|a| match &a.value {
            AttributeData::Texts(texts) => texts.clone(),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(texts_of("texts"), Some(texts));
    assert_eq!(texts_of("longest").map(|t| t[0].len()), Some(1 << 20));
    assert_eq!(texts_of("longer"), None);
    assert_eq!(file.unread, []);
}

#[test]
fn a_text_that_claims_more_bytes_than_its_file_has_is_damage() {
    let folder = Folder::new();
    let input = folder.at("in/a.h5");
    // The older versions have no checksum over attributes.
    let file = hdf5_metno::File::with_options()
        .with_fapl(|list| list.libver_earliest())
        .create(&input)
        .unwrap();
    let text: VarLenUnicode = "u".repeat(77).parse().unwrap();
    let dataset = file.new_dataset::<f64>().shape(3).create("x").unwrap();
    let attribute = dataset.new_attr::<VarLenUnicode>().create("units");
    attribute.unwrap().write_scalar(&text).unwrap();
    drop(dataset);
    file.close().unwrap();
    assert_eq!(described(&input).unread, []);

    // A length, an address of eight bytes, and a number in the heap there.
    let mut bytes = std::fs::read(&input).unwrap();
    let is_length =
        |&i: &usize| bytes[i..i + 4] == [77, 0, 0, 0] && bytes[i + 12..i + 16] == [1, 0, 0, 0];
    let at = (0..bytes.len() - 16).find(is_length).unwrap();
    bytes[at..at + 4].fill(0xff);
    std::fs::write(&input, bytes).unwrap();
    let file = described(&input);
    let [unread] = &file.unread[..] else {
        panic!("{:?}", file.unread);
    };
    assert_eq!((unread.path.as_str(), unread.damaged), ("/x", true));
    assert!(
        unread
            .reason
            .contains("units: its texts claim to have 4294967295 bytes")
    );
    assert!(refusal(find(&file, "/x")).contains("claim"));
    let raw = OpenOptions {
        raw_values: true,
        ..OpenOptions::default()
    };
    let file = describe(&input, &raw).unwrap();
    assert_eq!(
        (find(&file, "/x").shape.as_slice(), &file.unread[..]),
        (&[3][..], &[][..])
    );
}

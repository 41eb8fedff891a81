//! What the writer writes, the reader reads, for every element type and codec.

mod support;

use support::{Folder, Values, open, read_all};
use terabin_core::batch::DataType;
use terabin_core::source::Source;
use terabin_hdf5::{
    ChunkedLayout, Codec, FileWriter, Selection, StoredType, Values as Written, encode,
};

const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip(4), Codec::Zstd(3), Codec::Lz4];

/// Every stored type, bytes of `n` elements of it, and the values that they are.
fn cases(n: u8) -> Vec<(StoredType, Vec<u8>, Values)> {
    let numbers = || (0..n).map(|i| i.wrapping_mul(37));
    let bytes = |f: &dyn Fn(u8) -> Vec<u8>| numbers().flat_map(f).collect::<Vec<u8>>();
    let signed = |f: &dyn Fn(u8) -> i64| Values::I64(numbers().map(f).collect());
    let unsigned = || Values::U64(numbers().map(u64::from).collect());
    vec![
        (
            StoredType::I8,
            bytes(&|v| vec![v]),
            signed(&|v| i64::from(v.cast_signed())),
        ),
        (
            StoredType::I16,
            bytes(&|v| (i16::from(v) - 99).to_le_bytes().into()),
            signed(&|v| i64::from(v) - 99),
        ),
        (
            StoredType::I32,
            bytes(&|v| (i32::from(v) - 99).to_le_bytes().into()),
            signed(&|v| i64::from(v) - 99),
        ),
        (
            StoredType::I64,
            bytes(&|v| (i64::from(v) - 99).to_le_bytes().into()),
            signed(&|v| i64::from(v) - 99),
        ),
        (StoredType::U8, bytes(&|v| vec![v]), unsigned()),
        (
            StoredType::U16,
            bytes(&|v| u16::from(v).to_le_bytes().into()),
            unsigned(),
        ),
        (
            StoredType::U32,
            bytes(&|v| u32::from(v).to_le_bytes().into()),
            unsigned(),
        ),
        (
            StoredType::U64,
            bytes(&|v| u64::from(v).to_le_bytes().into()),
            unsigned(),
        ),
        (
            StoredType::F32,
            bytes(&|v| (f32::from(v) / 3.0).to_le_bytes().into()),
            Values::F32(numbers().map(|v| f32::from(v) / 3.0).collect()),
        ),
        (
            StoredType::F64,
            bytes(&|v| (f64::from(v) / 3.0).to_le_bytes().into()),
            Values::F64(numbers().map(|v| f64::from(v) / 3.0).collect()),
        ),
        (
            StoredType::Bool,
            bytes(&|v| vec![v & 1]),
            Values::Bool(numbers().map(|v| v & 1 == 1).collect()),
        ),
    ]
}

#[test]
fn contiguous_rows_of_every_type() {
    let folder = Folder::new();
    for (stored, bytes, expected) in cases(200) {
        let path = folder.path("a.h5");
        let mut writer = FileWriter::create(&path).unwrap();
        let handle = writer.create_contiguous("/t/v", stored, &[200]).unwrap();
        let (first, rest) = bytes.split_at(50 * stored.size());
        writer.write_rows(handle, 50, rest).unwrap();
        writer.write_rows(handle, 0, first).unwrap();
        writer.close().unwrap();
        assert_eq!(read_all(&path, &["v"], 64), [expected], "{stored:?}");
    }
}

#[test]
fn chunks_of_every_type_and_codec() {
    let folder = Folder::new();
    for codec in CODECS {
        for (stored, bytes, expected) in cases(200) {
            let path = folder.path("a.h5");
            let mut writer = FileWriter::create(&path).unwrap();
            let layout = ChunkedLayout {
                element: stored,
                shape: vec![200],
                chunk: vec![64],
                codec,
            };
            let handle = writer.create_chunked("/t/v", &layout).unwrap();
            for (i, piece) in bytes.chunks(64 * stored.size()).enumerate() {
                let mut chunk = piece.to_vec();
                chunk.resize(64 * stored.size(), 0xee);
                let packed = encode(codec, stored.size(), &chunk).unwrap();
                writer
                    .write_chunk(handle, &[64 * i as u64], &packed)
                    .unwrap();
            }
            writer.close().unwrap();
            for batch_rows in [1, 7, 64, 1000] {
                let found = read_all(&path, &["t.v"], batch_rows);
                assert_eq!(found, std::slice::from_ref(&expected), "{codec} {stored:?}");
            }
        }
    }
}

#[test]
fn components_of_two_dimensions_with_ragged_edges() {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    let (rows, width) = (23_u64, 5_u64);
    let value = |row: u64, k: u64| f64::from(u32::try_from(row * 100 + k).unwrap());
    let mut writer = FileWriter::create(&path).unwrap();
    let layout = ChunkedLayout {
        element: StoredType::F64,
        shape: vec![rows, width],
        chunk: vec![4, 2],
        codec: Codec::Gzip(1),
    };
    let handle = writer.create_chunked("/t/chunked", &layout).unwrap();
    for (r, k) in (0..6).flat_map(|r| (0..3).map(move |k| (r * 4, k * 2))) {
        let cell = |i: u64| value(r + i / 2, k + i % 2).to_le_bytes();
        let chunk: Vec<u8> = (0..8).flat_map(cell).collect();
        let packed = encode(Codec::Gzip(1), 8, &chunk).unwrap();
        writer.write_chunk(handle, &[r, k], &packed).unwrap();
    }
    let all: Vec<f64> = (0..rows)
        .flat_map(|r| (0..width).map(move |k| value(r, k)))
        .collect();
    writer
        .dataset("/t/plain", &[rows, width], Written::F64(&all))
        .unwrap();
    writer.close().unwrap();
    let names = ["chunked[:,4]", "plain[:,1]", "chunked[:,0]", "plain[:,4]"];
    let expected = [4, 1, 0, 4].map(|k| Values::F64((0..rows).map(|r| value(r, k)).collect()));
    assert_eq!(read_all(&path, &names, 7), expected);
}

/// Pieces that begin and end within rows and planes.
#[test]
fn values_written_piece_by_piece_arrive_in_order() {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    let values: Vec<i64> = (0..210).collect();
    let mut writer = FileWriter::create(&path).unwrap();
    for (name, pieces) in [
        ("a", &[210][..]),
        ("b", &[1, 4, 40, 35, 100, 30]),
        ("c", &[105, 0, 105]),
    ] {
        let mut rest = values.as_slice();
        let mut stream = writer
            .value_stream(name, StoredType::I64, &[5, 6, 7])
            .unwrap();
        for &length in pieces {
            let piece;
            (piece, rest) = rest.split_at(length);
            stream.write(Written::I64(piece)).unwrap();
        }
        stream.close().unwrap();
    }
    writer.close().unwrap();
    let expected = vec![Values::I64(values); 3];
    assert_eq!(read_all(&path, &["a", "b", "c"], 64), expected);
}

#[test]
fn values_that_do_not_fill_a_dataset_are_refused() {
    let folder = Folder::new();
    let mut writer = FileWriter::create(&folder.path("a.h5")).unwrap();
    let mut stream = |name| writer.value_stream(name, StoredType::F64, &[2, 2]).unwrap();
    let mut long = stream("long");
    long.write(Written::F64(&[0.0; 3])).unwrap();
    let error = long.write(Written::F64(&[0.0; 2])).unwrap_err().to_string();
    assert!(error.contains("2 values from 3 on"), "{error}");
    let error = long.close().unwrap_err().to_string();
    assert!(error.contains("3 values do not fill [2, 2]"), "{error}");
    assert!(stream("other").write(Written::I64(&[0])).is_err());
}

#[test]
fn a_float_that_is_narrow_in_one_file_arrives_wide_from_both() {
    let folder = Folder::new();
    let (a, b) = (folder.path("a.h5"), folder.path("b.h5"));
    for (path, values) in [(&a, Written::F32(&[0.1])), (&b, Written::F64(&[0.1]))] {
        let mut writer = FileWriter::create(path).unwrap();
        writer.dataset("x", &[1], values).unwrap();
        writer.close().unwrap();
    }
    let catalog = open(&[&a, &b]);
    let source = catalog
        .select(&Selection {
            columns: vec!["x".into()],
            ..Selection::default()
        })
        .unwrap();
    assert_eq!(source.schema().fields[0].data_type, DataType::F64);
    assert_eq!(
        support::read(&source, 10),
        [Values::F64(vec![f64::from(0.1_f32), 0.1])]
    );
}

#[test]
fn attributes_read_back() {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    let mut writer = FileWriter::create(&path).unwrap();
    writer.dataset("/g/x", &[2], Written::I64(&[1, 2])).unwrap();
    writer.attribute("/g/x", "units", "kg").unwrap();
    writer.attribute("/g", "scale", 2.5).unwrap();
    writer
        .attribute("/g", "columns", vec!["a".to_owned(), "bö".to_owned()])
        .unwrap();
    writer.attribute("/g", "flag", true).unwrap();
    writer.close().unwrap();
    let catalog = open(&[&path]);
    let file = catalog.files().next().unwrap();
    assert_eq!(file.datasets[0].text("units"), Some("kg"));
    let group = file.groups.iter().find(|g| g.path == "/g").unwrap();
    let found: Vec<String> = group
        .attributes
        .iter()
        .map(|a| format!("{} {:?}", a.name, a.value))
        .collect();
    assert_eq!(
        found,
        [
            "columns Texts([\"a\", \"bö\"])",
            "flag Bools([true])",
            "scale Floats([2.5])"
        ]
    );
}

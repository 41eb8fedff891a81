//! From names to columns: what is found, and how each wrong request is refused.

mod support;

use std::path::{Path, PathBuf};

use support::{Folder, Values, open, read, selection};
use terabin_core::source::Source;
use terabin_hdf5::{Catalog, FileWriter, Selection, TableSource, Values as Written};

fn write(path: &Path, datasets: &[(&str, &[u64], Written<'_>)]) {
    let mut writer = FileWriter::create(path).unwrap();
    for (name, shape, values) in datasets {
        writer.dataset(name, shape, *values).unwrap();
    }
    writer.strings("/Header/names", &["a".to_owned()]).unwrap();
    writer.close().unwrap();
}

fn snapshot(folder: &Folder) -> PathBuf {
    let path = folder.path("snap.h5");
    let six = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    write(
        &path,
        &[
            ("/PartType0/Masses", &[3], Written::F64(&six[..3])),
            ("/PartType0/Coordinates", &[3, 2], Written::F64(&six)),
            ("/PartType0/Cube", &[3, 2, 1], Written::F64(&six)),
            ("/PartType0/Scalar", &[], Written::F64(&six[..1])),
            ("/PartType1/Masses", &[2], Written::F64(&six[4..])),
            ("/PartType1/IDs", &[2], Written::I64(&[7, 8])),
            ("/time", &[4], Written::F64(&six[..4])),
        ],
    );
    path
}

fn select(catalog: &Catalog, table: Option<&str>, columns: &[&str]) -> Result<TableSource, String> {
    let table = table.map(str::to_owned);
    let wanted = Selection {
        table,
        ..selection(columns, 100)
    };
    catalog.select(&wanted).map_err(|error| {
        let text = error.to_string();
        assert!(error.is_request() && !text.contains('\n'), "{text}");
        text
    })
}

fn refusal(catalog: &Catalog, table: Option<&str>, columns: &[&str]) -> String {
    select(catalog, table, columns).err().unwrap()
}

#[test]
fn names_find_their_table() {
    let folder = Folder::new();
    let catalog = open(&[&snapshot(&folder)]);
    for (table, columns, expected) in [
        (None, vec!["PartType0.Masses"], vec![0.0, 1.0, 2.0]),
        (
            None,
            vec!["Masses", "Coordinates[:,0]"],
            vec![0.0, 1.0, 2.0],
        ),
        (None, vec!["Masses", "IDs"], vec![4.0, 5.0]),
        (None, vec!["time"], vec![0.0, 1.0, 2.0, 3.0]),
        (Some("PartType1"), vec!["Masses"], vec![4.0, 5.0]),
        (
            Some("/PartType1/"),
            vec!["PartType1.Masses"],
            vec![4.0, 5.0],
        ),
        (
            Some("PartType0/Coordinates"),
            vec!["Coordinates[:,1]"],
            vec![1.0, 3.0, 5.0],
        ),
        (
            Some("PartType*"),
            vec!["Masses"],
            vec![0.0, 1.0, 2.0, 4.0, 5.0],
        ),
    ] {
        let source = select(&catalog, table, &columns).unwrap();
        assert_eq!(
            read(&source, 10)[0],
            Values::F64(expected),
            "{table:?} {columns:?}"
        );
        assert_eq!(source.schema().fields[0].name, columns[0]);
    }
}

#[test]
fn wrong_names_are_refused_with_a_way_out() {
    let folder = Folder::new();
    let catalog = open(&[&snapshot(&folder)]);
    for (table, columns, words) in [
        (None, vec!["Masses"], "--table /PartType0"),
        (None, vec!["Mases"], "near names: Masses"),
        (
            None,
            vec!["PartType0/Masses"],
            "written with dots: PartType0.Masses",
        ),
        (None, vec!["IDs", "Coordinates[:,0]"], "no table has all"),
        (
            None,
            vec!["Coordinates"],
            "name one of them, such as Coordinates[:,0]",
        ),
        (None, vec!["Coordinates[:,2]"], "no [:,2]"),
        (None, vec!["time[:,0]"], "no components"),
        (None, vec!["Cube[:,0,0,7]"], "has one value for each row"),
        (None, vec!["Scalar"], "is a scalar"),
        (
            Some("PartType7"),
            vec![],
            "no file has the table PartType7; near names: PartType",
        ),
        (
            Some("PartType1"),
            vec!["Coordinates[:,0]"],
            "has no column Coordinates",
        ),
        (Some("Part[Type"), vec![], "not a valid pattern"),
    ] {
        let text = refusal(&catalog, table, &columns);
        assert!(text.contains(words), "{table:?} {columns:?}: {text}");
    }
}

#[test]
fn lengths_and_types_that_differ_are_refused() {
    let folder = Folder::new();
    let (a, b) = (folder.path("a.h5"), folder.path("b.h5"));
    write(
        &a,
        &[
            ("/t/x", &[2], Written::F64(&[1.0, 2.0])),
            ("/t/y", &[3], Written::F64(&[0.0; 3])),
        ],
    );
    write(&b, &[("/t/x", &[1], Written::I64(&[1]))]);
    let text = refusal(&open(&[&a]), None, &["x", "y"]);
    assert!(text.contains("/t/x has 2 rows but /t/y has 3"), "{text}");
    let text = refusal(&open(&[&a, &b]), None, &["x"]);
    assert!(
        text.contains("float64 in") && text.contains("int64 in"),
        "{text}"
    );
    let text = refusal(&open(&[&a, &b]), None, &["y"]);
    assert!(
        text.contains("b.h5: the table /t has no column y"),
        "{text}"
    );
}

#[test]
fn a_file_without_the_table_has_no_rows() {
    let folder = Folder::new();
    let (a, b) = (snapshot(&folder), folder.path("b.h5"));
    write(&b, &[("/other", &[1], Written::F64(&[1.0]))]);
    let source = select(&open(&[&a, &b]), Some("PartType1"), &["IDs"]).unwrap();
    assert_eq!(source.files_without_table(), [b]);
    assert_eq!(read(&source, 10), [Values::I64(vec![7, 8])]);
}

#[test]
fn without_names_the_longest_table_is_taken() {
    let folder = Folder::new();
    let catalog = open(&[&snapshot(&folder)]);
    let choice = catalog.default_table().unwrap();
    assert_eq!((choice.table.as_str(), choice.rows), ("/", 4));
    let others = [("/PartType0".to_owned(), 3), ("/PartType1".to_owned(), 2)];
    assert_eq!(choice.others, others);
    assert_eq!(select(&catalog, None, &[]).unwrap().rows(), 4);
    let names = catalog.numeric_columns("PartType0").unwrap();
    assert_eq!(names, ["Coordinates[:,0]", "Coordinates[:,1]", "Masses"]);
    assert!(catalog.has_column("Coordinates[:,1]") && !catalog.has_column("Velocities"));
}

//! netCDF-4, and every file with dimension scales: dimensions have names, by which
//! variables of fewer dimensions are repeated along the others.

use std::collections::{BTreeMap, BTreeSet};

use super::attributes::{meaning_of_attributes, place, places, text};
use super::plain::{Placed, columns, tables_besides};
use super::{ColumnAxis, Table, TableColumn};
use crate::description::{DatasetDescription, FileDescription};
use crate::element::{ElementClass, ElementType};
use crate::meaning::{Mask, Number};

/// What the attribute `NAME` of a dimension begins with that is no variable.
const NO_VARIABLE: &str = "This is a netCDF dimension but not a netCDF variable";
/// What the name of a variable begins with that is called like another dimension.
const NO_COORDINATE: &str = "_nc4_non_coord_";

/// The tables of a file with dimension scales: the variables of each group, and the
/// coordinates of the groups above it that run along their dimensions.
///
/// Variables mask, unpack and are times as their attributes say; without `_FillValue`
/// the default of netCDF masks where the library has set it.
pub(super) fn tables(file: &FileDescription) -> Option<Vec<Table>> {
    let is_netcdf = is_netcdf(file);
    let has_scales = |d: &DatasetDescription| is_scale(d) || d.scales.iter().any(Option::is_some);
    if !is_netcdf && !file.datasets.iter().any(has_scales) {
        return None;
    }
    let dimensions = Dimensions::of(file);
    let mut tables = tables_besides(file, |number, dataset| {
        Some(variables(&dimensions, is_netcdf, number, dataset))
    });
    add_coordinates(file, &mut tables);
    Some(tables)
}

/// Whether the library of netCDF has written the file.
fn is_netcdf(file: &FileDescription) -> bool {
    let root = file.groups.iter().find(|g| g.path == "/");
    let says = |name| root.is_some_and(|g| g.attributes.iter().any(|a| a.name == name));
    let numbered = |d: &DatasetDescription| d.attributes.iter().any(|a| a.name == "_Netcdf4Dimid");
    says("_NCProperties") || says("_nc3_strict") || file.datasets.iter().any(numbered)
}

fn is_scale(dataset: &DatasetDescription) -> bool {
    dataset.text("CLASS") == Some("DIMENSION_SCALE")
}

/// The names of dimensions, by the path of their scale and by the number of netCDF.
struct Dimensions<'a> {
    names: BTreeMap<&'a str, String>,
    numbers: BTreeMap<usize, &'a str>,
}

impl<'a> Dimensions<'a> {
    fn of(file: &'a FileDescription) -> Self {
        let scales = file.datasets.iter().filter(|d| is_scale(d));
        let named = file.datasets.iter().flat_map(|d| d.scales.iter().flatten());
        let paths: BTreeSet<&str> = scales
            .clone()
            .map(|d| d.path.as_str())
            .chain(named.map(String::as_str))
            .collect();
        let last = |path: &'a str| path.rsplit('/').next().unwrap_or(path);
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for &path in &paths {
            *uses.entry(last(path)).or_default() += 1;
        }
        // A group may have a dimension of the same name as one above it.
        let name = |path: &'a str| match uses.get(last(path)) {
            Some(1) => last(path).to_owned(),
            _ => super::dotted(path),
        };
        let number = |d: &'a DatasetDescription| {
            let number = place(&d.attributes, "_Netcdf4Dimid")?;
            Some((number, d.path.as_str()))
        };
        Self {
            names: paths.iter().map(|&path| (path, name(path))).collect(),
            numbers: scales.filter_map(number).collect(),
        }
    }

    /// The name of each dimension of a dataset, where the file has one.
    fn of_dataset(&self, dataset: &DatasetDescription) -> Vec<Option<String>> {
        let numbers = places(&dataset.attributes, "_Netcdf4Coordinates");
        let name = |dim: usize| {
            let attached = dataset.scales.get(dim).and_then(Option::as_deref);
            // A scale is attached to nothing; netCDF numbers its dimensions.
            let numbered = || self.numbers.get(numbers.get(dim)?).copied();
            let own = || (is_scale(dataset) && dim == 0).then_some(dataset.path.as_str());
            let path = attached.or_else(numbered).or_else(own)?;
            self.names.get(path).cloned()
        };
        (0..dataset.shape.len()).map(name).collect()
    }
}

fn variables(
    dimensions: &Dimensions<'_>,
    is_netcdf: bool,
    number: usize,
    dataset: &DatasetDescription,
) -> Vec<Placed> {
    if is_scale(dataset)
        && dataset
            .text("NAME")
            .is_some_and(|n| n.starts_with(NO_VARIABLE))
    {
        return Vec::new();
    }
    let names = dimensions.of_dataset(dataset);
    let variable = |mut column: TableColumn| {
        let name = |(dim, name)| ColumnAxis { dim, name };
        column.axes = names.iter().cloned().enumerate().map(name).collect();
        if text(&dataset.attributes, "_Unsigned") == Some("true") {
            unsigned(&mut column, dataset);
        }
        if is_netcdf {
            mask_default(&mut column, dataset);
        }
        if let Some(name) = column.last.strip_prefix(NO_COORDINATE).map(str::to_owned) {
            column = column.named(dataset.group(), &name);
        }
        (dataset.group().to_owned(), column)
    };
    columns(number, dataset).map(variable).collect()
}

/// Files of netCDF-3 have no unsigned integers, and say so of signed ones.
fn unsigned(column: &mut TableColumn, dataset: &DatasetDescription) {
    if column.leaf.element.class == ElementClass::Signed {
        column.leaf.element.class = ElementClass::Unsigned;
        column.meaning = meaning_of_attributes(dataset, &column.leaf);
    }
}

/// Masks what was never written, as netCDF does where a variable has no `_FillValue`.
fn mask_default(column: &mut TableColumn, dataset: &DatasetDescription) {
    let own = dataset.attributes.iter().any(|a| a.name == "_FillValue");
    if own || !column.leaf.name.is_empty() {
        return;
    }
    let default = default_fill(&dataset.element).filter(|(bytes, _)| {
        let mut stored = dataset.fill.clone();
        if dataset.element.big_endian {
            stored.reverse();
        }
        stored == *bytes
    });
    let default = default.map(|(_, value)| Mask::Equal(value));
    column.meaning.masks.extend(default);
}

/// The default fill value of netCDF for a type, in little-endian bytes and as a number;
/// bytes have none, since all their values may be data.
fn default_fill(element: &ElementType) -> Option<(Vec<u8>, Number)> {
    const FLOAT: f64 = 9.969_209_968_386_869e36;
    Some(match (&element.class, element.size) {
        (ElementClass::Signed, 2) => ((-32_767_i16).to_le_bytes().into(), Number::Signed(-32_767)),
        (ElementClass::Signed, 4) => {
            let fill = -2_147_483_647_i32;
            (fill.to_le_bytes().into(), Number::Signed(fill.into()))
        }
        (ElementClass::Signed, 8) => {
            let fill = -9_223_372_036_854_775_806_i64;
            (fill.to_le_bytes().into(), Number::Signed(fill))
        }
        (ElementClass::Unsigned, 2) => (u16::MAX.to_le_bytes().into(), Number::Unsigned(65_535)),
        (ElementClass::Unsigned, 4) => {
            let fill = u32::MAX;
            (fill.to_le_bytes().into(), Number::Unsigned(fill.into()))
        }
        (ElementClass::Unsigned, 8) => {
            let fill = u64::MAX - 1;
            (fill.to_le_bytes().into(), Number::Unsigned(fill))
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "both are the same power of two"
        )]
        (ElementClass::Float, 4) => ((FLOAT as f32).to_le_bytes().into(), Number::Float(FLOAT)),
        (ElementClass::Float, 8) => (FLOAT.to_le_bytes().into(), Number::Float(FLOAT)),
        _ => return None,
    })
}

/// Adds to each table the coordinates of the groups above it that it has no own ones for.
fn add_coordinates(file: &FileDescription, tables: &mut [Table]) {
    let is_coordinate = |c: &TableColumn| {
        let dataset = file.datasets.get(c.dataset);
        dataset.is_some_and(is_scale) && c.axes.len() == 1
    };
    let coordinates: Vec<(String, TableColumn)> = tables
        .iter()
        .flat_map(|t| t.columns.iter().map(|c| (t.path.clone(), c.clone())))
        .filter(|(_, c)| is_coordinate(c))
        .collect();
    for table in tables {
        let used: BTreeSet<Option<String>> = table
            .columns
            .iter()
            .flat_map(|c| c.axes.iter().map(|a| a.name.clone()))
            .collect();
        let own: BTreeSet<String> = table.columns.iter().map(|c| c.last.clone()).collect();
        let is_above = |path: &str| {
            let below = table.path.strip_prefix(path.trim_end_matches('/'));
            table.path != path && below.is_some_and(|rest| rest.starts_with('/'))
        };
        let missing = coordinates.iter().filter(|(path, column)| {
            let runs = column
                .axes
                .iter()
                .all(|a| a.name.is_some() && used.contains(&a.name));
            is_above(path) && runs && !own.contains(&column.last)
        });
        table.columns.extend(missing.map(|(_, c)| c.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{
        axis_names, column, dataset, file, float, group, names, signed, with,
    };
    use crate::meaning::{Packing, Time};

    fn scale(path: &str, length: u64, number: i64) -> DatasetDescription {
        let scale = with(
            dataset(path, &[length], float(8)),
            "CLASS",
            ["DIMENSION_SCALE"],
        );
        with(scale, "_Netcdf4Dimid", [number])
    }

    fn along(scales: &[&str], mut dataset: DatasetDescription) -> DatasetDescription {
        dataset.scales = scales.iter().map(|&s| Some(s.to_owned())).collect();
        dataset
    }

    fn climate() -> FileDescription {
        let all = ["/time", "/lat", "/lon"];
        let bounds = with(
            scale("/bnds", 2, 3),
            "NAME",
            [format!("{NO_VARIABLE}. 2").as_str()],
        );
        let time = scale("/time", 5, 0);
        let temperature = along(&all, dataset("/T", &[5, 3, 4], signed(2)));
        file(
            vec![group("/", &[("_NCProperties", "version=2")])],
            vec![
                with(temperature, "scale_factor", [0.5]),
                bounds,
                scale("/lat", 3, 1),
                scale("/lon", 4, 2),
                with(time, "units", ["days since 2000-01-01"]),
                along(
                    &["/time", "/bnds"],
                    dataset("/time_bnds", &[5, 2], float(8)),
                ),
                scale("/sub/lon", 7, 5),
                along(&["/time", "/sub/lon"], dataset("/sub/q", &[5, 7], float(8))),
                dataset("/sub/_nc4_non_coord_lat", &[9], float(8)),
            ],
        )
    }

    #[test]
    fn dimensions_have_the_names_of_their_scales() {
        let tables = tables(&climate()).unwrap();
        let of = |name| axis_names(column(&tables, name));
        assert_eq!(of("T"), ["time", "lat", "lon"]);
        assert_eq!(of("lat"), ["lat"]);
        assert_eq!(of("time_bnds"), ["time", "bnds"]);
        assert_eq!(of("sub.q"), ["time", "sub.lon"]);
        assert_eq!(of("sub.lat"), [""]);
    }

    #[test]
    fn a_group_sees_the_coordinates_above_it_and_no_dimension_without_a_variable() {
        let tables = tables(&climate()).unwrap();
        let expected = [
            ("/", vec!["T", "lat", "lon", "time", "time_bnds"]),
            ("/sub", vec!["sub.lon", "sub.q", "sub.lat", "time"]),
        ];
        assert_eq!(names(&tables), expected);
    }

    #[test]
    fn attributes_give_the_meaning() {
        let tables = tables(&climate()).unwrap();
        let packing = Packing {
            scale: 0.5,
            offset: 0.0,
        };
        assert_eq!(column(&tables, "T").meaning.packing, Some(packing));
        let day = Time::Ticks {
            tick: 86_400_000_000_000,
            epoch: 946_684_800_000_000_000,
        };
        assert_eq!(column(&tables, "time").meaning.time, Some(day));
    }

    #[test]
    fn scales_of_several_dimensions_are_numbered() {
        let wide = with(
            dataset("/name", &[3, 2], signed(1)),
            "CLASS",
            ["DIMENSION_SCALE"],
        );
        let wide = with(wide, "_Netcdf4Dimid", [1_i64]);
        let wide = with(wide, "_Netcdf4Coordinates", [1_i64, 3]);
        let tables = tables(&file(Vec::new(), vec![wide, scale("/chars", 2, 3)])).unwrap();
        assert_eq!(axis_names(column(&tables, "name")), ["name", "chars"]);
    }

    #[test]
    fn the_default_fill_value_masks_where_netcdf_has_set_it() {
        let masks = |netcdf: bool, fill: Vec<u8>| {
            let number = if netcdf { "_Netcdf4Dimid" } else { "number" };
            let scale = with(dataset("/x", &[5], signed(4)), "CLASS", ["DIMENSION_SCALE"]);
            let scale = DatasetDescription {
                fill,
                ..with(scale, number, [0_i64])
            };
            let tables = tables(&file(Vec::new(), vec![scale])).unwrap();
            column(&tables, "x").meaning.masks.clone()
        };
        let default = (-2_147_483_647_i32).to_le_bytes().to_vec();
        let mask = Mask::Equal(Number::Signed(-2_147_483_647));
        assert_eq!(masks(true, default.clone()), [mask]);
        assert_eq!(masks(true, vec![0; 4]), []);
        assert_eq!(masks(false, default), []);
    }

    #[test]
    fn signed_bytes_may_be_unsigned() {
        let bytes = with(scale("/x", 3, 0), "_Unsigned", ["true"]);
        let bytes = DatasetDescription {
            element: signed(1),
            ..with(bytes, "valid_range", [0_i64, -2])
        };
        let tables = tables(&file(Vec::new(), vec![bytes])).unwrap();
        let column = column(&tables, "x");
        assert_eq!(column.leaf.element.class, ElementClass::Unsigned);
        let expected = [
            Mask::Below(Number::Signed(0)),
            Mask::Above(Number::Unsigned(254)),
        ];
        assert_eq!(column.meaning.masks, expected);
    }

    #[test]
    fn a_file_without_scales_is_not_recognised() {
        let plain = file(vec![group("/", &[])], vec![dataset("/x", &[6], float(8))]);
        assert_eq!(tables(&plain), None);
    }
}

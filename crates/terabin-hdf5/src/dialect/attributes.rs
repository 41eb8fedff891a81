//! What the attributes of a dataset say of its values: fill values, valid ranges, packing
//! and units of time, by the conventions of netCDF.

use super::cf_time;
pub(super) use crate::description::text;
use crate::description::{Attribute, AttributeData, DatasetDescription};
use crate::element::{ElementClass, ElementType, Leaf};
use crate::meaning::{Mask, Meaning, Number, Packing};

/// What the values of a dataset stand for, by its attributes and the type of `leaf`.
///
/// `_FillValue`, `missing_value`, `valid_min`, `valid_max` and `valid_range` mask,
/// `scale_factor` and `add_offset` convert, `units` of time make a time of what is not
/// packed. They speak of numbers, and of a whole element: members of a compound have none.
///
/// <https://docs.unidata.ucar.edu/nug/current/attribute_conventions.html>
pub(super) fn meaning_of_attributes(dataset: &DatasetDescription, leaf: &Leaf) -> Meaning {
    let mut meaning = Meaning::of(&leaf.element);
    let Some(storage) = Storage::of(dataset, leaf) else {
        return meaning;
    };
    let attributes = &dataset.attributes;
    meaning.packing = packing(attributes);
    meaning.masks = masks(attributes, storage, meaning.packing.is_some());
    if meaning.packing.is_none() {
        let units = dataset.text("units");
        meaning.time = units.and_then(|u| cf_time::time(u, dataset.text("calendar")));
    }
    meaning
}

/// The texts of the attribute `name`; none where it has numbers.
pub(super) fn texts<'a>(attributes: &'a [Attribute], name: &str) -> &'a [String] {
    match attributes.iter().find(|a| a.name == name).map(|a| &a.value) {
        Some(AttributeData::Texts(texts)) => texts,
        _ => &[],
    }
}

/// The numbers of the attribute `name`; none where it has texts.
pub(super) fn numbers(attributes: &[Attribute], name: &str) -> Vec<Number> {
    match attributes.iter().find(|a| a.name == name).map(|a| &a.value) {
        Some(AttributeData::Signed(v)) => v.iter().map(|&n| Number::Signed(n)).collect(),
        Some(AttributeData::Unsigned(v)) => v.iter().map(|&n| Number::Unsigned(n)).collect(),
        Some(AttributeData::Floats(v)) => v.iter().map(|&n| Number::Float(n)).collect(),
        Some(AttributeData::Bools(v)) => v.iter().map(|&b| Number::Unsigned(b.into())).collect(),
        _ => Vec::new(),
    }
}

/// The first number of the attribute `name` as a place in a list.
pub(super) fn place(attributes: &[Attribute], name: &str) -> Option<usize> {
    places(attributes, name).first().copied()
}

/// The numbers of the attribute `name` as places in a list.
pub(super) fn places(attributes: &[Attribute], name: &str) -> Vec<usize> {
    let numbers = numbers(attributes, name).into_iter();
    let place = |number| match number {
        Number::Signed(n) => usize::try_from(n).ok(),
        Number::Unsigned(n) => usize::try_from(n).ok(),
        Number::Float(_) => None,
    };
    numbers.filter_map(place).collect()
}

/// What numbers of attributes are compared with.
#[derive(Clone, Copy)]
enum Storage {
    Single,
    Double,
    /// Integers; `wrapped` holds the bits of signed ones that are read as unsigned.
    Integer {
        wrapped: Option<u32>,
    },
}

impl Storage {
    fn of(dataset: &DatasetDescription, leaf: &Leaf) -> Option<Self> {
        if !leaf.name.is_empty() {
            return None;
        }
        let ElementType { class, size, .. } = &leaf.element;
        match (class, size) {
            (ElementClass::Float, ..=4) => Some(Self::Single),
            (ElementClass::Float, _) => Some(Self::Double),
            (ElementClass::Signed, _) => Some(Self::Integer { wrapped: None }),
            (ElementClass::Unsigned, &size) => {
                let signed = dataset.element.class == ElementClass::Signed;
                let bits = u32::try_from(size).unwrap_or(8).saturating_mul(8);
                let wrapped = signed.then_some(bits);
                Some(Self::Integer { wrapped })
            }
            _ => None,
        }
    }

    /// The number as a stored value has it; none where no stored value can equal it.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    fn fitted(self, number: Number) -> Option<Number> {
        match (self, number) {
            // An attribute 1e20 in double precision stands for the float32 next to it.
            (Self::Single, Number::Float(x)) => Some(Number::Float(f64::from(x as f32))),
            (Self::Single | Self::Double, Number::Signed(n)) => Some(Number::Float(n as f64)),
            (Self::Single | Self::Double, Number::Unsigned(n)) => Some(Number::Float(n as f64)),
            (
                Self::Integer {
                    wrapped: Some(bits),
                },
                Number::Signed(n),
            ) if n < 0 => {
                let modulus = 1_i128.checked_shl(bits)?;
                let n = i128::from(n).checked_add(modulus)?;
                u64::try_from(n).ok().map(Number::Unsigned)
            }
            (Self::Integer { .. }, Number::Float(x)) => {
                let limit = 9_007_199_254_740_992.0;
                let whole = x.fract() == 0.0 && x.abs() <= limit;
                whole.then_some(Number::Signed(x as i64))
            }
            (Self::Double | Self::Integer { .. }, number) => Some(number),
        }
    }
}

fn packing(attributes: &[Attribute]) -> Option<Packing> {
    let number = |name| match numbers(attributes, name).as_slice() {
        [number] => Some(real(*number)).filter(|x| x.is_finite()),
        _ => None,
    };
    let (scale, offset) = (number("scale_factor"), number("add_offset"));
    let packing = Packing {
        scale: scale.unwrap_or(1.0),
        offset: offset.unwrap_or(0.0),
    };
    // Integers that are packed by nothing stay integers.
    let nothing = Packing {
        scale: 1.0,
        offset: 0.0,
    };
    (packing != nothing).then_some(packing)
}

#[expect(clippy::cast_precision_loss)]
fn real(number: Number) -> f64 {
    match number {
        Number::Signed(n) => n as f64,
        Number::Unsigned(n) => n as f64,
        Number::Float(x) => x,
    }
}

fn masks(attributes: &[Attribute], storage: Storage, packed: bool) -> Vec<Mask> {
    let mut masks = Vec::new();
    for name in ["_FillValue", "missing_value"] {
        let values = numbers(attributes, name).into_iter();
        masks.extend(values.filter_map(|n| storage.fitted(n)).map(Mask::Equal));
    }
    let (mut low, mut high) = (None, None);
    if let [least, most] = numbers(attributes, "valid_range").as_slice() {
        (low, high) = (Some(*least), Some(*most));
    }
    let only = |name| numbers(attributes, name).first().copied();
    let (low, high) = (low.or(only("valid_min")), high.or(only("valid_max")));
    let limit = |limit: Option<Number>, round: fn(f64) -> f64| match (storage, limit?) {
        // A limit of the type of `scale_factor` is one of the unpacked values.
        (Storage::Integer { .. }, Number::Float(_)) if packed => None,
        (Storage::Integer { .. }, Number::Float(x)) => storage.fitted(Number::Float(round(x))),
        (_, number) => storage.fitted(number),
    };
    masks.extend(limit(low, f64::ceil).map(Mask::Below));
    masks.extend(limit(high, f64::floor).map(Mask::Above));
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{dataset, float, signed, unsigned, with};
    use crate::meaning::Time;

    fn meaning(dataset: &DatasetDescription) -> Meaning {
        meaning_of_attributes(dataset, &dataset.element.leaves()[0])
    }

    #[test]
    fn fill_values_take_the_form_of_stored_values() {
        let single = with(dataset("/x", &[5], float(4)), "_FillValue", [1e20]);
        let expected = Number::Float(f64::from(1e20_f32));
        assert_eq!(meaning(&single).masks, [Mask::Equal(expected)]);
        let whole = with(dataset("/x", &[5], signed(2)), "missing_value", [-9.0, 0.5]);
        let expected = Mask::Equal(Number::Signed(-9));
        assert_eq!(meaning(&whole).masks, [expected]);
    }

    #[test]
    fn limits_round_inwards() {
        let narrow = with(dataset("/x", &[5], signed(2)), "valid_range", [0.5, 9.5]);
        let expected = [
            Mask::Below(Number::Signed(1)),
            Mask::Above(Number::Signed(9)),
        ];
        assert_eq!(meaning(&narrow).masks, expected);
        let packed = with(narrow, "scale_factor", [0.1]);
        assert_eq!(meaning(&packed).masks, []);
    }

    #[test]
    fn packing_that_changes_nothing_is_none() {
        let same = with(dataset("/x", &[5], signed(2)), "scale_factor", [1.0]);
        assert_eq!(meaning(&same).packing, None);
        let moved = with(same, "add_offset", [0.5]);
        let expected = Packing {
            scale: 1.0,
            offset: 0.5,
        };
        assert_eq!(meaning(&moved).packing, Some(expected));
    }

    #[test]
    fn a_packed_time_stays_a_number() {
        let time = with(
            dataset("/t", &[5], signed(4)),
            "units",
            ["s since 1970-01-02"],
        );
        let expected = Time::Ticks {
            tick: 1_000_000_000,
            epoch: 86_400_000_000_000,
        };
        assert_eq!(meaning(&time).time, Some(expected));
        assert_eq!(meaning(&with(time, "scale_factor", [60.0])).time, None);
    }

    #[test]
    fn signed_values_read_as_unsigned_wrap_their_fill_value() {
        let stored = with(dataset("/x", &[5], signed(1)), "_FillValue", [-1_i64]);
        let leaf = Leaf {
            element: unsigned(1),
            ..stored.element.leaves()[0].clone()
        };
        let masks = meaning_of_attributes(&stored, &leaf).masks;
        assert_eq!(masks, [Mask::Equal(Number::Unsigned(255))]);
    }
}

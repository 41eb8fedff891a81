//! Filter 5: elements without the bits that their type does not use.
//!
//! The parameters are a tree of the element's type: numbers with byte order, precision
//! and offset, arrays, compounds, and bytes that are kept as they are. The used bits of
//! all numbers follow each other, the most significant first.

use super::DecodeError;
use super::bits::{Bits, store};

/// Decodes `input` into the beginning of `output` and gives the length.
///
/// The used bits are put back where the type has them, all others are zero: the sign of
/// a number is not extended.
pub(super) fn decode(
    values: &[u32],
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    let &[length, unneeded, count, ref tree @ ..] = values else {
        return Err(damaged("it needs at least 3 parameters"));
    };
    if usize::try_from(length).ok() != Some(values.len()) {
        return Err(damaged("its parameters are not as many as they say"));
    }
    if unneeded != 0 {
        output
            .get_mut(..input.len())
            .ok_or_else(too_long)?
            .copy_from_slice(input);
        return Ok(input.len());
    }
    let element = Tree(tree).field(DEPTH)?;
    let output = usize::try_from(count)
        .ok()
        .and_then(|n| n.checked_mul(element.size))
        .and_then(|length| output.get_mut(..length))
        .ok_or_else(too_long)?;
    output.fill(0);
    let mut bits = Bits::new(input);
    for out in output.chunks_exact_mut(element.size) {
        element
            .read(&mut bits, out)
            .ok_or_else(|| damaged("it is cut short"))?;
    }
    Ok(output.len())
}

/// Deepest nesting of arrays and compounds that is followed.
const DEPTH: usize = 32;

/// Most bytes of a number, far from where its count of bits would overflow.
const MAX_NUMBER: usize = 1 << 16;

const NUMBER: usize = 1;
const ARRAY: usize = 2;
const COMPOUND: usize = 3;
const BYTES: usize = 4;

/// A part of an element, of `size` bytes, at least one.
struct Field {
    size: usize,
    kind: Kind,
}

enum Kind {
    Number(Number),
    /// As many of the field as fit.
    Array(Box<Field>),
    /// Fields with their offsets, all inside.
    Compound(Vec<(usize, Field)>),
    Bytes,
}

struct Number {
    big_endian: bool,
    precision: u32,
    offset: u32,
}

/// The parameters not yet read.
struct Tree<'a>(&'a [u32]);

impl Tree<'_> {
    fn next(&mut self) -> Result<usize, DecodeError> {
        let (&value, rest) = self
            .0
            .split_first()
            .ok_or_else(|| damaged("its parameters are cut short"))?;
        self.0 = rest;
        usize::try_from(value).map_err(|_| damaged("a parameter is out of range"))
    }

    /// Reads one field; no more than `depth` fields lie inside each other.
    fn field(&mut self, depth: usize) -> Result<Field, DecodeError> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| damaged("its types are nested too deeply"))?;
        let class = self.next()?;
        let size = self.next()?;
        if size == 0 {
            return Err(damaged("a type has no bytes"));
        }
        let kind = match class {
            NUMBER => Kind::Number(self.number(size)?),
            ARRAY => self.array(size, depth)?,
            COMPOUND => self.compound(size, depth)?,
            BYTES => Kind::Bytes,
            _ => return Err(damaged(&format!("type class {class} is unknown"))),
        };
        Ok(Field { size, kind })
    }

    fn number(&mut self, size: usize) -> Result<Number, DecodeError> {
        let (order, precision, offset) = (self.next()?, self.next()?, self.next()?);
        let used = precision.checked_add(offset);
        let inside = used.is_some_and(|bits| bits.div_ceil(8) <= size);
        if precision == 0 || !inside || order > 1 || size > MAX_NUMBER {
            return Err(damaged("a number does not fit its type"));
        }
        let narrow = |bits| u32::try_from(bits).map_err(|_| damaged("a number is too long"));
        Ok(Number {
            big_endian: order == 1,
            precision: narrow(precision)?,
            offset: narrow(offset)?,
        })
    }

    fn array(&mut self, size: usize, depth: usize) -> Result<Kind, DecodeError> {
        let mut each = self.field(depth)?;
        if let Kind::Bytes = each.kind {
            each.size = size;
        }
        if !size.is_multiple_of(each.size) {
            return Err(damaged("an array is no whole number of its elements"));
        }
        Ok(Kind::Array(Box::new(each)))
    }

    fn compound(&mut self, size: usize, depth: usize) -> Result<Kind, DecodeError> {
        let count = self.next()?;
        let mut members = Vec::new();
        // Members that overlap would make small elements take long to decode.
        let mut room = size;
        for _ in 0..count {
            if members.last().is_some_and(|(_, last)| is_lost_after(last)) {
                return Err(damaged(
                    "the HDF5 library loses members after nested arrays",
                ));
            }
            let offset = self.next()?;
            let member = self.field(depth)?;
            let end = offset.checked_add(member.size);
            room = room
                .checked_sub(member.size)
                .filter(|_| end.is_some_and(|end| end <= size))
                .ok_or_else(|| damaged("a member does not fit its compound"))?;
            members.push((offset, member));
        }
        Ok(Kind::Compound(members))
    }
}

/// Whether a field ends with an array of arrays or of compounds. When the library writes
/// or reads a compound, it takes what follows such a member for a part of it again: the
/// bits of the other members are not in the file.
fn is_lost_after(field: &Field) -> bool {
    match &field.kind {
        Kind::Array(each) => matches!(each.kind, Kind::Array(_) | Kind::Compound(_)),
        Kind::Compound(members) => members.last().is_some_and(|(_, last)| is_lost_after(last)),
        Kind::Number(_) | Kind::Bytes => false,
    }
}

impl Field {
    /// Reads the field into its bytes; `None` when the bits end before it.
    fn read(&self, bits: &mut Bits, out: &mut [u8]) -> Option<()> {
        match &self.kind {
            Kind::Number(number) if self.size <= 8 => {
                let value = bits.take(number.precision)? << number.offset;
                store(value, number.big_endian, out);
            }
            Kind::Number(number) => number.read_wide(bits, out)?,
            Kind::Array(each) => {
                for out in out.chunks_exact_mut(each.size) {
                    each.read(bits, out)?;
                }
            }
            Kind::Compound(members) => {
                for (offset, member) in members {
                    let end = offset.checked_add(member.size)?;
                    member.read(bits, out.get_mut(*offset..end)?)?;
                }
            }
            Kind::Bytes => {
                for byte in out {
                    [*byte, ..] = bits.take(8)?.to_le_bytes();
                }
            }
        }
        Some(())
    }
}

impl Number {
    /// Reads a number of more than 8 bytes, byte by byte from the most significant.
    fn read_wide(&self, bits: &mut Bits, out: &mut [u8]) -> Option<()> {
        let end = self.offset + self.precision;
        for place in (self.offset / 8..end.div_ceil(8)).rev() {
            let low = self.offset.max(8 * place);
            let length = end.min(8 * place + 8) - low;
            let byte = bits.take(length)? << (low % 8);
            let place = usize::try_from(place).ok()?;
            let index = if self.big_endian {
                out.len().checked_sub(place + 1)?
            } else {
                place
            };
            [*out.get_mut(index)?, ..] = byte.to_le_bytes();
        }
        Some(())
    }
}

fn too_long() -> DecodeError {
    damaged("it claims more bytes than a chunk has")
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::damaged("nbit", reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bits::hex;
    use super::*;

    /// Chunks that the HDF5 library wrote: parameters, stored bytes, what it reads.
    fn chunks() -> [(Vec<u32>, Vec<u8>, Vec<u8>); 2] {
        let numbers = (
            vec![8, 0, 20, 1, 4, 1, 13, 5],
            hex("83047b66f5507b4a608735db3be647957fc416f17e1224c2c7a34982af5894dd70"),
            hex(
                "00020c0000023da000026f400002a0e00002d28000030420000335c000036760000399000003caa0\
                 0003fc4000002de000005f80000091200000c2c00000f46000012600000157a0000189400001bae0",
            ),
        );
        let compounds = (
            vec![
                29, 0, 3, 3, 20, 2, 0, 1, 4, 1, 13, 5, 5, 2, 14, 3, 7, 2, 0, 4, 2, 3, 2, 4, 1, 2,
                0, 11, 0,
            ],
            hex("e0ca0a1000ffe8286007ff800509095e7fe424357bff87d286855e3fea1a1d79ffa0"),
            hex(
                "00038320004142000000ff074143000100ff07000000002000424200bc02fe07424300bd02fe0700\
                 00007d20004342007805fd074343007905fd0700",
            ),
        );
        [numbers, compounds]
    }

    #[test]
    fn decodes_what_the_library_wrote() {
        for (values, stored, expected) in chunks() {
            let mut out = vec![0xAA; expected.len()];
            assert_eq!(decode(&values, &stored, &mut out), Ok(expected.len()));
            assert_eq!(out, expected);
            assert!(decode(&values, &stored, &mut out[1..]).is_err());
            // The library may store one byte more than it needs.
            assert!(decode(&values, &stored[..stored.len() - 2], &mut out).is_err());
        }
    }

    #[test]
    fn types_without_unused_bits_are_stored_as_they_are() {
        let mut out = [0; 4];
        assert_eq!(decode(&[3, 1, 9], &[1, 2, 3], &mut out), Ok(3));
        assert_eq!(out, [1, 2, 3, 0]);
        assert!(decode(&[3, 1, 9], &[0; 5], &mut out).is_err());
    }

    #[test]
    fn lies_are_errors() {
        let deep = [2, 4].repeat(40);
        for tree in [
            &[][..],
            &[1, 4, 0, 13],
            &[1, 0, 0, 0, 0],
            &[1, 4, 2, 13, 5],
            &[1, 4, 0, 0, 5],
            &[1, 4, 0, 30, 5],
            &[1, 4, 0, u32::MAX, u32::MAX],
            &[1, u32::MAX, 0, 1, u32::MAX],
            &[2, 4, 1, 3, 0, 13, 0],
            &[3, 4, 2, 0, 4, 4, 0, 4, 1],
            &[3, 4, 1, 2, 4, 4],
            &[3, 4, u32::MAX, 0, 4, 1],
            &[3, 9, 2, 0, 2, 4, 2, 4, 4, 2, 8, 4, 1],
            &[5, 4],
            &deep,
        ] {
            let length = u32::try_from(tree.len() + 3).unwrap();
            let values = [&[length, 0, 2], tree].concat();
            let found = decode(&values, &[0xFF; 64], &mut [0; 64]);
            assert!(found.is_err(), "{tree:?} gives {found:?}");
        }
        assert!(decode(&[9, 0, 1, 1, 4, 0, 13, 5], &[0; 8], &mut [0; 8]).is_err());
    }

    /// A type, from which its parameters and the order of its bits follow.
    #[derive(Clone, Debug)]
    enum Type {
        Number(usize, bool, usize, usize),
        Bytes(usize),
        Array(usize, Box<Type>),
        Compound(Vec<(usize, Type)>),
    }

    impl Type {
        fn size(&self) -> usize {
            match self {
                Type::Number(size, ..) | Type::Bytes(size) => *size,
                Type::Array(count, each) => count * each.size(),
                Type::Compound(members) => members.iter().map(|(gap, m)| gap + m.size()).sum(),
            }
        }

        fn is_last(&self) -> bool {
            match self {
                Type::Array(_, each) => matches!(**each, Type::Array(..) | Type::Compound(_)),
                Type::Compound(members) => members.last().unwrap().1.is_last(),
                _ => false,
            }
        }

        fn values(&self) -> Vec<u32> {
            let size = self.size();
            let (head, tail) = match self {
                &Type::Number(_, big, precision, offset) => {
                    (vec![1, size, usize::from(big), precision, offset], vec![])
                }
                Type::Bytes(_) => (vec![4, size], vec![]),
                Type::Array(_, each) => (vec![2, size], each.values()),
                Type::Compound(members) => {
                    let (mut at, mut tail) = (0, vec![]);
                    for (gap, member) in members {
                        tail.push(u32::try_from(at + gap).unwrap());
                        tail.extend(member.values());
                        at += gap + member.size();
                    }
                    (vec![3, size, members.len()], tail)
                }
            };
            let head = head.into_iter().map(|v| u32::try_from(v).unwrap());
            head.chain(tail).collect()
        }

        /// The byte and the bit in it of all used bits in the order in which they are stored.
        fn places(&self, at: usize, places: &mut Vec<(usize, usize)>) {
            match self {
                &Type::Number(size, big, precision, offset) => {
                    places.extend((offset..offset + precision).rev().map(|bit| {
                        let byte = if big { size - 1 - bit / 8 } else { bit / 8 };
                        (at + byte, bit % 8)
                    }));
                }
                Type::Bytes(size) => {
                    places.extend((0..8 * size).map(|i| (at + i / 8, 7 - i % 8)));
                }
                Type::Array(count, each) => {
                    (0..*count).for_each(|i| each.places(at + i * each.size(), places));
                }
                Type::Compound(members) => {
                    let mut at = at;
                    for (gap, member) in members {
                        member.places(at + gap, places);
                        at += gap + member.size();
                    }
                }
            }
        }
    }

    fn types() -> impl Strategy<Value = Type> {
        let number = (1..=18_usize, any::<bool>(), any::<u32>(), any::<u32>()).prop_map(
            |(size, big, precision, offset)| {
                let precision = 1 + precision as usize % (8 * size);
                let offset = offset as usize % (8 * size - precision + 1);
                Type::Number(size, big, precision, offset)
            },
        );
        let leaf = prop_oneof![4 => number, 1 => (1..5_usize).prop_map(Type::Bytes)];
        leaf.prop_recursive(4, 12, 4, |inner| {
            let members = prop::collection::vec((0..3_usize, inner.clone()), 1..4);
            prop_oneof![
                (1..4_usize, inner).prop_map(|(n, each)| Type::Array(n, Box::new(each))),
                members.prop_map(|mut members| {
                    let last = members.iter().position(|(_, m)| m.is_last());
                    members.truncate(last.map_or(members.len(), |i| i + 1));
                    Type::Compound(members)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_used_bit_goes_to_its_place(
            of in types(),
            count in 1..5_usize,
            noise in prop::collection::vec(any::<u8>(), 1..50),
        ) {
            let mut places = Vec::new();
            (0..count).for_each(|i| of.places(i * of.size(), &mut places));
            let input: Vec<u8> = noise.into_iter().cycle().take(places.len().div_ceil(8)).collect();
            let mut expected = vec![0; count * of.size()];
            for (i, (byte, bit)) in places.into_iter().enumerate() {
                expected[byte] |= (input[i / 8] >> (7 - i % 8) & 1) << bit;
            }
            let mut values = vec![0, 0, u32::try_from(count).unwrap()];
            values.extend(of.values());
            values[0] = u32::try_from(values.len()).unwrap();
            let mut out = vec![0xAA; expected.len()];
            prop_assert_eq!(decode(&values, &input, &mut out), Ok(out.len()));
            prop_assert_eq!(&out, &expected);
            prop_assert!(decode(&values, &input[1..], &mut out).is_err());
        }

        #[test]
        fn damage_is_an_error_or_a_chunk(
            which in 0..2_usize,
            place in any::<prop::sample::Index>(),
            value in prop_oneof![0..40_u32, any::<u32>()],
            input in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let [a, b] = chunks();
            let mut values = [a, b][which].0.clone();
            *place.get_mut(&mut values) = value;
            let mut out = [0; 100];
            if let Ok(length) = decode(&values, &input, &mut out) {
                prop_assert!(length <= out.len());
            }
        }
    }
}

use proptest::prelude::*;

use super::*;
use crate::decode::bits::hex;

/// The numbers in the chunks below: zeros, a slow rise, noise.
fn number(i: i64) -> i64 {
    match i {
        ..60 => 0,
        60..90 => (i - 60) / 3,
        _ => (i * i * 7919) % 401 - 200,
    }
}

fn numbers<const N: usize>(bytes: impl Fn(i64) -> [u8; N]) -> Vec<u8> {
    (0..100).flat_map(|i| bytes(number(i))).collect()
}

/// Chunks that the HDF5 library wrote, with their parameters and what it reads.
fn chunks() -> Vec<([u32; 4], Vec<u8>, Vec<u8>)> {
    vec![
        (
            [169, 8, 16, 10],
            hex(
                "c8000000000002000004000008000010000020000042000131083c4000e73847880031ce41f008df\
                 fa10049ffe1fff6ff6a0055ff756200ffb9000000000",
            ),
            numbers(|v| i16::try_from(v).unwrap().to_le_bytes()),
        ),
        (
            [149, 4, 32, 100],
            hex(
                "90010000000019c0401f2afffffe55fffffe80808081d01010103a0202020740404040e80808585f\
                 0907010ba161616080000780004040780c0c0c09c200194900000e80c0c0c1e02020243c848469f7\
                 8470a095ea917730001008",
            ),
            numbers(|v| (f32::from(i16::try_from(v).unwrap()) * 0.5).to_be_bytes()),
        ),
        (
            [169, 8, 64, 100],
            hex(
                "20030000000080004000200010000800000f0000a0407fff00a0ca2ffffff8000000000dfe000400\
                 000001e01c3800050001ffe0080100a1c3900d9ca4008ce439caf0fff66800000000cfe0200000e1\
                 11e1e00000180017f817f6001fc000000000",
            ),
            numbers(|v| (f64::from(i16::try_from(v).unwrap()) * 0.5).to_le_bytes()),
        ),
        (
            [177, 10, 20, 100],
            hex("9001000000004b00879ce439ce619ce7411998c88af2624f7d574db180"),
            numbers(|v| u32::try_from(v + 300).unwrap().to_be_bytes()),
        ),
    ]
}

#[test]
fn decodes_what_the_library_wrote() {
    for (values, stored, expected) in chunks() {
        let mut out = vec![0xAA; expected.len()];
        assert_eq!(decode(&values, &stored, &mut out), Ok(expected.len()));
        assert_eq!(out, expected);
        assert!(decode(&values, &stored, &mut out[1..]).is_err());
        for end in 0..stored.len() {
            let cut = decode(&values, &stored[..end], &mut out);
            assert!(cut.is_err() || out == expected, "cut to {end} bytes");
        }
    }
}

#[test]
fn lies_are_errors() {
    let stored = [8, 0, 0, 0, 0xE0, 1, 2, 3, 4, 5, 6, 7, 8];
    let mut out = [0; 8];
    assert_eq!(decode(&[0, 8, 8, 8], &stored, &mut out), Ok(8));
    for values in [
        &[0, 8, 8][..],
        &[0, 8, 8, 8, 8],
        &[0, 0, 8, 8],
        &[0, 7, 8, 8],
        &[0, 66, 8, 8],
        &[0, 8, 0, 8],
        &[0, 8, 33, 8],
        &[0, 8, 8, 0],
        &[0, 8, 9, 8],
    ] {
        assert!(decode(values, &stored, &mut out).is_err(), "{values:?}");
    }
    // Nine bytes are no whole number of 16-bit samples.
    assert!(decode(&[0, 8, 16, 8], &[9, 0, 0, 0, 0], &mut [0; 9]).is_err());
    // Two zero blocks in a scanline of one, and a pair beyond the last of the table.
    for start in [
        &[0b0000_0100][..],
        &[0b0001_0000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ] {
        let stored = [&[16, 0, 0, 0], start, &[0xFF; 40]].concat();
        assert!(decode(&[0, 8, 8, 8], &stored, &mut [0; 16]).is_err());
    }
}

/// Bits as text, for short.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn put(&mut self, value: u32, length: u32) {
        self.0
            .extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn unary(&mut self, zeros: u32) {
        self.0.extend((0..zeros).map(|_| false));
        self.0.push(true);
    }

    fn bytes(&self) -> Vec<u8> {
        let byte =
            |bits: &[bool]| (0..8).fold(0, |b, i| b << 1 | u8::from(bits.get(i) == Some(&true)));
        self.0.chunks(8).map(byte).collect()
    }
}

/// The standard's mapping of a step to a number that is not negative.
fn mapped(from: u32, to: u32, max: u32) -> u32 {
    let room = from.min(max - from);
    match (to.abs_diff(from), to >= from) {
        (step, true) if step <= room => 2 * step,
        (step, false) if step <= room => 2 * step - 1,
        (step, _) => room + step,
    }
}

/// Codes samples with the option for each block that `choices` takes, where it can.
fn encode(coding: Coding, samples: &[u32], choices: &[u8]) -> Vec<u8> {
    let mut out = Writer::default();
    let mut choices = choices.iter().copied().cycle();
    for line in samples.chunks(coding.scanline) {
        let blocks = coding.scanline.div_ceil(coding.block);
        let mut line = line.to_vec();
        line.resize(blocks * coding.block, line[line.len() - 1]);
        let mut codes = line.clone();
        if coding.predicted {
            for i in 1..line.len() {
                codes[i] = mapped(line[i - 1], line[i], coding.max());
            }
        }
        let mut done = 0;
        while done < blocks {
            done += encode_block(coding, &codes, done, choices.next().unwrap(), &mut out);
        }
    }
    out.bytes()
}

/// Writes the block after the first `done`, or a run of zero ones, and gives their number.
fn encode_block(coding: Coding, line: &[u32], done: usize, choice: u8, out: &mut Writer) -> usize {
    let first = usize::from(coding.predicted && done == 0);
    let block = &line[done * coding.block..][..coding.block];
    let zeros = line[done * coding.block + first..]
        .iter()
        .take_while(|&&c| c == 0)
        .count();
    let run = (zeros + first) / coding.block;
    let max = block[first..].iter().copied().max().unwrap_or(0);
    let k = u32::from(choice >> 2) % ((1 << coding.identifier) - 2);
    let reference = |out: &mut Writer| (0..first).for_each(|_| out.put(block[0], coding.depth));
    match choice % 4 {
        0 if run > 0 => {
            out.put(0, coding.identifier + 1);
            reference(out);
            let rest = (line.len() / coding.block - done).min(SEGMENT - done % SEGMENT);
            if run >= rest {
                out.unary(4);
                return rest;
            }
            out.unary(u32::try_from(if run < 5 { run - 1 } else { run }).unwrap());
            return run;
        }
        1 if max <= 6 => {
            out.put(1, coding.identifier + 1);
            reference(out);
            for (i, pair) in block.chunks(2).enumerate() {
                let a = if i == 0 && first == 1 { 0 } else { pair[0] };
                let sum = a + pair[1];
                out.unary(sum * (sum + 1) / 2 + pair[1]);
            }
        }
        2 if max >> k < 50 => {
            out.put(k + 1, coding.identifier);
            reference(out);
            for &c in &block[first..] {
                out.unary(c >> k);
            }
            for &c in &block[first..] {
                out.put(c, k);
            }
        }
        _ => {
            out.put(u32::MAX, coding.identifier);
            for &c in block {
                out.put(c, coding.depth);
            }
        }
    }
    1
}

/// The elements' bytes from the samples.
fn stored(coding: Coding, samples: &[u32]) -> Vec<u8> {
    let count = samples.len() / coding.planes;
    let element = |i: usize| {
        let mut bytes: Vec<u8> = (0..coding.planes)
            .flat_map(|p| {
                samples[p * count + i]
                    .to_le_bytes()
                    .into_iter()
                    .take(coding.width)
            })
            .collect();
        if coding.planes == 1 && coding.big_endian {
            bytes.reverse();
        }
        bytes
    };
    (0..count).flat_map(element).collect()
}

fn parameters() -> impl Strategy<Value = [u32; 4]> {
    let bits = prop_oneof![1..=32_u32, Just(64), Just(8), Just(16)];
    let block = (1..=32_u32).prop_map(|n| 2 * n);
    (0..=255_u32, block, bits, 1..=400_u32).prop_map(|(a, b, c, d)| [a, b, c, d])
}

proptest! {
    #[test]
    fn undoes_every_code_of_the_standard(
        values in parameters(),
        runs in prop::collection::vec((0..300_usize, any::<u32>(), 0..32_u32), 1..8),
        choices in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let coding = Coding::new(&values).unwrap();
        let mut samples = Vec::new();
        for (length, seed, shift) in runs {
            let noise = (0..length).map(|i| {
                let i = u32::try_from(i).unwrap();
                (seed.wrapping_mul(i * i + 1) >> shift) & coding.max()
            });
            samples.extend(noise);
        }
        samples.truncate(samples.len() / coding.planes * coding.planes);
        let expected = stored(coding, &samples);
        let mut input = u32::try_from(expected.len()).unwrap().to_le_bytes().to_vec();
        input.extend(encode(coding, &samples, &choices));
        let mut out = vec![0; expected.len()];
        prop_assert_eq!(decode(&values, &input, &mut out), Ok(expected.len()));
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn damage_is_an_error_or_a_chunk(
        which in 0..4_usize,
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        parameter in prop::option::of((0..4_usize, any::<u32>())),
    ) {
        let (mut values, mut stored, expected) = chunks().swap_remove(which);
        for (place, byte) in places {
            *place.get_mut(&mut stored) = byte;
        }
        if let Some((i, value)) = parameter {
            values[i] = value >> (value % 32);
        }
        let mut out = vec![0; expected.len()];
        if let Ok(length) = decode(&values, &stored, &mut out) {
            prop_assert!(length <= out.len());
        }
    }
}

//! From the selections of a mapping to blocks, and whether blocks overlap.

use super::selection::{MOST, Run};
use crate::description::VirtualBlock;

/// Adds the blocks of one mapping: the places of both sides in row-major order belong
/// together, one to one.
///
/// Dimensions along which a side has one place only do not count; the others must have
/// as many places on both sides, in the same order.
pub(super) fn join(
    target: &[Vec<Run>],
    source: &[Vec<Run>],
    number: usize,
    out: &mut Vec<VirtualBlock>,
) -> Result<(), String> {
    let running = |dims: &[Vec<Run>]| -> Vec<usize> {
        let many = |d: &usize| dims.get(*d).is_some_and(|r| total(r) != 1);
        (0..dims.len()).filter(many).collect()
    };
    let (to, from) = (running(target), running(source));
    let extents = |dims: &[usize], side: &[Vec<Run>]| -> Vec<u64> {
        dims.iter()
            .filter_map(|&d| side.get(d))
            .map(|r| total(r))
            .collect()
    };
    let (wanted, given) = (extents(&to, target), extents(&from, source));
    if wanted != given {
        return Err(format!("wants {wanted:?} elements and gets {given:?}"));
    }
    let mut pieces: Vec<Vec<Piece>> = Vec::new();
    for (dim, runs) in target.iter().enumerate() {
        let partner = to
            .iter()
            .position(|&t| t == dim)
            .and_then(|at| from.get(at));
        pieces.push(match partner.and_then(|&p| Some((p, source.get(p)?))) {
            Some((partner, source)) => refine(runs, source, partner),
            None => runs.iter().map(|&r| Piece::alone(r)).collect(),
        });
    }
    let first = |r: &Vec<Run>| r.first().map_or(0, |r| r.start);
    let block = VirtualBlock {
        start: Vec::new(),
        count: Vec::new(),
        source: number,
        source_start: source.iter().map(first).collect(),
        source_dims: vec![None; source.len()],
    };
    spread(&pieces, block, out)
}

fn total(runs: &[Run]) -> u64 {
    runs.iter().fold(0, |n, r| n.saturating_add(r.length))
}

/// Coordinates of the target that go with coordinates of the source.
#[derive(Clone, Copy)]
struct Piece {
    run: Run,
    /// The dimension of the source and where the piece begins there.
    source: Option<(usize, u64)>,
}

impl Piece {
    fn alone(run: Run) -> Self {
        Self { run, source: None }
    }
}

/// Cuts two lists of runs of the same total at the ends of both.
fn refine(target: &[Run], source: &[Run], dim: usize) -> Vec<Piece> {
    let (mut target, mut source) = (target.iter().copied(), source.iter().copied());
    let (mut to, mut from) = (target.next(), source.next());
    let mut pieces = Vec::new();
    while let (Some(t), Some(f)) = (to, from) {
        let length = t.length.min(f.length);
        pieces.push(Piece {
            run: Run {
                start: t.start,
                length,
            },
            source: Some((dim, f.start)),
        });
        to = rest(t, length).or_else(|| target.next());
        from = rest(f, length).or_else(|| source.next());
    }
    pieces
}

fn rest(run: Run, taken: u64) -> Option<Run> {
    let length = run.length.checked_sub(taken).filter(|&l| l > 0)?;
    Some(Run {
        start: run.start.saturating_add(taken),
        length,
    })
}

/// One block for each choice of one piece in every dimension.
fn spread(
    pieces: &[Vec<Piece>],
    block: VirtualBlock,
    out: &mut Vec<VirtualBlock>,
) -> Result<(), String> {
    let count = pieces
        .iter()
        .try_fold(1_usize, |n, p| n.checked_mul(p.len()));
    let within = count.and_then(|c| c.checked_add(out.len()));
    if within.is_none_or(|n| n > MOST) {
        return Err(format!("is made of more than {MOST} blocks"));
    }
    let mut blocks = vec![block];
    for dim in pieces {
        let number = blocks.first().map_or(0, |b| b.start.len());
        let with = |block: &VirtualBlock, piece: &Piece| {
            let mut block = block.clone();
            block.start.push(piece.run.start);
            block.count.push(piece.run.length);
            if let Some((partner, at)) = piece.source {
                if let Some(start) = block.source_start.get_mut(partner) {
                    *start = at;
                }
                if let Some(dim) = block.source_dims.get_mut(partner) {
                    *dim = Some(number);
                }
            }
            block
        };
        blocks = blocks
            .iter()
            .flat_map(|b| dim.iter().map(move |p| with(b, p)))
            .collect();
    }
    out.extend(blocks);
    Ok(())
}

/// Groups that no cut separates are compared pair by pair up to this size.
const PAIRS: usize = 1 << 12;

/// Whether no two blocks share a place; none where that would take too long to tell.
///
/// Blocks are cut apart along one dimension after the other, as tiles and stacks can be;
/// only a group that no dimension separates is compared pair by pair.
pub(super) fn are_disjoint(blocks: &[VirtualBlock]) -> Option<bool> {
    let rank = blocks.first().map_or(0, |b| b.start.len());
    let mut groups: Vec<Vec<&VirtualBlock>> = vec![blocks.iter().collect()];
    while let Some(group) = groups.pop() {
        if group.len() < 2 {
            continue;
        }
        let mut group = group;
        let parts = (0..rank).find_map(|dim| cut(&mut group, dim));
        match parts {
            Some(parts) => groups.extend(parts),
            None if group.len() > PAIRS => return None,
            None => {
                for (i, a) in group.iter().enumerate() {
                    if group.iter().skip(i + 1).any(|b| overlap(a, b)) {
                        return Some(false);
                    }
                }
            }
        }
    }
    Some(true)
}

/// The groups that places between them separate along a dimension; none where all of
/// them hang together.
fn cut<'a>(group: &mut [&'a VirtualBlock], dim: usize) -> Option<Vec<Vec<&'a VirtualBlock>>> {
    group.sort_by_key(|b| range(b, dim).0);
    let mut parts: Vec<Vec<&VirtualBlock>> = Vec::new();
    let mut reach = 0;
    for &block in group.iter() {
        let (start, end) = range(block, dim);
        match parts.last_mut() {
            Some(part) if start < reach => part.push(block),
            _ => parts.push(vec![block]),
        }
        reach = reach.max(end);
    }
    (parts.len() > 1).then_some(parts)
}

fn range(block: &VirtualBlock, dim: usize) -> (u64, u64) {
    let start = block.start.get(dim).copied().unwrap_or(0);
    let count = block.count.get(dim).copied().unwrap_or(0);
    (start, start.saturating_add(count))
}

fn overlap(a: &VirtualBlock, b: &VirtualBlock) -> bool {
    (0..a.start.len()).all(|dim| {
        let ((a, a_end), (b, b_end)) = (range(a, dim), range(b, dim));
        a < b_end && b < a_end
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn runs(pairs: &[(u64, u64)]) -> Vec<Run> {
        let run = |&(start, length)| Run { start, length };
        pairs.iter().map(run).collect()
    }

    /// The places of a side in row-major order.
    fn places(side: &[Vec<Run>]) -> Vec<Vec<u64>> {
        let mut places = vec![Vec::new()];
        for dim in side {
            let along: Vec<u64> = dim
                .iter()
                .flat_map(|r| r.start..r.start + r.length)
                .collect();
            let with = |p: &Vec<u64>, at: u64| p.iter().copied().chain([at]).collect();
            places = places
                .iter()
                .flat_map(|p| along.iter().map(move |&at| with(p, at)))
                .collect();
        }
        places
    }

    /// The pairs of places that blocks say.
    fn pairs(blocks: &[VirtualBlock]) -> Vec<(Vec<u64>, Vec<u64>)> {
        let mut pairs = Vec::new();
        for block in blocks {
            let side: Vec<_> = block.count.iter().map(|&c| runs(&[(0, c)])).collect();
            for at in places(&side) {
                let to = at.iter().zip(&block.start).map(|(a, s)| a + s).collect();
                let from = block.source_start.iter().zip(&block.source_dims);
                let from = from.map(|(s, d)| s + d.map_or(0, |d| at[d])).collect();
                pairs.push((to, from));
            }
        }
        pairs.sort();
        pairs
    }

    fn check(target: &[Vec<Run>], source: &[Vec<Run>]) {
        let mut blocks = Vec::new();
        join(target, source, 0, &mut blocks).unwrap();
        let mut expected: Vec<_> = places(target).into_iter().zip(places(source)).collect();
        expected.sort();
        assert_eq!(pairs(&blocks), expected);
        assert_eq!(are_disjoint(&blocks), Some(true));
    }

    #[test]
    fn places_meet_in_row_major_order() {
        let one = runs(&[(4, 1)]);
        check(&[runs(&[(5, 6)])], &[runs(&[(0, 6)])]);
        check(&[one.clone(), runs(&[(0, 6)])], &[runs(&[(2, 2), (8, 4)])]);
        check(
            &[runs(&[(0, 2), (4, 2)]), runs(&[(3, 3)])],
            &[
                runs(&[(1, 1), (3, 3)]),
                one.clone(),
                runs(&[(0, 1), (2, 2)]),
            ],
        );
        check(std::slice::from_ref(&one), &[one.clone(), one.clone()]);
        let wrong = join(
            &[runs(&[(0, 2)]), runs(&[(0, 3)])],
            &[runs(&[(0, 6)])],
            0,
            &mut Vec::new(),
        );
        assert!(wrong.is_err());
    }

    #[test]
    fn too_many_blocks_are_refused() {
        let apart: Vec<Run> = (0..2000)
            .map(|i| Run {
                start: 2 * i,
                length: 1,
            })
            .collect();
        let whole = runs(&[(0, 2000)]);
        let many = join(
            &[apart.clone(), apart],
            &[whole.clone(), whole],
            0,
            &mut Vec::new(),
        );
        assert!(many.unwrap_err().contains("blocks"));
    }

    fn block(start: &[u64], count: &[u64]) -> VirtualBlock {
        VirtualBlock {
            start: start.to_vec(),
            count: count.to_vec(),
            source: 0,
            source_start: Vec::new(),
            source_dims: Vec::new(),
        }
    }

    #[test]
    fn a_large_grid_of_tiles_is_disjoint() {
        let tile = |i: u64| block(&[(i / 300) * 4, (i % 300) * 5], &[4, 5]);
        let mut tiles: Vec<_> = (0..90_000).map(tile).collect();
        assert_eq!(are_disjoint(&tiles), Some(true));
        tiles.push(block(&[3, 4], &[1, 1]));
        assert_eq!(are_disjoint(&tiles), Some(false));
    }

    proptest! {
        #[test]
        fn overlaps_are_those_of_the_definition(
            ends in prop::collection::vec(((0_u64..6, 1_u64..4), (0_u64..6, 1_u64..4)), 0..9),
        ) {
            let blocks: Vec<_> = ends
                .iter()
                .map(|&((a, m), (b, n))| block(&[a, b], &[m, n]))
                .collect();
            let expected = blocks
                .iter()
                .enumerate()
                .all(|(i, a)| blocks.iter().skip(i + 1).all(|b| !overlap(a, b)));
            prop_assert_eq!(are_disjoint(&blocks), Some(expected));
        }
    }
}

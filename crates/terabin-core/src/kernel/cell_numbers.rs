//! What a loop asks of the cells of a block before it runs.

/// Checks that every cell number is below `cells`, once for a block of rows.
///
/// # Panics
/// A number that is not: a defect of the caller.
#[inline(always)]
pub fn assert_within(numbers: &[u32], cells: usize) {
    let largest = numbers.iter().fold(0, |largest: u32, &n| largest.max(n));
    assert!(
        numbers.is_empty() || (largest as usize) < cells,
        "every cell number is below the number of cells"
    );
}

/// Whether most rows lie in the cell of the row before.
#[inline(always)]
pub fn is_clustered(cells: &[u32]) -> bool {
    let before = cells.iter();
    let after = cells.iter().skip(1);
    let repeats: u32 = before.zip(after).map(|(a, b)| u32::from(a == b)).sum();
    repeats as usize * 2 > cells.len()
}

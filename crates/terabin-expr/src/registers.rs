//! Which buffer each step of a program writes to.

use terabin_core::batch::DataType;

use crate::bound::{Place, Step};

/// The register of every step but the last, and the type of every register.
///
/// A register is free again after the last step that reads it. A step never writes
/// to a register that it reads, so that both can be borrowed.
pub(crate) fn allocate(steps: &[Step]) -> (Vec<usize>, Vec<DataType>) {
    let last_reads = last_reads(steps);
    let mut types: Vec<DataType> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut registers: Vec<usize> = Vec::with_capacity(steps.len());
    for (now, step) in steps.iter().enumerate().take(steps.len().saturating_sub(1)) {
        let reusable = free.iter().position(|r| types[*r] == step.data_type);
        let register = if let Some(at) = reusable {
            free.swap_remove(at)
        } else {
            types.push(step.data_type);
            types.len() - 1
        };
        registers.push(register);
        for operand in &step.operands {
            if let Place::Step(read) = operand.place
                && last_reads[read] == now
                && !free.contains(&registers[read])
            {
                free.push(registers[read]);
            }
        }
    }
    (registers, types)
}

/// For every step, the last one that reads its result; itself if none does.
fn last_reads(steps: &[Step]) -> Vec<usize> {
    let mut last: Vec<usize> = (0..steps.len()).collect();
    for (now, step) in steps.iter().enumerate() {
        for operand in &step.operands {
            if let Place::Step(read) = operand.place {
                last[read] = now;
            }
        }
    }
    last
}

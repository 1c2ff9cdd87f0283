//! Where a task goes on that does not run, and with which registers: what the switch has saved on its stack
//! ([`SavedLayout`]). And the calls that it is in.

use bluekernel_abi::TaskState;
use bluekernel_abi::inspect::SavedLayout;

use crate::image::Image;
use crate::live::LiveTask;
use crate::memory::Memory;
use crate::table::KernelTable;
use crate::unwind::{self, Call};
use crate::unwind_riscv;

/// The symbol of the code at which a task goes on that an interrupt took the turn from, on RISC-V.
const RESUME: &str = "__bk_resume";

/// The registers of a task at the point where it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where it goes on.
    pub pc: u64,
    /// Whether that is where a call of the switch returns to; else it was interrupted there.
    pub is_return: bool,
    /// By number: r0 to r15 on Arm, x0 to x31 on RISC-V. `None` for what a called function may change, where the task has
    /// called the switch.
    pub registers: [Option<u64>; 32],
}

/// The registers of a task; `None` if it runs or was never started, its stack cannot be read, or the layout is not known.
pub fn of_task(image: &Image, table: &KernelTable, task: &LiveTask, memory: &mut dyn Memory) -> Option<Saved> {
    if matches!(task.state, None | Some(TaskState::Running | TaskState::Dormant)) {
        return None;
    }
    at(table.saved_layout?, task.saved_sp?, image.address_of(RESUME), memory)
}

/// The registers that lie at `saved_sp`. `resume` is the address of the symbol that [`SavedLayout::RiscV32`] names.
pub fn at(layout: SavedLayout, saved_sp: u64, resume: Option<u64>, memory: &mut dyn Memory) -> Option<Saved> {
    match layout {
        SavedLayout::Host => None,
        SavedLayout::CortexM => arm(Words { memory, at: saved_sp, width: 4 }, false),
        SavedLayout::CortexMFloat => arm(Words { memory, at: saved_sp, width: 4 }, true),
        SavedLayout::CortexMLimit => arm(Words { memory, at: saved_sp.checked_add(4)?, width: 4 }, true),
        SavedLayout::RiscV32 => riscv(Words { memory, at: saved_sp, width: 4 }, false, resume),
        SavedLayout::RiscV32Float => riscv(Words { memory, at: saved_sp, width: 4 }, true, resume),
        SavedLayout::RiscV64 => riscv(Words { memory, at: saved_sp, width: 8 }, false, resume),
        SavedLayout::RiscV64Float => riscv(Words { memory, at: saved_sp, width: 8 }, true, resume),
    }
}

/// The calls that a task is in, the innermost first, and whether they are guessed, for want of unwind tables.
pub fn calls(image: &Image, saved: &Saved, memory: &mut dyn Memory) -> (Vec<Call>, bool) {
    if image.architecture() == crate::Architecture::Arm {
        let value = |register: usize| saved.registers[register].unwrap_or(0) as u32;
        let registers = unwind::Registers { r: std::array::from_fn(value), psp: value(SP_OF_ARM) };
        return match unwind::Unwinder::new(image) {
            Some(unwinder) => (unwinder.calls(registers, memory), false),
            None => (unwind::guessed_calls(image, registers, memory), true),
        };
    }
    let registers = unwind_riscv::Registers { pc: saved.pc, x: saved.registers };
    match unwind_riscv::Unwinder::new(image) {
        Some(unwinder) => (unwinder.calls(registers, saved.is_return, memory), false),
        None => (unwind_riscv::guessed_calls(image, registers, saved.is_return, memory), true),
    }
}

const SP_OF_ARM: usize = 13;

/// Words of memory, from an address upwards.
struct Words<'a> {
    memory: &'a mut dyn Memory,
    at: u64,
    width: u8,
}

impl Words<'_> {
    fn next(&mut self) -> Option<u64> {
        let mut bytes = [0; 8];
        let read = self.memory.read(self.at, &mut bytes[..usize::from(self.width)]);
        self.skip(1)?;
        read.then(|| u64::from_le_bytes(bytes))
    }

    /// Puts the next words into these registers.
    fn fill(&mut self, registers: &mut [Option<u64>; 32], numbers: &[usize]) -> Option<()> {
        for number in numbers {
            registers[*number] = Some(self.next()?);
        }
        Some(())
    }

    fn skip(&mut self, words: u64) -> Option<()> {
        self.at = self.at.checked_add(words * u64::from(self.width))?;
        Some(())
    }
}

/// r4 to r11, perhaps EXC_RETURN and s16 to s31, and the frame that the core stacked.
fn arm(mut words: Words<'_>, with_exc_return: bool) -> Option<Saved> {
    /// EXC_RETURN: the frame has no floating-point registers.
    const BASIC: u64 = 1 << 4;
    /// In the stacked xPSR: a word was left out to align the frame.
    const ALIGNED: u64 = 1 << 9;
    let mut registers = [None; 32];
    words.fill(&mut registers, &[4, 5, 6, 7, 8, 9, 10, 11])?;
    let floats = with_exc_return && words.next()? & BASIC == 0;
    words.skip(if floats { 16 } else { 0 })?;
    words.fill(&mut registers, &[0, 1, 2, 3, 12, 14, 15])?;
    let padding = u64::from(words.next()? & ALIGNED != 0);
    words.skip(if floats { 18 } else { 0 } + padding)?;
    registers[SP_OF_ARM] = Some(words.at);
    Some(Saved { pc: registers[15]? & !1, is_return: false, registers })
}

/// The call of a switch, and behind it perhaps the trap that made it.
fn riscv(mut words: Words<'_>, floats: bool, resume: Option<u64>) -> Option<Saved> {
    /// mstatus.FS: dirty.
    const DIRTY: u64 = 3 << 13;
    let begin = words.at;
    let width = u64::from(words.width);
    // Parts are multiples of 16 bytes.
    let part = |words: u64| (words * width).next_multiple_of(16);
    let mut registers = [None; 32];
    registers[0] = Some(0);
    words.fill(&mut registers, &[1, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27])?;
    let has_floats = floats && words.next()? & DIRTY == DIRTY;
    words.at = begin.checked_add(part(14) + if has_floats { part(13) } else { 0 })?;
    let pc = registers[1]?;
    if resume != Some(pc) {
        registers[2] = Some(words.at);
        return Some(Saved { pc, is_return: true, registers });
    }
    let trap = words.at;
    let (pc, status) = (words.next()?, words.next()?);
    let floats = if floats && status & DIRTY == DIRTY { part(22) } else { 0 };
    words.at = trap.checked_add(floats + 2 * width)?;
    words.fill(&mut registers, &[1, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31])?;
    registers[2] = Some(trap.checked_add(floats + part(19))?);
    Some(Saved { pc, is_return: false, registers })
}

#[cfg(test)]
mod tests;

//! The call stack of a halted Cortex-M core: from frame to frame by `.debug_frame`, through exceptions by the frame that
//! the core stacks (Armv7-M Architecture Reference Manual, DDI 0403E, B1.5.6 to B1.5.8).
//!
//! Memory is only read, and every step is checked: a smashed stack ends the list, it never ends the program.

use std::ops::Range;

use gimli::{CfaRule, FrameDescriptionEntry, RegisterRule};

use crate::image::{Architecture, Image};
use crate::memory::Memory;
use crate::tables::{Reader, Tables};

/// More calls than this are taken for a loop in a smashed stack.
pub(crate) const MOST_CALLS: usize = 128;
/// Words of the stack that are searched for return addresses where there are no tables.
pub(crate) const MOST_WORDS: u32 = 256;
/// Guesses beyond this say nothing.
pub(crate) const MOST_GUESSES: usize = 16;
const SP: usize = 13;
const LR: usize = 14;
const PC: usize = 15;

/// A core's registers as far as the call stack depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// R0 to R15: R13 is the stack pointer in use, R14 the link register, R15 the program counter.
    pub r: [u32; 16],
    /// The process stack pointer: an exception that came out of a task stacked its frame there.
    pub psp: u32,
}

/// One function that has been entered and not left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where it is: the instruction that the core stands at, or a return address.
    pub pc: u64,
    /// Whether `pc` is a return address: the call itself stands in front of it.
    pub is_return: bool,
    /// Whether an exception interrupted it at `pc`.
    pub is_interrupted: bool,
}

impl Call {
    /// The address to look up in line tables and symbols: inside the instruction that calls.
    #[must_use]
    pub fn lookup(&self) -> u64 {
        if self.is_return { self.pc.saturating_sub(1) } else { self.pc }
    }
}

/// What is known of a function's caller.
enum Step {
    /// Its registers.
    Caller(Registers),
    /// There is none, or its registers cannot be read.
    End,
    /// Nothing.
    Unknown,
}

/// The unwind tables of an image.
pub struct Unwinder {
    tables: Tables,
    code: Vec<Range<u64>>,
}

impl Unwinder {
    /// Reads the tables; `None` if this is no 32-bit Arm image, or it has none.
    #[must_use]
    pub fn new(image: &Image) -> Option<Self> {
        let tables = (image.architecture() == Architecture::Arm).then(|| Tables::new(image))??;
        Some(Self { tables, code: code(image) })
    }

    /// The calls, the innermost first. The first one is where the core stands, whatever the tables say.
    pub fn calls(&self, registers: Registers, memory: &mut dyn Memory) -> Vec<Call> {
        walk(registers, memory, &self.code, &mut |registers, lookup, memory| self.caller(registers, lookup, memory))
    }

    /// The calls of the task that a handler interrupted, where the handler's own cannot be followed, since it is written by
    /// hand: many a kernel's switch is. None if the process stack holds no task's frame. With floating-point registers in
    /// that frame only the first call is certain: how long it is, the handler knows alone.
    pub fn interrupted_calls(&self, registers: Registers, memory: &mut dyn Memory) -> Vec<Call> {
        const THREAD_ON_PROCESS_STACK: u32 = 0xffff_fffd;
        const THUMB: u32 = 1 << 24; // in the stacked xPSR
        const HANDLER: u32 = 0x1ff;
        let at_return = with_pc(registers, THREAD_ON_PROCESS_STACK);
        let xpsr = registers.psp.checked_add(28).and_then(|at| word(memory, at)).unwrap_or(0);
        match interrupted_registers(&at_return, memory).filter(|_| xpsr & (THUMB | HANDLER) == THUMB) {
            Some(before) if self.code.iter().any(|section| section.contains(&u64::from(before.r[PC]))) => {
                let mut calls = self.calls(before, memory);
                calls.iter_mut().take(1).for_each(|call| call.is_interrupted = true);
                calls
            }
            _ => Vec::new(),
        }
    }

    fn caller(&self, registers: &Registers, lookup: u64, memory: &mut dyn Memory) -> Step {
        match self.tables.of(lookup) {
            Some(entry) => self.by_entry(entry, registers, lookup, memory).map_or(Step::End, Step::Caller),
            None => Step::Unknown,
        }
    }

    /// The registers as the caller of the function at `lookup` will find them.
    fn by_entry(
        &self,
        entry: &FrameDescriptionEntry<Reader>,
        registers: &Registers,
        lookup: u64,
        memory: &mut dyn Memory,
    ) -> Option<Registers> {
        let row = self.tables.row(entry, lookup)?;
        let CfaRule::RegisterAndOffset { register, offset } = row.cfa() else { return None };
        let base = *registers.r.get(usize::from(register.0))?;
        let cfa = i64::from(base).checked_add(*offset).and_then(|cfa| u32::try_from(cfa).ok())?;
        let mut caller = *registers;
        // A function that says nothing of the link register has not touched it.
        caller.r[PC] = registers.r[LR];
        for (register, rule) in row.registers() {
            let register = usize::from(register.0);
            if register >= PC {
                continue; // floating-point registers: no call depends on them
            }
            let at = |offset: i64| i64::from(cfa).checked_add(offset).and_then(|at| u32::try_from(at).ok());
            let value = match rule {
                RegisterRule::Offset(offset) => word(memory, at(*offset)?)?,
                RegisterRule::ValOffset(offset) => at(*offset)?,
                RegisterRule::Register(other) => *registers.r.get(usize::from(other.0))?,
                RegisterRule::Undefined if register == LR => return None, // says: nobody called this
                _ => continue,
            };
            caller.r[register] = value;
            if register == LR {
                caller.r[PC] = value;
            }
        }
        caller.r[SP] = cfa;
        Some(caller)
    }
}

/// The calls as far as they can be guessed without tables: where the core stands, what it interrupted, and whatever on
/// the stack could be a return address, since it points behind a call. Some may be left over from calls that have
/// returned.
pub fn guessed_calls(image: &Image, registers: Registers, memory: &mut dyn Memory) -> Vec<Call> {
    let is_return = |address: u32| {
        let mut bytes = [0; 4];
        let before = u64::from(address & !1).checked_sub(4);
        address & 1 == 1 && before.is_some_and(|at| (&mut &*image).read(at, &mut bytes)) && is_call(bytes)
    };
    guess(&code(image), &is_return, registers, memory)
}

/// Whether a call ends these four bytes: BL, or BLX with a register (DDI 0403E, A7.7.18 and A7.7.19).
fn is_call(bytes: [u8; 4]) -> bool {
    let (first, second) = (u16::from_le_bytes([bytes[0], bytes[1]]), u16::from_le_bytes([bytes[2], bytes[3]]));
    (first & 0xf800 == 0xf000 && second & 0xd000 == 0xd000) || second & 0xff87 == 0x4780
}

fn guess(
    code: &[Range<u64>],
    is_return: &dyn Fn(u32) -> bool,
    mut registers: Registers,
    memory: &mut dyn Memory,
) -> Vec<Call> {
    let is_code = |address: u32| code.iter().any(|section| section.contains(&u64::from(address & !1)));
    let place = |pc: u32, is_return, is_interrupted| Call { pc: u64::from(pc & !1), is_return, is_interrupted };
    let mut calls = vec![place(registers.r[PC], false, false)];
    // A handler that has only just begun still has EXC_RETURN where it got it.
    if is_exception_return(registers.r[LR])
        && let Some(before) = interrupted_registers(&with_pc(registers, registers.r[LR]), memory)
        && is_code(before.r[PC])
    {
        registers = before;
        calls.push(place(registers.r[PC], false, true));
    }
    let stack = (0..MOST_WORDS).map_while(|word_of| {
        let address = registers.r[SP].checked_add(4 * word_of)?;
        word(memory, address)
    });
    let mut values = vec![registers.r[LR]];
    values.extend(stack);
    for value in values.into_iter().filter(|value| is_code(*value) && is_return(*value)) {
        if calls.last().is_none_or(|last| last.pc != u64::from(value & !1)) && calls.len() < MOST_GUESSES {
            calls.push(place(value, true, false));
        }
    }
    calls
}

/// Where the image has code.
pub(crate) fn code(image: &Image) -> Vec<Range<u64>> {
    let sections = image.sections().iter().filter(|section| section.alloc && section.execute);
    sections.map(|section| section.address..section.address + section.size).collect()
}

/// From function to function: `caller` says who called. What is not in `code` is no caller: a task's first function, say,
/// returns to whatever its stack was filled with.
fn walk(
    mut registers: Registers,
    memory: &mut dyn Memory,
    code: &[Range<u64>],
    caller: &mut dyn FnMut(&Registers, u64, &mut dyn Memory) -> Step,
) -> Vec<Call> {
    let pc = u64::from(registers.r[PC] & !1);
    let mut calls = vec![Call { pc, is_return: false, is_interrupted: false }];
    while calls.len() < MOST_CALLS {
        let Some(last) = calls.last().copied() else { break };
        let mut next = match caller(&registers, last.lookup(), memory) {
            Step::Caller(next) => next,
            // A leaf in assembly has no table, and its caller is in the link register.
            Step::Unknown if !last.is_return => with_pc(registers, registers.r[LR]),
            Step::Unknown | Step::End => break,
        };
        let mut interrupted = false;
        if is_exception_return(next.r[PC]) {
            let Some(before) = interrupted_registers(&next, memory) else { break };
            next = before;
            interrupted = true;
        }
        let pc = next.r[PC] & !1;
        let is_code = code.iter().any(|section| section.contains(&u64::from(pc)));
        let stands_still = next.r[SP] == registers.r[SP] && u64::from(pc) == last.pc;
        if !is_code || stands_still || (!interrupted && next.r[SP] < registers.r[SP]) {
            break;
        }
        registers = next;
        calls.push(Call { pc: u64::from(pc), is_return: !interrupted, is_interrupted: interrupted });
    }
    calls
}

fn with_pc(mut registers: Registers, pc: u32) -> Registers {
    registers.r[PC] = pc;
    registers
}

/// Whether a value is an EXC_RETURN (DDI 0403E, table B1-8; Armv8-M: DDI 0553B, D1.2, EXC_RETURN): what the link register
/// holds in an exception handler. Bits 6 and 0 are the security states of the stack and of the handler: both are of the state
/// that the kernel is in, and in Armv7-M ones.
fn is_exception_return(value: u32) -> bool {
    value & 0xffff_ff82 == 0xffff_ff80 && value >> 6 & 1 == value & 1
}

/// The registers of what an exception interrupted, from the frame that the core stacked. `registers` are those at the
/// return from the handler, with the EXC_RETURN value as program counter.
fn interrupted_registers(registers: &Registers, memory: &mut dyn Memory) -> Option<Registers> {
    const BASIC_FRAME: u32 = 32;
    const EXTENDED_FRAME: u32 = 104; // S0 to S15, FPSCR and a reserved word behind the basic frame
    const ALIGNED: u32 = 1 << 9; // in the stacked xPSR: a word was left out to align the frame
    let exc_return = registers.r[PC];
    let on_process_stack = exc_return & 4 != 0;
    let frame = if on_process_stack { registers.psp } else { registers.r[SP] };
    let mut stacked = [0; 8];
    for (value, offset) in stacked.iter_mut().zip((0..).step_by(4)) {
        *value = word(memory, frame.checked_add(offset)?)?;
    }
    let [r0, r1, r2, r3, r12, lr, pc, xpsr] = stacked;
    let bytes = if exc_return & 0x10 == 0 { EXTENDED_FRAME } else { BASIC_FRAME };
    let padding = if xpsr & ALIGNED == 0 { 0 } else { 4 };
    let mut before = *registers;
    before.r[..4].copy_from_slice(&[r0, r1, r2, r3]);
    before.r[12] = r12;
    before.r[SP] = frame.checked_add(bytes + padding)?;
    before.r[LR] = lr;
    before.r[PC] = pc;
    Some(before)
}

fn word(memory: &mut dyn Memory, address: u32) -> Option<u32> {
    let mut bytes = [0; 4];
    memory.read(u64::from(address), &mut bytes).then(|| u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of memory from an address on.
    struct Words(u32, Vec<u32>);

    impl Memory for Words {
        fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool {
            let Some(offset) = address.checked_sub(u64::from(self.0)) else { return false };
            let bytes: Vec<u8> = self.1.iter().flat_map(|word| word.to_le_bytes()).collect();
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            match bytes.get(start..start.saturating_add(buffer.len())) {
                Some(found) => {
                    buffer.copy_from_slice(found);
                    true
                }
                None => false,
            }
        }
    }

    #[test]
    fn exc_return_values_are_those_of_the_manual() {
        // DDI 0403E, tables B1-8 and B1-9.
        for value in [0xffff_fff1, 0xffff_fff9, 0xffff_fffd, 0xffff_ffe1, 0xffff_ffe9, 0xffff_ffed] {
            assert!(is_exception_return(value), "{value:#x}");
        }
        // Armv8-M without and in Secure state: thread mode, process stack, without and with floating-point registers.
        for value in [0xffff_ffbc, 0xffff_ffac, 0xffff_fffd, 0xffff_ffed] {
            assert!(is_exception_return(value), "{value:#x}");
        }
        for value in [u32::MAX, 0, 0x0800_0101, 0xffff_fff0, 0x2000_0001] {
            assert!(!is_exception_return(value), "{value:#x}");
        }
    }

    #[test]
    fn a_basic_frame_on_the_process_stack() {
        let frame = vec![10, 11, 12, 13, 112, 0x0800_0201, 0x0800_0300, 0x0100_0000];
        let registers = Registers { r: registers(0x2000_8000, 0xffff_fffd), psp: 0x2000_1000 };
        let before = interrupted_registers(&registers, &mut Words(0x2000_1000, frame)).expect("is there");
        assert_eq!(before.r[..4], [10, 11, 12, 13]);
        assert_eq!((before.r[12], before.r[LR], before.r[PC]), (112, 0x0800_0201, 0x0800_0300));
        assert_eq!(before.r[SP], 0x2000_1020);
    }

    #[test]
    fn an_extended_and_aligned_frame_is_twenty_seven_words() {
        let mut frame = vec![0, 0, 0, 0, 0, 0x0800_0201, 0x0800_0300, 0x0100_0200];
        frame.resize(27, 0);
        let registers = Registers { r: registers(0x2000_1000, 0xffff_ffe9), psp: 0 };
        let before = interrupted_registers(&registers, &mut Words(0x2000_1000, frame)).expect("is there");
        assert_eq!(before.r[SP], 0x2000_1000 + 27 * 4);
    }

    #[expect(clippy::single_range_in_vec_init, reason = "one section of code")]
    const CODE: [Range<u64>; 1] = [0x0800_0000..0x0801_0000];

    fn places(calls: &[Call]) -> Vec<(u64, bool, bool)> {
        calls.iter().map(|call| (call.pc, call.is_return, call.is_interrupted)).collect()
    }

    #[test]
    fn a_stack_that_cannot_be_read_ends_the_list() {
        let registers = Registers { r: registers(0xdead_0000, 0xffff_fffd), psp: 0xdead_0000 };
        assert_eq!(guess(&CODE, &|_| true, registers, &mut Words(0, Vec::new())).len(), 1);
        let calls = walk(registers, &mut Words(0, Vec::new()), &CODE, &mut |_, _, _| Step::Unknown);
        assert_eq!(calls.len(), 1);
    }

    #[test]
    fn without_tables_the_stacked_frame_and_what_points_behind_a_call_count() {
        // A handler at 0x08000400 that interrupted 0x08000300. On the stack behind the frame: a number, the address of
        // data, a return address, and code that no call stands in front of.
        let frame = [0, 0, 0, 0, 0, 0x0800_0201, 0x0800_0300, 0x0100_0000];
        let stack = [&frame[..], &[7, 0x2000_0001, 0x0800_0101, 0x0800_0501]].concat();
        let mut r = registers(0x2000_1000, 0x0800_0400);
        r[LR] = 0xffff_fff9;
        let is_return = |address: u32| address != 0x0800_0501;
        let calls = guess(&CODE, &is_return, Registers { r, psp: 0 }, &mut Words(0x2000_1000, stack));
        assert_eq!(
            places(&calls),
            [
                (0x0800_0400, false, false),
                (0x0800_0300, false, true),
                (0x0800_0200, true, false),
                (0x0800_0100, true, false)
            ]
        );
    }

    #[test]
    fn calls_are_told_from_other_instructions() {
        // As `arm-none-eabi-objdump -d` shows them: bl, blx r3, b.w, ldr r3, nop, push {lr}.
        let bytes = |first: u16, second: u16| [first.to_le_bytes(), second.to_le_bytes()].concat().try_into().unwrap();
        assert!(is_call(bytes(0xf000, 0xf801)) && is_call(bytes(0xbf00, 0x4798)));
        assert!(!is_call(bytes(0xf000, 0xb801)) && !is_call(bytes(0x4b01, 0xbf00)) && !is_call(bytes(0xbf00, 0xb500)));
    }

    #[test]
    fn what_is_no_code_is_no_caller() {
        // The paint of an unused stack, address 0, and what reset leaves in the link register.
        for lr in [0xa5a5_a5a5, 0, u32::MAX] {
            let mut r = registers(0x2000_1000, 0x0800_0400);
            r[LR] = lr;
            let calls = walk(Registers { r, psp: 0 }, &mut Words(0, Vec::new()), &CODE, &mut |_, _, _| Step::Unknown);
            assert_eq!(calls.len(), 1, "{lr:#x}");
        }
    }

    fn registers(sp: u32, pc: u32) -> [u32; 16] {
        let mut r = [0; 16];
        r[SP] = sp;
        r[LR] = u32::MAX;
        r[PC] = pc;
        r
    }
}

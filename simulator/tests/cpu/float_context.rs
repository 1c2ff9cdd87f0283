//! The floating-point context across exceptions: frames byte for byte, EXC_RETURN, FPCA, lazy saving as firmware sees it
//! (Arm DDI 0403E, B1.5.6-8 and B3.2.21-22).

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::rig::{self, DEVICE, PROGRAM, RAM, Rig, STACK, also_on};

pub(crate) const FPCCR: u32 = 0xe000_ef34;
pub(crate) const FPCAR: u32 = 0xe000_ef38;
pub(crate) const FPDSCR: u32 = 0xe000_ef3c;
pub(crate) const SHCSR: u32 = 0xe000_ed24;
const NVIC_ISER: u32 = 0xe000_e100;
const NVIC_ISPR: u32 = 0xe000_e200;
const NVIC_IPR: u32 = 0xe000_e400;

pub(crate) const ASPEN: u32 = 1 << 31;
const LSPEN: u32 = 1 << 30;
pub(crate) const BFRDY: u32 = 1 << 6;
pub(crate) const HFRDY: u32 = 1 << 4;
pub(crate) const THREAD: u32 = 1 << 3;
const USER: u32 = 1 << 1;
pub(crate) const LSPACT: u32 = 1;
pub(crate) const RESET: u32 = ASPEN | LSPEN;

/// Bytes of a basic and of an extended frame.
const BASIC: u32 = 0x20;
pub(crate) const EXTENDED: u32 = 0x68;
/// What the stack holds before the program runs.
pub(crate) const UNTOUCHED: u32 = 0xdead_beef;
/// The thread's S0-S31 come from here; its handlers write what they see to `NOTES`.
const VALUES: u32 = RAM + 0x100;
const NOTES: u32 = RAM + 0x200;

pub(crate) fn value(register: u32) -> u32 {
    0x4000_0000 + 0x0101 * register
}

/// Switches the unit on and loads all of its registers.
pub(crate) fn with_context() -> Code {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).mov32(R0, VALUES).vldm(R0, false, 0, 32);
    program
}

/// Puts down r0 = the constant, [NOTES + 4 * index] = register `rt`. Uses r4 for the pointer.
fn note(code: &mut Code, index: u16, rt: u16) {
    code.mov32(R4, NOTES).str(rt, R4, 4 * index);
}

/// `str` of a register of the System Control Space into the notes. Uses r3 and r4.
pub(crate) fn note_word(code: &mut Code, index: u16, address: u32) {
    code.mov32(R3, address).ldr(R3, R3, 0);
    note(code, index, R3);
}

/// Adds in s0, so that it changes: the first instruction is the one that may have to save.
pub(crate) fn spoil(code: &mut Code) {
    code.vadd(0, 1, 2).vmov_to(15, R0).vmov_to(16, R0);
}

pub(crate) fn new_rig(program: &Code, handlers: &[(u32, &Code)]) -> Rig {
    let mut rig = Rig::with(&rig::m4f(false), program, handlers);
    for register in 0..32 {
        assert!(rig.core.poke(VALUES + 4 * register, &value(register).to_le_bytes()));
    }
    for address in (STACK - 0x200..STACK).step_by(4) {
        assert!(rig.core.poke(address, &UNTOUCHED.to_le_bytes()));
    }
    rig
}

pub(crate) fn notes<const COUNT: usize>(rig: &Rig) -> [u32; COUNT] {
    std::array::from_fn(|index| rig.word(NOTES + 4 * index as u32))
}

pub(crate) fn words(rig: &Rig, from: u32, count: u32) -> Vec<u32> {
    (0..count).map(|index| rig.word(from + 4 * index)).collect()
}

/// `mov r3, lr; [NOTES + 4 * index] = r3`
fn note_link(code: &mut Code, index: u16) {
    code.put(&[0x4673]);
    note(code, index, R3);
}

/// `mrs r3, control`, likewise.
fn note_control(code: &mut Code, index: u16) {
    code.mrs(R3, 20);
    note(code, index, R3);
}

#[test]
fn without_a_context_the_frame_is_a_basic_one() {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).svc(0);
    note_control(&mut program, 1);
    program.bkpt(0);
    let mut handler = Code::at(0x200);
    note_link(&mut handler, 0);
    handler.put(&[0x466a]); // mov r2, sp
    spoil(&mut handler);
    note(&mut handler, 2, R2);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    // What the handler did with the unit does not give the thread a context.
    assert_eq!(notes(&rig), [0xffff_fff9, 0, STACK - BASIC]);
}

#[test]
fn an_extended_frame_byte_for_byte() {
    let mut program = with_context();
    program.mov32(R0, 0xa300_0011).vmsr(R0).movs(R0, 10).movs(R1, 11).movs(R2, 12).movs(R3, 13);
    program.put(&[0xf04f, 0x0c0f]).mov32(R4, 0xa1b2_c3d4).put(&[0x46a6]); // mov.w r12, #15; mov lr, r4
    program.put(&[0xb081]).svc(0); // sub sp, #4
    let behind = program.here();
    program.bkpt(0);
    // The handler stops twice: before and behind its first floating-point instruction.
    let mut handler = Code::at(0x200);
    handler.bkpt(1).vadd(0, 1, 2).bkpt(2);
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    let frame = STACK - 8 - EXTENDED;
    assert_eq!((rig.register(13), frame % 8), (frame, 0));
    assert_eq!(rig.register(14), 0xffff_ffe9);
    // Figure B1-3: r0-r3, r12, lr, return address, xPSR with bit 9, since the stack pointer was not a multiple of eight.
    let xpsr = rig.word(frame + 0x1c);
    assert_eq!(words(&rig, frame, 7), [10, 11, 12, 13, 15, 0xa1b2_c3d4, behind]);
    assert_eq!(xpsr & 0x0100_03ff, 1 << 24 | 1 << 9);
    assert_eq!(words(&rig, frame + 0x20, 18), [UNTOUCHED; 18], "room only");

    rig.core.poke(0x200, &0xbf00_u16.to_le_bytes());
    assert_eq!(rig.run_to_breakpoint(), 0x206);
    let mut expected: Vec<u32> = (0..16).map(value).collect();
    expected.extend([0xa300_0011, UNTOUCHED]);
    assert_eq!(words(&rig, frame + 0x20, 18), expected, "S0-S15, FPSCR, and a word that is not written");
}

#[test]
fn lazy_saving_as_the_handler_sees_it() {
    let mut program = with_context();
    note_control(&mut program, 0);
    program.store(SHCSR, 1 << 17).svc(0);
    note_control(&mut program, 1);
    program.mov32(R0, NOTES + 0x100).vstm(R0, false, 0, 32).bkpt(0);
    let mut handler = Code::at(0x200);
    note_control(&mut handler, 2);
    note_word(&mut handler, 3, FPCCR);
    note_word(&mut handler, 4, FPCAR);
    spoil(&mut handler);
    note_control(&mut handler, 5);
    note_word(&mut handler, 6, FPCCR);
    note_word(&mut handler, 7, FPCAR);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    let place = STACK - EXTENDED + 0x20;
    let of_frame = RESET | BFRDY | HFRDY | THREAD;
    assert_eq!(notes(&rig), [4, 4, 0, of_frame | LSPACT, place, 4, of_frame, place]);
    // The handler has no context of its own behind its return: S16, which no exception saves, is as it left it.
    let mut registers: Vec<u32> = (0..32).map(value).collect();
    registers[16] = rig.register(0);
    assert_eq!(words(&rig, NOTES + 0x100, 16), registers[..16]);
    assert_eq!(words(&rig, NOTES + 0x100 + 17 * 4, 15), registers[17..]);
}

#[test]
fn a_handler_without_floating_point_costs_nothing_and_stores_nothing() {
    let mut program = with_context();
    program.svc(0);
    note_word(&mut program, 1, FPCCR);
    note_control(&mut program, 2);
    program.mov32(R0, NOTES + 0x100).vstm(R0, false, 0, 32).bkpt(0);
    let mut handler = Code::at(0x200);
    note_word(&mut handler, 0, FPCCR);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!(notes(&rig), [RESET | HFRDY | THREAD | LSPACT, RESET | HFRDY | THREAD, 4]);
    assert_eq!(words(&rig, STACK - EXTENDED + 0x20, 18), [UNTOUCHED; 18]);
    assert_eq!(words(&rig, NOTES + 0x100, 32), (0..32).map(value).collect::<Vec<_>>());
    assert_eq!(rig.register(13), STACK);
}

/// Cycles of an SVC from the thread with a context, whose handler runs `fill`: from the SVC's end to the instruction
/// behind the return, without the handler's own.
fn svc_cycles(fpccr: u32, own: u64, fill: impl FnOnce(&mut Code)) -> u64 {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).store(FPCCR, fpccr).mov32(R0, VALUES).vldm(R0, false, 0, 32);
    program.mov32(R0, DEVICE).str(R1, R0, 0).svc(0).mov32(R0, DEVICE).str(R1, R0, 0).bkpt(0);
    let mut handler = Code::at(0x200);
    fill(&mut handler);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    let [first, second] = rig.bus.log[..] else { panic!("{:?}", rig.bus.log) };
    // str 2, svc 1, bx 1 (its refill is part of the return), mov32 2.
    second.0 - first.0 - 2 - 1 - 1 - 2 - own
}

#[test]
fn what_an_exception_costs() {
    // Arm DDI 0439D, 3.9.1: 12 and 10; 29 without lazy saving, and 27 with a context in the frame.
    let nothing = |_: &mut Code| {};
    let add = |handler: &mut Code| {
        handler.vadd(0, 1, 2);
    };
    assert_eq!(svc_cycles(RESET, 0, nothing), 12 + 10);
    assert_eq!(svc_cycles(RESET, 1, add), 12 + 17 + 27);
    assert_eq!(svc_cycles(ASPEN, 0, nothing), 29 + 27);
    assert_eq!(svc_cycles(ASPEN, 1, add), 29 + 27);
}

#[test]
fn without_lazy_saving_the_entry_stores() {
    let mut program = with_context();
    program.store(FPCCR, ASPEN).svc(0).vmov_from(R2, 0).bkpt(0);
    let mut handler = Code::at(0x200);
    handler.bkpt(1);
    note_word(&mut handler, 0, FPCCR);
    spoil(&mut handler);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    let mut expected: Vec<u32> = (0..16).map(value).collect();
    expected.extend([0, UNTOUCHED]);
    assert_eq!(words(&rig, STACK - EXTENDED + 0x20, 18), expected);
    rig.core.poke(0x200, &0xbf00_u16.to_le_bytes());
    rig.run_to_breakpoint();
    assert_eq!(notes(&rig), [ASPEN], "nothing of a frame");
    assert_eq!((rig.register(2), rig.register(13)), (value(0), STACK));
}

#[test]
fn a_nested_handler_saves_for_whom_the_registers_are() {
    // Interrupt 0 at 0x40 pends interrupt 1 at 0x20, with or without floating point of its own before.
    for (uses, nested_link) in [(false, 0xffff_fff1), (true, 0xffff_ffe1)] {
        let mut program = with_context();
        program.store(NVIC_ISER, 3).store(NVIC_IPR, 0x2040).store(NVIC_ISPR, 1).nop();
        program.mov32(R0, NOTES + 0x100).vstm(R0, false, 0, 16).bkpt(0);
        let mut low = Code::at(0x200);
        low.put(&[0xb500]); // push {lr}
        if uses {
            low.vmov_to(3, R0).vmov_from(R1, 3);
        }
        low.store(NVIC_ISPR, 2);
        if uses {
            low.vmov_from(R2, 3);
            note(&mut low, 2, R1);
            note(&mut low, 3, R2);
        }
        note_word(&mut low, 4, FPCCR);
        low.pop(0x100);
        let mut high = Code::at(0x300);
        note_link(&mut high, 0);
        note_word(&mut high, 1, FPCAR);
        spoil(&mut high);
        high.vmov_to(3, R4).ret();
        let mut rig = new_rig(&program, &[(16, &low), (17, &high)]);
        rig.run_to_breakpoint();
        let threads = STACK - EXTENDED + 0x20;
        // Behind the low one's push the stack is no multiple of eight.
        let lows = STACK - EXTENDED - 8 - EXTENDED + 0x20;
        let [link, fpcar, before, behind, fpccr] = notes(&rig);
        assert_eq!((link, fpcar), (nested_link, if uses { lows } else { threads }), "{uses}");
        assert_eq!((before == behind, fpccr & LSPACT), (true, 0), "{uses}");
        let registers: Vec<u32> = (0..16).map(value).collect();
        assert_eq!(words(&rig, NOTES + 0x100, 16), registers, "{uses}: the thread's");
        assert_eq!(words(&rig, threads, 16), registers, "{uses}");
    }
}

#[test]
fn a_tail_chained_handler_finds_the_context_still_to_be_saved() {
    // Both pending: 0 goes first without floating point, then 1 with it, on the same frame.
    let mut program = with_context();
    program.store(NVIC_ISER, 3).store(NVIC_ISPR, 3).nop().vmov_from(R2, 0).bkpt(0);
    let mut first = Code::at(0x200);
    note_word(&mut first, 0, FPCCR);
    first.ret();
    let mut second = Code::at(0x300);
    note_link(&mut second, 1);
    note_word(&mut second, 2, FPCCR);
    spoil(&mut second);
    second.ret();
    let mut rig = new_rig(&program, &[(16, &first), (17, &second)]);
    rig.run_to_breakpoint();
    let lazy = RESET | HFRDY | THREAD | LSPACT;
    assert_eq!(notes(&rig), [lazy, 0xffff_ffe9, lazy]);
    assert_eq!((rig.register(2), rig.word(STACK - EXTENDED + 0x20)), (value(0), value(0)));

    // The other way round: what 0 begins ends with it.
    let mut first = Code::at(0x200);
    spoil(&mut first);
    first.ret();
    let mut second = Code::at(0x300);
    note_control(&mut second, 0);
    note_word(&mut second, 1, FPCCR);
    second.ret();
    let mut rig = new_rig(&program, &[(16, &first), (17, &second)]);
    rig.run_to_breakpoint();
    assert_eq!(notes(&rig), [0, RESET | HFRDY | THREAD]);
    assert_eq!(rig.register(2), value(0));
}

#[test]
fn an_unprivileged_thread_on_the_process_stack() {
    let psp = RAM + 0x4000;
    let mut program = with_context();
    program.mov32(R0, psp).msr(9, R0).movs(R0, 3).msr(20, R0).put(&[0xf3bf, 0x8f6f]); // isb
    // Writing CONTROL has cleared FPCA too: the context begins again.
    program.vmov_from(R1, 1).svc(0).mrs(R2, 20).bkpt(0);
    let mut handler = Code::at(0x200);
    note_link(&mut handler, 0);
    note_word(&mut handler, 1, FPCCR);
    note_word(&mut handler, 2, FPCAR);
    spoil(&mut handler);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!(notes(&rig), [0xffff_ffed, RESET | HFRDY | USER | THREAD | LSPACT, psp - EXTENDED + 0x20]);
    assert_eq!((rig.register(2), rig.register(13)), (7, psp));
    assert_eq!(rig.word(psp - EXTENDED + 0x20 + 4), value(1));
}

#[test]
fn writing_control_ends_and_begins_a_context() {
    let mut program = with_context();
    program.movs(R0, 0).msr(20, R0).svc(0).movs(R0, 4).msr(20, R0).svc(0).bkpt(0);
    let mut handler = Code::at(0x200);
    handler.mov32(R3, DEVICE).put(&[0x4672]).str(R2, R3, 0).ret(); // mov r2, lr
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    let links: Vec<Option<u32>> = rig.bus.log.iter().map(|seen| seen.4).collect();
    assert_eq!(links, [Some(0xffff_fff9), Some(0xffff_ffe9)]);
}

#[test]
fn without_aspen_contexts_are_the_firmwares_own_affair() {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).store(FPCCR, 0).store(FPDSCR, 1 << 24).mov32(R0, 0x8000_0001).vmsr(R0);
    program.mov32(R0, VALUES).vldm(R0, false, 0, 32);
    note_control(&mut program, 0);
    program.svc(0).vmov_from(R2, 15).vmrs(R3).bkpt(0);
    let mut handler = Code::at(0x200);
    note_link(&mut handler, 1);
    spoil(&mut handler);
    note_control(&mut handler, 2);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!(notes(&rig), [0, 0xffff_fff9, 0]);
    assert_ne!(rig.register(2), value(15), "nobody has saved it");
    assert_eq!(rig.register(3) & 0x8100_0001, 0x8000_0001, "nobody has touched FPSCR's modes");
}

#[test]
fn a_new_context_has_the_default_modes() {
    // FPDSCR: DN and round towards zero; the flags and the cumulative bits are not in it (B3.2.22).
    let modes = 1 << 25 | 3 << 22;
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).store(FPDSCR, u32::MAX).store(FPDSCR, modes).vmrs(R0);
    note(&mut program, 0, R0);
    program.mov32(R0, 0x0040_0000).vmsr(R0).svc(0).vmrs(R0);
    note(&mut program, 2, R0);
    program.bkpt(0);
    let mut handler = Code::at(0x200);
    handler.vmrs(R0);
    note(&mut handler, 1, R0);
    handler.ret();
    let mut rig = new_rig(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!(notes(&rig), [modes, modes, 0x0040_0000]);
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        without_a_context_the_frame_is_a_basic_one,
        an_extended_frame_byte_for_byte,
        lazy_saving_as_the_handler_sees_it,
        a_handler_without_floating_point_costs_nothing_and_stores_nothing,
        without_lazy_saving_the_entry_stores,
        a_nested_handler_saves_for_whom_the_registers_are,
        a_tail_chained_handler_finds_the_context_still_to_be_saved,
        an_unprivileged_thread_on_the_process_stack,
        writing_control_ends_and_begins_a_context,
        without_aspen_contexts_are_the_firmwares_own_affair,
        a_new_context_has_the_default_modes,
    }
}

also_on! {
    [cortex_m33f_to_the_cycle: CortexM33F] {
        what_an_exception_costs,
    }
}

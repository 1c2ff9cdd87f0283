//! Which exception a fault becomes, by what is enabled and by priorities (Arm DDI 0403E, B1.5.4, B1.5.11 and B1.5.14), and
//! faults of unstacking.

use bksim::cpu::cortex_m::CoreModel;

use crate::asm::{Code, R0, R1};
use crate::rig::{self, DEVICE, NOWHERE, PROGRAM, RAM, Rig, STACK, also_on_all};

const SHCSR: u32 = 0xe000_ed24;
const SHPR1: u32 = 0xe000_ed18;
const SHPR2: u32 = 0xe000_ed1c;
const CCR: u32 = 0xe000_ed14;
const FORCED: u32 = 1 << 30;
const BASEPRI: u16 = 17;
const PRIMASK: u16 = 16;

/// A fault: the number of its exception, its bits of CFSR, and what raises it with r0 = `address`.
struct Kind {
    exception: u32,
    cfsr: u32,
    address: u32,
    piece: &'static [u16],
}

/// IACCVIOL by a branch to where nothing is executed, PRECISERR, UNDEFINSTR.
const KINDS: [Kind; 3] = [
    Kind { exception: 4, cfsr: 1, address: DEVICE | 1, piece: &[0x4700] },
    Kind { exception: 5, cfsr: 0x8200, address: NOWHERE, piece: &[0x6801] },
    Kind { exception: 6, cfsr: 1 << 16, address: 0, piece: &[0xde00] },
];

/// Handlers of HardFault and the others: BKPT at 0x200 + 16 * (number - 3).
fn handlers() -> Vec<(u32, Code)> {
    (3..=6)
        .map(|exception| {
            let mut handler = Code::at(0x200 + 0x10 * (exception - 3));
            handler.bkpt(0);
            (exception, handler)
        })
        .collect()
}

fn number(pc: u32) -> u32 {
    (pc - 0x200) / 0x10 + 3
}

fn run(program: &Code, more: &[(u32, &Code)]) -> Rig {
    let handlers = handlers();
    let mut all: Vec<(u32, &Code)> = handlers.iter().map(|(exception, code)| (*exception, code)).collect();
    all.extend(more);
    let mut rig = Rig::new(program, &all);
    rig.run_to_breakpoint();
    rig
}

/// What must have happened to a fault of a kind.
fn assert_taken(rig: &Rig, kind: &Kind, own: bool, what: &str) {
    let report = rig.core.fault_report().expect(what);
    let (exception, hfsr) = if own { (kind.exception, 0) } else { (3, FORCED) };
    assert_eq!((number(rig.pc()), report.cfsr, report.hfsr), (exception, kind.cfsr, hfsr), "{what}");
}

#[test]
fn a_fault_needs_its_enable_and_its_priority() {
    // B1.5.14: not enabled, or not more important than what runs, it becomes HardFault. Here BASEPRI is 0x40.
    for kind in &KINDS {
        for (enabled, priority, primask, own) in [
            (true, 0x20, 0, true),
            (false, 0x20, 0, false),
            (true, 0x40, 0, false),
            (true, 0x60, 0, false),
            (true, 0x20, 1, false),
        ] {
            let mut program = Code::at(PROGRAM);
            program.store(SHCSR, if enabled { 7 << 16 } else { 0 }).store(SHPR1, priority * 0x0001_0101);
            program.movs(R0, 0x40).msr(BASEPRI, R0).movs(R0, primask).msr(PRIMASK, R0);
            program.mov32(R0, kind.address).put(kind.piece).bkpt(9);
            let what = format!("{}, enabled {enabled}, {priority:#x}, PRIMASK {primask}", kind.exception);
            assert_taken(&run(&program, &[]), kind, own, &what);
        }
    }
}

#[test]
fn a_fault_in_a_handler_goes_by_the_handlers_priority() {
    // SVCall is at 0x40; its handler faults.
    for kind in &KINDS {
        for (priority, own) in [(0x20, true), (0x40, false), (0x60, false)] {
            let mut program = Code::at(PROGRAM);
            program.store(SHCSR, 7 << 16).store(SHPR1, priority * 0x0001_0101).store(SHPR2, 0x4000_0000).svc(0).bkpt(9);
            let mut handler = Code::at(0x300);
            handler.mov32(R0, kind.address).put(kind.piece).bkpt(9);
            let rig = run(&program, &[(11, &handler)]);
            assert_taken(&rig, kind, own, &format!("{}, {priority:#x}", kind.exception));
            assert_eq!(rig.register(14), 0xffff_fff1, "from SVCall's handler");
        }
    }
}

#[test]
fn a_fault_in_its_own_handler_is_a_hard_fault() {
    for kind in &KINDS {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, 7 << 16).mov32(R0, kind.address).put(kind.piece).bkpt(9);
        let mut again = Code::at(0x300);
        again.mov32(R0, kind.address).put(kind.piece).bkpt(9);
        let rig = run(&program, &[(kind.exception, &again)]);
        assert_taken(&rig, kind, false, &format!("{}", kind.exception));
    }
}

#[test]
fn a_frame_that_cannot_be_loaded() {
    // UNSTKERR (B1.5.8, B3.2.15): the process stack has moved away when SVCall returns to it. BusFault is taken as if from
    // there, by tail-chaining, with the same EXC_RETURN.
    for enabled in [true, false] {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, if enabled { 7 << 16 } else { 0 }).mov32(R0, RAM + 0x1000).msr(9, R0).movs(R0, 2);
        program.msr(20, R0).put(&[0xf3bf, 0x8f6f]).svc(0).bkpt(9); // isb
        let mut handler = Code::at(0x300);
        handler.mov32(R0, NOWHERE).msr(9, R0).ret();
        let rig = run(&program, &[(11, &handler)]);
        let report = rig.core.fault_report().expect("a fault");
        let (exception, hfsr) = if enabled { (5, 0) } else { (3, FORCED) };
        assert_eq!((number(rig.pc()), report.cfsr, report.hfsr), (exception, 1 << 11, hfsr));
        assert_eq!((rig.register(14), report.bfar), (0xffff_fffd, None));
        assert_eq!(rig.register(13), STACK, "the main stack is empty again");
    }
}

#[test]
fn frames_of_four_bytes() {
    // CCR.STKALIGN (B1.5.7, B3.2.8): clear, the frame lies directly below the stack pointer, and xPSR's bit 9 says nothing.
    // A Cortex-M7 and a Cortex-M33 always align.
    let mut program = Code::at(PROGRAM);
    program.store(CCR, 0).put(&[0xb081]).mov32(R1, 0x1234_5678).svc(0).bkpt(0); // sub sp, #4
    let mut handler = Code::at(0x200);
    handler.put(&[0x466a]).mov32(3, RAM).str(2, 3, 0).ret(); // mov r2, sp
    let mut rig = Rig::new(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    let plain =
        matches!(rig::model(CoreModel::CortexM3), CoreModel::CortexM3 | CoreModel::CortexM4 | CoreModel::CortexM4F);
    let (frame, aligned) = if plain { (STACK - 4 - 32, 0) } else { (STACK - 8 - 32, 1) };
    assert_eq!(rig.word(RAM), frame);
    assert_eq!((rig.word(frame + 4), rig.word(frame + 28) >> 9 & 1), (0x1234_5678, aligned));
    assert_eq!(rig.register(13), STACK - 4);
}

also_on_all! {
    MAINLINE as mainline {
        a_fault_needs_its_enable_and_its_priority,
        a_fault_in_a_handler_goes_by_the_handlers_priority,
        a_fault_in_its_own_handler_is_a_hard_fault,
        a_frame_that_cannot_be_loaded,
        frames_of_four_bytes,
    }
}

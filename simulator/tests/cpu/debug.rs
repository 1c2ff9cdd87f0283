//! Halting debug (Arm DDI 0403E, part C): a debugger's registers, halt and step, vector catch, resets.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::config::Architecture;
use bksim::cpu::cortex_m::{self, CortexConfig};
use proptest::prelude::*;

use crate::asm::{Code, R0, R1, R2};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::random::{self, ROUTINE};
use crate::random_armv6m;
use crate::rig::{self, DEVICE, NOWHERE, PROGRAM, RAM, Recorder, Rig, STACK, Seen, load};

const AIRCR: u32 = 0xe000_ed0c;
const SHCSR: u32 = 0xe000_ed24;
const HFSR: u32 = 0xe000_ed2c;
const DFSR: u32 = 0xe000_ed30;
const DHCSR: u32 = 0xe000_edf0;
const DCRSR: u32 = 0xe000_edf4;
const DCRDR: u32 = 0xe000_edf8;
const DEMCR: u32 = 0xe000_edfc;
const FP_CTRL: u32 = 0xe000_2000;
const FP_COMP0: u32 = 0xe000_2008;

const KEY: u32 = 0xa05f_0000;
const C_DEBUGEN: u32 = 1;
const C_HALT: u32 = 2;
const C_STEP: u32 = 4;
const C_MASKINTS: u32 = 8;
const S_HALT: u32 = 1 << 17;
const S_SLEEP: u32 = 1 << 18;
const S_LOCKUP: u32 = 1 << 19;
const S_RETIRE_ST: u32 = 1 << 24;
const S_RESET_ST: u32 = 1 << 25;

const HALTED: u32 = 1;
const BKPT: u32 = 2;
const VCATCH: u32 = 8;

/// The handler of every fault.
const HANDLER: u32 = 0x200;

impl Rig {
    pub(crate) fn see(&mut self, address: u32) -> u32 {
        self.core.debugger_read(&mut self.bus, address, 4).unwrap()
    }

    pub(crate) fn set(&mut self, address: u32, value: u32) {
        self.core.debugger_write(&mut self.bus, address, 4, value).unwrap();
    }

    pub(crate) fn control(&mut self, bits: u32) {
        self.set(DHCSR, KEY | bits);
    }

    pub(crate) fn halt(&mut self) {
        self.control(C_DEBUGEN | C_HALT);
        assert_ne!(self.see(DHCSR) & S_HALT, 0);
    }

    /// One step; the address of the next instruction.
    pub(crate) fn step(&mut self, more: u32) -> u32 {
        self.control(C_DEBUGEN | C_STEP | more);
        while self.run(u64::MAX) == CoreStop::Attention {}
        assert_eq!(self.run(u64::MAX), CoreStop::Halted);
        self.get(15)
    }

    /// Runs into Debug state; why it is there.
    pub(crate) fn go(&mut self) -> u32 {
        self.control(C_DEBUGEN);
        self.set(DFSR, u32::MAX);
        assert_eq!(self.run(self.core.cycles() + 100_000), CoreStop::Halted);
        self.see(DFSR)
    }

    pub(crate) fn get(&mut self, register: u32) -> u32 {
        self.set(DCRSR, register);
        self.see(DCRDR)
    }

    pub(crate) fn put(&mut self, register: u32, value: u32) {
        self.set(DCRDR, value);
        self.set(DCRSR, register | 1 << 16);
    }
}

fn counter() -> Code {
    let mut program = Code::at(PROGRAM);
    program.adds(R0, 1).branch(PROGRAM);
    program
}

/// A rig whose faults all lead to [`HANDLER`], which hangs.
fn with_handlers(program: &Code) -> Rig {
    let mut handler = Code::at(HANDLER);
    handler.hang();
    let handlers: Vec<_> = (3..=6).map(|exception| (exception, &handler)).collect();
    Rig::new(program, &handlers)
}

#[test]
fn the_control_register_needs_its_key_and_debugen() {
    // C1.6.2: bits 31:16 must be 0xA05F; the other controls count with C_DEBUGEN only.
    let mut rig = Rig::new(&counter(), &[]);
    rig.set(DHCSR, 0xa05e_0003);
    assert_eq!(rig.see(DHCSR) & 0xffff, 0);
    rig.control(C_HALT);
    assert_eq!(rig.see(DHCSR) & (S_HALT | 0xffff), 0);
    assert_eq!(rig.run(10), CoreStop::Horizon);
    rig.control(C_DEBUGEN | C_HALT);
    assert_eq!(rig.see(DHCSR) & (S_HALT | 0xffff), S_HALT | 3);
    assert_eq!((rig.see(DFSR), rig.run(100)), (HALTED, CoreStop::Halted));
    rig.set(DFSR, HALTED);
    assert_eq!(rig.see(DFSR), 0, "written as one, cleared");
    // Without C_DEBUGEN it leaves Debug state.
    rig.control(0);
    assert_eq!(rig.run(100), CoreStop::Horizon);
}

#[test]
fn sticky_bits_clear_when_they_are_read() {
    let mut rig = Rig::new(&counter(), &[]);
    assert_eq!(rig.see(DHCSR) & (S_RESET_ST | S_RETIRE_ST), S_RESET_ST);
    assert_eq!(rig.see(DHCSR) & S_RESET_ST, 0);
    rig.run(20);
    assert_eq!(rig.see(DHCSR) & (S_RESET_ST | S_RETIRE_ST), S_RETIRE_ST);
    assert_eq!(rig.see(DHCSR) & S_RETIRE_ST, 0);
    rig.core.system_reset();
    assert_eq!(rig.see(DHCSR) & S_RESET_ST, S_RESET_ST);
}

#[test]
fn software_on_the_core_cannot_debug_itself() {
    let mut program = Code::at(PROGRAM);
    program.store(DHCSR, KEY | C_DEBUGEN | C_HALT).store(FP_CTRL, 3).store(FP_COMP0, 1 << 30 | PROGRAM | 1);
    program.mov32(R0, DHCSR).ldr(R1, R0, 0).mov32(R0, FP_CTRL).ldr(R2, R0, 0).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(1), rig.register(2)), (0, 0x60));
    // It can see that somebody else does.
    let mut rig = Rig::new(&program, &[]);
    rig.control(C_DEBUGEN);
    assert_eq!(rig.go(), BKPT);
    assert_eq!(rig.get(1), C_DEBUGEN);
}

#[test]
fn a_step_is_one_instruction() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R1, DEVICE).movs(R0, 3); // 0x400, 0x404, 0x408
    program.str(R0, R1, 8).ldr(R2, R1, 8); // 0x40a: asks for attention; 0x40c
    program.cmp(R0, 3).put(&[0xbf0c]); // 0x40e; 0x410 ite eq
    program.adds(R0, 1).adds(R0, 2); // 0x412, 0x414
    program.push(3).branch(PROGRAM); // 0x416, 0x418
    let mut rig = Rig::new(&program, &[]);
    rig.halt();
    let addresses: Vec<u32> = (0..12).map(|_| rig.step(0)).collect();
    let expected = [0x404, 0x408, 0x40a, 0x40c, 0x40e, 0x410, 0x412, 0x414, 0x416, 0x418, PROGRAM, 0x404];
    assert_eq!(addresses, expected);
    assert_eq!((rig.get(0), rig.get(2), rig.get(13)), (4, 0x55, STACK - 8));
    assert_eq!(rig.bus.log.len(), 2);
    assert_eq!(rig.see(DFSR), HALTED);
}

#[test]
fn a_step_takes_a_pending_exception_unless_they_are_held_back() {
    let mut program = Code::at(PROGRAM);
    program.store(0xe000_e100, 1).cpsie_i().nops(10).hang();
    let mut handler = Code::at(HANDLER);
    handler.nop().ret();
    let mut rig = Rig::new(&program, &[(16, &handler)]);
    rig.run(12);
    rig.halt();
    let pc = rig.get(15);
    rig.core.set_irq(0, true, rig.core.cycles());
    // C1.6.2: C_MASKINTS changes only while halted, and not together with leaving Debug state.
    rig.control(C_DEBUGEN | C_HALT | C_MASKINTS);
    assert_eq!(rig.step(C_MASKINTS), pc + 2);
    assert_eq!(rig.step(C_MASKINTS), pc + 4);
    rig.control(C_DEBUGEN | C_HALT);
    assert_eq!(rig.step(0), HANDLER, "entered, and its first instruction is still to come");
    assert_eq!(rig.get(16) & 0x1ff, 16);
    assert_eq!(rig.get(14), 0xffff_fff9);
    assert_eq!(rig.word(STACK - 32 + 24), pc + 4);
    assert_eq!(rig.step(0), HANDLER + 2);
    rig.core.set_irq(0, false, rig.core.cycles());
    assert_eq!(rig.step(0), pc + 4, "the return is a step");
}

#[test]
fn a_step_over_svc_ends_in_its_handler() {
    let mut program = Code::at(PROGRAM);
    program.svc(1).nop();
    let mut handler = Code::at(HANDLER);
    handler.ret();
    let mut rig = Rig::new(&program, &[(11, &handler)]);
    rig.halt();
    assert_eq!(rig.step(0), HANDLER);
    assert_eq!(rig.step(0), PROGRAM + 2);
}

#[test]
fn breakpoints_stop_in_front_and_need_a_debugger() {
    let mut program = Code::at(PROGRAM);
    program.adds(R0, 1).adds(R0, 1).adds(R0, 1).branch(PROGRAM);
    let mut rig = Rig::new(&program, &[]);
    rig.set(FP_CTRL, 3);
    // Both halfwords of a word: 0x404 and 0x406.
    rig.set(FP_COMP0, 3 << 30 | 0x404 | 1);
    assert_eq!(rig.run(50), CoreStop::Horizon, "nobody is there to be stopped for");
    assert_eq!((rig.go(), rig.get(15)), (BKPT, 0x404));
    let count = rig.get(0);
    assert_eq!((rig.go(), rig.get(15), rig.get(0)), (BKPT, 0x404, count), "it begins at one");
    rig.set(FP_CTRL, 2);
    assert_eq!(rig.step(0), 0x406);
    rig.set(FP_CTRL, 3);
    assert_eq!((rig.go(), rig.get(15), rig.get(0)), (BKPT, 0x406, count + 1));
}

#[test]
fn a_breakpoint_instruction_without_a_debugger_is_a_fault_on_a_chip() {
    let mut program = Code::at(PROGRAM);
    program.bkpt(0xab).nop();
    let mut rig = with_handlers(&program);
    rig.core.wire_probe();
    // B3.2.16: HFSR.DEBUGEVT; C1.3: HardFault. Semihosting is nobody's either.
    assert_eq!(rig.run(100), CoreStop::Horizon);
    assert_eq!((rig.pc(), rig.see(HFSR), rig.see(DFSR)), (HANDLER, 1 << 31, BKPT));
    assert_eq!(rig.word(STACK - 32 + 24), PROGRAM, "the frame returns to it");
    // In HardFault there is nothing left.
    let mut handler = Code::at(HANDLER);
    handler.bkpt(0);
    let mut rig = Rig::new(&program, &[(3, &handler)]);
    rig.core.wire_probe();
    assert_eq!(rig.run(1000), CoreStop::Lockup);
    assert_eq!(rig.see(DHCSR) & S_LOCKUP, S_LOCKUP);
    rig.halt();
    assert_eq!((rig.see(DHCSR) & S_LOCKUP, rig.get(15)), (0, 0xffff_fffe), "B1.5.15");
}

#[test]
fn debug_state_ends_sleep() {
    let mut program = Code::at(PROGRAM);
    program.wfi().nop().hang();
    let mut rig = Rig::new(&program, &[]);
    assert_eq!(rig.run(100), CoreStop::Asleep);
    assert_eq!(rig.see(DHCSR) & S_SLEEP, S_SLEEP);
    rig.halt();
    assert_eq!((rig.see(DHCSR) & S_SLEEP, rig.get(15)), (0, PROGRAM + 2));
    rig.control(C_DEBUGEN);
    assert_eq!(rig.run(100), CoreStop::Horizon);
}

/// Runs a program that faults, with some vectors caught; why it stopped and where, with which fault.
fn caught(vectors: u32, fill: impl FnOnce(&mut Code)) -> Option<(u32, u32, u32)> {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, 7 << 16);
    fill(&mut program);
    let mut rig = with_handlers(&program);
    rig.set(DEMCR, vectors);
    rig.control(C_DEBUGEN);
    match rig.run(10_000) {
        CoreStop::Halted => Some((rig.see(DFSR), rig.get(15), rig.get(16) & 0x1ff)),
        _ => None,
    }
}

#[test]
fn vectors_of_faults_are_caught() {
    // Table B1-9: each fault's trap. Exceptions: 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault.
    type Fill = fn(&mut Code);
    let bus: Fill = |program| {
        program.mov32(R0, NOWHERE).ldr(R1, R0, 0);
    };
    let undefined: Fill = |program| {
        program.put(&[0xde00]);
    };
    let no_execute: Fill = |program| {
        program.mov32(R0, 0x4000_0001).bx(R0);
    };
    // SVCall is the less important one here, so the fault of its stacking goes first.
    let stacking: Fill = |program| {
        program.store(0xe000_ed1c, 0x2000_0000).mov32(R0, NOWHERE).msr(8, R0).svc(0);
    };
    let escalated: Fill = |program| {
        program.store(SHCSR, 0).put(&[0xde00]);
    };
    let unaligned: Fill = |program| {
        program.mov32(R0, RAM + 2).put(&[0xe850, 0x1f00]); // ldrex r1, [r0]
    };
    for (trap, exception, fill) in [
        (1 << 8, 5, bus),
        (1 << 7, 6, undefined),
        (1 << 4, 4, no_execute),
        (1 << 9, 5, stacking),
        (1 << 10, 3, escalated),
        (1 << 7, 3, escalated),
        (1 << 6, 6, unaligned),
    ] {
        assert_eq!(caught(trap, fill), Some((VCATCH, HANDLER, exception)), "{trap:#x} {exception}");
        let others = 0x7f0 & !trap & !(1 << 10 | 1 << 7);
        assert_eq!(caught(others, fill), None, "{trap:#x} {exception}");
    }
}

#[test]
fn the_vector_of_reset_is_caught() {
    let mut rig = Rig::new(&counter(), &[]);
    rig.control(C_DEBUGEN);
    rig.set(DEMCR, 1);
    rig.run(50);
    rig.core.system_reset();
    assert_eq!((rig.run(100), rig.see(DFSR), rig.get(15), rig.get(0)), (CoreStop::Halted, VCATCH, PROGRAM, 0));
    // A debugger that enables itself only behind the reset.
    rig.control(0);
    rig.set(DFSR, VCATCH);
    rig.core.system_reset();
    rig.control(C_DEBUGEN);
    assert_eq!((rig.run(100), rig.see(DFSR)), (CoreStop::Halted, VCATCH));
    // Not wanted any more.
    rig.control(0);
    rig.core.system_reset();
    rig.set(DEMCR, 0);
    rig.control(C_DEBUGEN);
    assert_eq!(rig.run(rig.core.cycles() + 100), CoreStop::Horizon);
}

#[test]
fn a_system_reset_leaves_the_debugger_where_it_is() {
    let mut rig = Rig::new(&counter(), &[]);
    rig.halt();
    rig.set(DEMCR, 1 << 24 | 0xf << 16 | 0x7f0);
    rig.set(FP_CTRL, 3);
    rig.set(FP_COMP0, 1 << 30 | 0x100 | 1);
    rig.set(0xe000_1000, 1);
    let cycles = rig.core.cycles();
    rig.set(AIRCR, 0x05fa_0004);
    assert!(rig.core.take_reset_request() && !rig.core.take_reset_request());
    rig.core.system_reset();
    // C1.6: all but C_HALT, and bits 19:16 of DEMCR, is cleared by a power-on reset only.
    assert_eq!(rig.see(DHCSR) & (S_HALT | 0xffff), C_DEBUGEN);
    assert_eq!((rig.see(DEMCR), rig.see(FP_CTRL)), (1 << 24 | 0x7f0, 0x61));
    assert_eq!((rig.see(FP_COMP0), rig.see(0xe000_1000) & 1), (1 << 30 | 0x100 | 1, 1));
    assert_eq!(rig.core.cycles(), cycles, "and time goes on");
    rig.core.reset();
    assert_eq!((rig.see(DHCSR) & 0xffff, rig.see(DEMCR), rig.see(FP_CTRL), rig.see(FP_COMP0)), (0, 0, 0x60, 0));
}

#[test]
fn a_debugger_clears_what_is_active_and_resets_the_core_alone() {
    let mut program = Code::at(PROGRAM);
    program.svc(0);
    let mut handler = Code::at(HANDLER);
    handler.hang();
    let mut rig = Rig::new(&program, &[(11, &handler)]);
    rig.run(100);
    rig.halt();
    assert_eq!((rig.get(16) & 0x1ff, rig.see(SHCSR)), (11, 1 << 7));
    // B3.2.6: VECTCLRACTIVE and VECTRESET, for a halted core only.
    rig.set(AIRCR, 0x05fa_0002);
    assert_eq!((rig.get(16) & 0x1ff, rig.see(SHCSR)), (0, 0));
    rig.put(15, PROGRAM);
    assert_eq!(rig.step(0), HANDLER);
    rig.set(DEMCR, 1);
    rig.set(AIRCR, 0x05fa_0001);
    assert!(!rig.core.take_reset_request(), "the rest of the chip is not concerned");
    assert_eq!((rig.get(15), rig.get(16) & 0x1ff), (PROGRAM, 0));
}

#[test]
fn counters_of_a_halted_core_stand_still() {
    let mut program = Code::at(PROGRAM);
    program.store(0xe000_e014, 9999).store(0xe000_e018, 0).store(0xe000_e010, 5).hang();
    let mut rig = Rig::new(&program, &[]);
    rig.set(DEMCR, 1 << 24);
    rig.set(0xe000_1000, 1);
    rig.run(500);
    rig.halt();
    let (systick, cyccnt) = (rig.see(0xe000_e018), rig.see(0xe000_1004));
    let now = rig.core.cycles();
    rig.core.stand_until(now + 100_000);
    assert_eq!((rig.see(0xe000_e018), rig.see(0xe000_1004)), (systick, cyccnt));
    rig.control(C_DEBUGEN);
    rig.run(now + 100_300);
    assert_eq!((rig.see(0xe000_e018), rig.see(0xe000_1004)), (systick - 300, cyccnt + 300));
}

#[test]
fn a_handler_that_was_just_entered_is_the_debugger_s_to_replace() {
    let mut program = Code::at(PROGRAM);
    program.svc(0).nop();
    let mut handler = Code::at(HANDLER);
    handler.nop().hang();
    let mut rig = Rig::new(&program, &[(11, &handler), (2, &handler)]);
    rig.halt();
    assert_eq!(rig.step(0), HANDLER);
    rig.put(15, HANDLER + 2);
    rig.core.set_nmi();
    rig.step(0);
    // The NMI's frame returns to where the debugger has put the core.
    assert_eq!(rig.word(STACK - 64 + 24), HANDLER + 2);
}

type End = (Vec<Seen>, u64, u64, Vec<u32>, Vec<u8>);

/// A random program to its end, by running or by stepping; it has SVC, PendSV, IT blocks, devices, code that it changes, and
/// floating point where there is such a unit.
fn drive(config: &CortexConfig, seed: u64, stepping: bool) -> End {
    let mut core = cortex_m::new(config).expect("core");
    let mut handler = Code::at(HANDLER);
    handler.adds(R2, 5).ret();
    load(&mut *core, &handler);
    let (program, fault) = if config.model.architecture() == Architecture::V6M {
        (random_armv6m::program(seed, PROGRAM, 3, true), random_armv6m::skip_instruction(handler.end()))
    } else {
        // The floating-point unit may be off where the program wants it: it is switched on.
        let mut fault = Code::at(handler.end());
        fault.push(0xc0).store(CPACR, FULL_ACCESS).pop(0xc0).ret();
        (random::program(seed, PROGRAM, 3, config.model.float()), fault)
    };
    load(&mut *core, &program);
    load(&mut *core, &fault);
    let mut routine = Code::at(ROUTINE);
    routine.adds(R1, 1).ret();
    load(&mut *core, &routine);
    let vectors = [(0, STACK), (1, PROGRAM | 1), (3, fault.base | 1), (11, HANDLER | 1), (14, HANDLER | 1)];
    for (index, value) in vectors {
        assert!(core.poke(4 * index, &value.to_le_bytes()));
    }
    core.reset();
    let mut rig = Rig { core, bus: Recorder::default() };
    rig.control(C_DEBUGEN | if stepping { C_HALT } else { 0 });
    for _ in 0..20_000 {
        if stepping {
            rig.set(DFSR, u32::MAX);
            rig.step(0);
        }
        if rig.run(u64::MAX) == CoreStop::Halted && rig.see(DFSR) & BKPT != 0 {
            // S0-S31 and FPSCR too, where there are any.
            let registers = (0..19).chain([33]).chain(0x40..0x60).map(|register| rig.get(register)).collect();
            let mut memory = vec![0; 0x1_0000];
            assert!(rig.core.peek(RAM, &mut memory));
            return (rig.bus.log, rig.core.cycles(), rig.core.instructions(), registers, memory);
        }
    }
    panic!("seed {seed} does not end: {:?}", rig.core.fault_report());
}

#[test]
fn stepping_is_running() {
    compare_stepping(&rig::config(false), 30);
    compare_stepping(&rig::m4f(false), 30);
}

#[test]
fn stepping_is_running_on_armv6m() {
    compare_stepping(&rig::M0.config(false), 30);
    compare_stepping(&rig::M0_PLUS.config(false), 30);
}

fn compare_stepping(config: &CortexConfig, seeds: u64) {
    let mut instructions = 0;
    for seed in 0..seeds {
        let (run, stepped) = (drive(config, seed, false), drive(config, seed, true));
        assert_eq!(stepped.0, run.0, "seed {seed}: accesses, with their cycles");
        assert_eq!(stepped, run, "seed {seed}");
        instructions += run.2;
    }
    assert!(instructions > 2_500, "{instructions}");
}

/// What a debugger without sense may do.
#[derive(Clone, Debug)]
enum Act {
    Read(u32, u8),
    Write(u32, u8, u32),
    Register(u32, u32),
    Control(u32),
    Run(u64),
    Reset,
}

fn act() -> impl Strategy<Value = Act> {
    let address = prop_oneof![
        Just(DHCSR),
        Just(DEMCR),
        Just(AIRCR),
        Just(FP_CTRL),
        (0_u32..8).prop_map(|index| FP_COMP0 + 4 * index),
        (0_u32..0x400).prop_map(|index| 0xe000_e000 + 4 * index),
        (0_u32..0x1000).prop_map(|offset| RAM + 4 * offset),
        (0_u32..0x400).prop_map(|offset| 4 * offset),
        any::<u32>().prop_map(|address| address & !3),
    ];
    let value = prop_oneof![any::<u32>(), (0_u32..0x1000).prop_map(|offset| PROGRAM + offset), Just(0x05fa_0007)];
    prop_oneof![
        (address.clone(), prop_oneof![Just(1), Just(2), Just(4)]).prop_map(|(address, size)| Act::Read(address, size)),
        (address, prop_oneof![Just(1), Just(2), Just(4)], value.clone())
            .prop_map(|(address, size, value)| Act::Write(address, size, value)),
        (0_u32..0x80, value).prop_map(|(register, value)| Act::Register(register, value)),
        (0_u32..16).prop_map(Act::Control),
        (1_u64..200).prop_map(Act::Run),
        Just(Act::Reset),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing panics, every run comes back, and the core is a debugger's again whenever it wants.
    #[test]
    fn a_debugger_without_sense_does_no_harm(
        seed in 0_u64..1000,
        acts in proptest::collection::vec(act(), 1..60),
    ) {
        let mut rig = Rig::new(&random::program(seed, PROGRAM, 3, None), &[]);
        for act in acts {
            match act {
                Act::Read(address, size) => {
                    let _ = rig.core.debugger_read(&mut rig.bus, address, size);
                }
                Act::Write(address, size, value) => {
                    let _ = rig.core.debugger_write(&mut rig.bus, address, size, value);
                }
                Act::Register(register, value) => rig.put(register, value),
                Act::Control(bits) => rig.control(bits),
                Act::Run(cycles) => drop(rig.run(rig.core.cycles() + cycles)),
                Act::Reset => rig.core.system_reset(),
            }
        }
        rig.halt();
        rig.core.system_reset();
        rig.halt();
        rig.put(0, 42);
        prop_assert_eq!(rig.get(0), 42);
    }
}

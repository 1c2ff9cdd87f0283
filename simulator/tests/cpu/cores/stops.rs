//! What ends a run on one core ends it for all, and says which core it was.

use bksim::machine::{Machine, Options};
use bksim::probe::Chip;
use bksim_protocol::message::Stop;

use super::{BOTH, SECOND, SIO, STACKS, board, first, machine, registry, run, run_until, second, word};
use crate::asm::{Code, R0, R1};
use crate::rig::RAM;

/// Core 0 counts for ever.
fn counts() -> Code {
    let mut code = first();
    code.mov32(R1, RAM + 0x100).movs(R0, 0).pool();
    let top = code.here();
    code.adds(R0, 1).str(R0, R1, 0).branch(top);
    code
}

/// HardFault in a HardFault handler that does not exist: lockup (Arm DDI 0419, B1.5.6). The other core could go on, but what
/// it did without its partner would help nobody to find the fault.
#[test]
fn a_lockup_of_one_core_ends_the_run() {
    for engines in BOTH {
        let mut faults = second();
        faults.nops(100).mov32(R0, 0xf000_0000).ldr(R0, R0, 0);
        let mut machine = machine(engines, [&counts(), &faults], &[]);
        let stop = run(&mut machine);
        let Stop::Lockup { report } = &stop else { panic!("{stop:?}") };
        assert!(report.summary.starts_with("core 1: "), "{}", report.summary);
        assert_eq!(
            report.registers[13],
            u64::from(STACKS[1]) - 0x20,
            "below the first fault's frame on core 1's stack"
        );
        assert!(word(&machine, RAM + 0x100) > 10, "core 0 has run, too");
        assert_eq!(machine.step(None), Some(stop), "for good");
    }
}

#[test]
fn a_breakpoint_of_either_core_ends_the_run() {
    for engines in BOTH {
        let mut other = second();
        other.nops(10).bkpt(3);
        let stop = run(&mut machine(engines, [&counts(), &other], &[]));
        assert_eq!(stop, Stop::Breakpoint { pc: u64::from(SECOND) + 20 });
    }
}

/// SYS_WRITEC and SYS_EXIT_EXTENDED (semihosting 2.0) of the core that asks.
#[test]
fn each_core_can_call_the_debugger() {
    for engines in BOTH {
        let mut other = second();
        // r0 must come back: SYS_ERRNO gives 0 into core 1's r0.
        other.mov32(R1, RAM + 0x200).movs(R0, 0x13).bkpt(0xab).str(R0, R1, 0);
        other.store(RAM + 0x208, 0x20026).store(RAM + 0x20c, 7).mov32(R1, RAM + 0x208).movs(R0, 0x20).bkpt(0xab);
        let mut machine = machine(engines, [&counts(), &other], &[]);
        assert_eq!(run(&mut machine), Stop::Exit { code: 7 });
        assert_eq!(
            word(&machine, RAM + 0x200),
            88,
            "ENOSYS: nothing had gone wrong before, but the call is not served"
        );
    }
}

/// AIRCR.SYSRESETREQ (Arm DDI 0419, B3.2.6) of one core is a reset of the system.
#[test]
fn a_reset_request_of_one_core_is_one_of_the_system() {
    for engines in BOTH {
        let mut other = second();
        other.store(0xe000_ed0c, 0x05fa_0004).hang();
        assert_eq!(run(&mut machine(engines, [&counts(), &other], &[])), Stop::Reset);
    }
}

/// A pin that resets the chip resets all cores, which begin together.
#[test]
fn after_a_reset_all_cores_begin_again() {
    let mut twice = [first(), second()];
    for (code, begun) in twice.iter_mut().zip([RAM + 0x100, RAM + 0x104]) {
        code.mov32(R1, begun).ldr(R0, R1, 0).adds(R0, 1).str(R0, R1, 0).hang();
    }
    for engines in BOTH {
        let mut machine = machine(engines, [&twice[0], &twice[1]], &[]);
        machine.wire_probe();
        for begun in 1..4 {
            assert_eq!(run_until(&mut machine, begun * 10_000 * super::CYCLE), Stop::Time);
            assert_eq!([word(&machine, RAM + 0x100), word(&machine, RAM + 0x104)], [begun as u32; 2], "{engines:?}");
            machine.set_reset(true);
            machine.set_reset(false);
        }
    }
}

#[test]
fn it_is_asleep_when_all_cores_are() {
    for engines in BOTH {
        let (mut one, mut other) = (first(), second());
        one.nops(1000).wfi();
        other.wfe();
        let stop = run(&mut machine(engines, [&one, &other], &[]));
        assert!(matches!(stop, Stop::Asleep { .. }), "{stop:?}");
    }
}

/// The SIO's pins (RP2040 Datasheet, 2.3.1.2), which the model has not.
#[test]
fn what_is_not_modelled_is_told_of_the_core_that_wanted_it() {
    for engines in BOTH {
        let mut other = second();
        other.mov32(R0, SIO).ldr(R1, R0, 4).hang();
        let stop = run(&mut machine(engines, [&counts(), &other], &[]));
        let Stop::Unmodelled { access } = stop else { panic!("{stop:?}") };
        assert_eq!((access.address, access.pc), (u64::from(SIO) + 4, u64::from(SECOND) + 2));
    }
}

/// A stop at a time comes where the cores meet, at the end of a quantum of 256 cycles; by then neither is further than an
/// instruction.
#[test]
fn a_time_to_stop_at_is_rounded_up_to_where_the_cores_meet() {
    for engines in BOTH {
        let mut other = second();
        other.hang();
        let mut machine = machine(engines, [&counts(), &other], &[]);
        for (asked, met) in [(1000, 1024), (1024, 1024), (1025, 1280), (1281, 1536)] {
            assert_eq!(run_until(&mut machine, asked * super::CYCLE), Stop::Time);
            let clock = machine.now() / super::CYCLE;
            assert!((met..met + 3).contains(&clock), "{asked}: {clock}");
        }
    }
}

/// The debugger sees core 0: while that is halted, core 1 stands still, too.
#[test]
fn a_debugger_halts_both_and_sees_core_0() {
    const DHCSR: u32 = 0xe000_edf0;
    let mut other = second();
    other.mov32(R1, RAM + 0x104).movs(R0, 0).pool();
    let top = other.here();
    other.adds(R0, 1).str(R0, R1, 0).branch(top);
    let mut machine = machine(super::Engines::Fast, [&counts(), &other], &[]);
    machine.wire_probe();
    let mut n = 0;
    let mut go = |machine: &mut Machine| {
        n += 1;
        machine.begin_run();
        for _ in 0..3 {
            let _ = machine.step(Some(n * 100_000 * super::CYCLE));
        }
        machine.end_batch();
        [0x100, 0x104].map(|offset| machine.load(RAM + offset, 4).unwrap())
    };
    let running = go(&mut machine);
    machine.store(DHCSR, 4, 0xa05f_0003).unwrap();
    let halted = go(&mut machine);
    assert_eq!(machine.load(DHCSR, 4).unwrap() >> 17 & 1, 1, "S_HALT");
    assert!(halted[0] >= running[0] && halted[1] >= running[1]);
    assert_eq!(go(&mut machine), halted);
    assert_eq!(machine.load(SIO, 4), Ok(0), "it asks as core 0");
    machine.store(DHCSR, 4, 0xa05f_0001).unwrap();
    let on = go(&mut machine);
    assert!(on[0] > halted[0] && on[1] > halted[1], "{halted:?} {on:?}");
}

/// The board's file is all that it takes.
#[test]
fn a_board_with_two_cores_is_built_from_its_file() {
    let mut boot = Code::armv6m_at(8);
    boot.mov32(R0, SIO).ldr(R0, R0, 0).put(&[0x0080]).mov32(R1, RAM).put(&[0x1809]); // adds r1, r1, r0
    boot.adds(R0, 1).str(R0, R1, 0).wfi();
    let image = [STACKS[0].to_le_bytes().to_vec(), 9_u32.to_le_bytes().to_vec(), boot.bytes()].concat();
    let checked = registry().check("two-cortex-m0plus").unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    let options = Options { address: Some(0), ..Options::default() };
    let (mut machine, created) = Machine::create(&board(), Some(&image), None, options).unwrap();
    assert_eq!((created.core_hz, created.entry), (100_000_000, 8));
    assert!(matches!(run(&mut machine), Stop::Asleep { .. }));
    assert_eq!([word(&machine, RAM), word(&machine, RAM + 4)], [1, 5]);
}

/// More cores than there can be are refused, with the reason; so is a second hart.
#[test]
fn numbers_of_cores_that_cannot_be() {
    let refused = |board| Machine::create(&board, None, None, Options::default()).err().unwrap().to_string();
    let mut many = board();
    many.chip.cores = 9;
    assert_eq!(refused(many), "board two-cortex-m0plus: 9 cores: up to 8 are possible");
    let mut harts =
        bluekernel_boards::Registry::new(bluekernel_boards::SearchPath::built_in()).board("hifive1").unwrap();
    harts.chip.cores = 2;
    assert_eq!(refused(harts), "board hifive1: the chip has 2 harts, and bksim runs one");
}

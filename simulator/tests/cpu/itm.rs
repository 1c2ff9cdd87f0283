//! The Instrumentation Trace Macrocell (Arm DDI 0403E, C1.7): what firmware says by its stimulus ports.

use std::collections::BTreeMap;

use bksim::cpu::cortex_m::{CoreModel, CortexConfig};

use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::{self, PROGRAM, Rig, also_on_all, on_armv6m};

const STIM: u32 = 0xe000_0000;
const TER: u32 = 0xe000_0e00;
const TPR: u32 = 0xe000_0e40;
const TCR: u32 = 0xe000_0e80;
const LAR: u32 = 0xe000_0fb0;
const DEMCR: u32 = 0xe000_edfc;
const TRCENA: u32 = 1 << 24;

/// `1: ldr r3, [r0]; cmp r3, #0; beq 1b; strb r2, [r0]`, the loop of CMSIS's `ITM_SendChar`.
const SEND: [u16; 4] = [0x6803, 0x2b00, 0xd0fc, 0x7002];

/// A program that opens all ports, and whatever `more` adds to it.
fn opened(more: impl Fn(&mut Code)) -> Code {
    let mut program = Code::at(PROGRAM);
    program.store(DEMCR, TRCENA).store(LAR, 0xc5ac_ce55).store(TCR, 1).store(TER, u32::MAX);
    more(&mut program);
    program.bkpt(0);
    program
}

fn said(config: &CortexConfig, program: &Code) -> (BTreeMap<u8, Vec<u8>>, Rig) {
    let mut rig = Rig::with(config, program, &[]);
    rig.run_to_breakpoint();
    assert_eq!(rig.core.fault_report(), None);
    (rig.core.take_stimuli(), rig)
}

fn only(port: u8, bytes: &[u8]) -> BTreeMap<u8, Vec<u8>> {
    BTreeMap::from([(port, bytes.to_vec())])
}

#[test]
fn text_as_cmsis_sends_it() {
    let m33 = CortexConfig { model: CoreModel::CortexM33, ..rig::config(true) };
    for config in [rig::config(false), rig::config(true), m33] {
        let program = opened(|code| {
            code.mov32(R0, STIM);
            for byte in *b"hello" {
                code.movs(R2, byte.into()).put(&SEND);
            }
        });
        let (ports, mut rig) = said(&config, &program);
        assert_eq!(ports, only(0, b"hello"));
        assert_eq!(rig.core.take_stimuli(), BTreeMap::new(), "what was fetched is gone");
    }
}

#[test]
fn a_store_gives_as_many_bytes_as_it_has() {
    // C1.7.3: byte, halfword and word make packets of their size, the lowest byte first.
    let program = opened(|code| {
        code.mov32(R0, STIM + 4 * 31).mov32(R2, 0x6463_6261);
        code.put(&[0x7002, 0x8002, 0x6002]); // strb r2, [r0]; strh; str
    });
    assert_eq!(said(&rig::config(false), &program).0, only(31, b"aababcd"));
}

#[test]
fn a_port_that_is_not_enabled_takes_nothing_and_says_so() {
    // C1.7.3: STIM reads 0 while the unit or the port is disabled, and a write is ignored.
    for closed in [(DEMCR, 0), (TCR, 0), (TER, !(1 << 3))] {
        let program = opened(|code| {
            code.store(closed.0, closed.1);
            code.mov32(R0, STIM + 4 * 3).movs(R1, 9).ldr(R1, R0, 0).str(R2, R0, 0);
        });
        let (ports, rig) = said(&rig::config(false), &program);
        assert_eq!((ports, rig.register(1)), (BTreeMap::new(), 0), "{closed:x?}");
    }
}

#[test]
fn nothing_is_ready_after_reset() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, STIM).movs(R1, 9).ldr(R1, R0, 0).store(TCR, 1).mov32(R0, TCR).ldr(R2, R0, 0).bkpt(0);
    let (ports, rig) = said(&rig::config(false), &program);
    assert_eq!((ports, rig.register(1), rig.register(2)), (BTreeMap::new(), 0, 0), "and TCR is locked");
}

#[test]
fn unprivileged_code_reaches_the_ports_it_is_given_and_no_fault_is_raised() {
    // C1.7.4: TPR bit n keeps ports 8n to 8n + 7 for privileged code; other registers ignore unprivileged writes.
    let program = opened(|code| {
        code.store(TPR, 1).movs(R0, 1).msr(20, R0).put(&[0xf3bf, 0x8f6f]); // isb
        code.store(STIM, 0x41).store(STIM + 4 * 8, 0x42).store(TPR, 0).store(TCR, 0);
        code.mov32(R0, STIM).ldr(R1, R0, 0).ldr(R3, R0, 4 * 8);
    });
    for config in [rig::config(false), rig::config(true)] {
        let (ports, rig) = said(&config, &program);
        assert_eq!((ports, rig.register(1), rig.register(3)), (only(8, &[0x42, 0, 0, 0]), 0, 1));
    }
}

#[test]
fn a_debugger_sets_the_ports_up_without_the_lock() {
    let mut program = Code::at(PROGRAM);
    program.bkpt(1).store(STIM, 0x4443_4241).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    for (address, value) in [(DEMCR, TRCENA), (TCR, 1), (TER, 1)] {
        rig.core.debugger_write(&mut rig.bus, address, 4, value).unwrap();
        assert_eq!(rig.core.debugger_read(&mut rig.bus, address, 4), Ok(value));
    }
    assert_eq!(rig.run_to_breakpoint(), PROGRAM);
    assert!(rig.core.poke(PROGRAM, &[0, 0xbf])); // nop
    rig.run_to_breakpoint();
    assert_eq!(rig.core.take_stimuli(), only(0, b"ABCD"));
}

#[test]
fn a_system_reset_leaves_the_ports_as_they_are() {
    let (_, mut rig) = said(&rig::config(false), &opened(|_| {}));
    rig.core.system_reset();
    let registers = [TER, TCR].map(|address| rig.core.debugger_read(&mut rig.bus, address, 4));
    assert_eq!(registers, [Ok(u32::MAX), Ok(1)]);
}

#[test]
fn armv6_m_has_none() {
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(TCR, 1).store(TER, 1).store(STIM, 0x41).bkpt(0);
        let mut rig = Rig::with(&cpu.config(false), &program, &[]);
        rig.run_to_breakpoint();
        assert_eq!(rig.core.take_stimuli(), BTreeMap::new());
    });
}

also_on_all! {
    MAINLINE as mainline {
        a_store_gives_as_many_bytes_as_it_has,
        a_port_that_is_not_enabled_takes_nothing_and_says_so,
        nothing_is_ready_after_reset,
        unprivileged_code_reaches_the_ports_it_is_given_and_no_fault_is_raised,
        a_debugger_sets_the_ports_up_without_the_lock,
        a_system_reset_leaves_the_ports_as_they_are,
    }
}

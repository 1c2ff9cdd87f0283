//! Physical memory protection as instructions meet it (privileged specification, 3.7), on pages that are permitted as a
//! whole and on pages that are not.

use bksim::cpu::riscv::RiscvModel::{self, Rv32Imac, Rv64Gc};

use crate::asm::{A0, A1, A2, A3, A4, A5, Code, S0, S1, T0, T1, ZERO};
use crate::rig::{DEVICE, HANDLER, PROGRAM, RAM, Rig, also_on, csr};

const R: u32 = 1;
const W: u32 = 2;
const X: u32 = 4;
const TOR: u32 = 1 << 3;
const NA4: u32 = 2 << 3;
const NAPOT: u32 = 3 << 3;
const LOCKED: u32 = 1 << 7;
const MPRV: u32 = 1 << 17;

/// The address register of a range of `size` bytes, a power of two.
fn napot(base: u32, size: u32) -> u32 {
    base >> 2 | (size / 8 - 1)
}

/// M-mode sets the entries up and goes to U-mode; the flash memory is executable there. What is given runs in U-mode, with
/// s0 at RAM and s1 at the device.
fn in_user_mode(model: RiscvModel, entries: &[(u32, u32)], body: impl FnOnce(&mut Code)) -> Code {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER);
    let mut config = R | X | NAPOT;
    program.csrw(csr::PMPADDR0, napot(PROGRAM, 0x1000));
    for (index, (bits, address)) in (1..).zip(entries) {
        program.csrw(csr::PMPADDR0 + index, *address);
        config |= bits << (8 * index);
    }
    program.csrw(csr::PMPCFG0, config);
    if model == Rv64Gc {
        program.li_unsigned(S0, RAM);
    } else {
        program.li(S0, RAM);
    }
    program.li(S1, DEVICE).auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
    body(&mut program);
    program
}

/// (mcause, mepc, mtval) of the trap that ends the program.
fn trap(model: RiscvModel, program: &Code) -> (u64, u64, u64) {
    let mut handler = Code::at(HANDLER);
    handler.csrr(A3, csr::MCAUSE).csrr(A4, csr::MEPC).csrr(A5, csr::MTVAL).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    let mut rig = Rig::counting(model, &[program, &handler]);
    rig.run_to_breakpoint();
    (rig.register(A3), rig.register(A4), rig.register(A5))
}

/// ECALL from U-mode: everything before it was permitted.
const CALL: u64 = 8;

#[test]
fn user_mode_may_do_what_an_entry_says() {
    for model in [Rv32Imac, Rv64Gc] {
        for (rights, loads, stores) in [(R | W, true, true), (R, true, false), (0, false, false), (X, false, false)] {
            // Whole pages, and 16 bytes of one.
            for size in [0x1000, 16] {
                let entries = [(NAPOT | rights, napot(RAM, size))];
                let mut pc = 0;
                let load = in_user_mode(model, &entries, |code| {
                    pc = code.here();
                    code.lw(A0, S0, 4).ecall();
                });
                let expected = if loads { CALL } else { 5 };
                let seen = trap(model, &load);
                assert_eq!(seen.0, expected, "{rights} {size}");
                assert!(loads || (seen.1, seen.2) == (pc.into(), u64::from(RAM) + 4));
                let store = in_user_mode(model, &entries, |code| {
                    pc = code.here();
                    code.sw(A0, S0, 8).ecall();
                });
                let seen = trap(model, &store);
                assert_eq!(seen.0, if stores { CALL } else { 7 }, "{rights} {size}");
                assert!(stores || (seen.1, seen.2) == (pc.into(), u64::from(RAM) + 8));
            }
        }
    }
}

/// The border is exact, for every size of access, and nothing of a refused access happens.
#[test]
fn borders_inside_a_page() {
    for model in [Rv32Imac, Rv64Gc] {
        let entries = [(NAPOT | R | W, napot(RAM + 0x100, 0x20))];
        for (funct3, size) in [(0, 1), (1, 2), (2, 4), (3, 8)] {
            if size == 8 && model == Rv32Imac {
                continue;
            }
            for (offset, permitted) in [(0x100 - size, false), (0x100, true), (0x120 - size, true), (0x120, false)] {
                let program = in_user_mode(model, &entries, |code| {
                    code.addi(A0, ZERO, -1).store(funct3, A0, S0, offset).load(funct3, A1, S0, offset).ecall();
                });
                let seen = trap(model, &program);
                assert_eq!(seen.0, if permitted { CALL } else { 7 }, "{size} at {offset:#x}");
                assert!(permitted || seen.2 == u64::from(RAM) + offset as u64);
            }
        }
        // Not aligned, across the border: the bytes behind it are refused.
        let program = in_user_mode(model, &entries, |code| {
            code.lw(A0, S0, 0x11e);
        });
        assert_eq!((trap(model, &program).0, trap(model, &program).2), (5, u64::from(RAM) + 0x120));
        let program = in_user_mode(model, &entries, |code| {
            code.addi(A0, ZERO, -1).sw(A0, S0, 0x102).lw(A1, S0, 0x102).sw(A0, S0, 0x11e);
        });
        let mut handler = Code::at(HANDLER);
        handler.csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
        let mut rig = Rig::counting(model, &[&program, &handler]);
        rig.run_to_breakpoint();
        assert_eq!([0x100, 0x104, 0x11c, 0x120].map(|at| rig.word(RAM + at)), [0xffff_0000, 0xffff, 0, 0]);
        assert_eq!(rig.register(A1) as u32, u32::MAX);
    }
}

#[test]
fn devices_are_protected_too() {
    let entries = [(NA4 | R, (DEVICE + 4) >> 2)];
    let mut rig_log = Vec::new();
    for (offset, stores, cause) in [(4, false, CALL), (0, false, 5), (4, true, 7), (8, false, 5)] {
        let program = in_user_mode(Rv32Imac, &entries, |code| {
            if stores {
                code.sw(A0, S1, offset);
            } else {
                code.lw(A0, S1, offset);
            }
            code.ecall();
        });
        let mut handler = Code::at(HANDLER);
        handler.csrr(A3, csr::MCAUSE).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
        let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(A3), cause, "{offset} {stores}");
        rig_log.extend(rig.bus.log.iter().map(|seen| seen.2));
    }
    assert_eq!(rig_log, [DEVICE + 4], "the device sees only what is permitted");
}

/// Code that ends in the middle of a page: it runs to there, with branches, loops, AUIPC, and compressed instructions.
#[test]
fn code_of_a_page_that_is_permitted_in_part() {
    for model in [Rv32Imac, Rv64Gc] {
        let entries = [(NAPOT | R | W, napot(RAM, 0x40)), (NAPOT | R | X, napot(RAM + 0x100, 0x80))];
        let mut routine = Code::at(RAM + 0x100);
        routine.addi(A0, ZERO, 5).auipc(A1, 0);
        let again = routine.here();
        routine.half(0x157d).bne(A0, ZERO, again); // c.addi a0, -1
        routine.sw(A1, S0, 0);
        let over = routine.here() + 8;
        routine.jal(T1, over).nop().word(0x02b5_0533); // mul
        while routine.here() < RAM + 0x17e {
            routine.half(0x0001);
        }
        let last = routine.here();
        routine.half(0x0605).half(0x0605); // c.addi a2, 1 twice: the second is beyond
        let program = in_user_mode(model, &entries, |code| {
            code.jalr(ZERO, S0, 0x100);
        });
        let mut handler = Code::at(HANDLER);
        handler.csrr(A3, csr::MCAUSE).csrr(A4, csr::MEPC).csrr(A5, csr::MTVAL).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
        let mut rig = Rig::counting(model, &[&program, &handler, &routine]);
        rig.run_to_breakpoint();
        let behind = u64::from(last) + 2;
        assert_eq!((rig.register(A3), rig.register(A4), rig.register(A5)), (1, behind, behind));
        assert_eq!((rig.register(A2), rig.word(RAM), rig.register(T1) as u32), (1, RAM + 0x104, RAM + 0x116));
    }
}

/// An instruction of four bytes of which only the first two may be fetched: epc is its address, mtval the refused part's.
#[test]
fn an_instruction_across_the_border() {
    let entries = [(TOR, RAM >> 2), (TOR | R | X, (RAM + 0x104) >> 2)];
    let mut routine = Code::at(RAM + 0x100);
    routine.half(0x0001).nop();
    let program = in_user_mode(Rv32Imac, &entries, |code| {
        code.jalr(ZERO, S0, 0x100);
    });
    let mut handler = Code::at(HANDLER);
    handler.csrr(A3, csr::MCAUSE).csrr(A4, csr::MEPC).csrr(A5, csr::MTVAL).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &handler, &routine]);
    rig.run_to_breakpoint();
    let base = u64::from(RAM);
    assert_eq!((rig.register(A3), rig.register(A4), rig.register(A5)), (1, base + 0x102, base + 0x104));
}

/// Without an entry U-mode may do nothing, not even fetch; M-mode may do everything.
#[test]
fn nothing_is_permitted_by_default() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
    let user = program.here();
    program.nop();
    assert_eq!(trap(Rv32Imac, &program), (1, user.into(), user.into()));
}

/// A locked entry binds M-mode, at the very next instruction, and stays until a reset.
#[test]
fn machine_mode_is_bound_by_locked_entries() {
    for model in [Rv32Imac, Rv64Gc] {
        let mut program = Code::at(PROGRAM);
        if model == Rv64Gc {
            program.li_unsigned(S0, RAM);
        } else {
            program.li(S0, RAM);
        }
        program.csrw(csr::MTVEC, HANDLER).sw(S0, S0, 4).csrw(csr::PMPADDR0, napot(RAM, 8));
        program.li(T1, LOCKED | NAPOT | R).csrrw(ZERO, csr::PMPCFG0, T1).lw(A0, S0, 4).csrw(csr::PMPCFG0, 0);
        let pc = program.here();
        program.sw(ZERO, S0, 4);
        assert_eq!(trap(model, &program), (7, pc.into(), u64::from(RAM) + 4));
    }
}

/// MPRV: loads and stores have the rights of MPP; fetches have those of M-mode (3.1.6.3).
#[test]
fn loads_and_stores_with_other_rights() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).li(S0, RAM).csrw(csr::PMPADDR0, napot(RAM, 0x1000)).csrw(csr::PMPCFG0, NAPOT | R);
    program.sw(S0, S0, 0).csrw(csr::MSTATUS, MPRV).lw(A0, S0, 0).csrw(csr::MSTATUS, 0).sw(A0, S0, 4);
    program.csrw(csr::MSTATUS, MPRV);
    let pc = program.here();
    program.sw(S0, S0, 0);
    assert_eq!(trap(Rv32Imac, &program), (7, pc.into(), RAM.into()));
    // A trap's handler runs with MPP U now, and MPRV as it was: it is the handler's to clear.
}

/// Rights that are taken away hold at once, for pages that were used before.
#[test]
fn rights_change_while_a_program_runs() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).li(S0, RAM).csrw(csr::PMPADDR0, napot(PROGRAM, 0x2000));
    program.csrw(csr::PMPADDR0 + 1, napot(RAM, 0x1000)).csrw(csr::PMPCFG0, (NAPOT | R | W) << 8 | NAPOT | R | X);
    program.li(A1, 0);
    let user = program.here() + 16;
    program.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
    assert_eq!(program.here(), user);
    program.sw(S0, S0, 0).addi(A1, A1, 1).ecall();
    // The first time: take W away, and do it again.
    let mut handler = Code::at(HANDLER);
    handler.csrr(A3, csr::MCAUSE).addi(A4, ZERO, 8).unless(1, A3, A4, |code| {
        code.csrw(csr::PMPCFG0, (NAPOT | R) << 8 | NAPOT | R | X).li(T0, user).csrrw(ZERO, csr::MEPC, T0).mret();
    });
    handler.csrr(A5, csr::MTVAL).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A3), rig.register(A5), rig.register(A1)), (7, RAM.into(), 1));
}

also_on! {
    [rv32imc: Rv32Imc, rv32imafc: Rv32Imafc] {
        user_mode_may_do_what_an_entry_says,
        borders_inside_a_page,
        devices_are_protected_too,
        code_of_a_page_that_is_permitted_in_part,
        an_instruction_across_the_border,
        nothing_is_permitted_by_default,
        machine_mode_is_bound_by_locked_entries,
        loads_and_stores_with_other_rights,
        rights_change_while_a_program_runs,
    }
}

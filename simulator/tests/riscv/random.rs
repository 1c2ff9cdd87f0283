//! Random programs, for comparing engines: integer, compressed, atomic and floating-point instructions, memory and a
//! device (also unaligned), branches, code that is written and then run, control and status registers, traps, modes with
//! and without the right to what they touch.
//!
//! Data is in x10 to x15. The handler has x28 to x31 for itself.

use bksim::cpu::riscv::Isa;

use crate::asm::{A0, Code, RA, S0, S1, ZERO};
use crate::numbers::Numbers;
use crate::rig::{DEVICE, DEVICE_QUIET, RAM, csr};

const ROUNDS: u32 = 18;
const POINTER: u32 = 19;
/// Where code goes on that may not be fetched.
const RESCUE: u32 = 20;
const T3: u32 = 28;
const T4: u32 = 29;
const T5: u32 = 30;

/// What s0 points to.
pub(crate) const DATA: u32 = RAM + 0x1_0100;
/// A routine in RAM that the program calls and overwrites.
pub(crate) const ROUTINE: u32 = RAM + 0x1_1000;

/// Branches by their funct3.
const BEQ: u32 = 0;
const BNE: u32 = 1;
const BLT: u32 = 4;

/// mstatus.MPP, mstatus.FS.
const MPP: u32 = 3 << 11;
const FS: u32 = 3 << 13;

/// Steps over what raised an exception; ends an interrupt at the device. ECALL comes back in M-mode, and so does code that
/// may not be fetched, at its rescue.
pub(crate) fn handler(base: u32) -> Code {
    let mut code = Code::at(base);
    let to_machine = |code: &mut Code| {
        code.li(T5, MPP).csrrs(ZERO, csr::MSTATUS, T5);
    };
    code.csrr(T3, csr::MCAUSE).unless(5, T3, ZERO, |code| {
        code.li(T4, DEVICE_QUIET).lw(T5, T4, 0).mret(); // of an interrupt
    });
    code.addi(T4, ZERO, 1).unless(BNE, T3, T4, |code| {
        code.csrrw(ZERO, csr::MEPC, RESCUE);
        to_machine(code);
        code.mret();
    });
    // The length of the instruction: its low bits are 11 if it is of four bytes.
    code.csrr(T4, csr::MEPC).load(5, T5, T4, 0).addi(T4, T4, 2).word(0x003f_7f13).addi(T5, T5, -3); // andi t5, t5, 3
    code.unless(BNE, T5, ZERO, |code| {
        code.addi(T4, T4, 2);
    });
    code.csrrw(ZERO, csr::MEPC, T4).addi(T4, ZERO, 8).unless(BNE, T3, T4, to_machine);
    code.mret();
    code
}

/// A pointer, on a core of 64 bits without its sign.
fn point(isa: Isa, code: &mut Code, register: u32, address: u32) {
    if isa.wide {
        code.li_unsigned(register, address);
    } else {
        code.li(register, address);
    }
}

/// One of the data registers.
fn data(n: &mut Numbers) -> u32 {
    A0 + n.below(6) as u32
}

/// Mostly memory, sometimes the device.
fn base(n: &mut Numbers) -> u32 {
    if n.one_in(3) { S1 } else { S0 }
}

fn bits(n: &mut Numbers, bound: u64) -> u32 {
    n.below(bound) as u32
}

/// An instruction that goes on behind itself.
fn plain(n: &mut Numbers, code: &mut Code, isa: Isa) {
    let (a, b, c, base) = (data(n), data(n), data(n), base(n));
    let register =
        |funct7: u32, funct3: u32, opcode: u32| funct7 << 25 | c << 20 | b << 15 | funct3 << 12 | a << 7 | opcode;
    let offset = 8 * n.below(4) as i32;
    match n.below(26) {
        0 | 1 => code.word(register(0, bits(n, 8), 0x33)),
        2 => code.word(register(0x20, if n.one_in(2) { 0 } else { 5 }, 0x33)),
        3 => code.word(register(1, bits(n, 8), 0x33)), // mul to remu
        4 if isa.wide => code.word(register(1, [0, 4, 5, 6, 7][n.below(5) as usize], 0x3b)),
        5 if isa.wide => code.word(register(0, [0, 1, 5][n.below(3) as usize], 0x3b)),
        4..=6 => code.addi(a, b, n.below(4096) as i32 - 2048),
        7 => code.word(bits(n, 1 << 20) << 12 | a << 7 | 0x37), // lui
        8 | 9 => code.auipc(a, bits(n, 1 << 20)),
        10 | 11 => {
            let (size, funct3) = [(1, 0), (1, 4), (2, 1), (2, 5), (4, 2), (8, 3), (4, 6)]
                [n.below(if isa.wide { 7 } else { 5 }) as usize];
            code.load(funct3, a, base, offset + size * n.below(8 / size as u64) as i32)
        }
        12 | 13 => {
            let funct3 = bits(n, if isa.wide { 4 } else { 3 });
            code.store(funct3, a, base, offset)
        }
        // Not aligned: of memory, and of the device, which refuses.
        14 => code.load(if n.one_in(2) { 2 } else { 1 }, a, base, 1 + n.below(30) as i32),
        15 => code.store(if n.one_in(2) { 2 } else { 1 }, a, base, 1 + n.below(30) as i32),
        16 => code.half(0x0001 | (a << 7) as u16 | n.half(32) << 2), // c.addi
        17 => code.half(0x4001 | (a << 7) as u16 | n.half(32) << 2), // c.li
        18 => code.half(0x8002 | (a << 7 | b << 2) as u16),          // c.mv
        19 => code.half(0x9002 | (a << 7 | b << 2) as u16),          // c.add
        20 => code.half(0x8c01 | ((a - 8) << 7 | bits(n, 4) << 5 | (b - 8) << 2) as u16), // c.sub to c.and
        21 => code.half(0x4000 | ((base - 8) << 7 | bits(n, 8) << 10 | (a - 8) << 2) as u16), // c.lw
        22 => code.half(0xc000 | ((base - 8) << 7 | bits(n, 8) << 10 | (a - 8) << 2) as u16), // c.sw
        23 => {
            // Atomic: of memory, of the device, seldom not aligned.
            code.addi(POINTER, base, if n.one_in(6) { 2 } else { offset });
            let funct5 = [0, 1, 4, 8, 12, 16, 20, 24, 28][n.below(9) as usize];
            code.amo(funct5, if isa.wide && n.one_in(2) { 8 } else { 4 }, a, b, POINTER)
        }
        24 => {
            code.addi(POINTER, base, offset).lr(a, POINTER);
            if n.one_in(3) {
                code.sw(c, POINTER, if n.one_in(2) { 0 } else { 4 });
            }
            code.sc(b, c, POINTER)
        }
        _ => code.nop(),
    };
}

/// An instruction of the floating-point unit, or of its registers.
fn float(n: &mut Numbers, code: &mut Code, isa: Isa) {
    let (a, base) = (data(n), base(n));
    let [x, y, z, w] = [0; 4].map(|_| bits(n, 8));
    let double = u32::from(isa.double && n.one_in(2));
    let rounding = [0, 1, 2, 3, 4, 7][n.below(6) as usize];
    let arithmetic = |funct5: u32, funct3: u32, rs2: u32| {
        funct5 << 27 | double << 25 | rs2 << 20 | y << 15 | funct3 << 12 | x << 7 | 0x53
    };
    let offset = 8 * bits(n, 4);
    match n.below(16) {
        0..=3 => code.word(arithmetic(bits(n, 4), rounding, z)),
        4 => code.word(arithmetic(0xb, rounding, 0)),     // fsqrt
        5 => code.word(arithmetic(4, bits(n, 3), z)),     // fsgnj
        6 | 7 => code.word(arithmetic(5, bits(n, 2), z)), // fmin, fmax
        8 => {
            let opcode = 0x43 + 4 * bits(n, 4);
            code.word(w << 27 | double << 25 | z << 20 | y << 15 | rounding << 12 | x << 7 | opcode)
        }
        9 => code.word(0xa000_0053 | double << 25 | z << 20 | y << 15 | bits(n, 3) << 12 | a << 7), // feq to fle
        10 => code.word(0xc000_0053 | double << 25 | bits(n, 2) << 20 | y << 15 | rounding << 12 | a << 7), // fcvt.w
        11 => code.word(0xd000_0053 | double << 25 | bits(n, 2) << 20 | a << 15 | rounding << 12 | x << 7), // fcvt.s.w
        12 if isa.double => {
            code.word(0x4000_0053 | (1 - double) << 20 | double << 25 | y << 15 | rounding << 12 | x << 7)
        }
        12 | 13 => code.word(offset << 20 | base << 15 | (2 + double) << 12 | x << 7 | 0x07), // flw, fld
        14 => code.word((offset >> 5) << 25 | x << 20 | base << 15 | (2 + double) << 12 | (offset & 31) << 7 | 0x27),
        _ => match n.below(4) {
            0 => code.csrr(a, csr::FCSR),
            1 => code.csrrw(a, csr::FFLAGS, ZERO),
            2 => code.csrrw(ZERO, 0x002, a), // frm, seldom valid
            _ => code.word(0x0020_5073),     // csrwi frm, 0
        },
    };
}

/// What leads elsewhere, or concerns the core as a whole.
fn free(n: &mut Numbers, code: &mut Code, isa: Isa) {
    let (a, b) = (data(n), data(n));
    match n.below(18) {
        0..=2 => {
            let mut some = n.below(3) as usize;
            let funct3 = [BEQ, BNE, BLT, 5, 6, 7][n.below(6) as usize];
            code.unless(funct3, a, b, |code| {
                while some > 0 {
                    plain(n, code, isa);
                    some -= 1;
                }
            });
        }
        3 => {
            code.half(0xc001 | ((a - 8) << 7 | 2 << 3 | bits(n, 2) << 13) as u16); // c.beqz, c.bnez over one
            code.half(0x0505); // c.addi a0, 1
        }
        4 => {
            code.jal(a, code.here() + 8).nop();
        }
        5 => {
            // auipc a, 0; jalr b, 12(a) over one; nop
            code.auipc(a, 0).jalr(b, a, 12).nop();
        }
        6 | 7 => {
            point(isa, code, POINTER, ROUTINE);
            code.jalr(RA, POINTER, 0);
        }
        8 => {
            // Writes another instruction into the routine: addi a0, a0, 0 to 7.
            point(isa, code, POINTER, ROUTINE);
            code.li(a, 0x0005_0513 | bits(n, 8) << 20).sw(a, POINTER, 0).fence_i();
        }
        9 => {
            code.csrr(a, [csr::CYCLE, csr::INSTRET, csr::MCYCLE, csr::TIME][n.below(4) as usize]);
        }
        10 => {
            code.csrrw(a, csr::MSCRATCH, b).csrr(b, csr::MIP);
        }
        11 => {
            code.csrci(csr::MSTATUS, 8);
        }
        12 | 13 => {
            code.csrsi(csr::MSTATUS, 8);
        }
        14 => {
            code.ecall();
        }
        15 => {
            code.word(bits(n, 2) << 31); // illegal, of two bytes and of four
        }
        16 => {
            // The floating-point unit off, or on again.
            code.li(POINTER, FS);
            if n.one_in(3) {
                code.csrrc(ZERO, csr::MSTATUS, POINTER);
            } else {
                code.csrrs(ZERO, csr::MSTATUS, POINTER);
            }
        }
        _ => in_user_mode(n, code, isa),
    }
}

/// Some instructions with U-mode's rights, and back.
fn in_user_mode(n: &mut Numbers, code: &mut Code, isa: Isa) {
    let mut inner = Code::at(code.here() + 28);
    for _ in 0..n.below(6) {
        if n.one_in(8) {
            free_of_traps(n, &mut inner, isa);
        } else {
            plain(n, &mut inner, isa);
        }
    }
    inner.ecall();
    // auipc s3, 0; addi s4, s3, behind; addi s3, s3, 28; csrw mepc, s3; lui s3, MPP; csrc mstatus, s3; mret
    let behind = inner.here() - code.here();
    code.auipc(POINTER, 0).addi(RESCUE, POINTER, behind as i32).addi(POINTER, POINTER, 28);
    code.csrrw(ZERO, csr::MEPC, POINTER).word((MPP + 0x800) & 0xffff_f000 | POINTER << 7 | 0x37);
    code.csrrc(ZERO, csr::MSTATUS, POINTER).mret();
    assert_eq!(code.here(), inner.base);
    code.bytes.extend(inner.bytes);
}

/// What U-mode is refused, or not.
fn free_of_traps(n: &mut Numbers, code: &mut Code, isa: Isa) {
    let a = data(n);
    match n.below(5) {
        0 => code.csrr(a, csr::CYCLE),
        1 => code.csrr(a, csr::MSCRATCH),
        2 => code.word(0x1050_0073), // wfi
        3 => code.mret(),
        _ => {
            point(isa, code, POINTER, ROUTINE);
            code.jalr(RA, POINTER, 0)
        }
    };
}

/// What U-mode may do where: all of it, or parts whose borders lie inside pages, a few of them for M-mode, too.
fn protect(n: &mut Numbers, code: &mut Code) {
    let all = n.one_in(2);
    let mut config = 0;
    for entry in 0..3 {
        let around = [DATA, DEVICE, ROUTINE][n.below(3) as usize];
        // Powers of two from 8 bytes on: 0 is 8, 1 is 16 and so on.
        let ones = (1 << n.below(8)) - 1;
        let address = (around + 8 * bits(n, 8)) >> 2;
        code.csrw(csr::PMPADDR0 + entry, address & !(2 * ones + 1) | ones);
        let rights = [0, 1, 3, 4, 5, 7][n.below(6) as usize];
        let locked = if n.one_in(8) { 0x80 } else { 0 };
        config |= (0x18 | rights | locked) << (8 * entry);
    }
    // Behind them: everything, or nothing but the code.
    code.csrw(csr::PMPADDR0 + 3, if all { u32::MAX } else { (code.base + 0x8a8) >> 2 });
    config |= if all { 0x1f } else { 0x0d } << 24;
    code.csrw(csr::PMPCFG0, config);
}

/// A program of some rounds; `kinds` of instructions beside the integer ones.
pub(crate) fn program(n: &mut Numbers, start: u32, handler: u32, isa: Isa, protected: bool) -> Code {
    let mut code = Code::at(start);
    point(isa, &mut code, POINTER, handler);
    code.csrrw(ZERO, csr::MTVEC, POINTER).csrw(csr::MIE, 0x888).csrw(csr::MCOUNTEREN, 1);
    if isa.float {
        code.li(POINTER, FS).csrrs(ZERO, csr::MSTATUS, POINTER);
    }
    if protected {
        protect(n, &mut code);
    } else {
        code.csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
    }
    point(isa, &mut code, S0, DATA);
    code.li(S1, DEVICE).li(ROUNDS, 12);
    for register in 0..6 {
        code.li(A0 + register, n.below(1 << 32) as u32);
    }
    let again = code.here();
    for _ in 0..40 + n.below(60) {
        match n.below(if isa.float { 12 } else { 9 }) {
            0..=6 => plain(n, &mut code, isa),
            7 | 8 => free(n, &mut code, isa),
            _ => float(n, &mut code, isa),
        }
    }
    code.addi(ROUNDS, ROUNDS, -1).unless(BEQ, ROUNDS, ZERO, |code| {
        code.jal(ZERO, again);
    });
    // Nobody handles traps now: EBREAK ends the run.
    code.csrci(csr::MSTATUS, 8).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    code
}

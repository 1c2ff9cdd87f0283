//! Hostile firmware for RISC-V: traps that go anywhere, every control and status register written, code that is noise.

use crate::numbers::Numbers;
use crate::places::Places;
use crate::riscv_asm::{Code, RA, T0, T1, ZERO};

/// CLINT and PLIC are devices of the boards; nothing else has a fixed address.
pub(crate) const REGISTERS: &[u32] =
    &[0x0200_0000, 0x0200_4000, 0x0200_4004, 0x0200_bff8, 0x0c00_0004, 0x0c20_0000, 0x0c20_0004];

/// Control and status registers that do something (Privileged Architecture 20211203, chapter 2).
const CSRS: [u32; 32] = [
    0x001, 0x002, 0x003, 0x100, 0x104, 0x105, 0x106, 0x140, 0x141, 0x142, 0x143, 0x144, 0x180, 0x300, 0x301, 0x302,
    0x303, 0x304, 0x305, 0x306, 0x320, 0x340, 0x341, 0x342, 0x343, 0x344, 0x3a0, 0x3a1, 0x3b0, 0x3b1, 0xb00, 0xb02,
];
const MSTATUS: u32 = 0x300;
const MIE: u32 = 0x304;
const MTVEC: u32 = 0x305;
const MEPC: u32 = 0x341;

/// An image to be loaded where the board's code begins.
pub(crate) fn image(n: &mut Numbers, places: &Places) -> Vec<u8> {
    let mut code = Code::at(places.code);
    // Over the handler, which steps over what trapped and has x31 for that.
    code.jal(ZERO, places.code + 24);
    code.csrr(31, MEPC).addi(31, 31, if n.one_in(2) { 4 } else { 2 }).csrrw(ZERO, MEPC, 31).mret().nop();
    let handler = match n.below(8) {
        0 => places.value(n),
        1 => places.code + 5, // vectored
        _ => places.code + 4,
    };
    let unsigned = n.one_in(2);
    set(&mut code, T0, handler, unsigned);
    code.csrrw(ZERO, MTVEC, T0);
    if n.one_in(2) {
        code.li(T0, u32::MAX).csrrw(ZERO, MIE, T0).csrsi(MSTATUS, 8);
    }
    let noise = [0, 1, 4, 12][n.below(4) as usize];
    let mut targets = vec![code.here()];
    for _ in 0..20 + n.below(200) {
        targets.push(code.here());
        if n.below(13) < noise {
            if n.one_in(2) {
                code.half(n.half(1 << 16));
            } else {
                code.word(n.below(1 << 32) as u32);
            }
        } else {
            aimed(n, &mut code, places, &targets);
        }
    }
    if n.one_in(4) {
        code.hang();
    } else {
        code.li_unsigned(T0, places.code).jalr(ZERO, T0, 0);
    }
    code.bytes
}

/// A register gets an address; on a core of 64 bits without its sign, unless the program is one for 32 bits.
fn set(code: &mut Code, register: u32, value: u32, unsigned: bool) {
    if unsigned && value >> 31 == 1 {
        code.li_unsigned(register, value)
    } else {
        code.li(register, value)
    };
}

fn aimed(n: &mut Numbers, code: &mut Code, places: &Places, targets: &[u32]) {
    let (value, place, unsigned) = (places.value(n), places.address(n), n.one_in(2));
    let any = n.below(32) as u32;
    match n.below(24) {
        0..=6 => {
            set(code, T1, place, unsigned);
            code.li(T0, value);
            let width = n.below(4) as u32;
            if n.one_in(3) {
                code.load(width, T0, T1, 0)
            } else {
                code.store(width, T0, T1, 0)
            };
        }
        7..=10 => {
            let csr = if n.one_in(4) { n.below(4096) as u32 } else { CSRS[n.below(32) as usize] };
            code.li(T0, value);
            match n.below(3) {
                0 => code.csrrw(any, csr, T0),
                1 => code.csrrs(any, csr, T0),
                _ => code.csrrc(any, csr, T0),
            };
        }
        11 => {
            // A return to anywhere, with the rights of anybody.
            let to = if n.one_in(2) { targets[n.below(targets.len() as u64) as usize] } else { value };
            set(code, T0, to, unsigned);
            code.csrrw(ZERO, MEPC, T0).li(T0, n.below(4) as u32 * 0x800).csrrs(ZERO, MSTATUS, T0).mret();
        }
        12 => {
            code.ecall();
        }
        13 if n.one_in(6) => {
            // ebreak, or the call of the debugger that semihosting is
            code.li(10, n.below(0x34) as u32).li(11, place).word(0x01f0_1013).ebreak().word(0x4070_5013);
        }
        14 => {
            set(code, T0, place, unsigned);
            code.jalr(RA, T0, 0);
        }
        15 => {
            code.word([0x1050_0073, 0x1020_0073, 0x0000_100f, 0x1200_0073, 0x0ff0_000f][n.below(5) as usize]);
        }
        16 => {
            set(code, T1, place, unsigned);
            code.amo(n.below(32) as u32, 2 + n.below(2) as u32, T0, any, T1);
        }
        17 => {
            let to = targets[targets.len() - 1 - n.below(targets.len().min(8) as u64) as usize];
            code.branch([0, 1, 4, 5, 6, 7][n.below(6) as usize], any, T0, to);
        }
        18 => {
            // Writes code into RAM and calls it, without a fence.
            let at = places.ram.0 + 4 * n.below(0x400) as u32;
            set(code, T1, at, unsigned);
            code.li(T0, n.below(1 << 32) as u32).sw(T0, T1, 0).li(T0, 0x0000_8067).sw(T0, T1, 4).jalr(RA, T1, 0);
        }
        19 => {
            // Stores through the address space from somewhere on.
            set(code, T1, place, unsigned);
            code.li(5, 1 + n.below(255) as u32).li(7, 4 << n.below(28));
            let again = code.here();
            code.sw(any, T1, 0).add(T1, T1, 7).addi(5, 5, -1).bne(5, ZERO, again);
        }
        20 => {
            // Memory protection.
            let entry = n.below(16) as u32;
            code.li(T0, value).csrrw(ZERO, 0x3b0 + entry, T0).li(T0, places.value(n)).csrrw(
                ZERO,
                0x3a0 + entry / 4,
                T0,
            );
        }
        21 => {
            code.li(2, place);
        }
        22 => {
            code.li(T0, 0x6000).csrrs(ZERO, MSTATUS, T0);
        }
        _ => {
            code.word(
                (n.below(1 << 25) as u32) << 7 | [0x13, 0x33, 0x53, 0x07, 0x27, 0x2f, 0x3b, 0x73][n.below(8) as usize],
            );
        }
    }
}

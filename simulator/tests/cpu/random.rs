//! Random programs, for comparing engines: straight code, IT blocks, multiple and paired transfers with write-back,
//! accesses of a device (also unaligned, also inside IT), branches, calls into flash and RAM, exceptions, masks.

use bksim::cpu::cortex_m::thumb::float::Extension;

use crate::asm::{Code, R0, R4, R5, R6, R7};
pub(crate) use crate::numbers::Numbers;
use crate::random_float;
use crate::rig::{self, DEVICE, RAM};

/// r4 points to data in RAM, r5 to the device, r6 counts rounds, r7 is a scratch pointer, r0-r3 are data.
pub(crate) const DATA: u32 = RAM + 0x100;
/// A routine in RAM that the program calls and overwrites.
pub(crate) const ROUTINE: u32 = RAM + 0x1000;

/// Instructions that may stand inside an IT block as well as outside.
fn plain(n: &mut Numbers, code: &mut Code) {
    let (a, b, c) = (n.half(4), n.half(4), n.half(4));
    // Mostly memory, sometimes the device.
    let base = if n.one_in(3) { R5 } else { R4 };
    let anywhere = if rig::devices_are_aligned() { R4 } else { base };
    let offset = n.half(4);
    match n.below(28) {
        26 => code.put(&[0xf3bf, 0x8f6f]),                                              // isb
        0 => code.put(&[0x1800 | a << 6 | b << 3 | c]),                                 // adds
        1 => code.put(&[0x1a00 | a << 6 | b << 3 | c]),                                 // subs
        2 => code.put(&[0x3000 | a << 8 | n.half(256)]),                                // adds #
        3 => code.put(&[0x4040 | a << 3 | b]),                                          // eors
        4 => code.put(&[0x2800 | a << 8 | n.half(256)]),                                // cmp #
        5 => code.put(&[0x0040 | a << 3 | b]),                                          // lsls #1
        6 | 7 => code.put(&[0x6800 | offset << 6 | base << 3 | a]),                     // ldr
        8 | 9 => code.put(&[0x6000 | offset << 6 | base << 3 | a]),                     // str
        10 => code.put(&[0x7800 | offset << 6 | base << 3 | a]),                        // ldrb
        11 => code.put(&[0x7000 | offset << 6 | base << 3 | a]),                        // strb
        12 => code.put(&[0x8800 | offset << 6 | base << 3 | a]),                        // ldrh
        13 => code.put(&[0x8000 | offset << 6 | base << 3 | a]),                        // strh
        14 => code.put(&[0xe9d0 | base, a << 12 | ((a + 1) & 3) << 8 | offset.min(2)]), // ldrd
        15 => code.put(&[0xe9c0 | base, a << 12 | b << 8 | offset.min(2)]),             // strd
        16 => code.put(&[0xa000 | a << 8 | n.half(8)]),                                 // adr
        17 => code.put(&[0xf100 | a, b << 8 | n.half(200)]),                            // add.w #
        18 => code.put(&[0xfb00 | a, c << 12 | b << 8 | a]),                            // mla
        19 => code.put(&[0xfbb0 | a, 0xf0f0 | b << 8 | c]),                             // udiv
        20 => code.put(&[0xfba0 | a, a << 12 | ((a + 1) & 3) << 8 | b]),                // umull
        21 => code.put(&[0x4678 | a]),                                                  // mov a, pc
        22 => code.put(&[0x4478 | a]),                                                  // add a, pc
        23 => code.put(&[0xf8d0 | base, a << 12 | 0x100 | n.half(0x40) << 2]),          // ldr.w far
        24 => code.put(&[0xf8c0 | base, a << 12 | (4 * n.half(8))]),                    // str.w
        25 => code.put(&[0xf8d0 | anywhere, a << 12 | (1 + n.half(3))]),                // ldr.w unaligned
        _ => code.put(&[0xf8c0 | anywhere, a << 12 | (1 + n.half(3))]),                 // str.w unaligned
    };
}

/// `mov r7, base` in front of what moves its base.
pub(crate) fn point(n: &mut Numbers, code: &mut Code) {
    let base = if n.one_in(3) { R5 } else { R4 };
    code.put(&[0x4600 | base << 3 | R7]);
}

/// Instructions that stand outside IT blocks only here.
fn free(n: &mut Numbers, code: &mut Code) {
    let a = n.half(4);
    match n.below(18) {
        0 => {
            point(n, code);
            code.put(&[0xc800 | R7 << 8 | (1 + n.half(15))]); // ldmia r7!
        }
        1 => {
            point(n, code);
            code.put(&[0xc000 | R7 << 8 | (1 + n.half(15))]); // stmia r7!
        }
        2 => {
            code.push(0x0f).pop(0x0f);
        }
        3 => {
            point(n, code);
            code.put(&[0xf850 | R7, a << 12 | if n.one_in(2) { 0x0b04 } else { 0x0f04 }]); // ldr r7! or post
        }
        4 => {
            point(n, code);
            code.put(&[0xf840 | R7, a << 12 | if n.one_in(2) { 0x0b04 } else { 0x0f08 }]); // str r7! or post
        }
        5 => {
            point(n, code);
            code.put(&[0xe9d0 | R7, R7 << 12 | a << 8 | n.half(3)]); // ldrd r7, a, [r7, #n]: the base is overwritten
        }
        6 => {
            code.put(&[0xb100 | a]); // cbz over one
            code.adds(a, 1);
        }
        7 => {
            code.put(&[0xd000 | n.half(14) << 8]); // b<c> over one
            code.adds(a, 1);
        }
        // SVC where PRIMASK is set would be a HardFault.
        8 => {
            code.cpsie_i().svc(n.half(256));
        }
        9 => {
            code.cpsid_i();
        }
        10 | 11 => {
            code.cpsie_i();
        }
        12 => {
            code.movs(a, if n.one_in(2) { 0x40 } else { 0 }).msr(17, a); // BASEPRI
        }
        13 => {
            code.mov32(R7, ROUTINE | 1).put(&[0x4780 | R7 << 3]); // blx r7
        }
        14 => {
            // Writes another instruction into the routine: adds r0-r3, #n.
            code.mov32(R7, ROUTINE).movs(a, n.half(256)).put(&[0x7000 | R7 << 3 | a]); // strb a, [r7]
        }
        15 => {
            code.mov32(R7, 0xe000_ed04).put(&[0xf05f, 0x5080 | a << 8]); // movs.w a, #0x10000000: PENDSVSET
            code.str(a, R7, 0);
        }
        16 => {
            code.put(&[0xb500]).put(&[0xf000, 0xf801]).put(&[0xe001]); // push {lr}; bl +2; b over
            code.put(&[0x3101, 0x4770]); // adds r1, #1; bx lr
            code.put(&[0xf85d, 0xeb04]); // pop {lr}
        }
        _ => {
            // ldr a, [pc, #4]; b over; literal
            if code.here() % 4 == 2 {
                code.nop();
            }
            code.put(&[0x4800 | a << 8, 0xe001]).put(&[n.half(0x1_0000), n.half(0x1_0000)]);
        }
    }
}

fn it_block(n: &mut Numbers, code: &mut Code, float: Option<Extension>) {
    let condition = n.half(14);
    let count = 1 + n.half(4);
    let mut mask = 1 << (4 - count);
    for index in 1..count {
        mask |= ((condition & 1) ^ n.half(2)) << (4 - index);
    }
    code.put(&[0xbf00 | condition << 4 | mask]);
    for _ in 0..count {
        match float {
            Some(extension) if n.one_in(2) => random_float::plain(n, code, extension, true),
            _ => plain(n, code),
        }
    }
}

/// The program: set-up, then a body that runs `rounds` times, then BKPT. `float`: with floating point.
pub(crate) fn program(seed: u64, base: u32, rounds: u32, float: Option<Extension>) -> Code {
    let mut n = Numbers::new(seed);
    let mut code = Code::at(base);
    // Interrupt 0 enabled at priority 0x20, SVCall at 0x20, PendSV at 0xe0.
    code.store(0xe000_e100, 1).store(0xe000_e400, 0x20).store(0xe000_ed1c, 0x2000_0000).store(0xe000_ed20, 0xe0_0000);
    code.mov32(R4, DATA).mov32(R5, DEVICE).mov32(R6, rounds);
    for register in R0..4 {
        code.mov32(register, n.below(1 << 32) as u32);
    }
    if float.is_some() {
        random_float::begin(&mut n, &mut code);
    }
    let top = code.here();
    for _ in 0..20 + n.below(60) {
        match n.below(8) {
            0 | 1 => it_block(&mut n, &mut code, float),
            2 | 3 if float.is_some() && n.one_in(2) => random_float::free(&mut n, &mut code),
            2 | 3 => free(&mut n, &mut code),
            _ => match float {
                Some(extension) if n.one_in(2) => random_float::plain(&mut n, &mut code, extension, false),
                _ => plain(&mut n, &mut code),
            },
        }
        if n.one_in(12) {
            code.nop();
        }
    }
    // subs r6, #1; beq over; b.w top; bkpt
    code.subs(R6, 1).put(&[0xd001]);
    let offset = top.wrapping_sub(code.here() + 4);
    let (s, i1, i2) = (offset >> 24 & 1, offset >> 23 & 1, offset >> 22 & 1);
    let (j1, j2) = (!(i1 ^ s) & 1, !(i2 ^ s) & 1);
    code.put(&[
        (0xf000 | s << 10 | offset >> 12 & 0x3ff) as u16,
        (0x9000 | j1 << 13 | j2 << 11 | offset >> 1 & 0x7ff) as u16,
    ]);
    if float.is_some() {
        random_float::end(&mut code);
    }
    code.bkpt(0);
    code
}

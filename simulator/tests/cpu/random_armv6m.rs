//! Random programs of Armv6-M, for comparing engines: what [`crate::random`] has of it, and what is different there: accesses
//! that are not aligned, instructions that do not exist, the unprivileged level.

use crate::asm::{Code, R0, R4, R5, R6, R7};
use crate::random::{DATA, Numbers, ROUTINE, point};
use crate::rig::{DEVICE, RAM};

/// Where the process stack begins.
pub(crate) const PROCESS_STACK: u32 = RAM + 0x6000;

/// A HardFault handler that lets the program go on behind the instruction, privileged and with interrupts.
pub(crate) fn skip_instruction(base: u32) -> Code {
    let mut handler = Code::armv6m_at(base);
    handler.put(&[0x4670, 0x0740]); // mov r0, lr; lsls r0, #29: bit 2 to N
    handler.put(&[0xd402]); // bmi: to MRS PSP
    handler.mrs(R0, 8).put(&[0xe001]).mrs(R0, 9);
    handler.put(&[0x6981, 0x880a, 0x0ad2]); // ldr r1, [r0, #24]; ldrh r2, [r1]; lsrs r2, #11
    handler.put(&[0x2a1d, 0xd300, 0x3102, 0x3102]); // cmp r2, #0x1d; bcc: over one; adds r1, #2; adds r1, #2
    handler.put(&[0x6181]); // str r1, [r0, #24]
    handler.movs(R0, 0).msr(20, R0).cpsie_i().ret();
    handler
}

/// r0-r3 are data, r4 points to RAM, r5 to the device.
fn plain(n: &mut Numbers, code: &mut Code) {
    let (a, b, c) = (n.half(4), n.half(4), n.half(4));
    let base = if n.one_in(3) { R5 } else { R4 };
    let offset = n.half(4);
    match n.below(25) {
        0 => code.put(&[0x1800 | a << 6 | b << 3 | c]),                   // adds
        1 => code.put(&[0x1a00 | a << 6 | b << 3 | c]),                   // subs
        2 => code.put(&[0x3000 | a << 8 | n.half(256)]),                  // adds #
        3 => code.put(&[0x2800 | a << 8 | n.half(256)]),                  // cmp #
        4 => code.put(&[0x4000 | n.half(16) << 6 | a << 3 | b]),          // ands to mvns, muls among them
        5 => code.put(&[n.half(3) << 11 | n.half(32) << 6 | a << 3 | b]), // lsls, lsrs, asrs #
        6 => code.put(&[0xb200 | n.half(4) << 6 | a << 3 | b]),           // sxth to uxtb
        7 => code.put(&[[0xba00, 0xba40, 0xbac0][usize::from(n.half(3))] | a << 3 | b]), // rev, rev16, revsh
        8 => code.put(&[0x4600 | a << 3 | b | n.half(2) << 6]),           // mov, also from r8-r11
        9 => code.put(&[0x4400 | a << 3 | b | n.half(2) << 7]),           // add, also to r8-r11
        10 | 11 => code.put(&[0x6800 | offset << 6 | base << 3 | a]),     // ldr
        12 | 13 => code.put(&[0x6000 | offset << 6 | base << 3 | a]),     // str
        14 => code.put(&[0x7800 | offset << 6 | base << 3 | a]),          // ldrb
        15 => code.put(&[0x7000 | offset << 6 | base << 3 | a]),          // strb
        16 => code.put(&[0x8800 | offset << 6 | base << 3 | a]),          // ldrh
        17 => code.put(&[0x8000 | offset << 6 | base << 3 | a]),          // strh
        18 => code.movs(R7, 2 * offset).put(&[0x5e00 | R7 << 6 | base << 3 | a]), // ldrsh
        19 => code.movs(R7, offset).put(&[0x5600 | R7 << 6 | base << 3 | a]), // ldrsb
        20 => code.put(&[0xa000 | a << 8 | n.half(8)]),                   // adr
        21 => code.put(&[0x4678 | a]),                                    // mov a, pc
        22 => code.put(&[0x4478 | a]),                                    // add a, pc
        23 => code.mrs(a, [0, 3, 5, 16, 20][usize::from(n.half(5))]),
        _ => code.put(&[0xf3bf, 0x8f4f + 0x10 * n.half(3)]), // dsb, dmb, isb
    };
}

fn free(n: &mut Numbers, code: &mut Code) {
    let a = n.half(4);
    match n.below(14) {
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
        3 | 4 => {
            code.put(&[0xd000 | n.half(14) << 8]); // b<c> over one
            code.adds(a, 1);
        }
        5 => {
            code.cpsie_i().svc(n.half(256));
        }
        6 => {
            code.cpsid_i();
        }
        7 | 8 => {
            code.cpsie_i();
        }
        9 => {
            code.mov32(R7, ROUTINE | 1).put(&[0x4780 | R7 << 3]); // blx r7
        }
        10 => {
            // Writes another instruction into the routine: adds r0-r3, #n.
            code.mov32(R7, ROUTINE).movs(a, n.half(256)).put(&[0x7000 | R7 << 3 | a]); // strb a, [r7]
        }
        11 => {
            code.mov32(R7, 0xe000_ed04).mov32(a, 1 << 28).str(a, R7, 0); // PENDSVSET
        }
        12 => {
            code.push(0x100).put(&[0xf000, 0xf801]).put(&[0xe001]); // push {lr}; bl +2; b over
            code.put(&[0x3101, 0x4770]); // adds r1, #1; bx lr
            code.put(&[0xbc80, 0x46be]); // pop {r7}; mov lr, r7
        }
        _ => {
            code.msr(0, a); // flags
        }
    }
}

/// What ends in HardFault, or changes level and stack.
fn special(n: &mut Numbers, code: &mut Code) {
    let (a, b) = (n.half(4), n.half(4));
    let base = if n.one_in(3) { R5 } else { R4 };
    match n.below(7) {
        0 => code.movs(R7, 1 + n.half(3)).put(&[0x5800 | R7 << 6 | base << 3 | a]), // ldr, unaligned
        1 => code.movs(R7, 1 + n.half(3)).put(&[0x5000 | R7 << 6 | base << 3 | a]), // str, unaligned
        2 => code.put(&[0xbf00 | n.half(14) << 4 | (1 + n.half(15))]),              // it
        3 => code.put(&[0xb100 | n.half(2) << 11 | n.half(32) << 3 | a]),           // cbz, cbnz
        4 => code.put(&[0xfb00 | a, 0xf000 | b << 8 | a]),                          // mul.w
        5 => code.put(&[0xf8d0 | base, a << 12 | n.half(8) << 2]),                  // ldr.w
        _ => code.movs(R7, n.half(4)).msr(20, R7),                                  // CONTROL
    };
}

/// The program: set-up, then a body that runs `rounds` times, then BKPT. `specials`: with what faults.
pub(crate) fn program(seed: u64, base: u32, rounds: u32, specials: bool) -> Code {
    let mut n = Numbers::new(seed);
    let mut code = Code::armv6m_at(base);
    // Interrupt 0 enabled at priority 0x40, SVCall at 0x40, PendSV at 0xc0.
    code.store(0xe000_e100, 1).store(0xe000_e400, 0x40).store(0xe000_ed1c, 0x4000_0000).store(0xe000_ed20, 0xc0_0000);
    code.mov32(R0, PROCESS_STACK).msr(9, R0).mov32(R4, DATA).mov32(R5, DEVICE).mov32(R6, rounds);
    for register in R0..4 {
        code.mov32(register, n.below(1 << 32) as u32);
    }
    code.pool();
    let top = code.here();
    for item in 0..20 + n.below(60) {
        match n.below(8) {
            0 if specials => special(&mut n, &mut code),
            1..=3 => free(&mut n, &mut code),
            _ => plain(&mut n, &mut code),
        }
        if n.one_in(12) {
            code.nop();
        }
        if item % 20 == 19 {
            code.pool();
        }
    }
    // subs r6, #1; beq over; b top
    code.subs(R6, 1).put(&[0xd000]).branch(top).bkpt(0);
    code
}

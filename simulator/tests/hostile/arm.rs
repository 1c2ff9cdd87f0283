//! Hostile firmware for Cortex-M: a vector table that points anywhere, and code of which some is noise and some is aimed.

use crate::arm_asm::{Code, R0, R5, R6, R7};
use crate::numbers::Numbers;
use crate::places::Places;

/// Registers of the private peripheral bus: SysTick, NVIC, SCB, MPU, debug, floating point, DWT, ITM, FPB (Arm DDI 0403E,
/// B3.2, B3.3, B3.4, B3.5 and C1).
pub(crate) const REGISTERS: &[u32] = &[
    0xe000_e008,
    0xe000_e010,
    0xe000_e014,
    0xe000_e018,
    0xe000_e100,
    0xe000_e104,
    0xe000_e180,
    0xe000_e200,
    0xe000_e204,
    0xe000_e280,
    0xe000_e300,
    0xe000_e400,
    0xe000_e404,
    0xe000_ed04,
    0xe000_ed08,
    0xe000_ed0c,
    0xe000_ed10,
    0xe000_ed14,
    0xe000_ed18,
    0xe000_ed1c,
    0xe000_ed20,
    0xe000_ed24,
    0xe000_ed28,
    0xe000_ed2c,
    0xe000_ed30,
    0xe000_ed88,
    0xe000_ed94,
    0xe000_ed98,
    0xe000_ed9c,
    0xe000_eda0,
    0xe000_eda4,
    0xe000_edac,
    0xe000_edc0,
    0xe000_edf0,
    0xe000_edf4,
    0xe000_edf8,
    0xe000_edfc,
    0xe000_ef00,
    0xe000_ef34,
    0xe000_ef38,
    0xe000_ef3c,
    0xe000_1000,
    0xe000_1004,
    0xe000_1020,
    0xe000_1024,
    0xe000_1028,
    0xe000_1030,
    0xe000_1038,
    0xe000_0000,
    0xe000_0004,
    0xe000_0e00,
    0xe000_0e80,
    0xe000_2000,
    0xe000_2008,
    0xe000_ef50,
    0xe000_ef6c,
];

const TABLE: usize = 0x200;

/// An image to be loaded where the board has its vector table.
pub(crate) fn image(n: &mut Numbers, places: &Places) -> Vec<u8> {
    let mut program = Code::armv6m_at(places.code + TABLE as u32);
    let start = program.base;
    // Some programs are mostly noise, some mostly aimed.
    let noise = [0, 1, 4, 12][n.below(4) as usize];
    let mut last_pool = 0;
    let mut targets = vec![start];
    for _ in 0..20 + n.below(200) {
        targets.push(program.here());
        if n.below(13) < noise {
            let halfword = n.half(1 << 16);
            program.put(&[halfword]);
        } else {
            aimed(n, &mut program, places, &targets);
        }
        if program.halfwords.len() - last_pool > 100 {
            program.pool();
            last_pool = program.halfwords.len();
        }
    }
    match n.below(4) {
        0 => program.hang(),
        1 => program.put(&[0xbf30, 0xe7fd]), // wfi; b to it
        _ => program.mov32(R0, start | 1).bx(R0),
    };
    program.pool();
    let skip = program.here();
    // Goes on behind the instruction that faulted, wherever the stack is.
    program.put(&[0x9806, 0x3002, 0x9006]).ret(); // ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]
    let quiet = program.here();
    program.ret();
    let stop = program.here();
    program.bkpt(0);
    let (base, size) = places.ram;
    let mut image = Vec::new();
    let tame = n.one_in(2);
    for index in 0..TABLE / 4 {
        let some = targets[n.below(targets.len() as u64) as usize];
        let vector = match (index, n.below(16)) {
            // Just these two must make sense, or the file is refused.
            (0, _) => base + (4 * n.below(u64::from(size.min(0x2_0000)) / 4) as u32).max(8),
            (1, _) => start | 1,
            (3, 0..=7) => skip | 1,
            (_, 0..=5) if tame => quiet | 1,
            (_, 6..=9) => skip | 1,
            (_, 10) => stop | 1,
            (_, 11 | 12) => some | 1,
            (_, 13) => some,
            (_, 14) => 0,
            _ => n.below(1 << 32) as u32,
        };
        image.extend(vector.to_le_bytes());
    }
    image.extend(program.bytes());
    image
}

fn aimed(n: &mut Numbers, code: &mut Code, places: &Places, targets: &[u32]) {
    let value = places.value(n);
    match n.below(32) {
        0..=9 => {
            // str, strh, strb, ldr, ldrh, ldrb, ldrsh of r6 at r7
            let access = [0x603e, 0x803e, 0x703e, 0x683e, 0x883e, 0x783e, 0x5e3e][n.below(7) as usize];
            code.mov32(R7, places.address(n)).mov32(R6, value).put(&[access]);
        }
        10 => {
            let list = 1 + n.half(255);
            let opcode = if n.one_in(2) { 0xc700 } else { 0xcf00 }; // stm r7!, ldm r7!
            code.mov32(R7, places.address(n)).put(&[opcode | list]);
        }
        11 => {
            code.push(1 + n.half(511));
        }
        12 => {
            let most = if n.one_in(8) { 511 } else { 255 };
            code.pop(1 + n.half(most));
        }
        13 => {
            // mov sp, r6
            let stack = if n.one_in(2) { places.address(n) } else { places.ram.0 + n.below(0x1000) as u32 };
            code.mov32(R6, stack).put(&[0x46b5]);
        }
        14 | 15 => {
            let register = [0, 3, 5, 8, 9, 10, 11, 16, 17, 18, 19, 20][n.below(12) as usize];
            let value = if register == 20 { n.below(8) as u32 } else { value };
            code.mov32(R6, value).msr(register, R6);
        }
        16 => {
            let register = n.half(24);
            code.mrs(R6, register);
        }
        17 => {
            // What only an exception may return to.
            let special = [0xffff_fff1, 0xffff_fff9, 0xffff_fffd, 0xffff_ffe1, 0xffff_ffe9, 0xffff_ffed, 0xf000_0001];
            code.mov32(R6, special[n.below(7) as usize]).bx(R6);
        }
        18 => {
            code.mov32(R6, if n.one_in(2) { value } else { places.address(n) }).bx(R6);
        }
        19 => {
            code.svc(n.half(256));
        }
        20 if n.one_in(6) => {
            // Semihosting with an operation and a parameter that may make no sense.
            code.mov32(R0, n.below(0x34) as u32).mov32(1, places.address(n)).bkpt(0xab);
        }
        21 => {
            code.put(&[[0xb672, 0xb662, 0xb671, 0xb661][n.below(4) as usize]]);
        }
        22 => {
            code.put(&[[0xbf30, 0xbf20, 0xbf40, 0xbf10][n.below(4) as usize]]);
        }
        23 => {
            code.put(&[0xf3bf, [0x8f4f, 0x8f5f, 0x8f6f][n.below(3) as usize]]);
        }
        24 => {
            // Back to anything in reach.
            let near: Vec<u32> = targets.iter().copied().filter(|to| code.here() - to < 200).collect();
            if !near.is_empty() {
                let to = near[n.below(near.len() as u64) as usize];
                let condition = n.half(14);
                code.branch_if(condition, to);
            }
        }
        25 => walk(n, code, places),
        26 => {
            // Writes code, into RAM or over itself, and goes there.
            let at = places.ram.0 + 4 * n.below(0x400) as u32;
            code.store(at, n.below(1 << 32) as u32).store(at + 4, 0x4770_4770).mov32(R6, at | 1).put(&[0x47b0]);
        }
        27 => {
            // A block that is run once more after another store into it: it and blx lr.
            let halves = u32::from(n.half(1 << 16)) | 0x4770_0000;
            code.store(places.ram.0 + 0x100, halves).mov32(R6, (places.ram.0 + 0x100) | 1).put(&[0x47b0]);
        }
        28 => {
            // IT and what follows it.
            let mask = 1 + n.half(15);
            code.put(&[0xbf00 | n.half(15) << 4 | mask]);
        }
        29 => {
            // Wide instructions that load, store or compute.
            let first =
                [0xf840, 0xf850, 0xf8c0, 0xe840, 0xe850, 0xe8d0, 0xed80, 0xee00, 0xfb90, 0xf3af][n.below(10) as usize];
            code.put(&[first | n.half(16), n.half(1 << 16)]);
        }
        30 => {
            code.store(0xe000_ed88, 0x00f0_0000);
        }
        _ => {
            code.movs(R5, n.half(256)).put(&[n.half(0x4000)]);
        }
    }
}

/// Stores through the address space from somewhere on, some hundred times.
fn walk(n: &mut Numbers, code: &mut Code, places: &Places) {
    let step = 4 << n.below(28);
    code.mov32(R7, places.address(n)).mov32(R6, places.value(n)).mov32(R5, step);
    code.movs(4, 1 + n.half(255));
    let again = code.here();
    code.put(&[0x603e, 0x197f, 0x3c01]).branch_if(1, again); // str r6, [r7]; adds r7, r7, r5; subs r4, #1; bne
}

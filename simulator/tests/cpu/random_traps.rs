//! Random programs whose bases are often not aligned and whose divisors are often zero, with traps that come and go: both
//! engines must fault at the same instructions, with the same registers. The handler of UsageFault steps over the
//! instruction.

use bksim::cpu::cortex_m::{self, CortexConfig};
use bksim::cpu::{Core, CoreStop};

use crate::asm::{Code, R0, R1, R2, R3, R4, R5, R6, R7};
use crate::numbers::seeds;
use crate::random::Numbers;
use crate::rig::{self, DEVICE, PROGRAM, RAM, Recorder, Seen, load};

const HANDLER: u32 = 0x200;
const SHCSR: u32 = 0xe000_ed24;
const CPACR: u32 = 0xe000_ed88;
const CCR: u32 = 0xe000_ed14;

/// r4 points into RAM, r5 to the device, r7 is the base, r0-r3 are data, r6 is for constants.
fn base(n: &mut Numbers, code: &mut Code) {
    let from = if n.one_in(4) { R5 } else { R4 };
    match n.below(4) {
        0 => code.put(&[0x4600 | from << 3 | R7]),                  // mov r7, from
        1 => code.put(&[0xf100 | from, R7 << 8 | (8 + n.half(8))]), // add.w r7, from, #8..
        2 => code.put(&[0xf84d, from << 12 | 0xc04, 0xf85d, R7 << 12 | 0xc04]), // str from, [sp, #-4]; ldr r7
        _ => code.put(&[0x4600 | from << 3 | R7, 0x3000 | R7 << 8 | (1 + n.half(4))]), // and adds r7, #1..
    };
}

fn access(n: &mut Numbers, code: &mut Code, float: bool) {
    let (a, b) = (n.half(4), n.half(4));
    let other = (a + 1) & 3;
    let list = 1 + n.half(15);
    match n.below(if float { 26 } else { 20 }) {
        0 => code.put(&[0xc800 | R7 << 8 | list]),                       // ldmia r7!
        1 => code.put(&[0xc000 | R7 << 8 | list]),                       // stmia r7!
        2 => code.put(&[0xe910 | R7, 3 | list]),                         // ldmdb r7
        3 => code.put(&[0xe920 | R7, 3 | list]),                         // stmdb r7!
        4 => code.put(&[0xe9d0 | R7, a << 12 | other << 8 | n.half(3)]), // ldrd a, other, [r7, #]
        5 => code.put(&[0xe8e0 | R7, a << 12 | b << 8 | n.half(3)]),     // strd a, b, [r7], #
        6 => code.put(&[0xe970 | R7, a << 12 | other << 8 | n.half(3)]), // ldrd a, other, [r7, #-]!
        7 => code.put(&[0xe850 | R7, a << 12 | 0xf00]),                  // ldrex
        8 => code.put(&[0xe840 | R7, a << 12 | other << 8]),             // strex
        9 => code.put(&[0xe8d0 | R7, a << 12 | 0xf5f]),                  // ldrexh
        10 => code.put(&[0xe8c0 | R7, a << 12 | 0xf50 | other]),         // strexh
        11 => code.put(&[0x6800 | n.half(4) << 6 | R7 << 3 | a]),        // ldr
        12 => code.put(&[0x8000 | n.half(4) << 6 | R7 << 3 | a]),        // strh
        13 => code.put(&[0xf850 | R7, a << 12 | 0xb00 | n.half(8)]),     // ldr a, [r7], #
        14 => code.put(&[0xf840 | R7, a << 12 | 0xf00 | n.half(8)]),     // str a, [r7, #]!
        15 => code.put(&[0xf8b0 | R7, a << 12 | n.half(8)]),             // ldrh.w
        16 | 17 => code.put(&[0xfb90 | n.half(2) << 5 | a, 0xf0f0 | other << 8 | b]), // sdiv, udiv
        18 => code.put(&[0x2000 | b << 8 | n.half(3), 0xfb90 | a, 0xf0f0 | other << 8 | b]), // movs b, #; sdiv
        19 => code.put(&[0x7800 | n.half(4) << 6 | R7 << 3 | a]),        // ldrb
        20 => code.put(&[0xed90 | R7, 0x0a00 | n.half(3)]),              // vldr s0
        21 => code.put(&[0xed80 | R7, 0x0a00 | n.half(3)]),              // vstr s0
        22 => code.put(&[0xed90 | R7, 0x0b00 | n.half(3)]),              // vldr d0
        23 => code.put(&[0xed80 | R7, 0x0b00 | n.half(3)]),              // vstr d0
        24 => code.put(&[0xecb0 | R7, 0x0a03]),                          // vldmia r7!, {s0-s2}
        _ => code.put(&[0xed20 | R7, 0x0b04]),                           // vstmdb r7!, {d0-d1}
    };
}

fn plain(n: &mut Numbers, code: &mut Code) {
    let (a, b) = (n.half(4), n.half(4));
    match n.below(5) {
        0 => code.put(&[0x3000 | a << 8 | n.half(256)]), // adds
        1 => code.put(&[0x4040 | a << 3 | b]),           // eors
        2 => code.put(&[0x2800 | a << 8 | n.half(4)]),   // cmp
        3 => code.put(&[0x0840 | a << 3 | b]),           // lsrs #1
        _ => code.put(&[0x2000 | a << 8 | n.half(2)]),   // movs
    };
}

fn program(seed: u64, base_address: u32, float: bool) -> Code {
    let mut n = Numbers::new(seed ^ 0x7a7a);
    let mut code = Code::at(base_address);
    code.store(SHCSR, 1 << 18).store(CPACR, 0xf << 20).mov32(R4, RAM + 0x200).mov32(R5, DEVICE + 0x10);
    for register in [R0, R1, R2, R3] {
        code.mov32(register, n.below(1 << 32) as u32);
    }
    let round = code.here();
    for _ in 0..24 {
        match n.below(8) {
            0 => {
                let bits = 1 << 9 | n.half(4) << 3;
                code.mov32(R7, CCR).mov32(R6, bits.into()).str(R6, R7, 0);
            }
            1 => {
                base(&mut n, &mut code);
                // itt c
                code.put(&[0xbf04 | n.half(14) << 4]);
                access(&mut n, &mut code, float);
                plain(&mut n, &mut code);
            }
            2 => {
                code.put(&[0xd000 | n.half(14) << 8]); // b<c> over one
                plain(&mut n, &mut code);
            }
            3 => plain(&mut n, &mut code),
            _ => {
                base(&mut n, &mut code);
                access(&mut n, &mut code, float);
                if n.one_in(2) {
                    access(&mut n, &mut code, float);
                }
            }
        }
    }
    code.mov32(R7, RAM).ldr(R6, R7, 0).adds(R6, 1).str(R6, R7, 0).cmp(R6, 4);
    let here = code.here();
    // beq +2; b.w round
    let offset = round.wrapping_sub(here + 2 + 4) >> 1;
    code.put(&[0xd001, 0xf400 | (offset >> 11 & 0x3ff) as u16, 0xb800 | offset as u16 & 0x7ff]).bkpt(1);
    code
}

/// Tells the device what has happened where, steps over the instruction, and leaves its IT block.
fn handler() -> Code {
    let mut code = Code::at(HANDLER);
    code.mov32(R1, 0xe000_ed28).ldr(R2, R1, 0).str(R2, R1, 0).mov32(R3, DEVICE + 0x40).str(R2, R3, 0);
    code.put(&[0x9806]).str(R0, R3, 4); // ldr r0, [sp, #24]
    code.put(&[0x8802, 0x0ad2]).cmp(R2, 0x1d).put(&[0xbf2c, 0x3004, 0x3002]); // ldrh r2, [r0]; lsrs #11; ite cs; adds
    code.put(&[0x9006, 0x9807]); // str r0, [sp, #24]; ldr r0, [sp, #28]
    code.put(&[0xf020, 0x60c0, 0xf420, 0x407c, 0x9007]).ret(); // bic #0x06000000; bic #0xfc00; str r0, [sp, #28]
    code
}

/// Where runs were cut and with which registers, what the device saw, and how it ended.
#[derive(Debug, PartialEq)]
struct History {
    cuts: Vec<(u64, u64, Vec<u64>)>,
    accesses: Vec<Seen>,
    end: String,
    memory: Vec<u8>,
}

fn history(single_step: bool, seed: u64, config: &CortexConfig) -> History {
    let build: fn(&CortexConfig) -> Result<Box<dyn Core>, _> =
        if single_step { cortex_m::new_single_step } else { cortex_m::new };
    let mut core = build(config).expect("core");
    let start = if seed % 5 == 4 { RAM + 0x4000 } else { PROGRAM };
    load(&mut *core, &program(seed, start, config.model.has_float()));
    load(&mut *core, &handler());
    for (index, value) in [(0, rig::STACK), (1, start | 1), (6, HANDLER | 1)] {
        assert!(core.poke(4 * index, &value.to_le_bytes()));
    }
    core.reset();
    let (mut n, mut bus) = (Numbers::new(seed), Recorder::default());
    let registers = |core: &dyn Core| (0..16).map(|index| core.register(index)).collect::<Vec<_>>();
    let mut cuts = Vec::new();
    let end = loop {
        let until = core.cycles() + 1 + if n.one_in(3) { n.below(6) } else { n.below(200) };
        match core.run(&mut bus, until) {
            CoreStop::Horizon => cuts.push((core.cycles(), core.instructions(), registers(&*core))),
            CoreStop::Attention => {}
            stop => break format!("{stop:?}: {:?}", core.fault_report()),
        }
    };
    cuts.push((core.cycles(), core.instructions(), registers(&*core)));
    let mut memory = vec![0; 0x1_0000];
    assert!(core.peek(RAM, &mut memory));
    History { cuts, accesses: bus.log, end, memory }
}

fn compare(config: fn(bool) -> CortexConfig, count: u64) {
    let (mut faults, mut instructions) = (0, 0);
    for seed in seeds(count) {
        let config = config(seed % 4 == 3);
        let (fast, slow) = (history(false, seed, &config), history(true, seed, &config));
        let first = |one: &[Seen], other: &[Seen]| (0..one.len()).find(|&at| one.get(at) != other.get(at));
        if let Some(at) = first(&fast.accesses, &slow.accesses) {
            panic!("seed {seed}: {:x?}, but {:x?} step by step", fast.accesses[at], slow.accesses.get(at));
        }
        if let Some(at) = (0..fast.cuts.len()).find(|&at| fast.cuts.get(at) != slow.cuts.get(at)) {
            panic!("seed {seed}: {:x?}, but {:x?} step by step", fast.cuts[at], slow.cuts.get(at));
        }
        assert!(fast == slow, "seed {seed}: {} but {} step by step", fast.end, slow.end);
        assert!(fast.end.starts_with("Breakpoint"), "seed {seed}: {}", fast.end);
        faults += fast.accesses.iter().filter(|seen| seen.2 == DEVICE + 0x40).count();
        instructions += fast.cuts.last().map_or(0, |cut| cut.1);
    }
    println!("{count} programs, {instructions} instructions, {faults} faults");
    assert!(faults as u64 > count, "too few to show anything");
}

#[test]
fn both_engines_fault_alike() {
    compare(rig::config, 150);
}

#[test]
fn both_engines_fault_alike_with_floating_point() {
    compare(rig::m4f, 60);
}

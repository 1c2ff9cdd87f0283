//! Floating point where the instruction engine alone would not do as the unprivileged specification (20191213, chapters
//! 11 and 12) says: boxes of single precision, minimum and maximum, fused multiplication.
//!
//! Everything else of it was compared with QEMU 7.2, instruction by instruction: it is the engine's own.

use bksim::cpu::riscv::RiscvModel::{self, Rv32Imafc, Rv64Gc};

use crate::asm::{A0, A1, A2, A3, Code, S0, T0, ZERO};
use crate::rig::{PROGRAM, RAM, Rig, csr};

const BOX: u64 = 0xffff_ffff_0000_0000;
const ONE: u64 = 0x3f80_0000;
const TWO: u64 = 0x4000_0000;
const THREE: u64 = 0x4040_0000;
const INFINITY: u64 = 0x7f80_0000;
const QUIET: u64 = 0x7fc0_1234;
const SIGNALING: u64 = 0x7f80_0001;
const CANONICAL: u64 = 0x7fc0_0000;
/// fflags.NV.
const INVALID: u64 = 1 << 4;

/// Instructions on fa0 (f10) and others, by riscv64-unknown-elf-as 2.40.
const FADD_S_FA3_FA0_FA1: u32 = 0x00b5_76d3;
const FMIN_S_FA3_FA0_FA1: u32 = 0x28b5_06d3;
const FMAX_S_FA3_FA0_FA1: u32 = 0x28b5_16d3;
const FMADD_S_FA3_FA0_FA1_FA2: u32 = 0x60b5_76c3;
const FSGNJ_S_FA3_FA0_FA0: u32 = 0x20a5_06d3;
const FMV_X_D_A0_FA3: u32 = 0xe206_8553;
const FMV_X_W_A0_FA3: u32 = 0xe006_8553;
const FCVT_D_S_FA3_FA0: u32 = 0x4205_06d3;
const FMV_W_X_FA3_A0: u32 = 0xf005_06d3;
const FADD_D_FA3_FA3_FA0: u32 = 0x02a6_f6d3;

/// Loads fa0, fa1 and fa2 from memory with all of their bits, does what is given, and ends with fflags in a1.
struct Bench {
    model: RiscvModel,
    operands: [u64; 3],
}

impl Bench {
    /// Runs it in several ways: in a block with the loads, in a block of its own, and cut in front of each instruction.
    fn run(&self, body: impl Fn(&mut Code)) -> Vec<[u64; 4]> {
        let mut results = Vec::new();
        for apart in [false, true] {
            for step in [u64::MAX, 1] {
                let mut program = Code::at(PROGRAM);
                program.li(T0, 3 << 13).csrrs(ZERO, csr::MSTATUS, T0);
                let load = if self.model == Rv64Gc {
                    program.li_unsigned(S0, RAM);
                    0x0004_3507 // fld fa0, 0(s0)
                } else {
                    program.li(S0, RAM);
                    0x0004_2507 // flw fa0, 0(s0)
                };
                for register in 0..3 {
                    program.word(load + (register << 23) + (register << 7));
                }
                if apart {
                    let next = program.here() + 4;
                    program.jal(ZERO, next);
                }
                body(&mut program);
                program.csrr(A1, csr::FFLAGS).ebreak();
                let mut rig = Rig::counting(self.model, &[&program]);
                for (value, register) in self.operands.iter().zip(0..) {
                    assert!(rig.core.poke(RAM + 8 * register, &value.to_le_bytes()));
                }
                while step == 1 && rig.core.cycles() < 30 && rig.core.pc() + 4 < u64::from(program.here()) {
                    rig.run(rig.core.cycles() + 1);
                }
                rig.run_to_breakpoint();
                results.push([A0, A1, A2, A3].map(|register| rig.register(register)));
            }
        }
        results
    }

    /// What all ways come to in a0 and fflags.
    fn result(&self, body: impl Fn(&mut Code)) -> (u64, u64) {
        let results = self.run(body);
        assert!(results.iter().all(|result| *result == results[0]), "{results:x?}");
        (results[0][0], results[0][1])
    }
}

fn wide(operands: [u64; 3]) -> Bench {
    Bench { model: Rv64Gc, operands }
}

/// 12.2: results of single precision are boxed; FSD, FMV.X.D and double precision see the box.
#[test]
fn results_are_boxed() {
    let bench = wide([BOX | ONE, BOX | TWO, 0]);
    assert_eq!(bench.result(|code| _ = code.words(&[FADD_S_FA3_FA0_FA1, FMV_X_D_A0_FA3])), (BOX | THREE, 0));
    let stored = |code: &mut Code| {
        // fsd fa3, 24(s0); ld a0, 24(s0)
        code.word(FADD_S_FA3_FA0_FA1).word(0x00d4_3c27).load(3, A0, S0, 24);
    };
    assert_eq!(bench.result(stored), (BOX | THREE, 0));
    let moved = |code: &mut Code| {
        code.li(A0, 0x4040_0000).words(&[FMV_W_X_FA3_A0, FMV_X_D_A0_FA3]);
    };
    assert_eq!(bench.result(moved), (BOX | THREE, 0));
    // A boxed number is a quiet NaN to double precision: with fa0 it gives the canonical one.
    let double = bench.result(|code| _ = code.words(&[FADD_S_FA3_FA0_FA1, FADD_D_FA3_FA3_FA0, FMV_X_D_A0_FA3]));
    assert_eq!(double, (0x7ff8_0000_0000_0000, 0));
}

/// 12.2: what is not boxed is a NaN to single precision, also to a move of it; FSW and FMV.X.W take the bits.
#[test]
fn what_is_not_boxed_is_a_nan() {
    let bench = wide([ONE, BOX | TWO, 0]);
    assert_eq!(bench.result(|code| _ = code.words(&[FADD_S_FA3_FA0_FA1, FMV_X_D_A0_FA3])), (BOX | CANONICAL, 0));
    assert_eq!(bench.result(|code| _ = code.words(&[FSGNJ_S_FA3_FA0_FA0, FMV_X_D_A0_FA3])), (BOX | CANONICAL, 0));
    let converted = bench.result(|code| _ = code.words(&[FCVT_D_S_FA3_FA0, FMV_X_D_A0_FA3]));
    assert_eq!(converted, (0x7ff8_0000_0000_0000, 0));
    // fsw fa0, 24(s0); lw a0, 24(s0)
    assert_eq!(bench.result(|code| _ = code.word(0x00a4_2c27).lw(A0, S0, 24)), (ONE, 0));
    // The register itself stays as it is: fmv.x.d a0, fa0.
    let kept = bench.result(|code| _ = code.words(&[FADD_S_FA3_FA0_FA1, 0xe205_0553]));
    assert_eq!(kept, (ONE, 0));
    // A signaling NaN that is not boxed does not signal.
    let bench = wide([SIGNALING, BOX | TWO, 0]);
    assert_eq!(bench.result(|code| _ = code.words(&[FADD_S_FA3_FA0_FA1, FMV_X_D_A0_FA3])), (BOX | CANONICAL, 0));
}

/// 11.6: the smaller of a number and a NaN is the number; a signaling NaN raises NV; -0 is smaller than +0.
#[test]
fn minimum_and_maximum() {
    let zero = 1 << 31;
    for (model, boxed) in [(Rv32Imafc, 0), (Rv64Gc, BOX)] {
        for (left, right, smaller, larger, flags) in [
            (ONE, TWO, ONE, TWO, 0),
            (QUIET, TWO, TWO, TWO, 0),
            (ONE, SIGNALING, ONE, ONE, INVALID),
            (QUIET, SIGNALING, CANONICAL, CANONICAL, INVALID),
            (0, zero, zero, 0, 0),
        ] {
            let bench = Bench { model, operands: [boxed | left, boxed | right, 0] };
            let low = |(value, flags): (u64, u64)| (value & 0xffff_ffff, flags);
            let min = bench.result(|code| _ = code.words(&[FMIN_S_FA3_FA0_FA1, FMV_X_W_A0_FA3]));
            assert_eq!(low(min), (smaller, flags), "{left:x} {right:x}");
            let max = bench.result(|code| _ = code.words(&[FMAX_S_FA3_FA0_FA1, FMV_X_W_A0_FA3]));
            assert_eq!(low(max), (larger, flags), "{left:x} {right:x}");
        }
    }
    // A number that is not boxed is a NaN.
    let bench = wide([ONE, BOX | TWO, 0]);
    assert_eq!(bench.result(|code| _ = code.words(&[FMIN_S_FA3_FA0_FA1, FMV_X_D_A0_FA3])), (BOX | TWO, 0));
}

/// 11.6: infinity times zero is invalid, whatever is added.
#[test]
fn infinity_times_zero_is_invalid() {
    for (model, boxed) in [(Rv32Imafc, 0), (Rv64Gc, BOX)] {
        for (operands, flags) in [
            ([INFINITY, 0, QUIET], INVALID),
            ([1 << 31, INFINITY, QUIET], INVALID),
            ([INFINITY, 0, ONE], INVALID),
            ([INFINITY, ONE, QUIET], 0),
            ([QUIET, 0, ONE], 0),
        ] {
            let bench = Bench { model, operands: operands.map(|value| boxed | value) };
            let (value, raised) = bench.result(|code| _ = code.words(&[FMADD_S_FA3_FA0_FA1_FA2, FMV_X_W_A0_FA3]));
            assert_eq!((value & 0xffff_ffff, raised), (CANONICAL, flags), "{operands:x?}");
        }
    }
}

/// `funct7 rs2 rs1 funct3 rd`, OP-FP.
fn op(funct7: u32, rs2: u32, rs1: u32, funct3: u32, rd: u32) -> u32 {
    funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x53
}

/// Unprivileged specification, 11.6 and 11.7: the operands are the numbers that FMUL.S, FSGNJX.S and FMV.W.X have left.
#[test]
fn minimum_and_maximum_of_what_was_computed() {
    for model in [Rv32Imafc, Rv64Gc] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MSTATUS, 1 << 13).li(A0, TWO as u32).li(A1, THREE as u32);
        program.word(op(0x78, 0, A0, 0, 0)).word(op(0x78, 0, A1, 0, 1)); // fmv.w.x f0, a0; fmv.w.x f1, a1
        program.word(op(0x08, 1, 0, 0, 2)); // fmul.s f2, f0, f1
        program.word(op(0x10, 2, 1, 2, 3)); // fsgnjx.s f3, f1, f2
        program.word(op(0x14, 0, 2, 1, 4)).word(op(0x14, 3, 2, 0, 5)); // fmax.s f4, f2, f0; fmin.s f5, f2, f3
        program.word(op(0x70, 0, 4, 0, A2)).word(op(0x70, 0, 5, 0, A3)); // fmv.x.w a2, f4; fmv.x.w a3, f5
        program.ebreak();
        let mut rig = Rig::counting(model, &[&program]);
        rig.run_to_breakpoint();
        let result = |register| f32::from_bits(rig.register(register) as u32);
        assert_eq!((result(A2), result(A3)), (6.0, 3.0), "{model:?}");
    }
}

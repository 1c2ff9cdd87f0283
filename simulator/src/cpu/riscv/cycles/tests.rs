use super::*;
use crate::cpu::riscv::config::RiscvModel;

/// Encodings by riscv64-unknown-elf-as 2.40; figures from the table in the module's head.
fn check(model: RiscvModel, class: &str, cycles: u8, words: &[u32]) {
    for &word in words {
        let costs = CostModel { isa: model.isa(), clock: Clock::Pipeline };
        let cost = costs.instruction(Fetched(word));
        assert_eq!((cost.cycles, cost.refill), (cycles, 0), "{class}: {word:08x}");
        let costs = CostModel { clock: Clock::Instruction, ..costs };
        assert_eq!(costs.instruction(Fetched(word)), Cost { cycles: 1, ..cost }, "{class}: {word:08x}");
    }
}

use RiscvModel::{Rv32Imac, Rv64Gc};

#[test]
fn integers() {
    // add; lui; auipc; slli; fence; c.addi; c.mv
    let arithmetic = [0x00c5_8533, 0x0000_1537, 0x0000_1517, 0x0035_1513, 0x0ff0_000f, 0x1501, 0x857e];
    check(Rv32Imac, "arithmetic", 1, &arithmetic);
    check(Rv32Imac, "mul, mulhsu", 5, &[0x02c5_8533, 0x02c5_a533]);
    check(Rv32Imac, "div, remu", 33, &[0x02c5_c533, 0x02c5_f533]);
    check(Rv64Gc, "mulw", 5, &[0x02c5_853b]);
    check(Rv64Gc, "remuw", 33, &[0x02c5_f53b]);
    check(Rv64Gc, "div of 64 bits", 65, &[0x02c5_c533]);
}

#[test]
fn loads_and_stores() {
    check(Rv32Imac, "sw, sb, c.sw", 1, &[0x00a5_a023, 0x00a5_8023, 0xdc7c]);
    check(Rv32Imac, "lw, c.lw", 2, &[0x0005_a503, 0x41c8]);
    check(Rv32Imac, "lb, lhu", 3, &[0x0005_8503, 0x0005_d503]);
    check(Rv64Gc, "ld, lwu", 2, &[0x0005_b503, 0x0005_e503]);
    check(Rv64Gc, "flw, fld", 2, &[0x0005_2507, 0x0005_3507]);
    check(Rv64Gc, "fsw, fsd", 1, &[0x00a5_2027, 0x00a5_3027]);
    check(Rv64Gc, "lr.w, amoadd.w, amomax.d", 2, &[0x1005_a52f, 0x00c5_a52f, 0xa0c5_b52f]);
    check(Rv64Gc, "sc.w", 1, &[0x18c5_a52f]);
}

/// Backward branches are predicted to be taken, forward ones not to be.
#[test]
fn branches() {
    let costs = CostModel { isa: Rv32Imac.isa(), clock: Clock::Pipeline };
    // beq a0, a1, .-4; c.bnez a1, .-256; bltu a0, a1, .+0xd4; c.beqz a0, .+254
    for word in [0xfeb5_0ee3, 0xf181] {
        assert_eq!(costs.instruction(Fetched(word)), Cost { cycles: 4, refill: 3, after: after::BACKWARD });
    }
    for word in [0x0cb5_6a63, 0xcd7d] {
        assert_eq!(costs.instruction(Fetched(word)), Cost { cycles: 4, refill: 3, after: after::FORWARD });
    }
    let counting = CostModel { clock: Clock::Instruction, ..costs };
    assert_eq!(counting.instruction(Fetched(0xf181)), Cost { cycles: 1, refill: 0, after: 0 });
    check(Rv32Imac, "jal, jalr, c.j, c.jr", 1, &[0x0400_00ef, 0x0005_00e7, 0xb001, 0x8082]);
}

#[test]
fn privileged_instructions() {
    check(Rv32Imac, "csrr, csrrw", 3, &[0x3000_2573, 0x3405_9573]);
    check(Rv32Imac, "mret, wfi, fence.i", 4, &[0x3020_0073, 0x1050_0073, 0x0000_100f]);
    check(Rv64Gc, "sret, sfence.vma", 4, &[0x1020_0073, 0x1200_0073]);
    check(Rv32Imac, "ecall, ebreak", 1, &[0x0000_0073, 0x0010_0073]);
    let costs = CostModel { isa: Rv32Imac.isa(), clock: Clock::Pipeline };
    assert_eq!((costs.trap(), CostModel { clock: Clock::Instruction, ..costs }.trap()), (4, 0));
}

#[test]
fn floating_point() {
    check(Rv64Gc, "fadd.s, fsgnj.s, fmin.s", 4, &[0x00c5_f553, 0x20c5_8553, 0x28c5_8553]);
    check(Rv64Gc, "fsub.d, fmax.d", 6, &[0x0ac5_f553, 0x2ac5_9553]);
    check(Rv64Gc, "fmul.s, fmadd.s", 5, &[0x10c5_f553, 0x68c5_f543]);
    check(Rv64Gc, "fmul.d, fnmsub.d", 7, &[0x12c5_f553, 0x6ac5_f54b]);
    check(Rv64Gc, "fdiv.s, fdiv.d, fsqrt.s", 20, &[0x18c5_f553, 0x1ac5_f553, 0x5805_f553]);
    check(Rv64Gc, "fsqrt.d", 25, &[0x5a05_f553]);
    let conversions = [0xc005_f553, 0xd225_f553, 0x4015_f553, 0xa2c5_a553, 0xe005_9553, 0xe205_8553, 0xf005_0553];
    check(Rv64Gc, "fcvt.w.s, fcvt.d.l, fcvt.s.d, feq.d, fclass.s, fmv.x.d, fmv.w.x", 2, &conversions);
    check(Rv64Gc, "frcsr", 3, &[0x0030_2573]);
}

/// Who executes what: the engine never sees what is not in the core's instruction set.
#[test]
fn whose_an_instruction_is() {
    let after = |model: RiscvModel, word| {
        CostModel { isa: model.isa(), clock: Clock::Pipeline }.instruction(Fetched(word)).after
    };
    // csrr a0, mstatus; csrr a0, cycle; csrr a0, sstatus
    assert_eq!(after(Rv64Gc, 0x3000_2573), after::TRAPS);
    assert_eq!(after(Rv64Gc, 0xc000_2573), after::HOST);
    assert_eq!(after(Rv64Gc, 0x1000_2573), after::HOST);
    // frcsr; fadd.s; fmin.s, with and without F
    assert_eq!(
        [0x0030_2573, 0x28c5_8553].map(|word| after(Rv64Gc, word) & !after::BOXES),
        [after::FLOAT | after::HOST; 2]
    );
    assert_eq!(after(RiscvModel::Rv32Imafc, 0x00c5_f553), after::FLOAT);
    assert_eq!(after(Rv64Gc, 0x00c5_f553), after::FLOAT | after::BOXES);
    assert_eq!(after(Rv64Gc, 0x68c5_f543), after::FLOAT | after::BOXES | after::FUSED);
    assert_eq!([0x0030_2573, 0x00c5_f553, 0x28c5_8553].map(|word| after(Rv32Imac, word)), [after::HOST; 3]);
    // amoadd.w with and without A; add with funct7 2; c.unimp
    assert_eq!((after(Rv32Imac, 0x00c5_a52f), after(RiscvModel::Rv32Imc, 0x00c5_a52f)), (0, after::HOST));
    assert_eq!((after(Rv32Imac, 0x04c5_8533), after(Rv32Imac, 0)), (after::HOST, after::HOST));
    // sc.w; fence.i
    assert_eq!((after(Rv32Imac, 0x18c5_a52f), after(Rv32Imac, 0x100f)), (after::CONDITIONAL, after::FENCE));
}

use super::*;
use crate::cpu::riscv::config::RiscvModel;

fn decode(word: u32) -> Instruction {
    Fetched(word).decode(RiscvModel::Rv64Gc.isa()).expect("an instruction")
}

/// Encodings by riscv64-unknown-elf-as 2.40.
#[test]
fn operands() {
    let memory = |base, offset, size| Memory { base, offset, size };
    // lhu a0, -2048(s11); fsd fa0, 2047(a0); c.swsp t6, 252(sp); amomax.d a0, a2, (a1)
    assert_eq!(decode(0x800d_d503), Instruction::Load { memory: memory(27, -2048, 2), float: false });
    assert_eq!(decode(0x7ea5_3fa7), Instruction::Store { memory: memory(10, 2047, 8), float: true });
    assert_eq!(decode(0xdffe), Instruction::Store { memory: memory(2, 252, 4), float: false });
    assert_eq!(decode(0xa0c5_b52f), Instruction::Atomic(memory(11, 0, 8)));
    // jal ra, .-1048576; jalr t0, -4(t6); bgeu a0, t6, .-4096; auipc a0, 0xfffff
    assert_eq!(decode(0x8000_00ef), Instruction::Jump { rd: 1, offset: -1_048_576 });
    assert_eq!(decode(0xffcf_82e7), Instruction::JumpRegister { rd: 5, rs1: 31, offset: -4 });
    assert_eq!(decode(0x81f5_7063), Instruction::Branch { condition: 7, rs1: 10, rs2: 31, offset: -4096 });
    assert_eq!(decode(0xffff_f517), Instruction::AddToPc { rd: 10, offset: -4096 });
}

/// csrrs a0, mip, zero; csrrci zero, mie, 0; csrrw zero, mscratch, zero
#[test]
fn registers_are_written_or_only_read() {
    let writes = |word| match decode(word) {
        Instruction::Csr(csr) => csr.writes(),
        other => panic!("{other:?}"),
    };
    assert_eq!([0x3440_2573, 0x3040_7073, 0x3400_1073].map(writes), [false, false, true]);
}

#[test]
fn lengths() {
    assert_eq!((length(0x0001), length(0x0013), length(0x001f), length(0xffff)), (2, 4, 4, 4));
    assert_eq!((Fetched::new(0x1501, 0xffff), Fetched::new(0x0513, 0xfe05)), (Fetched(0x1501), Fetched(0xfe05_0513)));
}

use super::*;
use crate::cpu::riscv::config::RiscvModel;

/// The encodings of a compressed instruction and of the same instruction in full, by riscv64-unknown-elf-as 2.40.
#[test]
fn expansions() {
    let pairs = [
        (0x1fe8, 0x3fc1_0513), // c.addi4spn a0, sp, 1020
        (0x41c8, 0x0045_a503), // c.lw a0, 4(a1)
        (0xdc7c, 0x06f4_2e23), // c.sw a5, 124(s0)
        (0x0001, 0x0000_0013), // c.nop
        (0x1501, 0xfe05_0513), // c.addi a0, -32
        (0x42fd, 0x01f0_0293), // c.li t0, 31
        (0x7585, 0xfffe_15b7), // c.lui a1, 0xfffe1
        (0x7101, 0xe001_0113), // c.addi16sp sp, -512
        (0x810d, 0x0035_5513), // c.srli a0, 3
        (0x84fd, 0x41f4_d493), // c.srai s1, 31
        (0x9b7d, 0xfff7_7713), // c.andi a4, -1
        (0x8d0d, 0x40b5_0533), // c.sub a0, a1
        (0x8fe1, 0x0087_f7b3), // c.and a5, s0
        (0xb001, 0x801f_f06f), // c.j .-2048
        (0xcd7d, 0x0e05_0f63), // c.beqz a0, .+254
        (0xf181, 0xf005_90e3), // c.bnez a1, .-256
        (0x0532, 0x00c5_1513), // c.slli a0, 12
        (0x50fe, 0x0fc1_2083), // c.lwsp ra, 252(sp)
        (0xdffe, 0x0ff1_2e23), // c.swsp t6, 252(sp)
        (0x8082, 0x0000_8067), // c.jr ra
        (0x9302, 0x0003_00e7), // c.jalr t1
        (0x857e, 0x01f0_0533), // c.mv a0, t6
        (0x9daa, 0x00ad_8db3), // c.add s11, a0
        (0x9002, 0x0010_0073), // c.ebreak
    ];
    for (half, word) in pairs {
        assert_eq!(expand(half, RiscvModel::Rv32Imac.isa()), Some(word), "{half:#06x}");
    }
}

/// The same halfword is another instruction on a core of 64 bits, or with floating point.
#[test]
fn what_depends_on_the_core() {
    let expand = |half, model: RiscvModel| super::expand(half, model.isa());
    // c.jal .+2; c.addiw zero is reserved, c.addiw ra, 1 is addiw ra, ra, 1.
    assert_eq!(expand(0x2009, RiscvModel::Rv32Imac), Some(0x0020_00ef));
    assert_eq!(expand(0x2009, RiscvModel::Rv64Gc), None);
    assert_eq!(expand(0x2085, RiscvModel::Rv64Gc), Some(0x0010_809b));
    // c.flw fs0, 0(s0); c.ld s0, 0(s0).
    assert_eq!(expand(0x6000, RiscvModel::Rv32Imac), None);
    assert_eq!(expand(0x6000, RiscvModel::Rv32Imafc), Some(0x0004_2407));
    assert_eq!(expand(0x6000, RiscvModel::Rv64Gc), Some(0x0004_3403));
    // c.fld fs0, 0(s0): only with double precision.
    assert_eq!(expand(0x2000, RiscvModel::Rv32Imafc), None);
    assert_eq!(expand(0x2000, RiscvModel::Rv64Gc), Some(0x0004_3407));
    // c.slli a0, 32.
    assert_eq!(expand(0x1502, RiscvModel::Rv32Imac), None);
    assert_eq!(expand(0x1502, RiscvModel::Rv64Gc), Some(0x0205_1513));
}

/// How many of the 49,152 halfwords are instructions: what objdump 2.40 knows (46,744), less what is reserved where it is
/// generous: c.addi16sp by 0; with 32 bits shifts by more than 31 (1,536 of them); and c.fld and its kind (8,192), which
/// need double precision.
#[test]
fn as_many_as_there_are() {
    let count =
        |model: RiscvModel| (0..=u16::MAX).filter(|half| half & 3 != 3 && expand(*half, model.isa()).is_some()).count();
    assert_eq!(count(RiscvModel::Rv64Gc), 46_744 - 1);
    assert_eq!(count(RiscvModel::Rv32Imafc), 46_744 - 1 - 1_536 - 8_192);
}

//! I and M (chapters 2, 5 and 7).

use super::{Row, Rule};

pub(super) const DATA: &[Row] = &[
    Row("lui", "iiiiiiiiiiiiiiiiiiii ddddd 0110111", Rule::Any),
    Row("auipc", "iiiiiiiiiiiiiiiiiiii ddddd 0010111", Rule::Any),
    Row("addi", "iiiiiiiiiiii nnnnn 000 ddddd 0010011", Rule::Any),
    Row("slti", "iiiiiiiiiiii nnnnn 010 ddddd 0010011", Rule::Any),
    Row("sltiu", "iiiiiiiiiiii nnnnn 011 ddddd 0010011", Rule::Any),
    Row("xori", "iiiiiiiiiiii nnnnn 100 ddddd 0010011", Rule::Any),
    Row("ori", "iiiiiiiiiiii nnnnn 110 ddddd 0010011", Rule::NotZero),
    Row("andi", "iiiiiiiiiiii nnnnn 111 ddddd 0010011", Rule::Any),
    Row("slli", "0000000 iiiii nnnnn 001 ddddd 0010011", Rule::NotZero),
    Row("srli", "0000000 iiiii nnnnn 101 ddddd 0010011", Rule::Any),
    Row("srai", "0100000 iiiii nnnnn 101 ddddd 0010011", Rule::NotZero),
    Row("add", "0000000 mmmmm nnnnn 000 ddddd 0110011", Rule::Any),
    Row("sub", "0100000 mmmmm nnnnn 000 ddddd 0110011", Rule::Any),
    Row("sll", "0000000 mmmmm nnnnn 001 ddddd 0110011", Rule::Any),
    Row("slt", "0000000 mmmmm nnnnn 010 ddddd 0110011", Rule::Any),
    Row("sltu", "0000000 mmmmm nnnnn 011 ddddd 0110011", Rule::Any),
    Row("xor", "0000000 mmmmm nnnnn 100 ddddd 0110011", Rule::Any),
    Row("srl", "0000000 mmmmm nnnnn 101 ddddd 0110011", Rule::Any),
    Row("sra", "0100000 mmmmm nnnnn 101 ddddd 0110011", Rule::Any),
    Row("or", "0000000 mmmmm nnnnn 110 ddddd 0110011", Rule::Any),
    Row("and", "0000000 mmmmm nnnnn 111 ddddd 0110011", Rule::Any),
    Row("mul", "0000001 mmmmm nnnnn 000 ddddd 0110011", Rule::Any),
    Row("mulh", "0000001 mmmmm nnnnn 001 ddddd 0110011", Rule::Any),
    Row("mulhsu", "0000001 mmmmm nnnnn 010 ddddd 0110011", Rule::Any),
    Row("mulhu", "0000001 mmmmm nnnnn 011 ddddd 0110011", Rule::Any),
    Row("div", "0000001 mmmmm nnnnn 100 ddddd 0110011", Rule::Any),
    Row("divu", "0000001 mmmmm nnnnn 101 ddddd 0110011", Rule::Any),
    Row("rem", "0000001 mmmmm nnnnn 110 ddddd 0110011", Rule::Any),
    Row("remu", "0000001 mmmmm nnnnn 111 ddddd 0110011", Rule::Any),
    Row("fence", "00001111111100000000000000001111", Rule::Any),
    Row("fence.i", "00000000000000000001000000001111", Rule::Any),
];

pub(super) const DATA_64: &[Row] = &[
    Row("addiw", "iiiiiiiiiiii nnnnn 000 ddddd 0011011", Rule::Any),
    Row("slliw", "0000000 iiiii nnnnn 001 ddddd 0011011", Rule::Any),
    Row("srliw", "0000000 iiiii nnnnn 101 ddddd 0011011", Rule::Any),
    Row("sraiw", "0100000 iiiii nnnnn 101 ddddd 0011011", Rule::Any),
    Row("slli", "000000 iiiiii nnnnn 001 ddddd 0010011", Rule::NotZero),
    Row("srli", "000000 iiiiii nnnnn 101 ddddd 0010011", Rule::NotZero),
    Row("srai", "010000 iiiiii nnnnn 101 ddddd 0010011", Rule::NotZero),
    Row("addw", "0000000 mmmmm nnnnn 000 ddddd 0111011", Rule::Any),
    Row("subw", "0100000 mmmmm nnnnn 000 ddddd 0111011", Rule::Any),
    Row("sllw", "0000000 mmmmm nnnnn 001 ddddd 0111011", Rule::Any),
    Row("srlw", "0000000 mmmmm nnnnn 101 ddddd 0111011", Rule::Any),
    Row("sraw", "0100000 mmmmm nnnnn 101 ddddd 0111011", Rule::Any),
    Row("mulw", "0000001 mmmmm nnnnn 000 ddddd 0111011", Rule::Any),
    Row("divw", "0000001 mmmmm nnnnn 100 ddddd 0111011", Rule::Any),
    Row("divuw", "0000001 mmmmm nnnnn 101 ddddd 0111011", Rule::Any),
    Row("remw", "0000001 mmmmm nnnnn 110 ddddd 0111011", Rule::Any),
    Row("remuw", "0000001 mmmmm nnnnn 111 ddddd 0111011", Rule::Any),
];

pub(super) const MEMORY: &[Row] = &[
    Row("lb", "oooooooooooo bbbbb 000 ttttt 0000011", Rule::Memory(1)),
    Row("lh", "oooooooooooo bbbbb 001 ttttt 0000011", Rule::Memory(2)),
    Row("lw", "oooooooooooo bbbbb 010 ttttt 0000011", Rule::Memory(4)),
    Row("lbu", "oooooooooooo bbbbb 100 ttttt 0000011", Rule::Memory(1)),
    Row("lhu", "oooooooooooo bbbbb 101 ttttt 0000011", Rule::Memory(2)),
    Row("sb", "ooooooo sssss bbbbb 000 ooooo 0100011", Rule::Memory(1)),
    Row("sh", "ooooooo sssss bbbbb 001 ooooo 0100011", Rule::Memory(2)),
    Row("sw", "ooooooo sssss bbbbb 010 ooooo 0100011", Rule::Memory(4)),
];

pub(super) const MEMORY_64: &[Row] = &[
    Row("lwu", "oooooooooooo bbbbb 110 ttttt 0000011", Rule::Memory(4)),
    Row("ld", "oooooooooooo bbbbb 011 ttttt 0000011", Rule::Memory(8)),
    Row("sd", "ooooooo sssss bbbbb 011 ooooo 0100011", Rule::Memory(8)),
];

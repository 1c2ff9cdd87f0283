//! F and D (chapters 11 and 12). X stands for the bits of floating-point registers: every one is free.

use super::{Row, Rule};

pub(super) const MEMORY: &[Row] = &[
    Row("flw", "oooooooooooo bbbbb 010 XXXXX 0000111", Rule::Memory(4)),
    Row("fsw", "ooooooo XXXXX bbbbb 010 ooooo 0100111", Rule::Memory(4)),
];

pub(super) const MEMORY_DOUBLE: &[Row] = &[
    Row("fld", "oooooooooooo bbbbb 011 XXXXX 0000111", Rule::Memory(8)),
    Row("fsd", "ooooooo XXXXX bbbbb 011 ooooo 0100111", Rule::Memory(8)),
];

pub(super) const SINGLE: &[Row] = &[
    Row("fmadd.s", "XXXXX 00 XXXXX XXXXX vvv XXXXX 1000011", Rule::Any),
    Row("fmsub.s", "XXXXX 00 XXXXX XXXXX vvv XXXXX 1000111", Rule::Any),
    Row("fnmsub.s", "XXXXX 00 XXXXX XXXXX vvv XXXXX 1001011", Rule::Any),
    Row("fnmadd.s", "XXXXX 00 XXXXX XXXXX vvv XXXXX 1001111", Rule::Any),
    Row("fadd.s", "0000000 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fsub.s", "0000100 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fmul.s", "0001000 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fdiv.s", "0001100 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fsqrt.s", "0101100 00000 XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fsgnj.s", "0010000 XXXXX XXXXX 000 XXXXX 1010011", Rule::Any),
    Row("fsgnjn.s", "0010000 XXXXX XXXXX 001 XXXXX 1010011", Rule::Any),
    Row("fsgnjx.s", "0010000 XXXXX XXXXX 010 XXXXX 1010011", Rule::Any),
    Row("fmin.s", "0010100 XXXXX XXXXX 000 XXXXX 1010011", Rule::Any),
    Row("fmax.s", "0010100 XXXXX XXXXX 001 XXXXX 1010011", Rule::Any),
    Row("fle.s", "1010000 XXXXX XXXXX 000 ddddd 1010011", Rule::Any),
    Row("flt.s", "1010000 XXXXX XXXXX 001 ddddd 1010011", Rule::Any),
    Row("feq.s", "1010000 XXXXX XXXXX 010 ddddd 1010011", Rule::Any),
    Row("fclass.s", "1110000 00000 XXXXX 001 ddddd 1010011", Rule::Any),
    Row("fmv.x", "1110000 00000 XXXXX 000 ddddd 1010011", Rule::Any),
    Row("fmv.w.x", "1111000 00000 nnnnn 000 XXXXX 1010011", Rule::Any),
    Row("fcvt.w", "1100000 0000i XXXXX vvv ddddd 1010011", Rule::Any),
    Row("fcvt.s.w", "1101000 0000i nnnnn vvv XXXXX 1010011", Rule::Any),
];

pub(super) const SINGLE_64: &[Row] = &[
    Row("fcvt.l", "1100000 0001i XXXXX vvv ddddd 1010011", Rule::Any),
    Row("fcvt.s.l", "1101000 0001i nnnnn vvv XXXXX 1010011", Rule::Any),
];

pub(super) const DOUBLE: &[Row] = &[
    Row("fmadd.d", "XXXXX 01 XXXXX XXXXX vvv XXXXX 1000011", Rule::Any),
    Row("fmsub.d", "XXXXX 01 XXXXX XXXXX vvv XXXXX 1000111", Rule::Any),
    Row("fnmsub.d", "XXXXX 01 XXXXX XXXXX vvv XXXXX 1001011", Rule::Any),
    Row("fnmadd.d", "XXXXX 01 XXXXX XXXXX vvv XXXXX 1001111", Rule::Any),
    Row("fadd.d", "0000001 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fsub.d", "0000101 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fmul.d", "0001001 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fdiv.d", "0001101 XXXXX XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fsqrt.d", "0101101 00000 XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fsgnj.d", "0010001 XXXXX XXXXX 000 XXXXX 1010011", Rule::Any),
    Row("fsgnjn.d", "0010001 XXXXX XXXXX 001 XXXXX 1010011", Rule::Any),
    Row("fsgnjx.d", "0010001 XXXXX XXXXX 010 XXXXX 1010011", Rule::Any),
    Row("fmin.d", "0010101 XXXXX XXXXX 000 XXXXX 1010011", Rule::Any),
    Row("fmax.d", "0010101 XXXXX XXXXX 001 XXXXX 1010011", Rule::Any),
    Row("fle.d", "1010001 XXXXX XXXXX 000 ddddd 1010011", Rule::Any),
    Row("flt.d", "1010001 XXXXX XXXXX 001 ddddd 1010011", Rule::Any),
    Row("feq.d", "1010001 XXXXX XXXXX 010 ddddd 1010011", Rule::Any),
    Row("fclass.d", "1110001 00000 XXXXX 001 ddddd 1010011", Rule::Any),
    Row("fcvt.w", "1100001 0000i XXXXX vvv ddddd 1010011", Rule::Any),
    Row("fcvt.d.w", "1101001 0000i nnnnn 000 XXXXX 1010011", Rule::Any),
    Row("fcvt.s.d", "0100000 00001 XXXXX vvv XXXXX 1010011", Rule::Any),
    Row("fcvt.d.s", "0100001 00000 XXXXX 000 XXXXX 1010011", Rule::Any),
];

pub(super) const DOUBLE_64: &[Row] = &[
    Row("fmv.x.d", "1110001 00000 XXXXX 000 ddddd 1010011", Rule::Any),
    Row("fmv.d.x", "1111001 00000 nnnnn 000 XXXXX 1010011", Rule::Any),
    Row("fcvt.l", "1100001 0001i XXXXX vvv ddddd 1010011", Rule::Any),
    Row("fcvt.d.l", "1101001 0001i nnnnn vvv XXXXX 1010011", Rule::Any),
];

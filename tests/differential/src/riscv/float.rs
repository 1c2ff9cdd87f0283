//! F and D (chapters 11 and 12).
//!
//! With D a single-precision number in a register has ones above it (NaN-boxing, section 12.2), which bksim's engine does
//! not do. So half of the registers hold numbers of each precision, and of singles the harness keeps 32 bits.

use super::{Row, Rule};

pub(super) const MEMORY: &[Row] = &[
    Row("flw", "oooooooooooo bbbbb 010 FFFFF 0000111", Rule::Memory(4)),
    Row("fsw", "ooooooo FFFFF bbbbb 010 ooooo 0100111", Rule::Memory(4)),
];

pub(super) const MEMORY_DOUBLE: &[Row] = &[
    Row("fld", "oooooooooooo bbbbb 011 PPPPP 0000111", Rule::Memory(8)),
    Row("fsd", "ooooooo PPPPP bbbbb 011 ooooo 0100111", Rule::Memory(8)),
];

pub(super) const SINGLE: &[Row] = &[
    Row("fmadd.s", "FFFFF 00 GGGGG HHHHH vvv JJJJJ 1000011", Rule::Any),
    Row("fmsub.s", "FFFFF 00 GGGGG HHHHH vvv JJJJJ 1000111", Rule::Any),
    Row("fnmsub.s", "FFFFF 00 GGGGG HHHHH vvv JJJJJ 1001011", Rule::Any),
    Row("fnmadd.s", "FFFFF 00 GGGGG HHHHH vvv JJJJJ 1001111", Rule::Any),
    Row("fadd.s", "0000000 FFFFF GGGGG vvv HHHHH 1010011", Rule::Any),
    Row("fsub.s", "0000100 FFFFF GGGGG vvv HHHHH 1010011", Rule::Any),
    Row("fmul.s", "0001000 FFFFF GGGGG vvv HHHHH 1010011", Rule::Any),
    Row("fdiv.s", "0001100 FFFFF GGGGG vvv HHHHH 1010011", Rule::Any),
    Row("fsqrt.s", "0101100 00000 FFFFF vvv GGGGG 1010011", Rule::Any),
    Row("fsgnj.s", "0010000 FFFFF GGGGG 000 HHHHH 1010011", Rule::Any),
    Row("fsgnjn.s", "0010000 FFFFF GGGGG 001 HHHHH 1010011", Rule::Any),
    Row("fsgnjx.s", "0010000 FFFFF GGGGG 010 HHHHH 1010011", Rule::Any),
    Row("fmin.s", "0010100 FFFFF GGGGG 000 HHHHH 1010011", Rule::Any),
    Row("fmax.s", "0010100 FFFFF GGGGG 001 HHHHH 1010011", Rule::Any),
    Row("fle.s", "1010000 FFFFF GGGGG 000 ddddd 1010011", Rule::Any),
    Row("flt.s", "1010000 FFFFF GGGGG 001 ddddd 1010011", Rule::Any),
    Row("feq.s", "1010000 FFFFF GGGGG 010 ddddd 1010011", Rule::Any),
    Row("fclass.s", "1110000 00000 FFFFF 001 ddddd 1010011", Rule::Any),
    Row("fmv.x", "1110000 00000 FFFFF 000 ddddd 1010011", Rule::Any),
    Row("fmv.w.x", "1111000 00000 nnnnn 000 FFFFF 1010011", Rule::Any),
    Row("fcvt.w", "1100000 0000i FFFFF vvv ddddd 1010011", Rule::Any),
    Row("fcvt.s.w", "1101000 0000i nnnnn vvv FFFFF 1010011", Rule::Any),
];

pub(super) const SINGLE_64: &[Row] = &[
    Row("fcvt.l", "1100000 0001i FFFFF vvv ddddd 1010011", Rule::Any),
    Row("fcvt.s.l", "1101000 0001i nnnnn vvv FFFFF 1010011", Rule::Any),
];

pub(super) const DOUBLE: &[Row] = &[
    Row("fmadd.d", "PPPPP 01 QQQQQ RRRRR vvv TTTTT 1000011", Rule::Any),
    Row("fmsub.d", "PPPPP 01 QQQQQ RRRRR vvv TTTTT 1000111", Rule::Any),
    Row("fnmsub.d", "PPPPP 01 QQQQQ RRRRR vvv TTTTT 1001011", Rule::Any),
    Row("fnmadd.d", "PPPPP 01 QQQQQ RRRRR vvv TTTTT 1001111", Rule::Any),
    Row("fadd.d", "0000001 PPPPP QQQQQ vvv RRRRR 1010011", Rule::Any),
    Row("fsub.d", "0000101 PPPPP QQQQQ vvv RRRRR 1010011", Rule::Any),
    Row("fmul.d", "0001001 PPPPP QQQQQ vvv RRRRR 1010011", Rule::Any),
    Row("fdiv.d", "0001101 PPPPP QQQQQ vvv RRRRR 1010011", Rule::Any),
    Row("fsqrt.d", "0101101 00000 PPPPP vvv QQQQQ 1010011", Rule::Any),
    Row("fsgnj.d", "0010001 PPPPP QQQQQ 000 RRRRR 1010011", Rule::Any),
    Row("fsgnjn.d", "0010001 PPPPP QQQQQ 001 RRRRR 1010011", Rule::Any),
    Row("fsgnjx.d", "0010001 PPPPP QQQQQ 010 RRRRR 1010011", Rule::Any),
    Row("fmin.d", "0010101 PPPPP QQQQQ 000 RRRRR 1010011", Rule::Any),
    Row("fmax.d", "0010101 PPPPP QQQQQ 001 RRRRR 1010011", Rule::Any),
    Row("fle.d", "1010001 PPPPP QQQQQ 000 ddddd 1010011", Rule::Any),
    Row("flt.d", "1010001 PPPPP QQQQQ 001 ddddd 1010011", Rule::Any),
    Row("feq.d", "1010001 PPPPP QQQQQ 010 ddddd 1010011", Rule::Any),
    Row("fclass.d", "1110001 00000 PPPPP 001 ddddd 1010011", Rule::Any),
    Row("fcvt.w", "1100001 0000i PPPPP vvv ddddd 1010011", Rule::Any),
    Row("fcvt.d.w", "1101001 0000i nnnnn 000 PPPPP 1010011", Rule::Any),
    Row("fcvt.s.d", "0100000 00001 PPPPP vvv FFFFF 1010011", Rule::Any),
    Row("fcvt.d.s", "0100001 00000 FFFFF 000 PPPPP 1010011", Rule::Any),
];

pub(super) const DOUBLE_64: &[Row] = &[
    Row("fmv.x.d", "1110001 00000 PPPPP 000 ddddd 1010011", Rule::Any),
    Row("fmv.d.x", "1111001 00000 nnnnn 000 PPPPP 1010011", Rule::Any),
    Row("fcvt.l", "1100001 0001i PPPPP vvv ddddd 1010011", Rule::Any),
    Row("fcvt.d.l", "1101001 0001i nnnnn vvv PPPPP 1010011", Rule::Any),
];

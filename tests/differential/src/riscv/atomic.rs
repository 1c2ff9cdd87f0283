//! A (chapter 8).

use super::{Row, Rule};

pub(super) const ROWS: &[Row] = &[
    Row("lr.w", "00010 ii 00000 bbbbb 010 ttttt 0101111", Rule::Exclusive),
    Row("sc.w", "00011 ii sssss wwwww 010 ddddd 0101111", Rule::Exclusive),
    Row("amoswap.w", "00001 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amoadd.w", "00000 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amoxor.w", "00100 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amoand.w", "01100 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amoor.w", "01000 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amomin.w", "10000 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amomax.w", "10100 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amominu.w", "11000 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
    Row("amomaxu.w", "11100 ii sssss wwwww 010 ddddd 0101111", Rule::Any),
];

pub(super) const ROWS_64: &[Row] = &[
    Row("lr.d", "00010 ii 00000 bbbbb 011 ttttt 0101111", Rule::Exclusive),
    Row("sc.d", "00011 ii sssss wwwww 011 ddddd 0101111", Rule::Exclusive),
    Row("amoswap.d", "00001 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amoadd.d", "00000 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amoxor.d", "00100 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amoand.d", "01100 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amoor.d", "01000 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amomin.d", "10000 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amomax.d", "10100 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amominu.d", "11000 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
    Row("amomaxu.d", "11100 ii sssss wwwww 011 ddddd 0101111", Rule::Any),
];

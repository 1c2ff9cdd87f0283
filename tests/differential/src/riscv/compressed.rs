//! C (chapter 16). An offset's bits stand in an order of their own; where it could leave the window, its highest bits
//! are 0.

use super::{Row, Rule};

pub(super) const ROWS: &[Row] = &[
    Row("addi", "000 iiiiiiii ddd 00", Rule::NotZero),
    Row("lw", "010 iii bbb ii ttt 00", Rule::Any),
    Row("sw", "110 iii bbb ii sss 00", Rule::Any),
    Row("addi", "000 0 00000 00000 01", Rule::Any),
    Row("addi", "000 i ddddd iiiii 01", Rule::NotZero),
    Row("li", "010 i ddddd iiiii 01", Rule::Any),
    Row("lui", "011 i ddddd iiiii 01", Rule::NotZero),
    Row("srli", "100 0 00 ddd iiiii 01", Rule::NotZero),
    Row("srai", "100 0 01 ddd iiiii 01", Rule::NotZero),
    Row("andi", "100 i 10 ddd iiiii 01", Rule::Any),
    Row("sub", "100 0 11 ddd 00 mmm 01", Rule::Any),
    Row("xor", "100 0 11 ddd 01 mmm 01", Rule::Any),
    Row("or", "100 0 11 ddd 10 mmm 01", Rule::Any),
    Row("and", "100 0 11 ddd 11 mmm 01", Rule::Any),
    Row("slli", "000 0 ddddd iiiii 10", Rule::NotZero),
    Row("lw", "010 i ttttt iii 0i 10", Rule::Any),
    Row("sw", "110 iiii 0i sssss 10", Rule::Any),
    Row("mv", "100 0 ddddd mmmmm 10", Rule::NotZero),
    Row("add", "100 1 ddddd mmmmm 10", Rule::NotZero),
];

pub(super) const ROWS_64: &[Row] = &[
    Row("ld", "011 iii bbb 0i ttt 00", Rule::Any),
    Row("sd", "111 iii bbb 0i sss 00", Rule::Any),
    Row("addiw", "001 i ddddd iiiii 01", Rule::Any),
    Row("subw", "100 1 11 ddd 00 mmm 01", Rule::Any),
    Row("addw", "100 1 11 ddd 01 mmm 01", Rule::Any),
    Row("srli", "100 1 00 ddd iiiii 01", Rule::Any),
    Row("srai", "100 1 01 ddd iiiii 01", Rule::Any),
    Row("slli", "000 1 ddddd iiiii 10", Rule::Any),
    Row("ld", "011 i ttttt ii 00i 10", Rule::Any),
    Row("sd", "111 iii 00i sssss 10", Rule::Any),
];

/// With 32 bits only.
pub(super) const SINGLE: &[Row] = &[
    Row("flw", "011 iii bbb ii FFF 00", Rule::Any),
    Row("fsw", "111 iii bbb ii FFF 00", Rule::Any),
    Row("flw", "011 i FFFFF iii 0i 10", Rule::Any),
    Row("fsw", "111 iiii 0i FFFFF 10", Rule::Any),
];

pub(super) const DOUBLE: &[Row] = &[
    Row("fld", "001 iii bbb 0i PPP 00", Rule::Any),
    Row("fsd", "101 iii bbb 0i PPP 00", Rule::Any),
    Row("fld", "001 i PPPPP ii 00i 10", Rule::Any),
    Row("fsd", "101 iii 00i PPPPP 10", Rule::Any),
];

//! What Armv8-M Mainline adds: loads with acquire, stores with release (Arm DDI 0553, C2.4).

use super::{Row, Rule};

pub(super) const ROWS: &[Row] = &[
    Row("stlb", "111010001100 bbbb ssss 1111 1000 1111", Rule::Memory(1)),
    Row("stlh", "111010001100 bbbb ssss 1111 1001 1111", Rule::Memory(1)),
    Row("stl", "111010001100 bbbb ssss 1111 1010 1111", Rule::Memory(1)),
    Row("ldab", "111010001101 bbbb tttt 1111 1000 1111", Rule::Memory(1)),
    Row("ldah", "111010001101 bbbb tttt 1111 1001 1111", Rule::Memory(1)),
    Row("lda", "111010001101 bbbb tttt 1111 1010 1111", Rule::Memory(1)),
    Row("stlexb", "111010001100 wwww ssss 1111 1100 dddd", Rule::Exclusive(1)),
    Row("stlexh", "111010001100 wwww ssss 1111 1101 dddd", Rule::Exclusive(1)),
    Row("stlex", "111010001100 wwww ssss 1111 1110 dddd", Rule::Exclusive(1)),
    Row("ldaexb", "111010001101 bbbb tttt 1111 1100 1111", Rule::Exclusive(1)),
    Row("ldaexh", "111010001101 bbbb tttt 1111 1101 1111", Rule::Exclusive(1)),
    Row("ldaex", "111010001101 bbbb tttt 1111 1110 1111", Rule::Exclusive(1)),
];

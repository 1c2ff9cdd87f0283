//! IT blocks (Arm DDI 0403E, A7.7.38).

use super::{Generator, Roles, Rule, fill};
use crate::numbers::Numbers;
use crate::sequence::thumb;

/// IT and its one to four instructions.
pub(super) fn block(generator: &Generator, n: &mut Numbers, roles: Roles) -> Vec<u8> {
    // AL has no Else.
    let condition = n.below(15);
    let count = 1 + n.below(4);
    let mut mask = 1 << (4 - count);
    for index in 1..count {
        let other = if condition == 14 { 0 } else { n.below(2) };
        mask |= (condition & 1 ^ other) << (4 - index);
    }
    let mut code = thumb(0xBF00 | condition << 4 | mask, false);
    let mut left = count;
    while left > 0 {
        let format = generator.format(n);
        // Which of two exclusive instructions was executed is for the other tests.
        if format.fits_it() && !matches!(format.rule, Rule::Exclusive(_)) {
            code.extend(fill(format, n, roles));
            left -= 1;
        }
    }
    code
}

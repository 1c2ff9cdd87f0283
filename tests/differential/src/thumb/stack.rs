//! What moves the stack pointer: it stays inside the stack, and only words that are known are read.

use super::{Isa, Roles, any};
use crate::numbers::Numbers;
use crate::sequence::{Unit, thumb};

/// Words above the stack pointer at the start, filled from the pool.
pub(crate) const ABOVE: u32 = 32;
/// Words that a sequence may push: the rest below is for exception frames.
const MOST_PUSHED: u32 = 40;

/// How far the stack pointer is.
pub(super) struct Stack {
    /// Words from it up to the stack's end: all are known.
    known: u32,
}

impl Stack {
    pub(super) fn new() -> Self {
        Self { known: ABOVE }
    }

    pub(super) fn unit(&mut self, n: &mut Numbers, roles: Roles, isa: Isa) -> Unit {
        let may_push = self.known + 8 < ABOVE + MOST_PUSHED;
        Unit::Code(match n.below(8) {
            0 | 1 if may_push => {
                let list = list(n, |n| any(n, 3));
                self.known += list.count_ones();
                // PUSH T1, at times with lr.
                let lr = u32::from(n.one_in(3));
                self.known += lr;
                thumb(0xB400 | lr << 8 | list, false)
            }
            2 | 3 if self.known > 8 => {
                let list = list(n, |n| roles.data(n, 3));
                self.known -= list.count_ones();
                thumb(0xBC00 | list, false)
            }
            4 if self.known > 16 => {
                // add sp, sp, #4 * words
                let words = n.below(8);
                self.known -= words;
                thumb(0xB000 | words, false)
            }
            5 if isa.v7m && may_push => {
                let list = list(n, |n| any(n, 4));
                self.known += list.count_ones();
                thumb(0xE92D_0000 | list, true)
            }
            6 if isa.v7m && self.known > 16 => {
                let list = list(n, |n| roles.data(n, 4));
                self.known -= list.count_ones();
                thumb(0xE8BD_0000 | list, true)
            }
            7 => {
                // str rN, [sp, #4 * offset]
                let offset = n.below(self.known);
                thumb(0x9000 | any(n, 3) << 8 | offset, false)
            }
            _ => {
                let offset = n.below(self.known);
                thumb(0x9800 | roles.data(n, 3) << 8 | offset, false)
            }
        })
    }
}

/// Two to four registers: a wide PUSH or POP of one is UNPREDICTABLE.
fn list(n: &mut Numbers, register: impl Fn(&mut Numbers) -> u32) -> u32 {
    let wanted = 2 + n.below(3);
    let mut list = 0_u32;
    while list.count_ones() < wanted {
        list |= 1 << register(n);
    }
    list
}

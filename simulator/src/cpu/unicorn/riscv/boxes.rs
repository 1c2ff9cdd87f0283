//! Boxes of single precision (see [`crate::cpu::riscv::boxing`]), which Unicorn neither makes nor looks at; and the invalid
//! products that it does not tell.
//!
//! Between blocks every register is as it should be. A block with single precision runs natively if, and only if,
//!
//! - each register that it reads as single precision is boxed when it begins, or written so by the block itself;
//! - nothing in it looks at all bits of a register that it has written as single precision.
//!
//! Behind it the boxes are made. If then the result of a fused multiplication is a NaN, its factors are looked at; what
//! escapes is one whose factors were overwritten in the same block. In any other block, and when a run ends inside one, each
//! such instruction runs by itself, with its operands as they count, and its result is boxed at once.

use std::cell::Cell;

use super::super::memory::Memory;
use super::super::shell::Shell;
use crate::cpu::riscv::boxing::{BOX, CANONICAL_NAN, Operands, Product, operands};
use crate::cpu::riscv::config::Isa;
use crate::cpu::riscv::instruction::Fetched;

/// How many blocks are remembered.
const SLOTS: usize = 1 << 10;

/// What a block of single precision asks of registers and leaves to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Boxes {
    /// Registers that must be boxed when it begins; `None`: it cannot run natively.
    needed: Option<u32>,
    /// Registers to be boxed behind it.
    made: u32,
    /// Registers that fused multiplications of single and double precision have written.
    fused: [u32; 2],
}

/// fflags.NV.
const INVALID: u32 = 1 << 4;

/// What blocks with single precision ask, by their first address and size.
pub(super) struct BoxCache(Box<[Cell<(u64, Boxes)>]>);

impl BoxCache {
    pub(super) fn new() -> Self {
        Self(std::iter::repeat_with(Cell::default).take(SLOTS).collect())
    }

    fn slot(&self, address: u32) -> &Cell<(u64, Boxes)> {
        &self.0[(address as usize >> 1) % SLOTS]
    }

    /// What the block of these bytes asks.
    pub(super) fn get(&self, memory: &Memory, isa: Isa, address: u32, end: u32) -> Boxes {
        let slot = self.slot(address);
        let key = u64::from(address) | u64::from(end) << 32;
        let (known, boxes) = slot.get();
        if known == key {
            return boxes;
        }
        let boxes = Boxes::of(memory, isa, address, end);
        slot.set((key, boxes));
        boxes
    }

    /// Forgets the block at an address: it was translated just now.
    pub(super) fn translated(&self, address: u32) {
        self.slot(address).set(Default::default());
    }

    /// Forgets all of them.
    pub(super) fn clear(&self) {
        self.0.iter().for_each(|slot| slot.set(Default::default()));
    }
}

impl Boxes {
    /// What the instructions from `address` up to `end` ask.
    pub(super) fn of(memory: &Memory, isa: Isa, address: u32, end: u32) -> Self {
        let (mut needed, mut unboxed, mut boxed, mut written, mut fused) = (0, 0, 0, 0, [0; 2]);
        let mut native = true;
        let mut at = address;
        while at < end {
            let fetched = memory.fetched(at);
            let used = operands(fetched, isa);
            native &= used.wholes & unboxed == 0 && used.singles & written == 0;
            needed |= used.singles & !(unboxed | boxed);
            let any = used.unboxed | used.boxed | used.written;
            unboxed = unboxed & !any | used.unboxed;
            boxed = boxed & !any | used.boxed;
            written = written & !any | used.written;
            if let Some(product) = used.product {
                fused[usize::from(product.double)] |= used.unboxed | used.written;
            }
            at = at.saturating_add(fetched.length());
        }
        Self { needed: native.then_some(needed), made: unboxed, fused }
    }

    /// Whether it may run natively with the registers as they are.
    pub(super) fn permit(self, shell: &Shell) -> bool {
        self.needed.is_some_and(|needed| registers(needed).all(|register| is_boxed(shell.float(register))))
    }

    /// Makes the boxes that it leaves to be made.
    pub(super) fn make(self, shell: &Shell) {
        for register in registers(self.made) {
            shell.set_float(register, shell.float(register) | BOX);
        }
    }

    /// Whether a fused multiplication may have come to a NaN.
    pub(super) fn has_fused_nan(self, shell: &Shell) -> bool {
        let is_nan = |set: u32, shift: u32, infinity: u64| {
            registers(set).any(|register| shell.float(register) << shift > infinity)
        };
        is_nan(self.fused[0], 33, 0xff << 56) || is_nan(self.fused[1], 1, 0x7ff << 53)
    }
}

/// Raises NV for each invalid product of the instructions from `address` up to `end`, which have run.
pub(super) fn raise_invalid(shell: &Shell, memory: &Memory, isa: Isa, address: u32, end: u32) {
    let mut products: Vec<Product> = Vec::new();
    let mut at = address;
    while at < end {
        let fetched = memory.fetched(at);
        let used = operands(fetched, isa);
        products.extend(used.product);
        let overwritten = |register: u8| (used.unboxed | used.boxed | used.written) >> register & 1 != 0;
        products.retain(|product| !product.factors.into_iter().any(overwritten));
        at = at.saturating_add(fetched.length());
    }
    if products.iter().any(|product| product.is_invalid(product.factors.map(|register| shell.float(register)))) {
        shell.set_float_status(shell.float_status() | INVALID);
    }
}

/// The operands of one instruction as they count to it, and then as they were.
pub(super) struct Substitutes {
    operands: Operands,
    /// Registers that are not boxed, and what they hold.
    originals: Vec<(u8, u64)>,
}

impl Substitutes {
    /// Puts a NaN into each register that is read as single precision and is not boxed.
    pub(super) fn put(shell: &Shell, fetched: Fetched, isa: Isa) -> Self {
        let operands = operands(fetched, isa);
        let values = registers(operands.singles).map(|register| (register, shell.float(register)));
        let originals: Vec<_> = values.filter(|(_, value)| !is_boxed(*value)).collect();
        originals.iter().for_each(|(register, _)| shell.set_float(*register, CANONICAL_NAN));
        Self { operands, originals }
    }

    /// Puts back what was there, but where the instruction has written, and boxes that. `executed`: it has.
    pub(super) fn take_back(self, shell: &Shell, executed: bool) {
        let result = if executed { self.operands.unboxed } else { 0 };
        for (register, value) in self.originals {
            if result & 1 << register == 0 {
                shell.set_float(register, value);
            }
        }
        Boxes { made: result, ..Boxes::default() }.make(shell);
    }
}

fn registers(set: u32) -> impl Iterator<Item = u8> {
    (0..32).filter(move |register| set >> register & 1 != 0)
}

fn is_boxed(value: u64) -> bool {
    value & BOX == BOX
}

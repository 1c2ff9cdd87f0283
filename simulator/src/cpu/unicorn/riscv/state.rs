//! What the fast engine and its hooks share: the clock inside a block, and why a run has ended.
//!
//! Nobody ever holds a `&mut` to this state: while Unicorn runs, its hooks and the code around it see the same bytes, so
//! everything that changes is a [`Cell`].

use std::cell::{Cell, RefCell};

use super::super::blocks::{Blocks, COUNTED, Packed, Span};
use super::super::device::{AccessLog, SystemSlot, Window};
use super::super::memory::Memory;
use super::super::shell::Shell;
use super::boxes::{BoxCache, raise_invalid};
use super::measure::{append, measure};
use super::translation::Translation;
use crate::bus::Bus;
use crate::cpu::observed::Observer;
use crate::cpu::riscv::cycles::{CostModel, after};
use crate::cpu::riscv::engine::{AccessKind, Stop};
use crate::cpu::riscv::instruction::{Instruction, Memory as Operand};

/// Why a hook ended the run of Unicorn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Why {
    /// No hook did.
    #[default]
    None,
    /// The next block would reach the horizon.
    Horizon,
    /// The next block has something that may not run: see [`State::forbidden`].
    Forbidden,
    /// A branch went into the code alias, where the core has nothing.
    Astray,
    /// A device access asks for a stop behind its instruction.
    Access,
    /// A device access was refused.
    Refused(Stop),
    /// Unicorn may not use a page.
    Page(AccessKind),
    /// FENCE.I behind a store to code that Unicorn has not seen.
    Fence,
    /// The next block has single precision that Unicorn would do wrong.
    Unboxed,
    /// Unicorn's interrupt hook.
    Exception(u32),
}

/// Which copy of the code runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    /// The code where the core sees it.
    #[default]
    Real,
    /// Its alias, up to an address.
    Alias {
        /// Alias address minus real address.
        delta: u32,
        /// Where to stop, an alias address.
        target: u32,
        /// Just one instruction: a device access in it needs no stop of its own.
        single: bool,
    },
}

impl View {
    /// The real address of an address that Unicorn names.
    pub(super) fn real(self, address: u64) -> u64 {
        match self {
            Self::Real => address,
            Self::Alias { delta, .. } => u64::from((address as u32).wrapping_sub(delta)),
        }
    }
}

/// What the hooks and the engine share.
pub(super) struct State {
    /// Before `memory`: it must be closed before the memory that it maps goes.
    pub(super) shell: Shell,
    pub(super) memory: Memory,
    pub(super) blocks: Blocks<CostModel>,
    pub(super) boxes: BoxCache,
    pub(super) translation: Translation,

    /// The block that runs, up to `end`; both are the next instruction's address if none does.
    pub(super) block: Cell<u32>,
    pub(super) end: Cell<u32>,
    /// What it costs and leaves to look at.
    pub(super) span: Cell<Packed>,
    /// Cycle and instructions at its end.
    pub(super) now: Cell<u64>,
    pub(super) count: Cell<u64>,

    /// What a block that runs natively may not have, as bits of its flags: what is the core's to execute, and SC, always,
    /// floating point while it is trapped, read-only memory while that is busy.
    pub(super) forbidden: Cell<u16>,
    pub(super) horizon: Cell<u64>,
    pub(super) why: Cell<Why>,
    pub(super) view: Cell<View>,
    /// The instruction of the access that ended the run.
    pub(super) access_pc: Cell<u32>,
    /// The access that ended the run was refused: devices must not see what Unicorn still asks for in its instruction.
    pub(super) frozen: Cell<bool>,
    /// A store that was made here has changed a code page, as (first address, end): to be forgotten at the next FENCE.I.
    pub(super) changed_code: Cell<(u32, u32)>,
    pub(super) log: AccessLog,
    pub(super) observer: RefCell<Observer>,
    pub(super) loaded: Cell<Window>,
    pub(super) system: SystemSlot<dyn Bus>,
}

impl State {
    pub(super) fn new(shell: Shell, memory: Memory, blocks: Blocks<CostModel>) -> Self {
        Self {
            shell,
            memory,
            blocks,
            boxes: BoxCache::new(),
            translation: Translation::new(),
            block: Cell::new(0),
            end: Cell::new(0),
            span: Cell::new(Packed::default()),
            now: Cell::new(0),
            count: Cell::new(0),
            forbidden: Cell::new(after::HOST | after::CONDITIONAL),
            horizon: Cell::new(0),
            why: Cell::new(Why::None),
            view: Cell::new(View::Real),
            access_pc: Cell::new(0),
            frozen: Cell::new(false),
            changed_code: Cell::new((0, 0)),
            log: AccessLog::default(),
            observer: RefCell::default(),
            loaded: Cell::new(Window::default()),
            system: SystemSlot::default(),
        }
    }

    /// The cycle at which the block began.
    fn start(&self) -> u64 {
        self.now.get() - self.span.get().cycles()
    }

    /// Enters a block at the cycle that is now.
    #[inline]
    pub(super) fn enter(&self, address: u32, end: u32, block: Packed) {
        self.block.set(address);
        self.end.set(end);
        self.span.set(block);
        self.now.set(self.now.get().wrapping_add(block.cycles()));
        self.count.set(self.count.get().wrapping_add(block.count()));
    }

    /// Enters a run of instructions, measuring it; it need not be a block that Unicorn knows.
    pub(super) fn enter_span(&self, address: u32, end: u32) {
        self.note_counted(None);
        let span = measure(&self.memory, *self.blocks.costs(), address, end);
        self.enter(address, end, Packed::new(&span).with(self.blocks.counted_flag(address, end)));
    }

    /// Stands in front of `address`, with nothing left to look at.
    pub(super) fn stand(&self, address: u32) {
        self.block.set(address);
        self.end.set(address);
        self.span.set(Packed::default());
    }

    /// The span from the block's start to `pc`.
    fn span_to(&self, pc: u32) -> Span {
        measure(&self.memory, *self.blocks.costs(), self.block.get(), pc)
    }

    /// The cycle at which the instruction at `pc` in the block begins.
    pub(super) fn cycle_of(&self, pc: u32) -> u64 {
        self.start() + u64::from(self.span_to(pc).cycles)
    }

    /// The block has run to `pc` only, an instruction of it or its end: sets clock and count accordingly.
    pub(super) fn cut(&self, pc: u32) {
        let (span, old) = (self.span_to(pc), self.span.get());
        self.now.set(self.now.get() - old.cycles() + u64::from(span.cycles));
        self.count.set(self.count.get() - old.count() + u64::from(span.count));
        self.span.set(Packed::new(&span).with(old.flags() & COUNTED));
        self.end.set(pc);
    }

    /// Takes back what the branch at the end of the block was charged too much, now that the next address is known.
    #[inline]
    pub(super) fn settle_branch(&self, next: u64) {
        if self.is_refunded(next) {
            self.now.set(self.now.get().wrapping_sub(self.span.get().refill()));
        }
    }

    /// Whether the branch at the end of the block, if there is one, has gone the cheaper way.
    #[inline]
    fn is_refunded(&self, next: u64) -> bool {
        let branches = self.span.get().flags() & (after::FORWARD | after::BACKWARD);
        branches != 0 && (next == u64::from(self.end.get())) == (branches == after::FORWARD)
    }

    /// Writes down when the instructions ran that are counted, of those behind us; once for each. `next`: where the branch
    /// at the end has gone, which the clock knows already.
    #[inline]
    pub(super) fn note_counted(&self, next: Option<u64>) {
        if self.span.get().flags() & COUNTED != 0 {
            self.note_instructions(next.is_some_and(|next| self.is_refunded(next)));
        }
    }

    #[cold]
    fn note_instructions(&self, refunded: bool) {
        let span = self.span.get();
        self.span.set(span.without(COUNTED));
        let refill = if refunded { span.refill() } else { 0 };
        let (begin, counted) = (self.now.get() + refill - span.cycles(), self.blocks.counted());
        let (mut ran, mut at) = (Span::default(), self.block.get());
        while at < self.end.get() {
            let (pc, before) = (at, u64::from(ran.cycles));
            let fetched = self.memory.fetched(pc);
            append(&mut ran, *self.blocks.costs(), fetched);
            at = at.saturating_add(fetched.length());
            let refill = if at >= self.end.get() { refill } else { 0 };
            counted.note(pc, begin + before..begin + u64::from(ran.cycles) - refill);
        }
    }

    /// Mends what Unicorn leaves wrong of floating point behind the block, up to its end.
    pub(super) fn mend_float(&self) {
        if self.span.get().flags() & (after::BOXES | after::FUSED) == 0 {
            return;
        }
        let (isa, address, end) = (self.blocks.costs().isa, self.block.get(), self.end.get());
        let boxes = self.boxes.get(&self.memory, isa, address, end);
        boxes.make(&self.shell);
        if boxes.has_fused_nan(&self.shell) {
            raise_invalid(&self.shell, &self.memory, isa, address, end);
        }
    }

    /// Settles the branch behind us, mends its block, and stands at the next instruction.
    pub(super) fn settle(&self, next: u64) {
        self.settle_branch(next);
        self.note_counted(Some(next));
        self.mend_float();
        self.stand(next as u32);
    }

    /// Forgets the translations of code that has changed unseen: FENCE.I was executed. Not for hooks.
    pub(super) fn forget_changed(&self) {
        let (first, end) = self.changed_code.replace((0, 0));
        if first != end {
            self.forget(first, end);
        }
    }

    /// Whether some code has changed unseen.
    pub(super) fn has_changed(&self) -> bool {
        let (first, end) = self.changed_code.get();
        first != end
    }

    /// Forgets the translations of `first..end`. Not for hooks.
    pub(super) fn forget(&self, first: u32, end: u32) {
        // Unicorn fetches from there, which must not fail.
        let refuses = !self.translation.permits_all_fetches();
        self.translation.let_fetch(true);
        self.shell.forget(first, end);
        self.translation.let_fetch(false);
        if refuses {
            self.shell.flush_pages();
        }
    }

    /// The memory operand of the instruction at `pc`, and its address.
    pub(super) fn operand(&self, pc: u32) -> Option<(Instruction, Operand, u64)> {
        let isa = self.blocks.costs().isa;
        let instruction = self.memory.fetched(pc).decode(isa)?;
        let operand = instruction.memory()?;
        let base = self.shell.integer(operand.base);
        Some((instruction, operand, isa.truncate(base.wrapping_add_signed(operand.offset.into()))))
    }

    /// Whether a block that may not run may after all: its SC is the first instruction, and is aligned.
    #[cold]
    pub(super) fn is_excused(&self, address: u32, end: u32, flags: u16) -> bool {
        if flags & self.forbidden.get() != after::CONDITIONAL {
            return false;
        }
        let behind = address.wrapping_add(self.memory.fetched(address).length());
        let others = measure(&self.memory, *self.blocks.costs(), behind, end);
        let aligned = |(_, operand, whole): (Instruction, Operand, u64)| whole.is_multiple_of(operand.size.into());
        others.after & after::CONDITIONAL == 0 && self.operand(address).is_some_and(aligned)
    }

    pub(super) fn halt(&self, why: Why) {
        self.why.set(why);
        self.shell.stop();
    }
}

//! What the fast engine and its hooks share: the clock inside a block, and why a run has ended.
//!
//! Nobody ever holds a `&mut` to this state: while Unicorn runs, its hooks and the code around it see the same bytes, so
//! everything that changes is a [`Cell`]. (A `&mut` held across the call was really miscompiled once.)

use std::cell::{Cell, RefCell};

use super::super::blocks::{BREAK, Blocks, Packed, Span};
use super::super::device::{AccessLog, ByteStores, SystemSlot, Window};
use super::super::memory::Memory;
use super::super::shell::Shell;
use super::alias::AliasRuns;
use super::measure::{measure, packed};
use crate::cpu::cortex_m::cycles::{Costs, after};
use crate::cpu::cortex_m::engine::{AccessKind, EngineState, System};

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
    /// An interrupt became takeable.
    Takeable,
    /// A branch has left Thumb state.
    InvalidState,
    /// A branch went into the code alias, where the core has nothing.
    Astray(u32),
    /// A device access asks for a stop behind its instruction.
    Access,
    /// Nothing answered an access.
    Fault(AccessKind, u32),
    /// Unicorn's interrupt hook.
    Interrupt(u32),
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
    pub(super) fn real(self, address: u32) -> u32 {
        match self {
            Self::Real => address,
            Self::Alias { delta, .. } => address.wrapping_sub(delta),
        }
    }
}

/// What the hooks and the engine share.
pub(super) struct State {
    /// Before `memory`: it must be closed before the memory that it maps goes.
    pub(super) shell: Shell,
    pub(super) memory: Memory,
    pub(super) blocks: Blocks<RefCell<Costs>>,
    pub(super) alias_runs: AliasRuns,
    priority_mask: u8,

    /// The block that runs, up to `end`; both are the next instruction's address if none does.
    pub(super) block: Cell<u32>,
    pub(super) end: Cell<u32>,
    /// What it costs and leaves to look at.
    pub(super) span: Cell<Packed>,
    /// Cycle and instructions at its end.
    pub(super) now: Cell<u64>,
    pub(super) count: Cell<u64>,

    /// What a block that runs natively may not have, as bits of its flags: breakpoints always, floating point while it is
    /// trapped, read-only memory while that is busy.
    pub(super) forbidden: Cell<u16>,
    pub(super) horizon: Cell<u64>,
    pub(super) why: Cell<Why>,
    pub(super) view: Cell<View>,
    /// Instructions in the alias come in ascending order: the next one is not in front of this.
    pub(super) alias_next: Cell<u32>,
    /// The view is not the real one, or `frozen`: a block that begins now is not to run.
    pub(super) unusual: Cell<bool>,
    /// The instruction of the access that ended the run.
    pub(super) access_pc: Cell<u32>,
    /// Unicorn may run on behind the access that ended the run, inside an IT block or with the other bytes of an
    /// unaligned store: devices must not see it.
    pub(super) frozen: Cell<bool>,
    /// RAM was made read-only for that.
    pub(super) guarded: Cell<bool>,
    pub(super) log: AccessLog,
    /// The registers were saved at an access of the instruction that began at this cycle.
    pub(super) saved: Cell<Option<u64>>,
    pub(super) window: Cell<Window>,
    pub(super) byte_stores: ByteStores,
    pub(super) system: SystemSlot<dyn System>,
}

impl State {
    pub(super) fn new(shell: Shell, memory: Memory, blocks: Blocks<RefCell<Costs>>, priority_mask: u8) -> Self {
        Self {
            shell,
            memory,
            blocks,
            alias_runs: AliasRuns::default(),
            priority_mask,
            block: Cell::new(0),
            end: Cell::new(0),
            span: Cell::new(Packed::default()),
            now: Cell::new(0),
            count: Cell::new(0),
            forbidden: Cell::new(BREAK),
            horizon: Cell::new(0),
            why: Cell::new(Why::None),
            view: Cell::new(View::Real),
            alias_next: Cell::new(0),
            unusual: Cell::new(false),
            access_pc: Cell::new(0),
            frozen: Cell::new(false),
            guarded: Cell::new(false),
            log: AccessLog::default(),
            saved: Cell::new(None),
            window: Cell::new(Window::default()),
            byte_stores: ByteStores::default(),
            system: SystemSlot::default(),
        }
    }

    /// The cycle at which the block began.
    pub(super) fn start(&self) -> u64 {
        self.now.get() - self.span.get().cycles()
    }

    /// Whether a single load or store was last.
    pub(super) fn single_was_last(&self) -> bool {
        self.span.get().flags() & after::SINGLE != 0
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
        let single = self.single_was_last();
        let span = measure(&self.memory, &self.blocks.costs().borrow(), address, end, single);
        self.enter(address, end, packed(&span, single, false));
    }

    /// Stands in front of `address`, with nothing left to look at but a single load or store.
    pub(super) fn stand(&self, address: u32) {
        self.block.set(address);
        self.end.set(address);
        self.span.set(self.span.get().settled());
    }

    /// The span from the block's start to `pc`.
    pub(super) fn span_to(&self, pc: u32) -> Span {
        measure(&self.memory, &self.blocks.costs().borrow(), self.block.get(), pc, self.span.get().after_single())
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
        self.span.set(packed(&span, old.after_single(), false));
        self.end.set(pc);
    }

    /// Looks at what the instructions behind us leave open, now that the next address is known. `true`: stop here, an
    /// interrupt became takeable.
    pub(super) fn settle(&self, next: u32) -> bool {
        let span = self.span.get();
        let flags = span.flags();
        if flags & after::BRANCH != 0 && next == self.end.get() {
            self.now.set(self.now.get() - span.refill());
        }
        self.stand(next);
        if flags & after::EVENT != 0 {
            self.system.call(|system| system.event_sent());
        }
        if flags & after::MASKS == 0 {
            return false;
        }
        let (now, masks) = (self.now.get(), self.shell.masks(self.priority_mask));
        self.system.call(|system| system.masks_written(now, masks)).unwrap_or(false)
    }

    /// Stands where an engine was saved, with nothing left over from whatever ran here before.
    pub(super) fn restore(&self, saved: &EngineState) {
        self.now.set(saved.cycle);
        self.count.set(saved.instructions);
        let last = Span { after: if saved.single_was_last { after::SINGLE } else { 0 }, ..Span::default() };
        self.span.set(packed(&last, false, false));
        self.stand(saved.pc);
        self.log.clear();
        self.saved.set(None);
    }

    pub(super) fn halt(&self, why: Why) {
        self.why.set(why);
        self.shell.stop();
    }
}

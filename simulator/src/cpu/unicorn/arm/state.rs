//! What the fast engine and its hooks share: the clock inside a block, and why a run has ended.
//!
//! Nobody ever holds a `&mut` to this state: while Unicorn runs, its hooks and the code around it see the same bytes, so
//! everything that changes is a [`Cell`]. (A `&mut` held across the call was really miscompiled once.)

use std::cell::{Cell, RefCell};

use super::super::EngineConfig;
use super::super::blocks::{BREAK, Blocks, COUNTED, Packed, Span};
use super::super::device::{AccessLog, ByteStores, SystemSlot, Window};
use super::super::memory::Memory;
use super::super::pages::{Access, Pages};
use super::super::shell::Shell;
use super::measure::{DEMANDS, EXCLUSIVE, FIXED_POINT, Rules, append, measure, packed};
use crate::cpu::cortex_m::config::CoreModel;
use crate::cpu::cortex_m::cycles::after;
use crate::cpu::cortex_m::engine::{EngineState, StackLimits, Stop, System};
use crate::cpu::cortex_m::thumb::length;

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
    /// The block at this address is to be translated anew: see [`super::strict`].
    Fresh(u32),
    /// An interrupt became takeable.
    Takeable,
    /// A branch has left Thumb state.
    InvalidState,
    /// A branch went into the code alias, where the core has nothing.
    Astray(u32),
    /// A device access asks for a stop behind its instruction.
    Access,
    /// An access is not permitted, or nothing answered it: [`Stop::Violation`] or [`Stop::Fault`].
    Refused(Stop),
    /// Unicorn's interrupt hook.
    Interrupt(u32),
}

/// Which copy of the code runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    /// The code where the core sees it.
    #[default]
    Real,
    /// One instruction of it, in a translation that is dropped afterwards.
    Alone,
    /// Nothing runs: a block is only translated.
    Translation,
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
    /// Whether blocks of the real code may run.
    pub(super) fn is_real(self) -> bool {
        matches!(self, Self::Real | Self::Alone)
    }

    /// The real address of an address that Unicorn names.
    pub(super) fn real(self, address: u32) -> u32 {
        match self {
            Self::Real | Self::Alone | Self::Translation => address,
            Self::Alias { delta, .. } => address.wrapping_sub(delta),
        }
    }
}

/// What the hooks and the engine share.
pub(super) struct State {
    /// Before `memory`: it must be closed before the memory that it maps goes.
    pub(super) shell: Shell,
    pub(super) memory: Memory,
    pub(super) blocks: Blocks<Rules>,
    pub(super) pages: Pages,
    priority_mask: u8,
    pub(super) model: CoreModel,
    /// Unicorn tells of the blocks that it translates: it does so once one has run to its end.
    pub(super) told: Cell<bool>,

    /// The block that runs, up to `end`; both are the next instruction's address if none does.
    pub(super) block: Cell<u32>,
    pub(super) end: Cell<u32>,
    /// What it costs and leaves to look at.
    pub(super) span: Cell<Packed>,
    /// Cycle and instructions at its end.
    pub(super) now: Cell<u64>,
    pub(super) count: Cell<u64>,

    /// What a block that runs natively may not have, as bits of its flags: breakpoints always, floating point while it is
    /// trapped, read-only memory while that is busy, SEV if there are other cores. What is to be looked at before, too:
    /// demands always, loads that mark the exclusive monitor while it is open.
    pub(super) forbidden: Cell<u16>,
    pub(super) horizon: Cell<u64>,
    pub(super) why: Cell<Why>,
    pub(super) view: Cell<View>,
    /// Instructions in the alias come in ascending order: the next one is not in front of this.
    pub(super) alias_next: Cell<u32>,
    /// Something is to be looked at in front of each block: the view is not the real one, or `frozen`, and it is not to
    /// run; or it may not be permitted to.
    pub(super) unusual: Cell<bool>,
    /// Blocks that Unicorn has translated as if they demanded nothing.
    pub(super) fresh: RefCell<Vec<u32>>,
    /// CONTROL.
    pub(super) control: Cell<u8>,
    /// MSPLIM and PSPLIM, if they have been asked for since an instruction may have written them: asking takes a copy of
    /// all registers.
    pub(super) stack_limits: Cell<Option<StackLimits>>,
    /// The level of the code that runs, for loads and stores.
    pub(super) privileged: Cell<bool>,
    /// The instruction of the access that ended the run.
    pub(super) access_pc: Cell<u32>,
    /// It is in an IT block.
    pub(super) access_in_it: Cell<bool>,
    /// Unicorn may run on behind the access that ended the run, inside an IT block or with the other bytes of an
    /// unaligned store: devices must not see it.
    pub(super) frozen: Cell<bool>,
    /// RAM was made read-only for that.
    pub(super) guarded: Cell<bool>,
    pub(super) log: AccessLog,
    /// The registers were saved at an access of the instruction that began at this cycle.
    pub(super) saved: Cell<Option<u64>>,
    pub(super) window: Cell<Window>,
    /// Code that the host has written in Unicorn's place: (first, end) of what is to be translated anew.
    pub(super) rewritten: RefCell<Vec<(u32, u32)>>,
    pub(super) byte_stores: ByteStores,
    pub(super) system: SystemSlot<dyn System>,
}

impl State {
    pub(super) fn new(shell: Shell, memory: Memory, blocks: Blocks<Rules>, config: &EngineConfig<'_>) -> Self {
        let pages = Pages::new(Access::Fast, shell.page_size());
        Self {
            shell,
            memory,
            blocks,
            pages,
            priority_mask: config.priority_mask,
            model: config.model,
            block: Cell::new(0),
            end: Cell::new(0),
            span: Cell::new(Packed::default()),
            now: Cell::new(0),
            count: Cell::new(0),
            forbidden: Cell::new(BREAK | DEMANDS | EXCLUSIVE | FIXED_POINT),
            horizon: Cell::new(0),
            why: Cell::new(Why::None),
            view: Cell::new(View::Real),
            alias_next: Cell::new(0),
            unusual: Cell::new(false),
            fresh: RefCell::default(),
            told: Cell::new(false),
            control: Cell::new(0),
            stack_limits: Cell::new(None),
            privileged: Cell::new(true),
            access_pc: Cell::new(0),
            access_in_it: Cell::new(false),
            frozen: Cell::new(false),
            guarded: Cell::new(false),
            log: AccessLog::default(),
            saved: Cell::new(None),
            window: Cell::new(Window::default()),
            rewritten: RefCell::new(Vec::new()),
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
        self.enter_measured(address, end, &span);
    }

    /// Enters a run of instructions that has been measured, behind what ran last.
    pub(super) fn enter_measured(&self, address: u32, end: u32, span: &Span) {
        self.note_counted(false);
        let block = packed(span, self.single_was_last(), false);
        self.enter(address, end, block.with(self.blocks.counted_flag(address, end)));
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
        self.span.set(packed(&span, old.after_single(), false).with(old.flags() & COUNTED));
        self.end.set(pc);
    }

    /// Looks at what the instructions behind us leave open, now that the next address is known. `true`: stop here, an
    /// interrupt became takeable, or an event is for other cores.
    pub(super) fn settle(&self, next: u32) -> bool {
        let span = self.span.get();
        let flags = span.flags();
        let refunded = flags & after::BRANCH != 0 && next == self.end.get();
        self.note_counted(refunded);
        if refunded {
            self.now.set(self.now.get() - span.refill());
        }
        self.stand(next);
        let sent = flags & after::EVENT != 0 && self.system.call(|system| system.event_sent()).unwrap_or(false);
        if flags & after::MASKS == 0 {
            return sent;
        }
        let (now, (masks, privileged)) = (self.now.get(), self.shell.masks(self.priority_mask));
        self.control.set(masks.control);
        self.stack_limits.set(None);
        self.privileged.set(privileged);
        self.system.call(|system| system.masks_written(now, next, masks)).unwrap_or(false) || sent
    }

    /// Writes down when the instructions ran that are counted, of those behind us; once for each. `refunded`: the branch at
    /// the end has gone the cheaper way, which the clock does not know yet.
    #[inline]
    pub(super) fn note_counted(&self, refunded: bool) {
        if self.span.get().flags() & COUNTED != 0 {
            self.note_instructions(refunded);
        }
    }

    #[cold]
    fn note_instructions(&self, refunded: bool) {
        let span = self.span.get();
        self.span.set(span.without(COUNTED));
        let (begin, counted, costs) =
            (self.now.get() - span.cycles(), self.blocks.counted(), self.blocks.costs().borrow());
        let after = if span.after_single() { after::SINGLE } else { 0 };
        let (mut ran, mut at) = (Span { after, ..Span::default() }, self.block.get());
        while at < self.end.get() {
            let (pc, before) = (at, ran.cycles);
            let (first, second) = self.memory.instruction(pc);
            append(&mut ran, &costs, pc, first, second);
            at = at.saturating_add(length(first));
            let refill = if refunded && at >= self.end.get() { u32::from(ran.refill) } else { 0 };
            counted.note(pc, begin + u64::from(before)..begin + u64::from(ran.cycles - refill));
        }
    }

    /// A load that marks the exclusive monitor is about to run.
    pub(super) fn mark_exclusive(&self) {
        self.forbidden.set(self.forbidden.get() & !EXCLUSIVE);
    }

    /// Sets `unusual` by what it stands for.
    pub(super) fn find_unusual(&self) {
        let view = !self.view.get().is_real();
        self.unusual.set(view || self.frozen.get() || self.pages.checks_fetches());
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

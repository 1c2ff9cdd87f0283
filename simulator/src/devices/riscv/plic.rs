//! Platform-level interrupt controller (PLIC; FE310-G000 manual, "Platform-Level Interrupt Controller"): every source has
//! a priority, every context (a privilege mode of a hart) chooses sources and a threshold, and claims the most important
//! one.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x0 + 4 * source | priority | as many as the chip has; 0 is "never" |
//! | 0x1000 + 4 * word | pending | a bit for each source (read only) |
//! | 0x2000 + 0x80 * context + 4 * word | enable | a bit for each source |
//! | 0x200000 + 0x1000 * context | threshold | as priority |
//! | 0x200004 + 0x1000 * context | claim when read, completion when written | number of a source |
//!
//! Sources are levels. A gateway turns a level that is up into one request, which stays pending until it is claimed even if
//! the level falls ("Interrupt Gateways"), and makes the next one when the last is completed. Among equal priorities the
//! lowest number comes first. A claim does not look at the threshold ("Interrupt Claim Process"). A completion of a source
//! that the context has not enabled is ignored ("Interrupt Completion").
//!
//! QEMU 7.2 differs from the specification in three things: a request falls with its level, a claim gives nothing that is
//! not above the threshold, and any completion counts.

use bluekernel_boards::model::{Board, Contexts, Plic};
use serde::{Deserialize, Serialize};

use super::super::{Context, CoreLine, Device, NarrowStore, ResetCause};
use super::line::{MEIP, SEIP};

const PENDING: u32 = 0x1000;
const ENABLE: u32 = 0x2000;
const ENABLE_STRIDE: u32 = 0x80;
const CONTEXT: u32 = 0x20_0000;
const CONTEXT_STRIDE: u32 = 0x1000;
const THRESHOLD: u32 = 0;
const CLAIM: u32 = 4;

/// One output for each of them.
const MOST_TARGETS: usize = 32;

/// A set of sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sources(Vec<u32>);

impl Sources {
    /// None, of sources up to this number.
    fn none(last: u16) -> Self {
        Self(vec![0; usize::from(last) / 32 + 1])
    }

    fn has(&self, source: u16) -> bool {
        self.0.get(usize::from(source) / 32).is_some_and(|word| word >> (source % 32) & 1 != 0)
    }

    fn set(&mut self, source: u16, value: bool) {
        if let Some(word) = self.0.get_mut(usize::from(source) / 32) {
            *word = *word & !(1 << (source % 32)) | u32::from(value) << (source % 32);
        }
    }
}

/// A context: where requests go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Target {
    core: u8,
    irq: u16,
    enable: Sources,
    threshold: u32,
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiscvPlic {
    /// The last source.
    last: u16,
    /// The highest priority, which is a mask.
    priorities: u32,
    /// By source; that of 0 is 0.
    priority: Vec<u32>,
    levels: Sources,
    pending: Sources,
    /// Claimed and not yet completed: the gateway lets nothing through.
    claimed: Sources,
    targets: Vec<Target>,
}

/// Which register is at an offset.
enum Place {
    Priority(usize),
    Pending(usize),
    Enable(usize, usize),
    Threshold(usize),
    Claim(usize),
}

impl RiscvPlic {
    /// The controller of a board's chip; without sources and contexts for a chip whose file does not speak of it.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        match board.chip.plic() {
            Some(plic) => Self::of(plic, board.chip.cores),
            None => Self::of(&Plic { sources: 0, priorities: 0, contexts: Contexts::Machine }, 0),
        }
    }

    fn of(plic: &Plic, cores: u8) -> Self {
        let last = plic.sources;
        let modes: &[u16] = match plic.contexts {
            Contexts::Machine => &[MEIP],
            Contexts::MachineSupervisor => &[MEIP, SEIP],
        };
        let lines = (0..cores).flat_map(|core| modes.iter().map(move |irq| (core, *irq)));
        let target = |(core, irq)| Target { core, irq, enable: Sources::none(last), threshold: 0 };
        Self {
            last,
            priorities: plic.priorities,
            priority: vec![0; usize::from(last) + 1],
            levels: Sources::none(last),
            pending: Sources::none(last),
            claimed: Sources::none(last),
            targets: lines.take(MOST_TARGETS).map(target).collect(),
        }
    }

    /// What a context claims: the pending and enabled source of the highest priority above 0, and that priority.
    fn best(&self, target: &Target) -> Option<(u16, u32)> {
        let mut best: Option<(u16, u32)> = None;
        for (word, (pending, enable)) in self.pending.0.iter().zip(&target.enable.0).enumerate() {
            let mut left = pending & enable;
            while left != 0 {
                let source = 32 * word as u16 + left.trailing_zeros() as u16;
                left &= left - 1;
                let priority = self.priority.get(usize::from(source)).copied().unwrap_or(0);
                if priority > best.map_or(0, |(_, priority)| priority) {
                    best = Some((source, priority));
                }
            }
        }
        best
    }

    /// The gateway of a source: a level that is up is a request, if the last one is over.
    fn request(&mut self, source: u16) {
        if self.levels.has(source) && !self.claimed.has(source) {
            self.pending.set(source, true);
        }
    }

    fn claim(&mut self, target: usize) -> u16 {
        let Some((source, _)) = self.best(&self.targets[target]) else { return 0 };
        self.pending.set(source, false);
        self.claimed.set(source, true);
        source
    }

    fn complete(&mut self, target: usize, source: u32) {
        let Ok(source) = u16::try_from(source) else { return };
        if self.targets[target].enable.has(source) {
            self.claimed.set(source, false);
            self.request(source);
        }
    }

    fn place(&self, offset: u32) -> Option<Place> {
        let words = self.levels.0.len();
        let target = |target: u32| Some(target as usize).filter(|target| *target < self.targets.len());
        match offset {
            0..PENDING => Some(offset as usize / 4).filter(|source| *source < self.priority.len()).map(Place::Priority),
            PENDING..ENABLE => Some((offset - PENDING) as usize / 4).filter(|word| *word < words).map(Place::Pending),
            ENABLE..CONTEXT => {
                let (context, byte) = ((offset - ENABLE) / ENABLE_STRIDE, (offset - ENABLE) % ENABLE_STRIDE);
                let word = Some(byte as usize / 4).filter(|word| *word < words)?;
                Some(Place::Enable(target(context)?, word))
            }
            _ => {
                let context = target((offset - CONTEXT) / CONTEXT_STRIDE)?;
                match (offset - CONTEXT) % CONTEXT_STRIDE {
                    THRESHOLD => Some(Place::Threshold(context)),
                    CLAIM => Some(Place::Claim(context)),
                    _ => None,
                }
            }
        }
    }

    /// The bits of a word of sources that there are: there is no source 0.
    fn implemented(&self, word: usize) -> u32 {
        let last = usize::from(self.last) - 32 * word;
        let bits = if last >= 31 { u32::MAX } else { (2 << last) - 1 };
        if word == 0 { bits & !1 } else { bits }
    }
}

impl Device for RiscvPlic {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match self.place(offset) {
            Some(Place::Priority(source)) => self.priority[source],
            Some(Place::Pending(word)) => self.pending.0[word],
            Some(Place::Enable(target, word)) => self.targets[target].enable.0[word],
            Some(Place::Threshold(target)) => self.targets[target].threshold,
            Some(Place::Claim(target)) => self.claim(target).into(),
            None => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match self.place(offset) {
            Some(Place::Priority(0) | Place::Pending(_)) => {}
            Some(Place::Priority(source)) => {
                self.priority[source] = context.merge(self.priority[source], value) & self.priorities;
            }
            Some(Place::Enable(target, word)) => {
                let implemented = self.implemented(word);
                let enable = &mut self.targets[target].enable.0[word];
                *enable = context.merge(*enable, value) & implemented;
            }
            Some(Place::Threshold(target)) => {
                let threshold = &mut self.targets[target].threshold;
                *threshold = context.merge(*threshold, value) & self.priorities;
            }
            Some(Place::Claim(target)) => self.complete(target, value),
            None => context.unmodelled(),
        }
    }

    /// One for each context.
    fn lines(&self) -> u32 {
        let wants = |target: &Target| self.best(target).is_some_and(|(_, priority)| priority > target.threshold);
        self.targets.iter().rev().fold(0, |lines, target| lines << 1 | u32::from(wants(target)))
    }

    fn core_lines(&self) -> Vec<CoreLine> {
        let targets = (0..).zip(&self.targets);
        targets.map(|(output, target)| CoreLine { output, core: target.core, irq: target.irq }).collect()
    }

    fn controls_interrupts(&self) -> bool {
        true
    }

    fn source(&mut self, number: u16, level: bool, _: &mut Context<'_>) {
        self.levels.set(number, level);
        self.request(number);
    }

    /// The sources are what they are.
    fn reset(&mut self, _: ResetCause, _: &mut Context<'_>) -> bool {
        self.priority.fill(0);
        self.pending = self.levels.clone();
        self.claimed = Sources::none(self.last);
        for target in &mut self.targets {
            target.enable = Sources::none(self.last);
            target.threshold = 0;
        }
        true
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    /// The FE310-G000's: 51 sources, 7 priorities, one context.
    fn fe310() -> Bench<RiscvPlic> {
        let plic = Plic { sources: 51, priorities: 7, contexts: Contexts::Machine };
        Bench::of(RiscvPlic::of(&plic, 1), 16_000_000)
    }

    /// With sources 3, 5 and 40 enabled at priorities 1, 4 and 4.
    fn enabled() -> Bench<RiscvPlic> {
        let mut bench = fe310();
        bench.write(4 * 3, 1).write(4 * 5, 4).write(4 * 40, 4);
        bench.write(ENABLE, 1 << 3 | 1 << 5).write(ENABLE + 4, 1 << (40 - 32));
        bench
    }

    /// PLIC, "Memory Map"; FE310-G000 manual, "PLIC memory map": offset, value after reset, bits that can be written.
    #[test]
    fn register_table() {
        for (offset, writable) in [
            (0x00_0000, 0),
            (0x00_0004, 7),
            (0x00_00CC, 7),
            (0x00_1000, 0),
            (0x00_1004, 0),
            (0x00_2000, 0xFFFF_FFFE),
            (0x00_2004, 0x000F_FFFF),
            (0x20_0000, 7),
            (0x20_0004, 0),
        ] {
            let mut bench = fe310();
            assert_eq!(bench.read(offset), 0, "{offset:#x}");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), writable, "{offset:#x}");
            assert_eq!(bench.unmodelled, 0);
        }
        let mut bench = fe310();
        for offset in [0xD0, 0xFFC, 0x1008, 0x2008, 0x2080, 0x20_0008, 0x20_1000, 0x3FF_FFFC] {
            bench.read(offset);
            bench.write(offset, 1);
        }
        assert_eq!(bench.unmodelled, 16, "behind the last source and the last context");
    }

    #[test]
    fn a_request_is_claimed_and_completed() {
        let mut bench = enabled();
        bench.source(5, true);
        assert_eq!((bench.read(PENDING), bench.device.lines()), (1 << 5, 1));
        assert_eq!(bench.read(CONTEXT + CLAIM), 5);
        assert_eq!((bench.read(PENDING), bench.device.lines()), (0, 0));
        assert_eq!(bench.read(CONTEXT + CLAIM), 0, "nothing else");
        // While it is served, its level means nothing; when that is still up at the end, it is a request again.
        bench.source(5, false);
        bench.source(5, true);
        assert_eq!(bench.device.lines(), 0);
        bench.write(CONTEXT + CLAIM, 5);
        assert_eq!((bench.read(PENDING), bench.device.lines()), (1 << 5, 1));
        bench.read(CONTEXT + CLAIM);
        bench.source(5, false);
        bench.write(CONTEXT + CLAIM, 5);
        assert_eq!((bench.read(PENDING), bench.device.lines()), (0, 0));
    }

    /// PLIC, "Interrupt Gateways": what has been requested stays so, whatever becomes of the level.
    #[test]
    fn a_request_outlives_its_level() {
        let mut bench = enabled();
        bench.source(3, true);
        bench.source(3, false);
        assert_eq!((bench.device.lines(), bench.read(CONTEXT + CLAIM)), (1, 3));
        bench.write(CONTEXT + CLAIM, 3);
        assert_eq!((bench.device.lines(), bench.read(CONTEXT + CLAIM)), (0, 0));
    }

    /// PLIC, "Interrupt Priorities": the highest priority first, then the lowest number; priority 0 never interrupts.
    #[test]
    fn the_order_of_claims() {
        let mut bench = enabled();
        for source in [40, 3, 5] {
            bench.source(source, true);
        }
        let claims: Vec<u32> = (0..4).map(|_| bench.read(CONTEXT + CLAIM)).collect();
        assert_eq!(claims, [5, 40, 3, 0]);
        let mut bench = enabled();
        bench.write(4 * 3, 0);
        bench.source(3, true);
        assert_eq!((bench.device.lines(), bench.read(PENDING), bench.read(CONTEXT + CLAIM)), (0, 1 << 3, 0));
        bench.write(4 * 3, 1);
        assert_eq!(bench.device.lines(), 1, "what is pending is looked at anew");
    }

    /// PLIC, "Priority Thresholds" and "Interrupt Claim Process": an interrupt needs a priority above the threshold, a claim does not.
    #[test]
    fn the_threshold_masks_the_interrupt() {
        let mut bench = enabled();
        bench.write(CONTEXT, 4);
        bench.source(5, true);
        assert_eq!(bench.device.lines(), 0);
        bench.write(CONTEXT, 3);
        assert_eq!(bench.device.lines(), 1);
        bench.write(CONTEXT, 7);
        assert_eq!((bench.device.lines(), bench.read(CONTEXT + CLAIM)), (0, 5));
    }

    #[test]
    fn without_its_enable_a_source_is_pending_only() {
        let mut bench = enabled();
        bench.write(4 * 6, 7);
        bench.source(6, true);
        assert_eq!((bench.device.lines(), bench.read(PENDING)), (0, 1 << 6));
        // PLIC, "Interrupt Completion": one of a source that is not enabled is ignored.
        bench.source(5, true);
        assert_eq!(bench.read(CONTEXT + CLAIM), 5);
        bench.write(ENABLE, 1 << 6).write(CONTEXT + CLAIM, 5).write(ENABLE, 1 << 5 | 1 << 6);
        assert_eq!(bench.read(PENDING), 1 << 6, "5 is still being served");
        bench.write(CONTEXT + CLAIM, 5).write(CONTEXT + CLAIM, u32::MAX);
        assert_eq!(bench.read(PENDING), 1 << 5 | 1 << 6);
    }

    /// QEMU's machine virt: machine mode is context 0, supervisor mode context 1; two harts go on with 2 and 3.
    #[test]
    fn contexts_have_lines_of_their_own() {
        let plic = Plic { sources: 96, priorities: 7, contexts: Contexts::MachineSupervisor };
        let mut bench = Bench::of(RiscvPlic::of(&plic, 2), 16_000_000);
        let lines: Vec<_> = bench.device.core_lines().iter().map(|line| (line.output, line.core, line.irq)).collect();
        assert_eq!(lines, [(0, 0, 11), (1, 0, 9), (2, 1, 11), (3, 1, 9)]);
        bench.write(4 * 96, 1);
        bench.write(ENABLE + ENABLE_STRIDE + 12, 1).write(ENABLE + 3 * ENABLE_STRIDE + 12, 1);
        bench.source(96, true);
        assert_eq!((bench.read(PENDING + 12), bench.device.lines()), (1, 0b1010));
        // Whoever comes first has it.
        assert_eq!(bench.read(CONTEXT + 3 * CONTEXT_STRIDE + CLAIM), 96);
        assert_eq!((bench.read(CONTEXT + CONTEXT_STRIDE + CLAIM), bench.device.lines()), (0, 0));
    }

    #[test]
    fn a_reset_forgets_all_but_the_levels() {
        let mut bench = enabled();
        bench.source(5, true);
        bench.source(3, true);
        bench.source(3, false);
        bench.read(CONTEXT + CLAIM);
        assert!(bench.reset(ResetCause::Pin));
        assert_eq!(
            (bench.read(PENDING), bench.read(ENABLE), bench.read(4 * 5), bench.device.lines()),
            (1 << 5, 0, 0, 0)
        );
    }
}

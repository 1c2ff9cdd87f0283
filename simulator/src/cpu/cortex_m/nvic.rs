//! The exceptions' states and priorities: what the Armv7-M manual (Arm DDI 0403E) calls the NVIC, section B3.4, together
//! with the system exceptions of B1.5, since priorities are decided among all of them.

use serde::{Deserialize, Serialize};

use crate::cpu::cortex_m::engine::Masks;

/// Exception numbers (B1.5.2).
pub(crate) mod number {
    pub(crate) const NMI: u16 = 2;
    pub(crate) const HARD_FAULT: u16 = 3;
    pub(crate) const MEM_MANAGE: u16 = 4;
    pub(crate) const BUS_FAULT: u16 = 5;
    pub(crate) const USAGE_FAULT: u16 = 6;
    pub(crate) const SV_CALL: u16 = 11;
    pub(crate) const DEBUG_MONITOR: u16 = 12;
    pub(crate) const PEND_SV: u16 = 14;
    pub(crate) const SYS_TICK: u16 = 15;
    /// External interrupt 0.
    pub(crate) const EXTERNAL: u16 = 16;
}

/// How many exceptions there can be: 16 and 480 external interrupts, of which Armv7-M has 240.
pub(crate) const EXCEPTIONS: usize = 512;

/// The priority of code that no exception interrupts: less important than all (B1.5.4).
pub(crate) const THREAD_PRIORITY: i16 = 256;

/// A set of exception numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Set([u64; EXCEPTIONS / 64]);

impl Set {
    pub(crate) fn has(&self, exception: u16) -> bool {
        self.0[usize::from(exception) / 64] >> (exception % 64) & 1 != 0
    }

    pub(crate) fn put(&mut self, exception: u16, member: bool) {
        let word = &mut self.0[usize::from(exception) / 64];
        let bit = 1 << (exception % 64);
        *word = if member { *word | bit } else { *word & !bit };
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0 == [0; EXCEPTIONS / 64]
    }

    pub(crate) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether it has exactly one member.
    pub(crate) fn is_single(&self) -> bool {
        let mut words = self.0.iter().filter(|word| **word != 0);
        words.next().is_some_and(|word| word.is_power_of_two()) && words.next().is_none()
    }

    /// Calls `each` with the members of both sets, in ascending order, that are in so many words.
    fn for_common(&self, other: &Self, words: usize, mut each: impl FnMut(u16)) {
        for (index, (own, other)) in (0..).zip(self.0.iter().zip(&other.0).take(words)) {
            let mut word = own & other;
            while word != 0 {
                each(index * 64 + word.trailing_zeros() as u16);
                word &= word - 1;
            }
        }
    }

    /// The members in ascending order.
    pub(crate) fn iter(self) -> Members {
        Members { words: self.0, index: 0 }
    }

    /// 32 members from external interrupt `32 * word` on.
    pub(crate) fn external_word(&self, word: u16) -> u32 {
        (0..32).filter(|bit| self.has_external(word * 32 + bit)).fold(0, |value, bit| value | 1 << bit)
    }

    fn has_external(&self, line: u16) -> bool {
        usize::from(line) < EXCEPTIONS - usize::from(number::EXTERNAL) && self.has(number::EXTERNAL + line)
    }
}

/// The members of a [`Set`], in ascending order.
pub(crate) struct Members {
    words: [u64; EXCEPTIONS / 64],
    index: usize,
}

impl Iterator for Members {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        while let Some(word) = self.words.get_mut(self.index) {
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                return Some(self.index as u16 * 64 + bit as u16);
            }
            self.index += 1;
        }
        None
    }
}

/// The states and priorities of all exceptions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Nvic {
    irqs: u16,
    implemented: u8,
    pending: Set,
    enabled: Set,
    active: Set,
    /// Levels of the external interrupts' inputs.
    level: Set,
    /// By exception number, as the cycles at which they became pending.
    priority: Vec<u8>,
    pended_at: Vec<u64>,
    prigroup: u8,
    /// The most important pending and enabled exception; kept up to date by every change.
    best: Option<u16>,
    /// The most important group priority of an active exception; likewise.
    running: i16,
    /// Something became pending since this was last asked; for SEVONPEND.
    newly_pending: bool,
    /// A debugger holds PendSV, SysTick and external interrupts back.
    held: bool,
}

impl Nvic {
    pub(crate) fn new(irqs: u16, prio_bits: u8) -> Self {
        let mut nvic = Self {
            irqs,
            implemented: !(0xff_u16 >> prio_bits) as u8,
            pending: Set::default(),
            enabled: Set::default(),
            active: Set::default(),
            level: Set::default(),
            priority: vec![0; EXCEPTIONS],
            pended_at: vec![0; EXCEPTIONS],
            prigroup: 0,
            best: None,
            running: THREAD_PRIORITY,
            newly_pending: false,
            held: false,
        };
        nvic.reset();
        nvic
    }

    /// Everything but the inputs' levels, which are the devices'.
    pub(crate) fn reset(&mut self) {
        use number::{DEBUG_MONITOR, HARD_FAULT, NMI, PEND_SV, SV_CALL, SYS_TICK};
        self.pending = Set::default();
        self.active = Set::default();
        self.enabled = Set::default();
        // MON_EN says which events make DebugMonitor pending, not whether it is taken then (C1.6.5).
        for exception in [NMI, HARD_FAULT, SV_CALL, DEBUG_MONITOR, PEND_SV, SYS_TICK] {
            self.enabled.put(exception, true);
        }
        self.priority.fill(0);
        self.prigroup = 0;
        self.newly_pending = false;
        for line in self.level.iter() {
            self.pending.put(line, true);
        }
        self.find_best();
        self.find_running();
    }

    /// How many words of a set can have members.
    fn words(&self) -> usize {
        usize::from(number::EXTERNAL + self.irqs).div_ceil(64)
    }

    pub(crate) fn irqs(&self) -> u16 {
        self.irqs
    }

    /// The bits of a priority that exist.
    pub(crate) fn implemented(&self) -> u8 {
        self.implemented
    }

    /// The number of an external interrupt, if the core has it.
    pub(crate) fn external(&self, line: u16) -> Option<u16> {
        (line < self.irqs).then_some(number::EXTERNAL + line)
    }

    /// The priority that decides about pre-emption (B1.5.4): fixed ones negative, others without their subpriority.
    pub(crate) fn group_priority(&self, exception: u16) -> i16 {
        match exception {
            1 => -3,
            number::NMI => -2,
            number::HARD_FAULT => -1,
            _ => i16::from(self.priority[usize::from(exception)] & self.group_mask()),
        }
    }

    fn group_mask(&self) -> u8 {
        (0xff_u16 << (self.prigroup + 1)) as u8
    }

    fn full_priority(&self, exception: u16) -> i16 {
        match exception {
            1..=3 => self.group_priority(exception),
            _ => i16::from(self.priority[usize::from(exception)]),
        }
    }

    /// The current execution priority (B1.5.4, ExecutionPriority).
    pub(crate) fn execution_priority(&self, masks: Masks) -> i16 {
        self.running.min(self.boost(masks))
    }

    /// The priority that the masks give to whatever runs.
    fn boost(&self, masks: Masks) -> i16 {
        let mut priority = THREAD_PRIORITY;
        if masks.basepri != 0 {
            priority = priority.min(i16::from(masks.basepri & self.group_mask()));
        }
        if masks.primask {
            priority = priority.min(0);
        }
        if masks.faultmask {
            priority = priority.min(-1);
        }
        priority
    }

    fn find_running(&mut self) {
        let mut running = THREAD_PRIORITY;
        self.active
            .for_common(&self.active, self.words(), |exception| running = running.min(self.group_priority(exception)));
        self.running = running;
    }

    /// The exceptions whose handlers run or were pre-empted.
    pub(crate) fn active(&self) -> &Set {
        &self.active
    }

    /// SHCSR can say that an exception is active, or is not.
    pub(crate) fn set_active(&mut self, exception: u16, active: bool) {
        self.active.put(exception, active);
        self.find_running();
    }

    /// Orders exceptions by importance, the most important first.
    fn rank(&self, exception: u16) -> (i16, u16) {
        (self.full_priority(exception), exception)
    }

    /// Whether a debugger holds it back.
    fn is_held(&self, exception: u16) -> bool {
        self.held && exception >= number::PEND_SV
    }

    fn find_best(&mut self) {
        let mut best = None;
        self.pending.for_common(&self.enabled, self.words(), |exception| {
            if !self.is_held(exception) && best.is_none_or(|best| self.rank(exception) < self.rank(best)) {
                best = Some(exception);
            }
        });
        self.best = best;
    }

    /// The exception that pre-empts what runs, if there is one.
    pub(crate) fn takeable(&self, masks: Masks) -> Option<u16> {
        self.best.filter(|&best| self.group_priority(best) < self.execution_priority(masks))
    }

    /// Whether a pending exception ends WFI: as [`Nvic::takeable`], but PRIMASK does not count (B1.5.19).
    pub(crate) fn wakes(&self, masks: Masks) -> bool {
        self.takeable(Masks { primask: false, ..masks }).is_some()
    }

    /// The most important exception that is pending and enabled, if BASEPRI and FAULTMASK let it through. PRIMASK does not
    /// count: ICSR.VECTPENDING (Arm DUI 0552A and 0553A, table 4-15).
    pub(crate) fn best(&self, masks: Masks) -> Option<u16> {
        let masked = self.boost(Masks { primask: false, ..masks });
        self.best.filter(|&best| self.group_priority(best) < masked)
    }

    pub(crate) fn is_pending(&self, exception: u16) -> bool {
        self.pending.has(exception)
    }

    pub(crate) fn pending_word(&self, word: u16) -> u32 {
        self.pending.external_word(word)
    }

    /// Whether any external interrupt is pending: ICSR.ISRPENDING.
    pub(crate) fn any_external_pending(&self) -> bool {
        self.pending.iter().any(|exception| exception >= number::EXTERNAL)
    }

    /// Makes an exception pending at `cycle`.
    pub(crate) fn pend(&mut self, exception: u16, cycle: u64) {
        if !self.pending.has(exception) {
            self.pending.put(exception, true);
            self.pended_at[usize::from(exception)] = cycle;
            self.newly_pending = true;
            let is_best = self.best.is_none_or(|best| self.rank(exception) < self.rank(best));
            if is_best && self.enabled.has(exception) && !self.is_held(exception) {
                self.best = Some(exception);
            }
        }
    }

    /// Takes pending back. An external interrupt whose input is high stays pending (B3.4.1).
    pub(crate) fn unpend(&mut self, exception: u16) {
        if !self.level.has(exception) {
            self.pending.put(exception, false);
            self.find_best();
        }
    }

    /// Whether something became pending since the last call.
    pub(crate) fn take_newly_pending(&mut self) -> bool {
        std::mem::take(&mut self.newly_pending)
    }

    /// When the exception became pending.
    pub(crate) fn pended_at(&self, exception: u16) -> u64 {
        self.pended_at[usize::from(exception)]
    }

    pub(crate) fn is_enabled(&self, exception: u16) -> bool {
        self.enabled.has(exception)
    }

    /// Whether an external interrupt is enabled.
    pub(crate) fn has_enabled(&self) -> bool {
        (0..self.irqs.div_ceil(32)).any(|word| self.enabled.external_word(word) != 0)
    }

    pub(crate) fn enabled_word(&self, word: u16) -> u32 {
        self.enabled.external_word(word)
    }

    pub(crate) fn enable(&mut self, exception: u16, enabled: bool) {
        self.enabled.put(exception, enabled);
        self.find_best();
    }

    pub(crate) fn priority(&self, exception: u16) -> u8 {
        self.priority[usize::from(exception)]
    }

    /// Sets a priority; bits that are not implemented stay 0.
    pub(crate) fn set_priority(&mut self, exception: u16, priority: u8) {
        self.priority[usize::from(exception)] = priority & self.implemented;
        self.find_best();
        self.find_running();
    }

    pub(crate) fn prigroup(&self) -> u8 {
        self.prigroup
    }

    pub(crate) fn set_prigroup(&mut self, prigroup: u8) {
        self.prigroup = prigroup & 7;
        self.find_running();
    }

    /// DHCSR.C_MASKINTS: PendSV, SysTick and external interrupts wait, whatever their priority.
    pub(crate) fn hold_interrupts(&mut self, held: bool) {
        if held != self.held {
            self.held = held;
            self.find_best();
        }
    }

    /// AIRCR.VECTCLRACTIVE: nothing is active.
    pub(crate) fn clear_active(&mut self) {
        self.active = Set::default();
        self.find_running();
    }

    /// An exception is taken: pending no more, active.
    pub(crate) fn activate(&mut self, exception: u16) {
        self.pending.put(exception, false);
        self.set_active(exception, true);
        self.find_best();
    }

    /// A handler has returned. An external interrupt whose input is still high is pending again.
    pub(crate) fn deactivate(&mut self, exception: u16, cycle: u64) {
        self.set_active(exception, false);
        if self.level.has(exception) {
            self.pend(exception, cycle);
        }
    }

    /// The input of an external interrupt has changed at `cycle`.
    pub(crate) fn set_level(&mut self, exception: u16, level: bool, cycle: u64) {
        let before = self.level.has(exception);
        self.level.put(exception, level);
        if level && !before {
            self.pend(exception, cycle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Masks = Masks { primask: false, faultmask: false, basepri: 0, control: 0 };

    fn with_pending(priorities: &[(u16, u8)]) -> Nvic {
        let mut nvic = Nvic::new(32, 8);
        for &(exception, priority) in priorities {
            nvic.enable(exception, true);
            nvic.set_priority(exception, priority);
            nvic.pend(exception, 0);
        }
        nvic
    }

    #[test]
    fn lower_value_wins_then_lower_number() {
        // B1.5.4: lower value first; equal values: lower exception number.
        assert_eq!(with_pending(&[(16, 0x80), (17, 0x40), (18, 0x40)]).takeable(OPEN), Some(17));
        assert_eq!(with_pending(&[(20, 0), (number::NMI, 0)]).takeable(OPEN), Some(number::NMI));
    }

    #[test]
    fn only_the_group_pre_empts_but_the_subpriority_orders() {
        // PRIGROUP 5: group [7:6], subpriority [5:0] (B1.5.4, table B1-5).
        let mut nvic = with_pending(&[(16, 0x50), (17, 0x48)]);
        nvic.set_prigroup(5);
        assert_eq!(nvic.takeable(OPEN), Some(17));
        nvic.activate(16);
        assert_eq!(nvic.takeable(OPEN), None, "same group: no pre-emption");
        nvic.set_prigroup(2);
        assert_eq!(nvic.takeable(OPEN), Some(17));
    }

    #[test]
    fn masks() {
        let nvic = with_pending(&[(16, 0x40)]);
        assert_eq!(nvic.takeable(Masks { primask: true, ..OPEN }), None);
        assert_eq!(nvic.takeable(Masks { basepri: 0x40, ..OPEN }), None);
        // PRIGROUP 0: bit 0 is the subpriority, which does not count.
        assert_eq!(nvic.takeable(Masks { basepri: 0x41, ..OPEN }), None);
        assert_eq!(nvic.takeable(Masks { basepri: 0x42, ..OPEN }), Some(16));
        assert_eq!(nvic.takeable(Masks { basepri: 0x01, ..OPEN }), None, "not 0, so it masks");
        assert_eq!(nvic.takeable(Masks { faultmask: true, ..OPEN }), None);
        assert!(nvic.wakes(Masks { primask: true, ..OPEN }));
        assert!(!nvic.wakes(Masks { basepri: 0x40, ..OPEN }));
        let nmi = with_pending(&[(number::NMI, 0)]);
        assert_eq!(nmi.takeable(Masks { primask: true, faultmask: true, ..OPEN }), Some(number::NMI));
    }

    #[test]
    fn a_level_that_stays_high_is_pending_again_behind_its_handler() {
        let mut nvic = Nvic::new(32, 3);
        nvic.enable(16, true);
        nvic.set_level(16, true, 5);
        assert_eq!((nvic.takeable(OPEN), nvic.pended_at(16)), (Some(16), 5));
        nvic.unpend(16);
        assert!(nvic.is_pending(16), "clear-pending does not hold against a high input");
        nvic.activate(16);
        assert!(!nvic.is_pending(16));
        nvic.deactivate(16, 40);
        assert_eq!((nvic.is_pending(16), nvic.pended_at(16)), (true, 40));
        nvic.activate(16);
        nvic.set_level(16, false, 50);
        nvic.deactivate(16, 60);
        assert!(!nvic.is_pending(16));
    }

    #[test]
    fn a_debugger_holds_interrupts_back_and_nothing_else() {
        // C1.6.2, C_MASKINTS: PendSV, SysTick and external configurable interrupts.
        let mut nvic = with_pending(&[(16, 0), (number::PEND_SV, 0), (number::SYS_TICK, 0)]);
        nvic.hold_interrupts(true);
        assert_eq!(nvic.takeable(OPEN), None);
        nvic.pend(number::SV_CALL, 0);
        assert_eq!(nvic.takeable(OPEN), Some(number::SV_CALL));
        nvic.unpend(number::SV_CALL);
        nvic.hold_interrupts(false);
        assert_eq!(nvic.takeable(OPEN), Some(number::PEND_SV));
    }

    #[test]
    fn unimplemented_priority_bits_stay_zero() {
        let mut nvic = Nvic::new(32, 3);
        nvic.set_priority(16, 0xff);
        assert_eq!(nvic.priority(16), 0xe0);
    }
}

//! SEV and WFE between cores (Arm DDI 0419, B1.5.18: SEV signals an event to all processing elements).

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::CoreModel;

use super::accesses::{NUMBER, Recorder};
use super::{BOTH, Engines, first, pair, second};
use crate::asm::{Code, R0, R1, R2};
use crate::rig::DEVICE;

const ROUNDS: u16 = 50;

/// Runs for some cycles. What each core's accesses of the device were, as cycles.
fn accesses(engines: Engines, programs: [&Code; 2], until: u64) -> [Vec<u64>; 2] {
    let mut core = pair(engines, CoreModel::CortexM0Plus, NUMBER, programs, &[]);
    let mut bus = Recorder::default();
    loop {
        match core.run(&mut bus, until) {
            CoreStop::Attention => {}
            CoreStop::Horizon | CoreStop::Asleep => break,
            stop => panic!("{stop:?}"),
        }
    }
    [0, 1].map(|core| {
        let of_core = bus.log.iter().filter(|seen| seen.0 == core && seen.3 == DEVICE);
        of_core.map(|seen| seen.1).collect()
    })
}

/// Core 1 wakes at the cycle at which core 0's SEV is over, wherever that lies in a quantum: a load takes two cycles and SEV
/// one (Arm DDI 0484C, 3.3), so that its own load is three cycles behind core 0's.
#[test]
fn an_event_arrives_at_its_cycle() {
    for engines in BOTH {
        let (mut one, mut other) = (first(), second());
        one.mov32(R0, DEVICE).movs(R2, ROUNDS).pool();
        let top = one.here();
        one.nops(83).ldr(R1, R0, 0).sev().nops(20).subs(R2, 1).branch_if(1, top).wfi();
        other.mov32(R0, DEVICE).pool();
        let top = other.here();
        other.wfe().ldr(R1, R0, 0).branch(top);
        let [sent, seen] = accesses(engines, [&one, &other], 20_000);
        assert_eq!(sent.len(), usize::from(ROUNDS), "{engines:?}");
        assert_eq!(seen, sent.iter().map(|at| at + 3).collect::<Vec<_>>(), "{engines:?}");
    }
}

/// The event register holds one event for a core that does not wait yet, and its next WFE does not wait.
#[test]
fn an_event_that_comes_before_wfe_is_kept() {
    for engines in BOTH {
        let (mut one, mut other) = (first(), second());
        one.sev().sev().wfi();
        other.mov32(R0, DEVICE).nops(500).wfe().ldr(R1, R0, 0).wfe().ldr(R1, R0, 0);
        let [_, seen] = accesses(engines, [&one, &other], 20_000);
        assert_eq!(seen.len(), 1, "two events are one, and the second WFE waits: {engines:?}");
    }
}

/// B1.5.18: the core that sends is one of those that the event reaches.
#[test]
fn an_event_reaches_its_sender() {
    for engines in BOTH {
        let (mut one, mut other) = (first(), second());
        one.mov32(R0, DEVICE).sev().wfe().ldr(R1, R0, 0).wfe().ldr(R1, R0, 0);
        other.wfi();
        let [seen, _] = accesses(engines, [&one, &other], 20_000);
        assert_eq!(seen.len(), 1, "{engines:?}");
    }
}

/// Two cores that wake each other in turns: each is one step behind the other.
#[test]
fn cores_can_take_turns_by_events() {
    for engines in BOTH {
        let (mut one, mut other) = (first(), second());
        one.mov32(R0, DEVICE).movs(R2, ROUNDS).pool();
        let top = one.here();
        one.ldr(R1, R0, 0).sev().wfe().wfe().subs(R2, 1).branch_if(1, top).wfi();
        other.mov32(R0, DEVICE).pool();
        let top = other.here();
        other.wfe().ldr(R1, R0, 0).sev().wfe().branch(top);
        let [sent, seen] = accesses(engines, [&one, &other], 50_000);
        assert_eq!((sent.len(), seen.len()), (usize::from(ROUNDS), usize::from(ROUNDS)), "{engines:?}");
        assert!(sent.iter().zip(&seen).all(|(sent, seen)| sent < seen), "{sent:?} {seen:?}");
        assert!(seen.iter().zip(&sent[1..]).all(|(seen, next)| seen < next), "{sent:?} {seen:?}");
    }
}

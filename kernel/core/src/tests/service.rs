use crate::service::{Call, TimerControl, TimerService};
use proptest::prelude::*;
use std::vec::Vec;

fn timers<'a>(count: usize) -> Vec<TimerControl<'a>> {
    (0..count).map(|_| TimerControl::new(|| {})).collect()
}

/// Looks for the next call. `between` happens between two steps.
fn next<'a>(service: &TimerService<'a>, mut between: impl FnMut()) -> Option<Call<'a>> {
    let (mut best, mut at) = (None, service.first());
    while let Some(timer) = at {
        between();
        (best, at) = service.look(timer, best);
    }
    between();
    best
}

/// The places of the timers that are called at `now`, in order.
fn called<'a>(service: &TimerService<'a>, timers: &'a [TimerControl<'a>], now: u64) -> Vec<usize> {
    let mut places = Vec::new();
    while let Some(call) = next(service, || {}).filter(|call| call.due() <= now) {
        assert!(service.begin(&call, call.following(now)));
        places.extend(timers.iter().position(|timer| core::ptr::eq(timer, call.timer())));
        call.timer().end();
    }
    places
}

#[test]
fn calls_come_by_moment_then_by_start() {
    let (service, timers) = (TimerService::new(), &timers(4)[..]);
    assert!(next(&service, || {}).is_none());
    assert_eq!(service.until(), u64::MAX);
    for (place, period) in [(2, 10), (0, 10), (1, 5), (3, 10)] {
        let _ = service.start(&timers[place], 0, period, false);
    }
    assert_eq!(called(&service, timers, 4), []);
    assert_eq!(service.until(), 5);
    assert_eq!(called(&service, timers, 10), [1, 2, 0, 3]);
    assert_eq!(called(&service, timers, 100), []);
    assert!(timers.iter().all(|timer| !timer.is_running()));
}

#[test]
fn the_number_of_a_start_may_wrap() {
    let (service, timers) = (TimerService::new(), &timers(3)[..]);
    // One before the wrap, then the last number, 0 and 1.
    service.set_starts(u32::MAX);
    for place in [2, 0, 1] {
        let _ = service.start(&timers[place], 0, 10, false);
    }
    assert_eq!(called(&service, timers, 10), [2, 0, 1]);
}

#[test]
fn a_period_does_not_drift_and_what_is_late_is_left_out() {
    let (service, timers) = (TimerService::new(), &timers(1)[..]);
    let _ = service.start(&timers[0], 3, 10, true);
    // Due at 13, 23, 33, 43; served late at 14, in time at 23, and not until 47.
    for (now, due) in [(14, 23), (23, 33), (47, 53)] {
        assert_eq!(called(&service, timers, now), [0]);
        assert_eq!(service.until(), due);
    }
}

#[test]
fn a_timer_that_was_stopped_or_started_anew_is_not_called() {
    let (service, timers) = (TimerService::new(), &timers(1)[..]);
    let _ = service.start(&timers[0], 0, 10, false);
    let call = next(&service, || {}).expect("it runs");
    assert!(!timers[0].stop());
    assert!(!service.begin(&call, 0));
    let _ = service.start(&timers[0], 0, 10, false);
    assert!(!service.begin(&call, 0), "the same moment, but another start");
    let call = next(&service, || {}).expect("it runs");
    assert!(service.begin(&call, 0));
    assert!(timers[0].stop(), "its call is not over");
    call.timer().end();
    assert!(!timers[0].stop());
}

#[test]
fn a_start_says_whether_the_service_would_sleep_too_long() {
    let (service, timers) = (TimerService::new(), &timers(3)[..]);
    let _ = next(&service, || {});
    assert!(service.start(&timers[0], 0, 10, false));
    assert!(!service.start(&timers[1], 0, 10, false));
    assert!(!service.start(&timers[1], 0, 11, true));
    assert!(service.start(&timers[2], 0, 9, false));
    assert_eq!(service.until(), 9);
    // The end of time.
    assert!(!service.start(&timers[2], u64::MAX - 1, 9, false));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Start(usize, u64, bool),
    Stop(usize),
    Advance(u64),
}

fn step(timers: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..timers, 1..20_u64, any::<bool>()).prop_map(|(at, period, periodic)| Step::Start(at, period, periodic)),
        1 => (0..timers).prop_map(Step::Stop),
        2 => (1..30_u64).prop_map(Step::Advance),
    ]
}

/// The reference's timer: when it is due, its period if it is periodic, and the number of its start.
type Running = Option<(u64, Option<u64>, usize)>;

/// What the reference calls at `now`, in order.
fn expected(reference: &mut [Running], now: u64) -> Vec<usize> {
    let mut places = Vec::new();
    loop {
        let first = (0..reference.len())
            .filter_map(|at| reference[at].map(|(due, _, start)| (due, start, at)))
            .filter(|(due, ..)| *due <= now)
            .min();
        let Some((due, start, at)) = first else { return places };
        places.push(at);
        reference[at] = reference[at].and_then(|(_, period, _)| {
            let period = period?;
            let mut next = due;
            while next <= now {
                next += period;
            }
            Some((next, Some(period), start))
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 500 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_call_is_the_references(steps in prop::collection::vec(step(4), 1..if cfg!(miri) { 20 } else { 80 })) {
        let (service, timers) = (TimerService::new(), &timers(4)[..]);
        let mut reference: Vec<Running> = std::vec![None; 4];
        let mut now = 0;
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Start(at, period, periodic) => {
                    let _ = service.start(&timers[at], now, period, periodic);
                    reference[at] = Some((now + period, periodic.then_some(period), number));
                }
                Step::Stop(at) => {
                    let _ = timers[at].stop();
                    reference[at] = None;
                }
                Step::Advance(ticks) => {
                    now += ticks;
                    prop_assert_eq!(called(&service, timers, now), expected(&mut reference, now));
                    let earliest = reference.iter().flatten().map(|running| running.0).min();
                    prop_assert_eq!(service.until(), earliest.unwrap_or(u64::MAX));
                }
            }
        }
    }

    /// Whatever happens while the service looks, it does not sleep past a call, and begins none that was called off.
    #[test]
    fn changes_behind_its_back_are_seen(
        before in prop::collection::vec(step(4), 1..8),
        meanwhile in prop::collection::vec(step(4), 1..8),
    ) {
        let (service, timers) = (TimerService::new(), &timers(4)[..]);
        let mut reference: Vec<Running> = std::vec![None; 4];
        let apply = |step: Step, reference: &mut Vec<Running>, number: usize| match step {
            Step::Start(at, period, periodic) => {
                let _ = service.start(&timers[at], 0, period, periodic);
                reference[at] = Some((period, periodic.then_some(period), number));
            }
            Step::Stop(at) => {
                let _ = timers[at].stop();
                reference[at] = None;
            }
            Step::Advance(_) => {}
        };
        for (number, step) in before.into_iter().enumerate() {
            apply(step, &mut reference, number);
        }
        let mut touched = [false; 4];
        let mut rest = meanwhile.into_iter().enumerate();
        let call = next(&service, || {
            if let Some((number, step)) = rest.next() {
                if let Step::Start(at, ..) | Step::Stop(at) = step {
                    touched[at] = true;
                }
                apply(step, &mut reference, 100 + number);
            }
        });
        let earliest = reference.iter().flatten().map(|running| running.0).min().unwrap_or(u64::MAX);
        prop_assert!(service.until() <= earliest, "it would sleep past a call");
        if let Some(call) = call {
            let at = timers.iter().position(|timer| core::ptr::eq(timer, call.timer())).expect("one of them");
            if service.begin(&call, 0) {
                prop_assert_eq!(reference[at].map(|running| running.0), Some(call.due()));
            } else {
                prop_assert!(touched[at], "it was left out, and nobody touched it");
            }
        }
    }
}

//! The language of searches: what it reads, what it refuses and where, and that searching finds what walking finds.

mod common;

use bluekernel_tracer::model::Trace;
use bluekernel_tracer::query::{Hit, Matcher, Place, Query, Source};
use common::scenario::{HZ, header, script};
use proptest::prelude::*;

fn trace() -> Trace {
    let mut trace = Trace::new(header());
    trace.push(&script().encoder.bytes);
    trace.finish();
    trace
}

fn matcher(text: &str) -> Matcher {
    Matcher::new(Query::parse(text, HZ).unwrap_or_else(|error| panic!("{text}: {error}")))
}

/// Every match, by asking for the next one again and again.
fn all(trace: &Trace, text: &str) -> Vec<Hit> {
    let mut matcher = matcher(text);
    let mut place = Place::before(0);
    let mut hits = Vec::new();
    // The very first place is not behind itself; a lane's first stretch never matches in these tests.
    while let Some(hit) = matcher.next(trace, place) {
        place = hit.place;
        hits.push(hit);
    }
    hits
}

fn stretches(text: &str) -> Vec<(u64, u64)> {
    all(&trace(), text).into_iter().map(|hit| (hit.place.time, hit.end)).collect()
}

/// The times are those of `common::scenario`.
#[test]
fn finds_what_was_put_there() {
    // ctrl waits for the mutex from 500 to 600 and sleeps 200..430 and from 700 to the end at 1000.
    assert_eq!(stretches("task:ctrl state:blocked"), [(200, 430), (500, 600), (700, 1000)]);
    assert_eq!(stretches("task:ctrl state:blocked dur>200us"), [(200, 430), (700, 1000)]);
    assert_eq!(stretches("task:ctrl state:waiting"), [(500, 600)]);
    assert_eq!(stretches("task:CTRL reason:mutex"), [(500, 600)]);
    assert_eq!(stretches("task:ctrl state:blocked -reason:delay"), [(500, 600)]);
    // UART0_RX ran 410..420 and 900..910; TIMER0 from 400 to 440, the other one on top of it or not.
    assert_eq!(stretches("isr:uart0"), [(410, 420), (900, 910)]);
    assert_eq!(stretches("isr:TIMER0 dur>=40us"), [(400, 440)]);
    assert_eq!(stretches("isr:TIMER0 state:running"), [(400, 410), (420, 440)]);
    // Operations take no time; ctrl's wait is about the mutex too.
    assert_eq!(stretches("object:TOTAL op:lock"), [(320, 320)]);
    assert_eq!(stretches("object:total op:lock,unlock"), [(320, 320), (600, 600)]);
    assert_eq!(stretches("object:TOTAL"), [(320, 320), (500, 600), (600, 600)]);
    assert_eq!(stretches("mark:filter"), [(620, 680)]);
    assert_eq!(stretches("counter:depth value<0"), [(690, 690)]);
    assert_eq!(stretches("prio=9 state:running"), [(100, 200), (450, 500), (610, 700)]);
    assert_eq!(stretches("total"), stretches("object:TOTAL"), "free text looks at every name");
    assert_eq!(stretches("\"中文任务名\" state:running"), [(210, 300)]);
    assert_eq!(stretches("task:nobody"), []);
}

#[test]
fn errors_point_at_the_character() {
    let error = |text| Query::parse(text, HZ).map_err(|error| (error.column, error.reason));
    let column = |text| error(text).map_err(|(column, _)| column);
    assert_eq!(column("   "), Err(1));
    assert_eq!(column("task:ctrl tsk:x"), Err(11));
    assert_eq!(column("task:"), Err(6));
    assert_eq!(column("state:running,sad"), Err(15));
    assert_eq!(column("op:"), Err(4));
    assert_eq!(column("task:a dur>2"), Err(12));
    assert_eq!(column("dur:2ms"), Err(4));
    assert_eq!(column("task>3"), Err(1));
    assert_eq!(column("value>=x"), Err(8));
    assert_eq!(column("a \"b c"), Err(3));
    assert_eq!(column("-tsk:x"), Err(2));
    // Characters count, not bytes.
    assert_eq!(column("中文 tsk:x"), Err(4));
    assert!(error("state:sad").is_err_and(|(_, reason)| reason.contains("blocked")), "says which there are");
}

#[test]
fn quotes_keep_special_characters_harmless() {
    assert_eq!(stretches("\"state:running\""), []);
    assert!(Query::parse("task:\"a b\" \"x=y\"", HZ).is_ok());
}

/// A match as walking everything finds it: each stretch of each lane, in order.
fn walked(trace: &Trace, name: &str, least: u64) -> Vec<(u64, usize)> {
    let mut found: Vec<(u64, usize)> = Vec::new();
    for (place, lane) in trace.lanes().iter().enumerate() {
        for span in lane.spans(0..u64::MAX, trace.end()) {
            if trace.lane_name(lane).contains(name) && span.state.name() == "ready" && span.end - span.start > least {
                found.push((span.start, place));
            }
        }
    }
    found.sort_unstable();
    found
}

proptest! {
    #[test]
    fn no_text_brings_it_down(text in "[a-z:<>=, \"0-9.-]{0,40}|\\PC{0,20}") {
        if let Ok(query) = Query::parse(&text, HZ) {
            let trace = trace();
            let mut matcher = Matcher::new(query);
            matcher.next(&trace, Place::before(0));
            matcher.previous(&trace, Place::behind(u64::MAX));
        }
    }

    #[test]
    fn forward_and_backward_find_what_walking_finds(least in 0..200_u64, name in "(ctrl|low|)", from in 0..1100_u64) {
        let trace = trace();
        let expected = walked(&trace, &name, least);
        let task = if name.is_empty() { String::new() } else { format!("task:{name} ") };
        let mut matcher = matcher(&format!("{task}state:ready dur>{least}cy"));
        let place = |hit: Hit| match hit.place.source {
            Source::Lane(lane) => (hit.place.time, lane),
            _ => unreachable!("only stretches have a state"),
        };
        let next = matcher.next(&trace, Place::behind(from)).map(place);
        prop_assert_eq!(next, expected.iter().find(|(time, _)| *time > from).copied());
        let previous = matcher.previous(&trace, Place::before(from)).map(place);
        prop_assert_eq!(previous, expected.iter().rev().find(|(time, _)| *time < from).copied());
    }
}

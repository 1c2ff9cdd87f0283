//! Long masks: stretches in which interrupts had to wait, whatever their priority.
//!
//! The trace alone has no word of them (see [`crate::latency`]): without the simulator's answer nothing is found. With it, the
//! longest stretch that kept an interrupt waiting is seen, and those behind the longest waits of each exception. A mask under
//! which nothing became pending is not: on another day something may.

use std::collections::BTreeMap;

use crate::latency::{Latencies, Moments, Wait};
use crate::time;

use super::case::Case;
use super::finding::{Evidence, Finding, Lint, Named, Severity};

/// What is known of the masks between the same two places.
#[derive(Debug, Default)]
struct Mask<'a> {
    /// The longest, in cycles of the core.
    worst: u64,
    /// Who waited, each with its longest wait.
    waits: BTreeMap<u32, (&'a str, &'a Wait)>,
    /// How many waits were told.
    count: u64,
}

pub(super) fn find(case: &Case<'_>, latencies: Option<&Latencies>, findings: &mut Vec<Finding>) {
    let Some(seen) = latencies else { return };
    let mut masks: BTreeMap<(&str, &str), Mask<'_>> = BTreeMap::new();
    for exception in &seen.exceptions {
        for (wait, masked) in exception.masked() {
            let mask = masks.entry((&masked.from, &masked.to)).or_default();
            mask.worst = mask.worst.max(masked.cycles);
            mask.count += 1;
            let longest = mask.waits.entry(exception.exception).or_insert((&exception.name, wait));
            if wait.cycles > longest.1.cycles {
                longest.1 = wait;
            }
        }
    }
    if let Some(longest) = &seen.longest_masked {
        let mask = masks.entry((&longest.from, &longest.to)).or_default();
        mask.worst = mask.worst.max(longest.cycles);
    }
    // Compared as products: no rounding.
    let limit = u128::from(case.limits.long_mask_us) * u128::from(seen.core_hz);
    let mut long: Vec<_> = masks.into_iter().filter(|(_, mask)| u128::from(mask.worst) * 1_000_000 > limit).collect();
    long.sort_by_key(|(places, mask)| (std::cmp::Reverse(mask.worst), *places));
    findings.extend(long.into_iter().map(|((from, to), mask)| finding(case, seen, from, to, &mask)));
}

fn finding(case: &Case<'_>, seen: &Latencies, from: &str, to: &str, mask: &Mask<'_>) -> Finding {
    let length = |cycles| time::duration(cycles, seen.core_hz);
    let title = format!("interrupts were masked for {}, from {from} to {to}", length(mask.worst));
    let mut waits: Vec<_> = mask.waits.iter().collect();
    waits.sort_by_key(|(exception, (_, wait))| (std::cmp::Reverse(wait.cycles), **exception));
    let told: Vec<String> = waits
        .iter()
        .map(|(_, (name, wait))| {
            format!("{name} waited {} (pending since cycle {} of the core)", length(wait.cycles), wait.pended_at)
        })
        .collect();
    let who = if told.is_empty() { "an interrupt had to wait".to_owned() } else { told.join(", ") };
    let text = format!(
        "{who}. Only masks that kept an interrupt waiting are seen, and of each exception the longest waits. Do less under \
         the mask, or use a mutex: it keeps out tasks, and no interrupt"
    );
    let interrupts =
        waits.iter().map(|(exception, (name, _))| Named { number: **exception, name: (*name).to_owned() }).collect();
    let (tasks, objects, events) = (Vec::new(), Vec::new(), Vec::new());
    // When in the trace the longest wait was, is not always known: the core counts from the moment power came on.
    let moments = Moments::of(case.trace, seen);
    let longest = waits.first().and_then(|(exception, (_, wait))| moments?.window(**exception, wait));
    let window = longest.map_or_else(|| case.trace.window(), |window| case.trace.shown_window(window));
    let evidence = Evidence { window, tasks, objects, interrupts, events };
    let (lint, severity) = (Lint::LongMask, Severity::Warning);
    Finding { lint, severity, title, text, occurrences: mask.count.max(1), evidence }
}

//! Stacks that are nearly used up, as far as the kernel told of them.

use super::case::Case;
use super::finding::{Evidence, Finding, Lint, Severity};

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (task, _) in case.tasks() {
        let facts = case.trace.task(task);
        let Some(free) = facts.stack_free.filter(|free| *free < case.limits.stack_free_bytes) else { continue };
        let named = case.task(task);
        let of = facts.stack_bytes.map_or_else(String::new, |bytes| format!(" of {bytes}"));
        let severity = if free == 0 { Severity::Error } else { Severity::Warning };
        let evidence = Evidence {
            window: case.trace.window(),
            tasks: vec![named.clone()],
            objects: Vec::new(),
            interrupts: Vec::new(),
            events: Vec::new(),
        };
        findings.push(Finding {
            lint: Lint::StackLow,
            severity,
            title: format!("{} had {free} bytes{of} of its stack left", named.name),
            text: format!(
                "fewer than {} bytes, which an interrupt or another path through the code may need. Give it more: \
                 #[bluekernel::task(stack = ...)]",
                case.limits.stack_free_bytes
            ),
            occurrences: 1,
            evidence,
        });
    }
}

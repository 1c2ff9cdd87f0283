//! Budgets as tests: `ctrl.response.p99 < 200us` holds for a recording, or it does not.
//!
//! ```text
//! file ─▶ file.rs  TOML ─▶ expression.rs  `path < limit` ─┐
//!                                                          ├─▶ check.rs ─▶ Report ─▶ words.rs, junit.rs
//! Trace ─▶ resolve.rs  names ─▶ measure.rs  bounds ────────┘
//! ```
//!
//! A file of budgets is TOML. Budgets have names, or are a list (`budgets = ["drops == 0"]`):
//!
//! ```toml
//! [window]                                  # left out: the whole recording
//! from = "10ms"
//! to = "2s"
//!
//! [limits]                                  # of the lints, by name; left out: their defaults
//! starvation = "50ms"
//!
//! [budgets]
//! response = "ctrl.response.p99 < 200us"    # from being woken to running
//! complete = "drops == 0"
//! ```
//!
//! | what is measured | unit | |
//! |---|---|---|
//! | `TASK.response.N` | time | from being woken to running |
//! | `TASK.completion.N`, `TASK.execution.N` | time | from a job's release, or a wake, to its end; its own code in that time |
//! | `TASK.ready.N`, `TASK.ready.total` | time | ready in that time while something else runs; in all |
//! | `TASK.interval.N`, `TASK.jitter` | time | from one beginning to the next; how much releases are late by turns |
//! | `TASK.blocked.{count,total,max}` | time | waits; `TASK.blocked.OBJECT.max` and `TASK.blocked.mutex.max` for one object or reason |
//! | `TASK.cpu` | % | its own code |
//! | `TASK.runs`, `TASK.switches` | count | how often it was woken and ran; was switched in |
//! | `TASK.stack.{free,used}` | bytes | as the kernel reported |
//! | `TASK.deadline.misses`, `TASK.deadline.margin` | count, time | jobs done after their deadline; the least that was left |
//! | `isr.NAME.duration.N`, `isr.NAME.interval.N` | time | from a handler's entry to its exit; to its next entry |
//! | `isr.NAME.latency.{count,min,p50,p99,max}` | time | from pend to the handler's first instruction, in all of the run (*) |
//! | `masked.max` | time | the longest mask that kept an interrupt waiting, in all of the run (*) |
//! | `object.NAME.waited.N`, `object.NAME.held.N` | time | finished waits for it; how long tasks owned it |
//! | `switch.N` | time | what the kernel takes to switch to another task |
//! | `isr.NAME.count`, `isr.NAME.cpu` | count, % | |
//! | `cpu.{tasks,interrupts,kernel,idle}` | % | where the time went |
//! | `drops`, `faults`, `resets` | count | lost events; deaths; starts after the first |
//! | `lint.{errors,warnings}`, `lint.deadlock`, ... | count | findings of [`crate::lint`] with evidence in the window |
//!
//! `N` is one of `count`, `min`, `mean`, `p50`, `p90`, `p99`, `p99.9` and `max`. `*` in place of a task or an interrupt
//! means every one that the recording tells of, and before `deadline` and `jitter` every one with periodic work. Names with spaces, dots or other letters than ASCII's stand in quotes; a
//! quoted name is never a word of the language. (*) No recording holds these: [`Report::with`] takes what the simulator saw
//! ([`crate::latency`]); a limit in cycles is one of the core's then.
//!
//! **What cannot be shown fails.** Where events were lost a count or a maximum is a lower bound: it can prove `>` and
//! disprove `<`, never the other way round; a percentile proves nothing. A distribution without a single value proves
//! nothing either. A wait that lasts on where the window ends counts as far as it lasts: who starves is never done.

mod check;
mod expression;
mod file;
mod junit;
mod measure;
mod measure_latency;
mod measure_task;
mod metric;
mod mistake;
mod names;
mod quantity;
mod resolve;
mod stretch;
mod words;

pub use check::{ASSERT_SCHEMA, Evidence, Measured, Outcome, Report, Verdict};
pub use file::Budgets;
pub use mistake::Mistake;

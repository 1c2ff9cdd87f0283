//! The scheduler's events as LTTng tells those of Linux, so that tools made for Linux work: lttng-analyses, Trace Compass.
//!
//! | here | there |
//! |---|---|
//! | a task, idle or the kernel gets the processor | `sched_switch` |
//! | a task is woken | `sched_wakeup` |
//! | a priority is inherited, given back or set | `sched_pi_setprio` |
//! | a handler begins, ends | `irq_handler_entry`, `irq_handler_exit`; `irq` is the exception number |
//! | all else | its own name |
//!
//! Linux knows no time that belongs to nobody: here the kernel's own time between two tasks belongs to a thread `kernel`,
//! and time in which events were lost to a thread `unknown`. Priorities are turned round as Linux does with those of
//! real-time threads (99 - priority: the smaller, the more important).

use std::collections::HashMap;
use std::io;

use bluekernel_abi::wire::head;

use super::super::changes::{Change, Changes};
use super::super::schema::{GAP, Row};
use super::Ctf;
use super::fields::text;
use super::metadata::{Metadata, quoted};
use crate::model::{LaneKind, State, Trace};

/// Event ids: above all heads that carry a length today.
const SWITCH: u8 = 0xf0;
const WAKEUP: u8 = 0xf1;
const SET_PRIORITY: u8 = 0xf2;
const IRQ_ENTRY: u8 = 0xf3;
const IRQ_EXIT: u8 = 0xf4;

/// Linux' `TASK_RUNNING`: a task that was switched away from while it could run.
const CAN_RUN: i64 = 0;
/// Linux' `TASK_INTERRUPTIBLE`.
const WAITS: i64 = 1;
/// Linux' `TASK_DEAD`.
const DEAD: i64 = 64;

/// What a reader asks for before it believes that this is a kernel's trace of LTTng. lttng-analyses corrects the
/// priorities of tracers before 2.7.1.
pub(super) fn environment() -> Vec<(&'static str, String)> {
    let text = [("domain", "kernel"), ("sysname", "Linux"), ("tracer_name", "lttng-modules")];
    let numbers = [("tracer_major", 2), ("tracer_minor", 7), ("tracer_patchlevel", 1)];
    let text = text.into_iter().map(|(name, value)| (name, quoted(value)));
    text.chain(numbers.into_iter().map(|(name, value)| (name, value.to_string()))).collect()
}

/// Describes the events.
pub(super) fn describe(metadata: &mut Metadata) {
    for (id, name, fields) in [
        (
            SWITCH,
            "sched_switch",
            "string prev_comm; int64_t prev_tid; int64_t prev_prio; int64_t prev_state; \
             string next_comm; int64_t next_tid; int64_t next_prio;",
        ),
        (WAKEUP, "sched_wakeup", "string comm; int64_t tid; int64_t prio; int64_t success; int64_t target_cpu;"),
        (SET_PRIORITY, "sched_pi_setprio", "string comm; int64_t tid; int64_t oldprio; int64_t newprio;"),
        (IRQ_ENTRY, "irq_handler_entry", "int64_t irq; string name;"),
        (IRQ_EXIT, "irq_handler_exit", "int64_t irq; int64_t ret;"),
    ] {
        metadata.foreign_event(id, name, fields);
    }
}

/// Who has the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Thread {
    Idle,
    Kernel,
    Unknown,
    Task(u32),
}

impl Thread {
    /// Idle is 0, as everywhere in Linux. The first task is 10, so that there is room for threads of this kind.
    fn number(self) -> i64 {
        match self {
            Self::Idle => 0,
            Self::Kernel => 1,
            Self::Unknown => 2,
            Self::Task(task) => i64::from(task) + 10,
        }
    }
}

/// Writes the events.
pub(super) struct Lttng<'a> {
    trace: &'a Trace,
    changes: Changes<'a>,
    running: Thread,
    /// The processor was left at this time, and the task in this state of Linux': if nobody takes it on the same cycle, the
    /// kernel has it.
    left: Option<(u64, i64)>,
    /// Names of threads and their priorities, Linux' way.
    threads: HashMap<Thread, (String, i64)>,
}

impl<'a> Lttng<'a> {
    pub(super) fn new(trace: &'a Trace) -> Self {
        let booted = trace.boots().first() == Some(&trace.start());
        let running = if booted { Thread::Kernel } else { Thread::Unknown };
        Self { trace, changes: Changes::new(trace), running, left: None, threads: HashMap::new() }
    }

    /// Takes in a row, after the changes up to it.
    pub(super) fn row(&mut self, time: u64, row: &Row<'_>, ctf: &mut Ctf<'_>) -> io::Result<()> {
        let [task, priority, _, since] = row.numbers;
        // Threads are "unknown" from the beginning of a gap: that is told before the gap's packet begins.
        self.until(if row.head == GAP { since } else { time }, ctf)?;
        self.settle(time, ctf)?;
        match row.head {
            head::SWITCH_IN | head::READY | head::IDLE | head::ISR_ENTER | head::ISR_EXIT => return Ok(()),
            head::PRIORITY => {
                let thread = Thread::Task(u32::try_from(task).unwrap_or(u32::MAX));
                let new = 99 - priority.cast_signed();
                let (name, old) = self.thread(thread);
                let (name, old) = (name.clone(), std::mem::replace(old, new));
                let to = ctf.packets.event(time, SET_PRIORITY)?;
                text(to, &name);
                numbers(to, &[thread.number(), old, new]);
            }
            _ => {}
        }
        ctf.row(time, row)
    }

    /// Takes in what is left when all rows are written.
    pub(super) fn finish(&mut self, ctf: &mut Ctf<'_>) -> io::Result<()> {
        self.until(u64::MAX, ctf)?;
        self.settle(u64::MAX, ctf)
    }

    /// Takes in the changes up to `time`.
    fn until(&mut self, time: u64, ctf: &mut Ctf<'_>) -> io::Result<()> {
        while let Some(change) = self.changes.next_until(time) {
            self.settle(change.time, ctf)?;
            self.change(&change, ctf)?;
        }
        Ok(())
    }

    /// It is `time`: whoever left the processor before has left it to the kernel.
    fn settle(&mut self, time: u64, ctf: &mut Ctf<'_>) -> io::Result<()> {
        match self.left {
            Some((at, state)) if at < time => self.switch(at, state, Thread::Kernel, ctf),
            _ => Ok(()),
        }
    }

    fn change(&mut self, change: &Change, ctf: &mut Ctf<'_>) -> io::Result<()> {
        let (before, after) = (change.before, change.after);
        match change.kind {
            LaneKind::Interrupt { exception } => match after {
                State::Running if !before.is_on_cpu() => {
                    let to = ctf.packets.event(change.time, IRQ_ENTRY)?;
                    numbers(to, &[exception.into()]);
                    text(to, &self.trace.header().exception(exception));
                }
                State::Dormant if before.is_on_cpu() => {
                    // 1: the handler says that the interrupt was its own.
                    numbers(ctf.packets.event(change.time, IRQ_EXIT)?, &[exception.into(), 1]);
                }
                _ => {}
            },
            LaneKind::Task { number } => {
                let thread = Thread::Task(number);
                if after == State::Ready && matches!(before, State::Blocked { .. } | State::Dormant) {
                    let (name, priority) = self.thread(thread);
                    let to = ctf.packets.event(change.time, WAKEUP)?;
                    text(to, name);
                    numbers(to, &[thread.number(), *priority, 1, 0]);
                }
                self.processor(thread, change, ctf)?;
            }
            LaneKind::Idle => self.processor(Thread::Idle, change, ctf)?,
            LaneKind::Mark { .. } | LaneKind::Future { .. } => {}
        }
        Ok(())
    }

    /// A task or idle took the processor or left it.
    fn processor(&mut self, thread: Thread, change: &Change, ctf: &mut Ctf<'_>) -> io::Result<()> {
        let state = match change.after {
            State::Blocked { .. } => WAITS,
            State::Dormant if thread != Thread::Idle => DEAD,
            _ => CAN_RUN,
        };
        if change.after.is_on_cpu() {
            let state = self.left.map_or(CAN_RUN, |(_, state)| state);
            return self.switch(change.time, state, thread, ctf);
        }
        // Idle has a state at all times: where it is unknown, all is.
        let knows = change.after != State::Unknown;
        if !knows && (self.running == thread || thread == Thread::Idle) {
            return self.switch(change.time, state, Thread::Unknown, ctf);
        }
        let known_again = thread == Thread::Idle && self.running == Thread::Unknown;
        if knows && (self.running == thread || known_again) {
            self.left = Some((change.time, state));
        }
        Ok(())
    }

    fn switch(&mut self, time: u64, state: i64, next: Thread, ctf: &mut Ctf<'_>) -> io::Result<()> {
        self.left = None;
        let previous = std::mem::replace(&mut self.running, next);
        if previous == next {
            return Ok(());
        }
        let to = ctf.packets.event(time, SWITCH)?;
        let (name, priority) = self.thread(previous);
        text(to, name);
        numbers(to, &[previous.number(), *priority, state]);
        let (name, priority) = self.thread(next);
        text(to, name);
        numbers(to, &[next.number(), *priority]);
        Ok(())
    }

    /// The name and the present priority of `thread`.
    fn thread(&mut self, thread: Thread) -> &mut (String, i64) {
        let trace = self.trace;
        self.threads.entry(thread).or_insert_with(|| match thread {
            Thread::Idle => ("swapper/0".to_owned(), 120),
            Thread::Kernel => ("kernel".to_owned(), 0),
            Thread::Unknown => ("unknown".to_owned(), 120),
            Thread::Task(task) => {
                let priority = trace.task(task).priority.unwrap_or(0);
                (trace.header().task(task), 99 - i64::from(priority))
            }
        })
    }
}

/// Appends fields of type `int64_t`.
fn numbers(to: &mut Vec<u8>, numbers: &[i64]) {
    for number in numbers {
        to.extend(number.to_le_bytes());
    }
}

//! What tells one state from another.

use super::super::super::rig::{circle, held, waiting};
use super::{Active, Machine, Phase, Ringing, Switching};
use crate::TaskId;
use crate::timer::TimeOut;
use std::vec::Vec;

impl Machine<'_> {
    /// Everything that the rest of the run depends on. Times are told by their distance from now.
    pub(in super::super) fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(128);
        let number = |id: Option<TaskId>| id.map_or(0xff, TaskId::number);
        let distance = |at: u64| if at == u64::MAX { 0x7f } else { (at as i64 - self.now() as i64) as u8 };
        for (running, (control, told)) in self.tasks.iter().zip(self.parts.tasks.iter().zip(&self.parts.told)) {
            key.extend([running.done as u8, control.state() as u8, control.priority(), control.outcome.get() as u8]);
            let cells = [&told.granted, &told.timed_out, &told.over, &told.suspended, &control.held_back];
            key.extend(cells.map(|cell| u8::from(cell.get())));
            let wait = running.wait.as_ref().map_or((0xff, 0), |wait| (wait.turn(), wait.found() as u8));
            key.extend([wait.0, wait.1, told.owed.get().map_or(0, |flags| flags as u8)]);
            key.push(running.value.map_or(0xff, |value| value as u8));
            key.extend([told.deadline.get().map_or(0x7f, distance), control.time_out.get() as u8]);
            // What is asked for, as long as it is on its way.
            key.push(if control.time_out.get() == TimeOut::Soon { control.deadline.get() as u8 } else { 0x7f });
            match running.phase {
                Phase::Begins => key.push(0),
                Phase::Looks { from, chains, links } => {
                    key.extend([1, number(from), u8::from(chains == self.scheduler.chains()), links as u8]);
                }
                Phase::Hesitates => key.push(2),
                Phase::Waits => key.push(3),
                Phase::Ended => key.push(4),
                Phase::MayWait { chains } => key.extend([7, u8::from(chains == self.scheduler.chains())]),
                Phase::Lowers => key.push(8),
                Phase::Raises => key.push(5),
                Phase::Sets { walk } => key.extend([6, u8::from(walk)]),
            }
            key.extend(held(control, &self.parts.mutexes).iter().map(|at| *at as u8));
            key.push(0xfe);
        }
        key.extend([number(self.scheduler.current()), self.scheduler.work()]);
        let table = &self.parts.tasks[..];
        let mut list = |numbers: Vec<u8>| {
            key.extend(numbers);
            key.push(0xfe);
        };
        list((0..32).rev().flat_map(|priority| circle(table, self.scheduler.head(priority))).collect());
        list(self.scheduler.stale_numbers(self.table()));
        list(self.scheduler.timers(table));
        list(std::vec![self.scheduler.search_place()]);
        for semaphore in &self.parts.semaphores {
            list(waiting(table, semaphore.list()));
            list(std::vec![semaphore.count() as u8]);
        }
        for ((mutex, inside), raised) in self.parts.mutexes.iter().zip(&self.inside).zip(&self.raised) {
            list(waiting(table, mutex.list()));
            list(std::vec![number(mutex.owner()), inside.map_or(0xff, |task| task as u8), u8::from(*raised)]);
        }
        for events in &self.parts.events {
            list(waiting(table, events.list()));
            list(events.insides().to_vec());
        }
        for task in table {
            list(waiting(table, task.joiners()));
        }
        for (channel, values) in self.parts.channels.iter().zip(&self.values) {
            list(waiting(table, channel.list()));
            list(std::vec![channel.ring().0 as u8]);
            list(values.iter().map(|value| *value as u8).collect());
        }
        for active in &self.active {
            match *active {
                Active::Handler(at, done, walk) => {
                    key.extend([0, at as u8, done as u8, walk.map_or(2, u8::from)]);
                }
                Active::Alarm(Ringing::Begins) => key.push(1),
                Active::Alarm(Ringing::Expires(now)) => key.extend([2, distance(now)]),
                Active::Alarm(Ringing::Leaves(now, id)) => key.extend([3, distance(now), id.number()]),
                Active::Alarm(Ringing::Ends(now, id)) => key.extend([4, distance(now), id.number()]),
            }
        }
        key.push(0xfe);
        key.extend(&self.left);
        match self.switching {
            Switching::No => key.push(0),
            Switching::Looks => key.push(1),
            Switching::Counts(id, ticks) => key.extend([2, id.number(), ticks as u8]),
            Switching::Searches(id, deadline) => key.extend([3, id.number(), distance(deadline)]),
            Switching::Arms(deadline) => key.extend([4, distance(deadline)]),
        }
        key.extend([self.requested, self.late, self.ringing, self.settles, self.leaves, self.holds].map(u8::from));
        key.push(self.wants.map_or(0xff, |at| at as u8));
        key.extend([distance(self.armed), distance(self.alarm)]);
        key
    }
}

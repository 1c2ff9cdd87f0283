//! The reference: the rules of the kernel, written down as plainly as possible, with vectors and recomputation.

use bluekernel_abi::TaskState;
use std::vec;
use std::vec::Vec;

/// What a task waits for: nothing but time, or an object by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Time,
    Semaphore(usize),
    Mutex(usize),
    Send(usize, u32),
    Receive(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) base: u8,
    pub(super) priority: u8,
    pub(super) state: TaskState,
    pub(super) waits: Option<For>,
    pub(super) deadline: Option<u64>,
    pub(super) timed_out: bool,
    /// What the last receive got.
    pub(super) got: Option<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) tasks: Vec<Task>,
    /// Ready and running tasks, the most important first.
    pub(super) ready: Vec<usize>,
    /// Waiting tasks of every object, the most important first.
    pub(super) semaphores: Vec<(u32, Vec<usize>)>,
    pub(super) mutexes: Vec<(Option<usize>, Vec<usize>)>,
    pub(super) channels: Vec<(Vec<u32>, Vec<usize>)>,
    /// Tasks with a deadline, the earliest first.
    pub(super) timers: Vec<usize>,
    pub(super) now: u64,
}

pub(super) const MAXIMUM: u32 = 2;
pub(super) const CAPACITY: usize = 2;

/// Puts `task` into a list ordered by priority: behind its equals, or before them.
fn place(tasks: &[Task], list: &mut Vec<usize>, task: usize, behind: bool) {
    let priority = tasks[task].priority;
    let before = |other: &usize| tasks[*other].priority > priority || (behind && tasks[*other].priority == priority);
    let at = list.iter().take_while(|other| before(other)).count();
    list.insert(at, task);
}

impl Model {
    pub(super) fn new(priorities: &[u8], objects: usize) -> Self {
        let task = |base: &u8| Task {
            base: *base,
            priority: *base,
            state: TaskState::Ready,
            waits: None,
            deadline: None,
            timed_out: false,
            got: None,
        };
        let mut model = Self {
            tasks: priorities.iter().map(task).collect(),
            ready: vec![],
            semaphores: vec![(0, vec![]); objects],
            mutexes: vec![(None, vec![]); objects],
            channels: vec![(vec![], vec![]); objects],
            timers: vec![],
            now: 0,
        };
        for task in 0..priorities.len() {
            place(&model.tasks, &mut model.ready, task, true);
        }
        model.dispatch();
        model
    }

    /// The running task asks how its last wait ended.
    pub(super) fn ask(&mut self) {
        if let Some(task) = self.current() {
            self.tasks[task].timed_out = false;
        }
    }

    /// Who runs.
    pub(super) fn current(&self) -> Option<usize> {
        self.ready.first().copied()
    }

    fn dispatch(&mut self) {
        for task in &self.ready {
            self.tasks[*task].state = TaskState::Ready;
        }
    }

    fn list(&mut self, what: For) -> Option<&mut Vec<usize>> {
        match what {
            For::Time => None,
            For::Semaphore(at) => Some(&mut self.semaphores[at].1),
            For::Mutex(at) => Some(&mut self.mutexes[at].1),
            For::Send(at, _) | For::Receive(at) => Some(&mut self.channels[at].1),
        }
    }

    fn wait(&mut self, task: usize, what: For, deadline: Option<u64>) {
        self.ready.retain(|other| *other != task);
        self.tasks[task].state = TaskState::Blocked;
        self.tasks[task].waits = Some(what);
        self.tasks[task].deadline = deadline;
        let tasks = self.tasks.clone();
        if let Some(list) = self.list(what) {
            place(&tasks, list, task, true);
        }
        if let Some(deadline) = deadline {
            let at = self.timers.iter().take_while(|other| tasks[**other].deadline <= Some(deadline)).count();
            self.timers.insert(at, task);
        }
    }

    fn wake(&mut self, task: usize, timed_out: bool) {
        let mut in_list = false;
        if let Some(what) = self.tasks[task].waits.take()
            && let Some(list) = self.list(what)
        {
            list.retain(|other| *other != task);
            in_list = true;
        }
        self.timers.retain(|other| *other != task);
        self.tasks[task].deadline = None;
        // The end of a sleep is nothing to tell.
        self.tasks[task].timed_out = timed_out && in_list;
    }

    fn ready(&mut self, task: usize) {
        self.tasks[task].state = TaskState::Ready;
        place(&self.tasks, &mut self.ready, task, true);
    }

    /// Gives every task the priority that the rule demands: the least one, at or above its own, such that no task waits
    /// for a mutex of a less important owner.
    fn inherit(&mut self) {
        let mut wanted: Vec<u8> = self.tasks.iter().map(|task| task.base).collect();
        for _ in 0..self.tasks.len() {
            for (owner, waiters) in &self.mutexes {
                for waiter in waiters {
                    if let Some(owner) = owner {
                        wanted[*owner] = wanted[*owner].max(wanted[*waiter]);
                    }
                }
            }
        }
        for task in 0..self.tasks.len() {
            let raised = wanted[task] > self.tasks[task].priority;
            if wanted[task] == self.tasks[task].priority {
                continue;
            }
            self.tasks[task].priority = wanted[task];
            let tasks = self.tasks.clone();
            if self.ready.contains(&task) {
                self.ready.retain(|other| *other != task);
                place(&tasks, &mut self.ready, task, raised);
            } else if let Some(what) = tasks[task].waits
                && let Some(list) = self.list(what)
            {
                list.retain(|other| *other != task);
                place(&tasks, list, task, true);
            }
        }
    }

    /// Whether `task` would wait for itself.
    pub(super) fn would_deadlock(&self, task: usize, mutex: usize) -> bool {
        let mut owner = self.mutexes[mutex].0;
        for _ in 0..=self.tasks.len() {
            match owner {
                Some(at) if at == task => return true,
                Some(at) => match self.tasks[at].waits {
                    Some(For::Mutex(next)) => owner = self.mutexes[next].0,
                    _ => return false,
                },
                None => return false,
            }
        }
        false
    }

    pub(super) fn yield_now(&mut self) {
        if let Some(task) = self.current() {
            self.ready.remove(0);
            place(&self.tasks, &mut self.ready, task, true);
            self.dispatch();
        }
    }

    pub(super) fn sleep(&mut self, deadline: u64) {
        if let Some(task) = self.current() {
            self.wait(task, For::Time, Some(deadline));
            self.dispatch();
        }
    }

    /// From a task or a handler.
    pub(super) fn give(&mut self, at: usize) -> bool {
        let (count, waiting) = &mut self.semaphores[at];
        let accepted = if let Some(task) = waiting.first().copied() {
            self.wake(task, false);
            self.ready(task);
            true
        } else if *count < MAXIMUM {
            *count += 1;
            true
        } else {
            false
        };
        self.dispatch();
        accepted
    }

    pub(super) fn take(&mut self, at: usize, deadline: Option<u64>) {
        let Some(task) = self.current() else { return };
        if self.semaphores[at].0 > 0 {
            self.semaphores[at].0 -= 1;
        } else {
            self.wait(task, For::Semaphore(at), deadline);
            self.dispatch();
        }
    }

    pub(super) fn lock(&mut self, at: usize, deadline: Option<u64>) {
        let Some(task) = self.current() else { return };
        if self.mutexes[at].0.is_none() {
            self.mutexes[at].0 = Some(task);
        } else {
            self.wait(task, For::Mutex(at), deadline);
            self.inherit();
            self.dispatch();
        }
    }

    pub(super) fn unlock(&mut self, at: usize) {
        let next = self.mutexes[at].1.first().copied();
        if let Some(task) = next {
            self.wake(task, false);
            self.ready(task);
        }
        self.mutexes[at].0 = next;
        self.inherit();
        self.dispatch();
    }

    /// `false`: the channel is full.
    pub(super) fn send(&mut self, at: usize, value: u32) -> bool {
        let (values, waiting) = &mut self.channels[at];
        if values.len() == CAPACITY {
            return false;
        }
        match waiting.first().copied() {
            Some(receiver) => {
                self.tasks[receiver].got = Some(value);
                self.wake(receiver, false);
                self.ready(receiver);
            }
            None => values.push(value),
        }
        self.dispatch();
        true
    }

    pub(super) fn send_or_wait(&mut self, at: usize, value: u32, deadline: Option<u64>) {
        let Some(task) = self.current() else { return };
        if !self.send(at, value) {
            self.wait(task, For::Send(at, value), deadline);
            self.dispatch();
        }
    }

    pub(super) fn receive_or_wait(&mut self, at: usize, deadline: Option<u64>) {
        let Some(task) = self.current() else { return };
        let (values, waiting) = &mut self.channels[at];
        if values.is_empty() {
            self.tasks[task].got = None;
            self.wait(task, For::Receive(at), deadline);
        } else {
            self.tasks[task].got = Some(values.remove(0));
            if let Some(sender) = waiting.first().copied() {
                let Some(For::Send(_, value)) = self.tasks[sender].waits else { panic!("a sender that does not send") };
                values.push(value);
                self.wake(sender, false);
                self.ready(sender);
            }
        }
        self.dispatch();
    }

    pub(super) fn advance(&mut self, ticks: u64) {
        self.now += ticks;
        while let Some(task) = self.timers.first().copied() {
            if self.tasks[task].deadline > Some(self.now) {
                break;
            }
            self.wake(task, true);
            self.inherit();
            self.ready(task);
        }
        self.dispatch();
    }
}

//! The ghost trace: what the kernel does, as seen from outside, in the wire format of its own trace.
//!
//! It is derived from stores to what the inspection table describes (`bluekernel_abi::inspect`) and from exceptions, and
//! needs no code in the firmware: the firmware need not even be built with a trace. Of another kernel's firmware a small file
//! says where to look: see [`lists`] and [`polls`].
//!
//! | seen | told |
//! |---|---|
//! | a store to `current`: another task, or the same one behind a wait | SWITCH_IN |
//! | 0 stored to `current` | IDLE |
//! | a state byte becomes Ready | READY; the first time, TASK_NEW before it |
//! | the running task's state byte becomes Blocked or Suspended | BLOCK, with the object that its control block names |
//! | a state byte becomes Dormant | TASK_EXIT |
//! | a priority byte changes | PRIO |
//! | a handler begins, and returns | ISR_ENTER, ISR_EXIT |
//!
//! What memory does not say: why a task waits ([`BlockReason::Object`] if there is an object, [`BlockReason::Delay`] if not,
//! also for the next period), for how long at most (told as for ever), and why a priority changed. That is guessed from the
//! task's own one: above it is inherited, back at it is no longer, and any other one was asked for.
//!
//! Handlers are told from their first instruction to their return, and so a little longer than by the kernel's own trace,
//! which brackets their bodies; and all of them are, also those that the kernel does not know of. Those of SVCall and PendSV are
//! left out: they are the kernel at work.

mod encoder;
mod error;
mod foreign;
mod handlers;
mod layout;
mod lists;
mod polls;
#[cfg(test)]
mod tests;

use bksim_protocol::message::GhostOf;
use bluekernel_abi::wire::head;
use bluekernel_abi::{BlockReason, PriorityCause, TaskState};
use bluekernel_boards::model::Board;
use bluekernel_inspect::Image;
use serde::{Deserialize, Serialize};

use crate::cpu::{Observation, Observed};
use encoder::Encoder;
use foreign::{Change as Told, Foreign};
use handlers::{Change, Handlers};
use layout::{About, Field, Layout};

pub use error::GhostError;
pub use foreign::Peek;

/// A task as memory has it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Task {
    state: u8,
    priority: u8,
    /// The priority that is its own, as far as that can be told.
    own_priority: u8,
    wait_object: [u8; 8],
    /// TASK_NEW was told, and no TASK_EXIT.
    started: bool,
}

/// What happened to a task and is told with the next event, since the state is not the last of what is stored for it: of a
/// wait the object may follow, or its end, for a task that ends waits for a moment; of a start the priority.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Held {
    cycle: u64,
    task: usize,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    /// The running task waits.
    Waits,
    /// The running task is suspended.
    Suspended,
    /// A task is ready for the first time.
    Starts,
}

/// Where the kernel is.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Kernel {
    /// It is ours, and describes itself.
    Ours(Layout),
    /// It is another one.
    Foreign(Foreign),
}

/// The ghost trace of a run, as far as it has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ghost {
    about: About,
    kernel: Kernel,
    tasks: Vec<Task>,
    /// The running task's number + 1, 0 for none.
    running: u8,
    /// Its wait was told.
    waits: bool,
    held: Option<Held>,
    handlers: Handlers,
    encoder: Encoder,
}

impl Ghost {
    /// The ghost trace of a firmware file that has not begun to run; `address` is where a raw binary is loaded.
    ///
    /// # Errors
    /// [`GhostError`] if the firmware does not say where its kernel is.
    pub fn read(file: &[u8], address: Option<u64>, board: &Board, of: &GhostOf) -> Result<Self, GhostError> {
        let image = Image::read(file, address).map_err(|_| GhostError::NoKernel)?;
        if let Some(foreign) = Foreign::read(&image, of, board)? {
            return Ok(Self::of(About::foreign(&image, board), Kernel::Foreign(foreign)));
        }
        let table = image.kernel()?.ok_or(GhostError::NoKernel)?;
        let about = About::ours(&image, &table, board)?;
        let layout = Layout::read(&image, &table, &about)?;
        Ok(Self::of(about, Kernel::Ours(layout)))
    }

    fn of(about: About, kernel: Kernel) -> Self {
        let tasks = if let Kernel::Ours(layout) = &kernel { layout.declared.len() } else { 0 };
        let mut ghost = Self {
            tasks: vec![Task::default(); tasks],
            running: 0,
            waits: false,
            held: None,
            handlers: Handlers::new(about.riscv, about.claim.is_some()),
            encoder: Encoder::default(),
            about,
            kernel,
        };
        ghost.boot(0);
        ghost
    }

    /// What must be observed: addresses (first, last).
    #[must_use]
    pub fn ranges(&self) -> Vec<(u32, u32)> {
        let mut ranges = match &self.kernel {
            Kernel::Ours(layout) => layout.ranges(),
            Kernel::Foreign(foreign) => foreign.ranges(),
        };
        ranges.extend(self.about.claim.map(|claim| (claim, claim + 3)));
        ranges
    }

    /// The functions whose calls must be observed.
    #[must_use]
    pub fn functions(&self) -> &[u32] {
        match &self.kernel {
            Kernel::Ours(_) => &[],
            Kernel::Foreign(foreign) => foreign.functions(),
        }
    }

    /// The bytes of the trace since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        self.encoder.take()
    }

    /// Nothing more will come.
    pub fn finish(&mut self) {
        self.tell_held();
    }

    /// Something was observed; `peek` reads memory as it is now, which is not long after.
    pub fn see(&mut self, observation: &Observation, peek: Peek<'_>) {
        let Observation { cycle, what } = *observation;
        let change = match what {
            Observed::Store { .. } | Observed::At { .. } | Observed::Sleep => return self.of_kernel(cycle, what, peek),
            Observed::Load { address, value } if self.about.claim == Some(address) => self.handlers.claimed(value),
            Observed::Load { .. } => None,
            Observed::Enter { exception } => self.handlers.entered(cycle, exception),
            Observed::Leave => self.handlers.left(),
            Observed::WayBack => self.handlers.way_back(),
            Observed::Reset => {
                self.tell_held();
                return self.boot(cycle);
            }
        };
        self.handler(cycle, change);
    }

    /// The chip comes out of reset: whatever is in memory, the kernel has not begun.
    fn boot(&mut self, cycle: u64) {
        self.tasks.fill(Task::default());
        if let Kernel::Foreign(foreign) = &mut self.kernel {
            foreign.boot();
        }
        (self.running, self.waits) = (0, false);
        self.handlers.clear();
        self.encoder.boot();
        self.encoder.info(cycle, self.about.build_id, self.about.clock_hz);
    }

    /// A handler begins or ends.
    fn handler(&mut self, cycle: u64, change: Option<Change>) {
        let Some(change) = change else { return };
        self.tell_held();
        match change {
            Change::Begins { at, exception } => {
                match exception.checked_sub(FIRST_EXTERNAL).and_then(|number| u8::try_from(number).ok()) {
                    Some(number) if number < head::ISR_ENTER_EXT - head::ISR_ENTER => {
                        self.encoder.event(at, head::ISR_ENTER + number, &[]);
                    }
                    _ => self.encoder.event(at, head::ISR_ENTER_EXT, &[exception.into()]),
                }
                self.encoder.handlers += 1;
            }
            Change::Ends => {
                self.encoder.event(cycle, head::ISR_EXIT, &[]);
                self.encoder.handlers -= 1;
            }
        }
    }

    /// What the kernel has done.
    fn of_kernel(&mut self, cycle: u64, what: Observed, peek: Peek<'_>) {
        match (&mut self.kernel, what) {
            (Kernel::Foreign(foreign), what) => {
                for told in foreign.see(what, peek) {
                    self.told(cycle, &told, peek);
                }
            }
            (Kernel::Ours(_), Observed::Store { address, size, value }) => self.stored(cycle, (address, size), value),
            (Kernel::Ours(_), _) => {}
        }
    }

    /// Bytes were stored, perhaps of several fields. A state counts behind the rest.
    fn stored(&mut self, cycle: u64, (address, size): (u32, u8), value: u64) {
        let mut states = Vec::new();
        for (at, byte) in (address..).zip(value.to_le_bytes()).take(size.into()) {
            let Kernel::Ours(layout) = &self.kernel else { return };
            match layout.field(at) {
                Some(Field::Current) => self.chosen(cycle, byte, size == 1),
                Some(Field::State(task)) => states.push((task, byte)),
                Some(Field::Priority(task)) => self.prioritised(cycle, task, byte),
                Some(Field::WaitObject(task, place)) => self.tasks[task].wait_object[place] = byte,
                Some(Field::Pended(place)) => {
                    let change = self.handlers.pended(cycle, place, byte);
                    self.handler(cycle, change);
                }
                None => {}
            }
        }
        for (task, byte) in states {
            self.moved(cycle, task, byte);
        }
    }

    /// A kernel that is not ours has done something.
    fn told(&mut self, cycle: u64, told: &Told, peek: Peek<'_>) {
        let (Told::Chosen(Some(task))
        | Told::State(task, _)
        | Told::Left(task)
        | Told::Priority(task, _)
        | Told::Object(task, _)) = told
        else {
            return self.chosen(cycle, 0, true);
        };
        if self.tasks.len() <= *task {
            self.tasks.resize(task + 1, Task::default());
        }
        match *told {
            Told::Chosen(_) => self.chosen(cycle, *task as u8 + 1, true),
            Told::State(task, state) => {
                if let (TaskState::Ready, false, Kernel::Foreign(foreign)) =
                    (state, self.tasks[task].started, &mut self.kernel)
                {
                    let priority = foreign.begins(task, peek);
                    self.tasks[task].priority = priority;
                }
                self.moved(cycle, task, state as u8);
            }
            Told::Left(task) => {
                // Ready again it does not wait, but if it runs next, it is told to.
                self.waits = true;
                if TaskState::from_byte(self.tasks[task].state) == Some(TaskState::Running) {
                    self.moved(cycle, task, TaskState::Blocked as u8);
                }
            }
            Told::Priority(task, priority) => self.prioritised(cycle, task, priority),
            Told::Object(task, address) => self.tasks[task].wait_object = address.to_le_bytes(),
        }
    }

    /// `current` was stored, `alone` if nothing else was: else it is a start that clears memory.
    fn chosen(&mut self, cycle: u64, running: u8, alone: bool) {
        if !alone && running == self.running {
            return;
        }
        // A task is chosen when the handlers are done, whichever way their trap goes back.
        while let Some(change) = self.handlers.switched() {
            self.handler(cycle, Some(change));
        }
        self.tell_held();
        let goes_on = running == self.running && !self.waits;
        (self.running, self.waits) = (running, false);
        match running.checked_sub(1) {
            None => self.encoder.event(cycle, head::IDLE, &[]),
            Some(task) if !goes_on => {
                self.encoder.numbered(cycle, head::SWITCH_IN, head::SWITCH_IN_EXT, task.into());
            }
            Some(_) => {}
        }
        self.encoder.running = running.into();
    }

    /// A task's state was stored.
    fn moved(&mut self, cycle: u64, task: usize, state: u8) {
        let before = std::mem::replace(&mut self.tasks[task].state, state);
        if before == state {
            return;
        }
        let running = usize::from(self.running) == task + 1;
        match TaskState::from_byte(state) {
            Some(TaskState::Ready) => self.readied(cycle, task),
            Some(state @ (TaskState::Blocked | TaskState::Suspended)) if running => {
                let what = if state == TaskState::Suspended { What::Suspended } else { What::Waits };
                self.hold(cycle, task, what);
            }
            Some(TaskState::Dormant) if self.tasks[task].started => {
                // It did not wait, but ended.
                self.held.take_if(|held| held.task == task);
                self.tell_held();
                self.tasks[task].started = false;
                self.encoder.event(cycle, head::TASK_EXIT, &[task as u64]);
                // Nothing of it goes on.
                self.waits |= running;
            }
            _ => {}
        }
    }

    fn readied(&mut self, cycle: u64, task: usize) {
        if !std::mem::replace(&mut self.tasks[task].started, true) {
            return self.hold(cycle, task, What::Starts);
        }
        self.tell_held();
        self.encoder.numbered(cycle, head::READY, head::READY_EXT, task as u32);
    }

    /// A task's priority was stored.
    fn prioritised(&mut self, cycle: u64, task: usize, priority: u8) {
        let of = &mut self.tasks[task];
        let starts = self.held.is_some_and(|held| held.task == task && held.what == What::Starts);
        if std::mem::replace(&mut of.priority, priority) == priority || !of.started || starts {
            return;
        }
        let cause = match priority.cmp(&of.own_priority) {
            std::cmp::Ordering::Greater => PriorityCause::Inherit,
            std::cmp::Ordering::Equal => PriorityCause::Disinherit,
            std::cmp::Ordering::Less => {
                of.own_priority = priority;
                PriorityCause::Call
            }
        };
        self.tell_held();
        self.encoder.event(cycle, head::PRIORITY, &[task as u64, priority.into(), cause as u64, 0]);
    }

    /// Keeps something back until the next event.
    fn hold(&mut self, cycle: u64, task: usize, what: What) {
        self.tell_held();
        self.held = Some(Held { cycle, task, what });
    }

    /// Tells what was kept back.
    fn tell_held(&mut self) {
        let Some(Held { cycle, task, what }) = self.held.take() else { return };
        let of = &mut self.tasks[task];
        let (reason, object) = match (what, u64::from_le_bytes(of.wait_object)) {
            (What::Starts, _) => {
                of.own_priority = of.priority;
                let stack = match &self.kernel {
                    Kernel::Ours(layout) => layout.declared[task].stack_bytes,
                    Kernel::Foreign(_) => 0,
                };
                self.encoder.event(cycle, head::TASK_NEW, &[task as u64, of.priority.into(), stack.into()]);
                if let Kernel::Foreign(foreign) = &self.kernel {
                    self.encoder.name(cycle, task as u64, foreign.name(task));
                }
                return self.encoder.numbered(cycle, head::READY, head::READY_EXT, task as u32);
            }
            (What::Suspended, _) => (BlockReason::Suspend, 0),
            (What::Waits, 0) => match &self.kernel {
                Kernel::Ours(_) => (BlockReason::Delay, 0),
                Kernel::Foreign(foreign) => (foreign.reason(), 0),
            },
            (What::Waits, address) => (BlockReason::Object, self.about.object(address)),
        };
        self.encoder.event(cycle, head::BLOCK_ON + reason as u8, &[object.into(), FOR_EVER]);
        self.waits = true;
    }
}

/// The exception number of external interrupt 0, as the wire has it: on RISC-V, too.
const FIRST_EXTERNAL: u32 = 16;
/// BLOCK's time-out: none, or none that memory tells.
const FOR_EVER: u64 = 0;

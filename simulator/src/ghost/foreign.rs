//! Kernels that are not ours and do not describe themselves: what the two kinds have in common.

use bksim_protocol::message::GhostOf;
use bluekernel_abi::{BlockReason, TaskState};
use bluekernel_boards::model::Board;
use bluekernel_inspect::Image;
use serde::{Deserialize, Serialize};

use super::GhostError;
use super::lists::Lists;
use super::polls::Polls;
use crate::cpu::Observed;

/// Reads memory as it is now.
pub type Peek<'a> = &'a dyn Fn(u32, &mut [u8]) -> bool;

/// As many tasks as the trace's numbers for the running one allow.
pub(super) const MOST_TASKS: usize = 254;
/// Bytes of a pointer.
pub(super) const WORD: u8 = 4;

/// What was seen means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// This task runs from now on; none is the idle task.
    Chosen(Option<usize>),
    /// A task's state.
    State(usize, TaskState),
    /// The running task gives the processor back. It waits, unless it was made ready meanwhile.
    Left(usize),
    /// A task's priority.
    Priority(usize, u8),
    /// The address of what a task waits for, 0 for nothing.
    Object(usize, u64),
}

/// A kernel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Foreign {
    /// It keeps its tasks in lists.
    Lists(Box<Lists>),
    /// It polls them.
    Polls(Box<Polls>),
}

impl Foreign {
    /// `None` for our own kernel.
    pub(super) fn read(image: &Image, of: &GhostOf, board: &Board) -> Result<Option<Self>, GhostError> {
        Ok(match of {
            GhostOf::Ours => None,
            GhostOf::Lists(kernel) => Some(Self::Lists(Box::new(Lists::read(image, kernel, board)?))),
            GhostOf::Polls(kernel) => Some(Self::Polls(Box::new(Polls::read(image, kernel)?))),
        })
    }

    /// What must be observed: addresses (first, last).
    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        match self {
            Self::Lists(lists) => lists.ranges(),
            Self::Polls(polls) => polls.ranges(),
        }
    }

    /// The functions whose calls must be observed.
    pub(super) fn functions(&self) -> &[u32] {
        match self {
            Self::Lists(_) => &[],
            Self::Polls(polls) => polls.functions(),
        }
    }

    /// The chip comes out of reset.
    pub(super) fn boot(&mut self) {
        match self {
            Self::Lists(lists) => lists.boot(),
            Self::Polls(polls) => polls.boot(),
        }
    }

    /// What was observed means, in its order.
    pub(super) fn see(&mut self, what: Observed, peek: Peek<'_>) -> Vec<Change> {
        match (self, what) {
            (Self::Lists(lists), Observed::Store { address, size, value }) => {
                lists.stored(address, size, value, peek).into_iter().collect()
            }
            (Self::Lists(_), _) => Vec::new(),
            (Self::Polls(polls), what) => polls.see(what),
        }
    }

    /// A task begins, perhaps in another one's memory. Its priority.
    pub(super) fn begins(&mut self, task: usize, peek: Peek<'_>) -> u8 {
        match self {
            Self::Lists(lists) => lists.begins(task, peek),
            Self::Polls(polls) => polls.priority(task, peek),
        }
    }

    /// A task's name.
    pub(super) fn name(&self, task: usize) -> &[u8] {
        let names = match self {
            Self::Lists(lists) => &lists.names,
            Self::Polls(polls) => &polls.names,
        };
        names.get(task).map_or(&[], Vec::as_slice)
    }

    /// Why a task waits that waits for no object.
    pub(super) fn reason(&self) -> BlockReason {
        match self {
            Self::Lists(_) => BlockReason::Delay,
            Self::Polls(_) => BlockReason::Notify,
        }
    }
}

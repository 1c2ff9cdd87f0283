//! The tasks of a kernel as they are now, read from its memory: the same for a running simulator, a halted chip and a
//! core dump.
//!
//! Memory is read while the firmware may run: unless the target is halted, two fields may be from different moments.

use bluekernel_abi::inspect::STACK_PAINT;
use bluekernel_abi::{NO_TASK, TaskState};

use crate::memory::Memory;
use crate::table::{KernelTable, TaskInfo, word};

/// A task now. A field is `None` where memory could not be read or holds no value of this kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveTask {
    /// What the firmware declares.
    pub info: TaskInfo,
    /// What it is doing.
    pub state: Option<TaskState>,
    /// Its priority with what it inherits.
    pub effective_priority: Option<u8>,
    /// Its stack pointer at the last switch; not that of the running task.
    pub saved_sp: Option<u64>,
    /// Address of the object it waits for.
    pub waits_for: Option<u64>,
    /// The most bytes of its stack ever in use, seen from the paint. Blind spot: a frame that reserved bytes without
    /// writing them, or wrote the paint's own value, is not counted.
    pub stack_used: Option<u64>,
}

/// The number of the running task: `Some(None)` when the processor idles, `None` if memory cannot be read.
pub fn current(table: &KernelTable, memory: &mut dyn Memory) -> Option<Option<u8>> {
    let value = byte(memory, table.current)?;
    let number = if table.version < 3 { value } else { value.wrapping_sub(1) };
    Some((number != NO_TASK).then_some(number))
}

/// All tasks, by number.
pub fn tasks(table: &KernelTable, memory: &mut dyn Memory) -> Vec<LiveTask> {
    let running = current(table, memory).flatten();
    table.tasks.iter().map(|info| task(table, info, running, memory)).collect()
}

fn task(table: &KernelTable, info: &TaskInfo, running: Option<u8>, memory: &mut dyn Memory) -> LiveTask {
    let at = |offset: u64| info.control.wrapping_add(offset);
    let mut read_word = |address| {
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..usize::from(table.word_bytes)];
        memory.read(address, bytes).then(|| word(bytes, table.little_endian))
    };
    let saved_sp = read_word(at(table.offsets.saved_sp));
    let waits_for = read_word(at(table.offsets.wait_object)).filter(|address| *address != 0);
    let state = match byte(memory, at(table.offsets.state)).and_then(TaskState::from_byte) {
        Some(TaskState::Ready) if running == Some(info.number) => Some(TaskState::Running),
        state => state,
    };
    LiveTask {
        info: info.clone(),
        state,
        effective_priority: byte(memory, at(table.offsets.priority)),
        saved_sp,
        // The word says something only while the task waits.
        waits_for: waits_for.filter(|_| table.version < 3 || state == Some(TaskState::Blocked)),
        stack_used: stack_used(info, memory),
    }
}

fn byte(memory: &mut dyn Memory, address: u64) -> Option<u8> {
    let mut buffer = [0];
    memory.read(address, &mut buffer).then_some(buffer[0])
}

/// Stacks grow downwards: what was never touched is at the lowest addresses and still holds the paint.
fn stack_used(info: &TaskInfo, memory: &mut dyn Memory) -> Option<u64> {
    let mut buffer = [0; 256];
    let mut untouched = 0;
    while untouched < info.stack_bytes {
        let length = (info.stack_bytes - untouched).min(buffer.len() as u64);
        let chunk = &mut buffer[..usize::try_from(length).unwrap_or(0)];
        if !memory.read(info.stack.wrapping_add(untouched), chunk) {
            return None;
        }
        match chunk.iter().position(|byte| *byte != STACK_PAINT) {
            Some(position) => return Some(info.stack_bytes - untouched - position as u64),
            None => untouched += length,
        }
    }
    Some(0)
}

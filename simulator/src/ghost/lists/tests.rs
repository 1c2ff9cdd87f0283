//! Stores of a kernel with lists, in a memory of two tasks and an idle one.

use super::*;

/// Control blocks at 0x2000_1000 and behind, 64 bytes each; lists of 20 bytes at 0x2000_0100.
const BLOCK: u32 = 0x2000_1000;
const READY: u32 = 0x2000_0100;
const WAITING: u32 = READY + 3 * 20;
const CURRENT: u32 = 0x2000_0000;
const STARTED: u32 = 0x2000_0004;

fn lists() -> Lists {
    Lists {
        ram: vec![(0x2000_0000, 0x2000_ffff)],
        current: CURRENT,
        started: Some(STARTED),
        runs: false,
        chosen: 0,
        lists: vec![(READY, 60, TaskState::Ready as u8), (WAITING, 20, TaskState::Blocked as u8)],
        state: 20,
        owner: 16,
        event: 40,
        priority: 44,
        name: 52,
        idle: "IDLE".into(),
        known: BTreeMap::new(),
        names: Vec::new(),
    }
}

/// The memory of two tasks and of the idle task, the third one; nothing else is a control block.
fn peek(address: u32, bytes: &mut [u8]) -> bool {
    let (block, offset) = (address & !63, address % 64);
    let names: [&[u8]; 3] = [b"one\0", b"two\0", b"IDLE0\0"];
    let Some(name) = names.get((block.wrapping_sub(BLOCK) / 64) as usize) else { return false };
    match offset {
        16 => bytes.copy_from_slice(&block.to_le_bytes()),
        44 => bytes.fill(3),
        offset if offset >= 52 => bytes.fill(name.get(offset as usize - 52).copied().unwrap_or(0)),
        _ => bytes.fill(0xff),
    }
    true
}

fn store(lists: &mut Lists, address: u32, value: u32) -> Option<Change> {
    lists.stored(address, 4, value.into(), &peek)
}

#[test]
fn tasks_are_met_in_a_ready_list_and_move_from_there() {
    let mut lists = lists();
    assert_eq!(store(&mut lists, BLOCK + 64 + 20, READY + 20), Some(Change::State(0, TaskState::Ready)));
    assert_eq!(store(&mut lists, BLOCK + 20, READY), Some(Change::State(1, TaskState::Ready)));
    assert_eq!(lists.names, [b"two".to_vec(), b"one".to_vec()]);
    // A list's address on a stack makes no task; nor does what waits before it was ever ready.
    assert_eq!(store(&mut lists, 0x2000_8000, READY), None);
    assert_eq!(store(&mut lists, BLOCK + 128 + 20, WAITING), None);
    assert_eq!(store(&mut lists, BLOCK + 20, WAITING), Some(Change::State(1, TaskState::Blocked)));
    assert_eq!(store(&mut lists, BLOCK + 20, 0), None, "on its way");
    assert_eq!(store(&mut lists, BLOCK + 40, 0x2000_4444), Some(Change::Object(1, 0x2000_4444)));
    assert_eq!(store(&mut lists, BLOCK + 44, 5), Some(Change::Priority(1, 5)));
    assert_eq!(store(&mut lists, BLOCK + 48, 5), None);
    // Its memory is given a new name: it is over.
    assert_eq!(lists.stored(BLOCK + 52, 1, u64::from(b'n'), &peek), Some(Change::State(1, TaskState::Dormant)));
    assert_eq!(lists.begins(1, &peek), 3);
}

#[test]
fn who_runs_counts_from_the_start_on_and_the_idle_task_is_none() {
    let mut lists = lists();
    store(&mut lists, BLOCK + 20, READY);
    store(&mut lists, BLOCK + 128 + 20, READY);
    assert_eq!(store(&mut lists, CURRENT, BLOCK), None);
    assert_eq!(store(&mut lists, STARTED, 1), Some(Change::Chosen(Some(0))));
    assert_eq!(store(&mut lists, CURRENT, BLOCK + 128), Some(Change::Chosen(None)));
    assert_eq!(store(&mut lists, BLOCK + 128 + 20, WAITING), None, "of the idle task nothing is told");
    assert_eq!(store(&mut lists, CURRENT, 0x2000_8000), None, "that is no control block");
    lists.boot();
    assert_eq!(store(&mut lists, CURRENT, BLOCK), None);
}

//! What is told of what is seen. Expected bytes are put together by hand from the tables of `bluekernel_abi::wire`: every
//! record is its head, its fields, and the cycles since the one before.

use super::*;
use crate::testing::named;

/// Two control blocks of 64 bytes, and `current` in front of them.
const CURRENT: u32 = 0x2000_0010;
const TASKS: u32 = 0x2000_0040;
const STATE: u32 = 28;
const PRIORITY: u32 = 29;
const OBJECT: u32 = 12;
const CLAIM: u32 = 0x0c20_0004;
const PENDED: u32 = 0x2000_0020;

fn layout(riscv: bool) -> Layout {
    Layout::for_tests(TASKS, CURRENT, [STATE, PRIORITY, OBJECT], riscv.then_some(PENDED))
}

/// A ghost trace that has told its beginning.
fn ghost(riscv: bool) -> Ghost {
    let mut ghost = Ghost::of(About::for_tests(riscv.then_some(CLAIM)), Kernel::Ours(layout(riscv)));
    // SYNC: zeros, mark, version, core, sequence, cycle 0, no drops, nothing runs, after a reset. INFO: build id 0x1234, which
    // is 0x34 + (0x24 << 7); a clock of 1 kHz, 0x68 + (7 << 7).
    let start = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0xc0, 4, 0xb4, 0x24, 0xe8, 0x07, 0];
    assert_eq!(ghost.take(), start);
    ghost
}

impl Ghost {
    /// Of two tasks; the byte that tells the running one is at 0x2000_0010.
    pub(crate) fn for_tests() -> Self {
        Self::of(About::for_tests(None), Kernel::Ours(layout(false)))
    }

    fn store(&mut self, cycle: u64, address: u32, size: u8, value: u64) -> Vec<u8> {
        self.see(&Observation { cycle, what: Observed::Store { address, size, value } }, &|_, _| false);
        self.take()
    }

    fn state(&mut self, cycle: u64, task: u32, state: TaskState) -> Vec<u8> {
        self.store(cycle, TASKS + 64 * task + STATE, 1, state as u64)
    }

    fn choose(&mut self, cycle: u64, task: Option<u64>) -> Vec<u8> {
        self.store(cycle, CURRENT, 1, task.map_or(0, |task| task + 1))
    }

    fn enter(&mut self, cycle: u64, exception: u32) -> Vec<u8> {
        self.see(&Observation { cycle, what: Observed::Enter { exception: Some(exception) } }, &|_, _| false);
        self.take()
    }

    fn other(&mut self, cycle: u64, what: Observed) -> Vec<u8> {
        self.see(&Observation { cycle, what }, &|_, _| false);
        self.take()
    }
}

const NOTHING: [u8; 0] = [];

/// Task 1 has priority 7 and runs, at cycle 20.
fn with_a_task(riscv: bool) -> Ghost {
    let mut ghost = ghost(riscv);
    assert_eq!(ghost.state(10, 1, TaskState::Ready), NOTHING, "the priority may follow");
    assert_eq!(ghost.store(11, TASKS + 64 + PRIORITY, 1, 7), NOTHING);
    // TASK_NEW of task 1, priority 7, stack 512; READY; then SWITCH_IN.
    assert_eq!(ghost.choose(20, Some(1)), [0x54, 1, 7, 0x80, 4, 10, 0x22, 0, 0x02, 10]);
    ghost
}

#[test]
fn a_wait_is_told_with_the_object_whichever_store_comes_first() {
    for object_first in [true, false] {
        let mut ghost = with_a_task(false);
        let object = |ghost: &mut Ghost| ghost.store(31, TASKS + 64 + OBJECT, 4, 0x2000_0108);
        if object_first {
            assert_eq!(object(&mut ghost), NOTHING);
        }
        assert_eq!(ghost.state(30, 1, TaskState::Blocked), NOTHING);
        if !object_first {
            assert_eq!(object(&mut ghost), NOTHING);
        }
        // BLOCK for reason 23, object (0x108 / 8) + 1, for ever; IDLE.
        assert_eq!(ghost.choose(44, None), [0x97, 0x22, 0, 10, 0x52, 14]);
    }
}

#[test]
fn a_wait_without_an_object_is_a_delay_and_the_same_task_may_go_on_behind_it() {
    let mut ghost = with_a_task(false);
    assert_eq!(ghost.state(30, 1, TaskState::Blocked), NOTHING);
    assert_eq!(ghost.state(35, 1, TaskState::Ready), [0x81, 0, 0, 10, 0x22, 5]);
    assert_eq!(ghost.choose(40, Some(1)), [0x02, 5], "it waited, so it is told to go on");
    assert_eq!(ghost.choose(50, Some(1)), NOTHING, "and now it just does");
    assert_eq!(ghost.state(60, 1, TaskState::Suspended), NOTHING);
    assert_eq!(ghost.choose(61, None), [0x8a, 0, 0, 20, 0x52, 1]);
    assert_eq!(ghost.choose(70, None), [0x52, 9], "each time that the kernel finds nothing");
}

#[test]
fn a_task_that_ends_does_not_wait() {
    let mut ghost = with_a_task(false);
    assert_eq!(ghost.state(30, 1, TaskState::Blocked), NOTHING);
    assert_eq!(ghost.state(34, 1, TaskState::Dormant), [0x55, 1, 14]);
    assert_eq!(ghost.choose(40, None), [0x52, 6]);
    // It is claimed by whoever starts it again, and that is no wait either.
    assert_eq!(ghost.state(50, 1, TaskState::Blocked), NOTHING);
    assert_eq!(ghost.state(60, 1, TaskState::Ready), NOTHING);
    assert_eq!(ghost.choose(61, Some(1)), [0x54, 1, 7, 0x80, 4, 20, 0x22, 0, 0x02, 1]);
}

#[test]
fn causes_of_priorities_are_guessed_from_the_own_one() {
    let mut ghost = with_a_task(false);
    let mut priority = |cycle, value| ghost.store(cycle, TASKS + 64 + PRIORITY, 1, value);
    assert_eq!(priority(21, 9), [0x56, 1, 9, 2, 0, 1]);
    assert_eq!(priority(22, 9), NOTHING);
    assert_eq!(priority(23, 7), [0x56, 1, 7, 3, 0, 2]);
    assert_eq!(priority(24, 3), [0x56, 1, 3, 1, 0, 1]);
    assert_eq!(priority(25, 7), [0x56, 1, 7, 2, 0, 1]);
}

#[test]
fn clearing_memory_is_no_choice() {
    let mut ghost = ghost(false);
    for word in (CURRENT & !15..TASKS + 128).step_by(4) {
        assert_eq!(ghost.store(5, word, 4, 0), NOTHING);
    }
    // One store of several fields: the state counts last. Priority 4, state Ready.
    assert_eq!(ghost.store(9, TASKS + STATE, 4, 0x0401), NOTHING);
    assert_eq!(ghost.choose(10, Some(0)), [0x54, 0, 4, 0x80, 2, 9, 0x21, 0, 0x01, 1]);
}

#[test]
fn handlers_nest_and_the_kernels_own_are_silent() {
    let mut ghost = with_a_task(false);
    assert_eq!(ghost.enter(30, 16 + 8), [0x49, 10]);
    assert_eq!(ghost.enter(33, 16 + 20), [0x50, 36, 3], "too far for the head");
    assert_eq!(ghost.other(40, Observed::Leave), [0x51, 7]);
    assert_eq!(ghost.other(41, Observed::Leave), [0x51, 1]);
    assert_eq!(ghost.enter(42, 14), NOTHING);
    assert_eq!(ghost.choose(50, None), [0x52, 9]);
    assert_eq!(ghost.enter(51, 15), [0x50, 15, 1], "SysTick, in the way of PendSV");
    assert_eq!(ghost.other(52, Observed::Leave), [0x51, 1]);
    assert_eq!(ghost.other(53, Observed::Leave), NOTHING);
}

#[test]
fn on_riscv_a_handler_is_what_is_claimed_and_ends_before_its_trap() {
    let mut ghost = with_a_task(true);
    assert_eq!(ghost.enter(30, 11), NOTHING);
    assert_eq!(ghost.other(36, Observed::Load { address: CLAIM, value: 5 }), [0x46, 10], "since the trap");
    assert_eq!(ghost.enter(40, 7), [0x50, 7, 10], "the timer's is itself");
    assert_eq!(ghost.other(44, Observed::WayBack), [0x51, 4]);
    assert_eq!(ghost.other(46, Observed::Leave), NOTHING);
    assert_eq!(ghost.other(50, Observed::WayBack), [0x51, 6]);
    // Let in while the next task is chosen, and then the first trap never returns: it was the pre-empted task's.
    assert_eq!(ghost.enter(52, 11), NOTHING);
    assert_eq!(ghost.other(53, Observed::Load { address: CLAIM, value: 0 }), NOTHING, "somebody was faster");
    assert_eq!(ghost.other(55, Observed::Leave), NOTHING);
    assert_eq!(ghost.choose(60, None), [0x52, 10]);
    assert_eq!(ghost.other(61, Observed::Leave), NOTHING);
    assert_eq!(ghost.enter(70, 7), [0x50, 7, 10]);
}

#[test]
fn on_riscv_interrupts_made_pending_follow_each_other_in_one_trap() {
    let mut ghost = with_a_task(true);
    assert_eq!(ghost.store(21, PENDED, 4, 1 << 3 | 1 << 17), NOTHING);
    assert_eq!(ghost.enter(30, 3), NOTHING);
    assert_eq!(ghost.store(33, PENDED, 4, 1 << 3), [0x50, 16 + 17, 10]);
    assert_eq!(ghost.other(40, Observed::WayBack), [0x51, 10]);
    assert_eq!(ghost.store(45, PENDED, 4, 0), [0x44, 5]);
    assert_eq!(ghost.choose(50, Some(0)), [0x51, 5, 0x01, 0], "a switch ends what runs on the way");
}

#[test]
fn a_reset_begins_anew_and_a_sync_comes_every_kibibyte() {
    let mut ghost = with_a_task(false);
    assert_eq!(ghost.enter(30, 16), [0x41, 10]);
    // Two bytes an event: the 512th behind the first SYNC, less what came before, has a SYNC in front.
    let mut bytes = 23 - 16 + 10 + 2;
    let mut cycle = 30;
    while bytes < 1024 {
        cycle += 1;
        bytes += ghost.choose(cycle, None).len();
    }
    // Sequence 2, the cycle plus 1, no drops, nothing runs, in a handler.
    let stamp = cycle + 2;
    let sync = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 2, stamp as u8 | 0x80, (stamp >> 7) as u8, 0, 0, 2, 0x52, 0];
    assert_eq!(ghost.choose(cycle + 1, None), sync);
    let reset = ghost.other(cycle + 2, Observed::Reset);
    assert_eq!(reset[..12], [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 3]);
    assert_eq!(reset[14..17], [0, 0, 1], "nothing runs, no handler, after a reset");
    assert_eq!(ghost.choose(cycle + 3, Some(1)), [0x02, 1]);
}

#[test]
fn firmware_without_a_kernel_has_none() {
    let (image, board) = (crate::testing::ticker::image(), named("qemu-mps2-an385"));
    let error = Ghost::read(&image, None, &board, &GhostOf::Ours).unwrap_err();
    assert!(error.to_string().contains("no inspection table"), "{error}");
}

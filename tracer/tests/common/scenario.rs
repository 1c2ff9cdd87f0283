//! A trace whose states were chosen by hand. One cycle is one microsecond.

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::recording::{Header, TaskEntry};

use super::encoder::{BOOT, Encoder};

pub const HZ: u64 = 1_000_000;

pub fn header() -> Header {
    let mut header = Header::new("0.1.0", "test-board", HZ);
    let task = |number, name: &str, priority| TaskEntry { number, name: name.to_owned(), priority, stack_bytes: 1024 };
    header.tasks = vec![task(0, "low", 2), task(1, "ctrl", 9), task(2, "中文任务名", 5)];
    header.exceptions.insert(16, "UART0_RX".to_owned());
    header.exceptions.insert(24, "TIMER0".to_owned());
    header.objects.insert(7, "app::TOTAL".to_owned());
    header.objects.insert(9, "app::QUEUE".to_owned());
    header.names.insert(0, "filter".to_owned());
    header.names.insert(7, "depth".to_owned());
    header
}

/// Writes events at absolute times.
pub struct Script {
    pub encoder: Encoder,
}

impl Script {
    pub fn at(&mut self, time: u64, event: Event<'_>) -> &mut Self {
        let delta = time - self.encoder.clock;
        self.encoder.event(delta, &event);
        self
    }
}

pub fn block(reason: BlockReason, object: u32) -> Event<'static> {
    Event::Block { reason, object, timeout: 0 }
}

/// One millisecond of three tasks and two interrupts. What the lanes must show is worked out in `tests/model.rs`.
pub fn script() -> Script {
    let mut script = Script { encoder: Encoder::new() };
    let (low, ctrl, mid) = (0, 1, 2);
    let (uart, timer) = (16, 24);
    script.encoder.sync(BOOT);
    script
        .at(0, Event::Info { build_id: 0, clock_hz: HZ })
        .at(20, Event::TaskNew { task: low, priority: 2, stack: 1024 })
        .at(20, Event::Ready { task: low })
        .at(40, Event::TaskNew { task: ctrl, priority: 9, stack: 1024 })
        .at(40, Event::Ready { task: ctrl })
        .at(60, Event::TaskNew { task: mid, priority: 5, stack: 1024 })
        .at(60, Event::Ready { task: mid })
        // ctrl runs 100..200, then sleeps.
        .at(100, Event::SwitchIn { task: ctrl })
        .at(200, block(BlockReason::Delay, 0))
        // The kernel takes 10 us; 中文任务名 runs 210..300, then waits for the queue.
        .at(210, Event::SwitchIn { task: mid })
        .at(300, block(BlockReason::ChannelEmpty, 9))
        // low runs from 310, locks the mutex at 320.
        .at(310, Event::SwitchIn { task: low })
        .at(320, Event::Object { op: ObjectOp::Lock, object: 7, value: 1 })
        // TIMER0 400..440 with UART0_RX nested 410..420; it wakes ctrl at 430, which runs 450..500.
        .at(400, Event::IsrEnter { exception: timer })
        .at(410, Event::IsrEnter { exception: uart })
        .at(420, Event::IsrExit)
        .at(430, Event::Ready { task: ctrl })
        .at(440, Event::IsrExit)
        .at(450, Event::SwitchIn { task: ctrl })
        // ctrl wants the mutex that low holds.
        .at(500, block(BlockReason::Mutex, 7))
        .at(510, Event::SwitchIn { task: low })
        .at(600, Event::Object { op: ObjectOp::Unlock, object: 7, value: 2 })
        .at(600, Event::Ready { task: ctrl })
        .at(610, Event::SwitchIn { task: ctrl })
        .at(620, Event::MarkBegin { id: 0 })
        .at(680, Event::MarkEnd { id: 0 })
        .at(690, Event::Counter { id: 7, value: -3 })
        .at(700, block(BlockReason::Delay, 0))
        .at(710, Event::SwitchIn { task: low })
        .at(750, block(BlockReason::Delay, 0))
        .at(760, Event::Idle)
        // UART0_RX 900..910 out of idle.
        .at(900, Event::IsrEnter { exception: uart })
        .at(910, Event::IsrExit)
        .at(1000, Event::TimerArm { ticks: 5 });
    script
}

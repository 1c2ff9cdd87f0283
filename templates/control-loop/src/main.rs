//! A control loop. A sensor tells how full a tank is, a filter smooths that and decides, an actuator sets the valve; each
//! has its period and its deadline. Beside them a flow meter interrupts, a worker uses much of the processor, and a
//! logger tells on the serial console ({{console}}) how it goes.
//!
//! All deadlines are met. Two lines that stand here as comments are mistakes that are easily made: let one of them in, and
//! see in the trace what comes of it.
//!
//!     bkctl sim --for 300ms --trace run.bkt
//!     bkctl trace lint run.bkt
#![no_std]
#![no_main]

mod board; // generated from the board's description: addresses, interrupts, the kernel's clock
mod crc;
mod hardware;

// MISTAKE 1: a lock that is made of a semaphore. With the next line, `lock` is the file `semaphore.rs`, and the logger,
// once the worker has interrupted it, keeps the state for as long as the worker has work: the sensor waits for the logger,
// the logger for the worker, and the worker knows of neither (a priority inversion that nothing bounds).
// #[path = "semaphore.rs"]
mod lock;

use bluekernel::{Channel, Duration, Instant, Periodic};
use bluekernel::{counter, span};
use core::fmt::Write;
use hardware::{Console, Hardware, Led, TICKS};
use lock::Lock;

/// Runs first, before any task: sets the hardware up and hands its parts to the tasks that use them. The kernel's time
/// begins when it returns.
#[bluekernel::main]
fn main() {
    let Hardware { led, console, ticker } = hardware::set_up();

    // A channel is also a way to give something away: whoever receives it owns it.
    LED.try_send(led).ok();
    CONSOLE.try_send(console).ok();

    ticker.start(7_000); // microseconds
}

static LED: Channel<Led, 1> = Channel::new();
static CONSOLE: Channel<Console, 1> = Channel::new();

// ---------------------------------------------------------------------------------------------------------------------
// What the tasks share
// ---------------------------------------------------------------------------------------------------------------------

/// How full the tank shall be, in millimetres.
const TARGET: i32 = 1_000;
/// What flows out of it in a sensor's period, in millimetres.
const DRAIN: i32 = 20;

/// The tank as it is known.
struct State {
    /// How full it is, in millimetres.
    level: i32,
    /// What the valve lets in in a sensor's period, in millimetres.
    valve: i32,
    /// How often the level was measured.
    samples: u32,
}

static STATE: Lock<State> = Lock::new(State { level: 500, valve: 0, samples: 0 });
/// Measured levels on their way to the filter. There is room for more than it leaves lying.
static LEVELS: Channel<i32, 4> = Channel::new();
/// Where the valve shall be.
static COMMANDS: Channel<i32, 2> = Channel::new();

/// Work for about `micros` microseconds of the processor: it stands for what a real program computes.
fn work(micros: u32) {
    /// About so many cycles takes a byte.
    const CYCLES: u32 = 70;
    let bytes = micros * (board::CORE_HZ / 1_000_000) / CYCLES;
    let crc = (0..bytes).fold(crc::START, |crc, _| crc::update(crc, b"."));
    core::hint::black_box(crc::finish(crc));
}

/// So many microseconds after the kernel's start.
const fn at(micros: u64) -> Instant {
    Instant::from_micros(micros)
}

// ---------------------------------------------------------------------------------------------------------------------
// The loop. The larger number is the more important task: here the one with the shorter deadline.
// ---------------------------------------------------------------------------------------------------------------------

/// When the sensor is to be read: at 5 ms, 10 ms, and so on, done 2 ms later.
static SENSING: Periodic =
    Periodic::new(Duration::from_millis(5)).with_deadline(Duration::from_millis(2)).starting_at(at(5_000));

#[bluekernel::task(priority = 7, stack = 768)]
fn sensor() {
    // A pseudo-random sequence stands for the sensor's noise.
    let mut noise = 1_u32;
    loop {
        SENSING.wait();
        work(200);
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mut state = STATE.lock();
        state.samples += 1;
        state.level += state.valve - DRAIN;
        let measured = state.level + (noise >> 29) as i32;
        drop(state);
        counter!("level", measured);
        // If the filter were so late that there is no room, a level would be lost: the next one is newer anyway.
        LEVELS.try_send(measured).ok();
    }
}

/// At 11 ms, 21 ms, and so on: two levels have come by then.
static FILTERING: Periodic =
    Periodic::new(Duration::from_millis(10)).with_deadline(Duration::from_millis(5)).starting_at(at(11_000));

#[bluekernel::task(priority = 5, stack = 768)]
fn filter() {
    let mut smooth = 500;
    loop {
        FILTERING.wait();
        let _span = span!("filter");
        while let Some(level) = LEVELS.try_receive() {
            work(200);
            smooth += (level - smooth) / 4;
        }
        COMMANDS.try_send((DRAIN + (TARGET - smooth) / 8).clamp(0, 100)).ok();
    }
}

/// At 12 ms, 22 ms, and so on: with what the filter has decided just before.
static ACTUATING: Periodic =
    Periodic::new(Duration::from_millis(10)).with_deadline(Duration::from_millis(2)).starting_at(at(12_000));

#[bluekernel::task(priority = 6, stack = 768)]
fn actuator() {
    let mut led = LED.receive();
    loop {
        ACTUATING.wait();
        while let Some(command) = COMMANDS.try_receive() {
            work(100);
            STATE.lock().valve = command;
            led.toggle();
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// What else there is to do
// ---------------------------------------------------------------------------------------------------------------------

/// Counts what the flow meter tells by interrupts. Their handler gives `TICKS`: it stands beside its device, in
/// `hardware.rs`.
#[bluekernel::task(priority = 9, stack = 512)]
fn flow() {
    for pulses in 1_u32.. {
        TICKS.take();
        counter!("pulses", pulses);
    }
}

/// At 13 ms, 33 ms, and so on. It may take until the next time.
static CHECKING: Periodic = Periodic::new(Duration::from_millis(20)).starting_at(at(13_000));
/// Checks that the worker has done, for the logger.
static CHECKED: Channel<u32, 8> = Channel::new();

/// Less important than the loop, more important than the logger, and long at work.
#[bluekernel::task(priority = 3, stack = 512)]
fn worker() {
    for check in 1_u32.. {
        CHECKING.wait();
        let _span = span!("check");
        work(8_000);
        CHECKED.try_send(check).ok();
        // MISTAKE 2: waits until the logger has taken the number, without giving the processor away. The logger is less
        // important, and so never runs again (it starves).
        // while !CHECKED.is_empty() {}
    }
}

/// At 12.5 ms, 112.5 ms, and so on: half a millisecond before the worker begins, which so interrupts it while it has the
/// state.
static LOGGING: Periodic = Periodic::new(Duration::from_millis(100)).starting_at(at(12_500));

/// The console is slow, and this task waits for every letter: so it is the least important.
#[bluekernel::task(priority = 1, stack = 1536)]
fn logger() {
    let mut console = CONSOLE.receive();
    let mut checks = 0;
    loop {
        LOGGING.wait();
        let state = STATE.lock();
        work(1_000);
        let State { level, valve, samples } = *state;
        drop(state);
        while let Some(check) = CHECKED.try_receive() {
            checks = check;
        }
        writeln!(console, "sample {samples}: level {level} mm, valve {valve} mm; check {checks}").ok();
    }
}

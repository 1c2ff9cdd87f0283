//! A first program. Ten tasks blink an LED, contend for a mutex, pass samples along and answer an interrupt. What they
//! did comes out on the serial console ({{console}}), once; the program then goes on for ever, and its trace shows how.
//!
//! The text does not depend on how fast the processor is: it follows from the tasks' priorities alone.
#![no_std]
#![no_main]

mod board; // generated from the board's description: addresses, interrupts, the kernel's clock
mod crc;
mod hardware;

use bluekernel::{Channel, Duration, Instant, Mutex, Semaphore};
use bluekernel::{counter, mark, println, sleep, sleep_until, span};
use core::fmt::Write;
use hardware::{Console, Hardware, Led, TICKS};

/// Runs first, before any task: sets the hardware up and hands its parts to the tasks that use them. The kernel's time
/// begins when it returns.
#[bluekernel::main]
fn main() {
    let Hardware { led, console, ticker } = hardware::set_up();

    // A channel is also a way to give something away: whoever receives it owns it.
    LED.try_send(led).ok();
    CONSOLE.try_send(console).ok();

    ticker.start(5_000); // microseconds
}

static LED: Channel<Led, 1> = Channel::new();
static CONSOLE: Channel<Console, 1> = Channel::new();

// ---------------------------------------------------------------------------------------------------------------------
// A periodic task
// ---------------------------------------------------------------------------------------------------------------------

/// Blinks. `println!` writes to RTT, which costs a few microseconds: the console would cost milliseconds.
#[bluekernel::task(priority = 2, stack = 1024)]
fn blink() {
    let mut led = LED.receive();
    let mut next = Instant::now();
    for blinks in 1_u32.. {
        led.toggle();
        counter!("blinks", blinks);
        println!("blink {blinks}");
        // Not `sleep`: that would add the time the lines above took to each period.
        next += Duration::from_millis(100);
        sleep_until(next);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Five tasks contend. The larger number is the more important task.
// ---------------------------------------------------------------------------------------------------------------------

/// Starts a round.
static ROUND: Semaphore = Semaphore::new(0, 1);
/// Lets the four others go.
static GATE: Semaphore = Semaphore::new(0, 4);
/// What alpha, delta and echo cannot do without. The number counts its uses.
static TOOL: Mutex<u32> = Mutex::new(0);
/// Who has finished, and the CRC-32 of the work.
static FINISHED: Channel<(&str, u32), 5> = Channel::new();

/// The least important of the five begins, and takes the tool. Opening the gate makes all others ready, and echo waits
/// for the tool at once. So alpha runs with echo's importance until it is done with the tool (priority inheritance):
/// without that, delta and charlie and bravo would all run before echo, the most important.
#[bluekernel::task(priority = 3, stack = 512)]
fn alpha() {
    loop {
        ROUND.take();
        let mut uses = TOOL.lock();
        *uses += 1;
        for _ in 0..4 {
            GATE.give().ok();
        }
        finish("alpha");
    }
}

#[bluekernel::task(priority = 4, stack = 512)]
fn bravo() {
    loop {
        GATE.take();
        finish("bravo");
    }
}

#[bluekernel::task(priority = 5, stack = 512)]
fn charlie() {
    loop {
        GATE.take();
        finish("charlie");
    }
}

#[bluekernel::task(priority = 6, stack = 512)]
fn delta() {
    loop {
        GATE.take();
        *TOOL.lock() += 1;
        finish("delta");
    }
}

#[bluekernel::task(priority = 7, stack = 512)]
fn echo() {
    loop {
        GATE.take();
        let mut uses = TOOL.lock();
        *uses += 1;
        finish("echo");
    }
}

/// Some work, and its result. A span draws the work on the trace's timeline, from here to the end of the function.
fn finish(name: &'static str) {
    let _span = span!("work");
    let crc = (0..32).fold(crc::START, |crc, _| crc::update(crc, name.as_bytes()));
    FINISHED.send((name, crc::finish(crc)));
}

/// One round: who finished, in this order.
fn round() -> [(&'static str, u32); 5] {
    ROUND.give().ok();
    core::array::from_fn(|_| FINISHED.receive())
}

// ---------------------------------------------------------------------------------------------------------------------
// One task sends, another receives
// ---------------------------------------------------------------------------------------------------------------------

/// Samples on their way. Each side waits for the other: when there are none, or when there is no room.
static SAMPLES: Channel<u32, 4> = Channel::new();
/// Sum and CRC-32 of a batch of samples.
static BATCHES: Channel<(u32, u32), 1> = Channel::new();
const BATCH: usize = 16;

#[bluekernel::task(priority = 8, stack = 512)]
fn producer() {
    // A pseudo-random sequence stands for a sensor.
    let mut sample = 1_u32;
    loop {
        sample = sample.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        SAMPLES.send(sample);
        sleep(Duration::from_millis(2));
    }
}

#[bluekernel::task(priority = 9, stack = 512)]
fn consumer() {
    loop {
        let (mut sum, mut crc) = (0_u32, crc::START);
        for _ in 0..BATCH {
            let sample = SAMPLES.receive();
            sum = sum.wrapping_add(sample);
            crc = crc::update(crc, &sample.to_le_bytes());
        }
        // Nobody looks at the later batches: then there is no room, and that is fine.
        BATCHES.try_send((sum, crc::finish(crc))).ok();
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// An interrupt, and the task that answers it
// ---------------------------------------------------------------------------------------------------------------------

/// The first five of the timer's interrupts were answered.
static FIVE_TICKS: Semaphore = Semaphore::new(0, 1);

/// The interrupt's handler gives `TICKS`: it stands beside its device, in `hardware.rs`.
#[bluekernel::task(priority = 10, stack = 512)]
fn answer() {
    for ticks in 1_u32.. {
        TICKS.take();
        if ticks == 5 {
            FIVE_TICKS.give().ok();
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The report
// ---------------------------------------------------------------------------------------------------------------------

/// Tells what happened. The console is slow, and this task waits for every letter: so it is the least important.
#[bluekernel::task(priority = 1, stack = 1536)]
fn report() {
    let mut console = CONSOLE.receive();
    let first = round();
    tell(&mut console, &first).ok();
    loop {
        sleep(Duration::from_millis(50));
        if round() != first {
            mark!("another order");
            println!("the tasks finished in another order");
        }
    }
}

fn tell(console: &mut Console, round: &[(&str, u32)]) -> core::fmt::Result {
    writeln!(console, "five tasks contended; they finished in this order:")?;
    let mut all = crc::START;
    for &(name, crc) in round {
        writeln!(console, "  {name:8} {crc:08x}")?;
        all = crc::update(all, &crc.to_le_bytes());
    }
    writeln!(console, "their work has the CRC-32 {:08x}", crc::finish(all))?;
    let (sum, crc) = BATCHES.receive();
    writeln!(console, "{BATCH} samples came through the channel: sum {sum}, CRC-32 {crc:08x}")?;
    FIVE_TICKS.take();
    writeln!(console, "5 timer interrupts were answered")?;
    writeln!(console, "the LED blinks on; see RTT and the trace")
}

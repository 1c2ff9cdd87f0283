//! What happened, kept in memory and told at the end by semihosting.

use core::arch::asm;
use core::cell::RefCell;
use core::fmt::{self, Write as _};
use core::future::poll_fn;
use core::pin::pin;

use cortex_m::peripheral::{DCB, DWT};
use critical_section::Mutex;

/// Something that happened.
#[derive(Clone, Copy)]
struct Entry {
    what: &'static str,
    /// The task, as itself or as the executor knows it.
    name: &'static str,
    address: u32,
    cycle: u32,
}

/// As many are kept.
const MOST: usize = 8192;

struct Log {
    count: usize,
    entries: [Entry; MOST],
}

static LOG: Mutex<RefCell<Log>> =
    Mutex::new(RefCell::new(Log { count: 0, entries: [Entry { what: "", name: "", address: 0, cycle: 0 }; MOST] }));

fn note(what: &'static str, name: &'static str, address: u32) {
    critical_section::with(|token| {
        let mut log = LOG.borrow_ref_mut(token);
        let (count, cycle) = (log.count, DWT::cycle_count());
        log.entries[count] = Entry { what, name, address, cycle };
        log.count += 1;
    });
}

/// Starts the clock of what is noted.
pub(crate) fn begin(debug: &mut DCB, unit: &mut DWT) {
    debug.enable_trace();
    unit.enable_cycle_counter();
}

/// A task's future, which notes when it is polled.
pub(crate) async fn told(name: &'static str, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    poll_fn(|context| {
        note("in", name, 0);
        let polled = future.as_mut().poll(context);
        note("out", name, 0);
        polled
    })
    .await;
}

/// Tells all, and ends the run.
pub(crate) fn tell() -> ! {
    critical_section::with(|token| {
        let log = LOG.borrow_ref(token);
        for Entry { what, name, address, cycle } in &log.entries[..log.count] {
            let name: &dyn fmt::Display = if name.is_empty() { address } else { name };
            let _ = writeln!(Console, "{cycle} {what} {name}");
        }
    });
    end(true)
}

/// Semihosting's SYS_WRITE0.
struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.as_bytes().chunks(32) {
            let mut line = [0_u8; 33];
            line[..piece.len()].copy_from_slice(piece);
            semihosting(4, line.as_ptr().addr());
        }
        Ok(())
    }
}

/// Ends the run by semihosting's SYS_EXIT.
pub(crate) fn end(well: bool) -> ! {
    // ADP_Stopped_ApplicationExit and ADP_Stopped_RunTimeErrorUnknown.
    semihosting(0x18, if well { 0x2_0026 } else { 0x2_0023 });
    loop {}
}

fn semihosting(operation: usize, parameter: usize) {
    // SAFETY: the calls made here read what `parameter` names, and write nothing but r0.
    unsafe { asm!("bkpt 0xab", inout("r0") operation => _, in("r1") parameter, options(nostack)) };
}

/// What the executor tells with its feature `trace`.
#[cfg(feature = "trace")]
mod executor {
    use super::note;

    #[unsafe(no_mangle)]
    extern "Rust" fn _embassy_trace_poll_start(_executor: u32) {}

    #[unsafe(no_mangle)]
    extern "Rust" fn _embassy_trace_task_new(_executor: u32, task: u32) {
        note("new", "", task);
    }

    #[unsafe(no_mangle)]
    extern "Rust" fn _embassy_trace_task_end(_executor: u32, task: u32) {
        note("end", "", task);
    }

    #[unsafe(no_mangle)]
    extern "Rust" fn _embassy_trace_task_exec_begin(_executor: u32, task: u32) {
        note("run", "", task);
    }

    #[unsafe(no_mangle)]
    extern "Rust" fn _embassy_trace_task_exec_end(_executor: u32, task: u32) {
        note("done", "", task);
    }

    #[unsafe(no_mangle)]
    extern "Rust" fn _embassy_trace_task_ready_begin(_executor: u32, task: u32) {
        note("ready", "", task);
    }

    #[unsafe(no_mangle)]
    extern "Rust" fn _embassy_trace_executor_idle(_executor: u32) {
        note("idle", "executor", 0);
    }
}

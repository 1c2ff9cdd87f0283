//! The `log` facade over [`println!`](crate::println) (feature `log`): what libraries log comes out on RTT channel 0.
//!
//! A line is the time in seconds, the level, the module and the text:
//!
//! ```text
//! [   12.345678] WARN  motor::drive: 3 of 4 steps
//! ```
#![expect(unsafe_code, reason = "sets the logger where there is no atomic exchange")]

use crate::lock;
use crate::time::Instant;
use log::{LevelFilter, Log, Metadata, Record, SetLoggerError};

struct Logger;

static LOGGER: Logger = Logger;

/// Makes the kernel the program's logger, for records up to `level`. From any context; does not
/// block; usually called in `main`.
///
/// ```
/// bluekernel::logger::init(log::LevelFilter::Info)?;
/// log::info!("{} sensors", 3);
/// # Ok::<(), log::SetLoggerError>(())
/// ```
/// What may be logged from where is what may be printed: anything, anywhere.
///
/// # Errors
/// If the program has a logger already.
pub fn init(level: LevelFilter) -> Result<(), SetLoggerError> {
    lock::with(|_| {
        // SAFETY: the lock keeps everybody else out who goes through here; who sets a logger of another kind in an
        // interrupt handler meanwhile is masked.
        unsafe {
            log::set_logger_racy(&LOGGER)?;
            log::set_max_level_racy(level);
        }
        Ok(())
    })
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let micros = Instant::now().as_micros();
            let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
            crate::println!("[{seconds:5}.{micros:06}] {:5} {}: {}", record.level(), record.target(), record.args());
        }
    }

    /// The host reads when it likes.
    fn flush(&self) {}
}

//! bkctl's own log (`-v`, `BKCTL_LOG`): never the target's trace.

use std::io;

use tracing_subscriber::EnvFilter;

/// Starts the log on stderr. `BKCTL_LOG` (a `tracing` filter such as `bkctl=debug`) wins over the number of `-v`.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("BKCTL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    // A second start (in tests) is harmless and changes nothing.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).try_init();
}

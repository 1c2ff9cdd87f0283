//! bkctl's own log (`-v`, `BKCTL_LOG`): never the target's trace.

use std::io;

use tracing_subscriber::EnvFilter;

/// Starts the log on stderr. `BKCTL_LOG` (a `tracing` filter such as `bkctl=debug`) wins over the number of `-v`.
///
/// probe-rs tells what goes wrong in the errors that it returns, and bkctl shows them whole. Its own log says the same
/// again, and much that helps nobody (a computer without USB, say): it comes later than ours.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => "warn,probe_rs=off,nusb=off",
        1 => "info,probe_rs=warn,nusb=warn",
        2 => "debug,probe_rs=info,nusb=info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("BKCTL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    // A second start (in tests) is harmless and changes nothing.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).try_init();
}

//! Instruction-level simulator of microcontroller boards in exact virtual time.

pub mod bus;
pub mod clock;
pub mod cpu;
pub mod devices;
pub mod events;
pub mod firmware;
pub mod machine;
pub mod rtt;
pub mod semihosting;
pub mod server;
pub mod system;
#[cfg(test)]
mod testing;

/// The version of this program, of the instruction engine that it is linked with (pinned in the workspace), and the
/// licence that follows from that.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), ", engine Unicorn 2.1.5, GPL-2.0-only");

#[cfg(test)]
mod tests {
    #[test]
    fn the_engine_is_the_one_that_is_pinned() {
        let workspace = include_str!("../../Cargo.toml");
        let pinned = workspace.lines().find_map(|line| line.strip_prefix("unicorn-engine = { version = \"=")).unwrap();
        let version = pinned.split('"').next().unwrap();
        assert!(super::VERSION.contains(&format!("engine Unicorn {version},")), "{}", super::VERSION);
    }
}

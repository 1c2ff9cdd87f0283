//! Instruction-level simulator of microcontroller boards in exact virtual time.
//!
//! | module | owns |
//! |---|---|
//! | [`clock`] | virtual time and clock domains |
//! | [`events`] | the one queue of what will happen |
//! | [`cpu`] | the core, and the only door to the instruction engine |
//! | [`bus`] | what the core sees of everything else |
//! | [`devices`] | peripherals, one a file |
//! | [`system`] | the address map, events and interrupt lines between core and devices |
//! | [`chip`] | what outlives a machine, in files |
//! | [`firmware`] | which bytes of an ELF file go where |
//! | [`rtt`], [`semihosting`] | the two ways out that a debugger offers |
//! | [`ghost`] | a trace of what the kernel does, without its help |
//! | [`machine`] | all of these as one board, and the loop that drives it |
//! | [`timeline`] | a machine's past, to go back to |
//! | [`probe`] | the debug probe that probe-rs reaches the machine by |
//! | [`server`] | the protocol around a machine |
//!
//! The crate may be used without the server: [`machine::Machine::create`], then [`machine::Machine::step`]; or
//! [`timeline::Timeline::new`] in between, if there is to be a way back.

pub mod bus;
pub mod chip;
pub mod clock;
pub mod cpu;
pub mod devices;
pub mod events;
pub mod firmware;
pub mod ghost;
pub mod machine;
pub mod probe;
pub mod rtt;
pub mod semihosting;
pub mod server;
pub mod spent;
pub mod system;
#[cfg(test)]
mod testing;
pub mod timeline;

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

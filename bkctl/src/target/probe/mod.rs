//! A chip behind a debug probe, by the probe-rs library.
//!
//! The simulated chip is reached in the same way, over the debug probe that bksim serves: what programs silicon is what
//! is tested.
//!
//! | module | owns |
//! |---|---|
//! | [`find`] | which probe: selectors, what is plugged in |
//! | [`simulated`] | bksim as a chip with a probe |
//! | [`reach`] | a chip, connected for as long as some work takes |
//! | [`chip`] | the connected chip: memory, registers, reset |
//! | [`layout`] | whether a firmware fits the chip, before anything is erased |
//! | [`plan`] | which sectors differ, and what they must hold |
//! | [`algorithm`] | what probe-rs's flash algorithm says of the sectors |
//! | [`program`] | erasing, programming, verifying |
//! | [`protection`] | why flash memory refuses |
//! | [`rtt`] | text and trace through the chip's memory |
//! | [`watch`] | firmware that runs, until it ends |
//! | [`fault`] | the architecture's fault registers in words |
//! | [`cause`] | probe-rs's errors in one message |

pub mod algorithm;
pub mod cause;
pub mod chip;
pub mod fault;
pub mod find;
pub mod layout;
pub mod plan;
pub mod program;
pub mod protection;
pub mod reach;
pub mod rtt;
pub mod simulated;
pub mod watch;

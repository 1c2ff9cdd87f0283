//! The real probe-rs on the simulated chip: `tests/probe_rs`.

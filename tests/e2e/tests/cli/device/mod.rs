//! Commands that reach a chip by a debug probe: bksim's stands for one, behind the real probe-rs.

mod flash;
mod kernel;
mod refusal;
mod run;
mod trouble;

//! What the tests share: an encoder of their own, and traces whose states are known by construction.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part of what it includes")]

pub mod encoder;
pub mod firmware;
pub mod golden;
pub mod latencies;
pub mod line;
pub mod ring;
pub mod scenario;

//! Chips and boards as data.
#![forbid(unsafe_code)]

pub mod model;

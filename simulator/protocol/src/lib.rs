//! What `bkctl` and `bksim` say to each other.
//!
//! `bksim serve` is a child process on one duplex pipe, its stdin and stdout, so it works on every operating system.
//! The pipe carries [`frame`]s: a stream number, a length, bytes. Stream 0 carries JSON-RPC 2.0 ([`message`]); every
//! other stream carries what the firmware sent, each chunk with the virtual time at which it was collected.
//!
//! Flow control: bksim may send at most as many data bytes as the client has granted by [`message::Credit`]; without
//! credit it stops virtual time. So a slow reader slows the run and never loses a byte.
#![forbid(unsafe_code)]

pub mod client;
pub mod frame;
pub mod message;
pub mod rpc;

/// The version of this protocol. Both sides say theirs in [`message::Hello`]; a difference ends the session.
pub const VERSION: u32 = 1;

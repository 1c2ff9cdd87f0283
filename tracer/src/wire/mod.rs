//! The decoder of the trace stream ([`bluekernel_abi::wire`]): bytes in, in pieces of any size; records with absolute
//! time out.
//!
//! ```text
//! push(bytes) ─▶ buffer ─▶ sync.rs   zeros: a keyframe             ┐
//!                          event.rs  head, fields, delta           ├─▶ decoder.rs ─▶ Record
//!                          varint.rs canonical LEB128              ┘   (time, sequence, what was lost)
//! ```
//!
//! [`flight`] and [`Uart`] bring in what does not come as a stream, and [`Encoder`] makes one of it.
//!
//! The decoder shares definitions with the kernel's encoder and no code, so that each checks the other. It never panics and
//! holds at most one incomplete record besides what was pushed and not yet taken.

mod control;
mod decoder;
mod encoder;
mod error;
mod event;
pub mod flight;
mod kind;
mod sync;
mod uart;
mod varint;

pub use control::Control;
pub use decoder::{Decoder, Item, Lost, LostWhy, Record};
pub use encoder::Encoder;
pub use error::WireError;
pub use event::{MAX_DELTA, MAX_PAYLOAD};
pub use kind::Kind;
pub use sync::Sync;
pub use uart::Uart;

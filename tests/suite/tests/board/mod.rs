//! The board of the behaviours: by a feature that names it; without one, and on the host, the MPS2.
//!
//! PORT0 and PORT1: nothing on the board raises them while a behaviour runs; they come when a task pends them. The names
//! are the board's, since an image is linked with the board's own table.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a board module is as the kit generates it; most behaviours need no interrupt"
)]

#[cfg_attr(feature = "an505", path = "an505.rs")]
#[cfg_attr(feature = "hifive1", path = "hifive1.rs")]
#[cfg_attr(feature = "lm3s6965", path = "lm3s6965.rs")]
#[cfg_attr(feature = "microbit", path = "microbit.rs")]
#[cfg_attr(feature = "stm32f4", path = "stm32f4.rs")]
#[cfg_attr(feature = "virt", path = "virt.rs")]
#[cfg_attr(
    not(any(
        feature = "an505",
        feature = "hifive1",
        feature = "lm3s6965",
        feature = "microbit",
        feature = "stm32f4",
        feature = "virt"
    )),
    path = "mps2.rs"
)]
mod chosen;

pub use chosen::*;

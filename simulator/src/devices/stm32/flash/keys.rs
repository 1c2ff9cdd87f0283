//! A lock that two keys open (3.6.1, 3.7.2).
//!
//! ```text
//!             KEY1                KEY2
//!  Locked ───────────▶ FirstKey ───────────▶ Open
//!    ▲  │                 │                  │  │
//!    │  └── other ──┐     └── other ──┐      │  └─ any key ─┐
//!    │              ▼                 ▼      │              ▼
//!    │          Jammed: until the chip is reset, and a bus error
//!    └──────────────────── lock() ───────────┘
//! ```

use serde::{Deserialize, Serialize};

/// The lock's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Lock {
    #[default]
    Locked,
    FirstKey,
    Open,
    Jammed,
}

/// The order of the keys is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrongKey;

impl Lock {
    pub(super) fn is_open(self) -> bool {
        self == Self::Open
    }

    /// A value is written to the key register. The manual does not say what becomes of keys while the lock is open; a
    /// wrong sequence is what they are, and firmware should know of it.
    pub(super) fn turn(&mut self, value: u32, [first, second]: [u32; 2]) -> Result<(), WrongKey> {
        *self = match self {
            Self::Locked if value == first => Self::FirstKey,
            Self::FirstKey if value == second => Self::Open,
            _ => Self::Jammed,
        };
        if *self == Self::Jammed { Err(WrongKey) } else { Ok(()) }
    }

    /// Software locks it again.
    pub(super) fn lock(&mut self) {
        if self.is_open() {
            *self = Self::Locked;
        }
    }
}

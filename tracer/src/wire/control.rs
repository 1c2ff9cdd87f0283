//! What a host says to the kernel's trace ([`bluekernel_abi::control`]): bytes for the down channel of the trace.

use bluekernel_abi::Named;
use bluekernel_abi::control::{BEGIN, kind};

/// A wish of the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// A SYNC. Every kernel that traces understands it.
    Sync,
    /// These groups of events are to be told ([`bluekernel_abi::wire::group`]), no others.
    Groups(u32),
    /// Nothing is to be told of one task, object or mark.
    Mute {
        /// What it is.
        of: Named,
        /// Its number, as events have it.
        id: u32,
    },
    /// That is to be told again.
    Unmute {
        /// What it is.
        of: Named,
        /// Its number, as events have it.
        id: u32,
    },
    /// Everything is to be told again.
    All,
}

impl Control {
    /// The bytes that say so. They must come whole: whoever writes into a ring without room for all of them waits.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        let message = |kind: u8, payload: &[u8]| {
            let length = payload.len() as u8;
            [&[BEGIN, kind, length], payload].concat()
        };
        let one = |of: Named, id: u32| [&[of as u8][..], &id.to_le_bytes()].concat();
        match self {
            // Not as a message: a kernel without filters counts bytes.
            Self::Sync => vec![0],
            Self::Groups(groups) => message(kind::GROUPS, &groups.to_le_bytes()),
            Self::Mute { of, id } => message(kind::MUTE, &one(of, id)),
            Self::Unmute { of, id } => message(kind::UNMUTE, &one(of, id)),
            Self::All => message(kind::ALL, &[]),
        }
    }
}

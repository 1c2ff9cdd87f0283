//! What the host says, as `bluekernel_abi::control` writes it down.

use super::filter::Muted;
use bluekernel_abi::Named;
use bluekernel_abi::control::{BEGIN, HEADER, MOST_KIND, MOST_PAYLOAD, kind};

/// What it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A SYNC.
    Sync,
    /// To hear of these groups, no others.
    Groups(u32),
    /// To hear nothing of one.
    Mute(Muted),
    /// To hear of it again.
    Unmute(Muted),
    /// To hear everything.
    All,
    /// What this kernel does not know.
    Unknown,
}

/// The first thing in `bytes`, and how many of them it takes; `None` if it has not come whole.
pub(super) fn first(bytes: &[u8]) -> Option<(usize, Said)> {
    let &[begin, ref behind @ ..] = bytes else { return None };
    match *behind {
        _ if begin != BEGIN => Some((1, Said::Sync)),
        [] => None,
        [kind, ..] if kind == 0 || kind > MOST_KIND => Some((1, Said::Sync)),
        [_] => None,
        [_, length, ..] if usize::from(length) > MOST_PAYLOAD => Some((1, Said::Sync)),
        [kind, length, ref payload @ ..] => {
            let payload = payload.get(..length.into())?;
            Some((HEADER + payload.len(), message(kind, payload)))
        }
    }
}

fn message(kind: u8, payload: &[u8]) -> Said {
    match (kind, payload) {
        (kind::SYNC, []) => Said::Sync,
        (kind::GROUPS, &[a, b, c, d]) => Said::Groups(u32::from_le_bytes([a, b, c, d])),
        (kind::MUTE | kind::UNMUTE, &[of, a, b, c, d]) => match Named::from_wire(of.into()) {
            None => Said::Unknown,
            Some(of) => {
                let one = Muted { of, id: u32::from_le_bytes([a, b, c, d]) };
                if kind == kind::MUTE { Said::Mute(one) } else { Said::Unmute(one) }
            }
        },
        (kind::ALL, []) => Said::All,
        _ => Said::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_ask_for_a_sync_and_messages_say_what_they_say() {
        // Written out from the text of `bluekernel_abi::control`.
        for (bytes, taken, said) in [
            (&[0][..], 1, Said::Sync),
            (&[0x55, 0xb1], 1, Said::Sync),
            (&[0xb1, 1, 0], 3, Said::Sync),
            (&[0xb1, 2, 4, 0x0f, 1, 0, 0], 7, Said::Groups(0x10f)),
            (&[0xb1, 3, 5, 1, 4, 0, 0, 0], 8, Said::Mute(Muted { of: Named::Task, id: 4 })),
            (&[0xb1, 3, 5, 2, 1, 2, 3, 4], 8, Said::Mute(Muted { of: Named::Object, id: 0x0403_0201 })),
            (&[0xb1, 4, 5, 3, 9, 0, 0, 0, 0xb1], 8, Said::Unmute(Muted { of: Named::Mark, id: 9 })),
            (&[0xb1, 5, 0, 7, 7], 3, Said::All),
            // Another kind, another length, something that is not named.
            (&[0xb1, 31, 1, 9], 4, Said::Unknown),
            (&[0xb1, 2, 3, 1, 0, 0], 6, Said::Unknown),
            (&[0xb1, 3, 5, 4, 1, 0, 0, 0], 8, Said::Unknown),
            // No messages.
            (&[0xb1, 0], 1, Said::Sync),
            (&[0xb1, 32, 0], 1, Said::Sync),
            (&[0xb1, 2, 9], 1, Said::Sync),
        ] {
            assert_eq!(first(bytes), Some((taken, said)), "{bytes:x?}");
        }
    }

    #[test]
    fn what_has_not_come_whole_waits() {
        let message = [0xb1, 3, 5, 1, 4, 0, 0, 0];
        for length in 0..message.len() {
            assert_eq!(first(&message[..length]), None, "{length} bytes");
        }
    }
}

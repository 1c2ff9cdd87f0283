//! The exclusive monitor between LDREX and STREX (Arm DDI 0403E, A3.4). No register of Unicorn's interface reaches it;
//! what Unicorn saves as a *context* has it: see [`super::context`].

use super::super::shell::Shell;
use crate::cpu::cortex_m::engine::Monitor;

/// The address when nothing is marked.
const OPEN: u64 = u64::MAX;
/// Words of 64 bits, all zero after reset, behind the address: its value, the upper half of a pair's value, and the
/// registers of an extension that these cores have not (target/arm/cpu.h, iwmmxt).
const ZEROS_BEHIND: usize = 2 + 16 + 1 + 8;

/// Where the context has the monitor.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExclusiveMonitor {
    offset: usize,
}

impl ExclusiveMonitor {
    /// Finds it in an instance that is as after reset. `None`: Unicorn is not built as expected, and neither exceptions nor
    /// snapshots know of the monitor; STREX then still notices a word that has changed.
    pub(super) fn find(shell: &Shell) -> Option<Self> {
        let mut pattern = vec![0; 8 * (1 + ZEROS_BEHIND)];
        pattern[..8].copy_from_slice(&OPEN.to_ne_bytes());
        let found = shell.with_context(|context| {
            let mut places = (0..context.len()).step_by(8).filter(|&at| context[at..].starts_with(&pattern));
            places.next().filter(|_| places.next().is_none())
        });
        if found.is_none() {
            tracing::warn!("exceptions and snapshots forget the exclusive monitor: the engine's was not found");
        }
        found.map(|offset| Self { offset })
    }

    /// Opens it: what CLREX does.
    pub(super) fn open(self, shell: &Shell) {
        shell.edit_context(|context| {
            if let Some(place) = context.get_mut(self.offset..self.offset + 8) {
                place.copy_from_slice(&OPEN.to_ne_bytes());
            }
        });
    }

    /// What is marked.
    pub(super) fn read(self, shell: &Shell) -> Option<Monitor> {
        shell.with_context(|context| {
            let (words, _) = context.get(self.offset..)?.as_chunks::<8>();
            let [address, value] = words.first_chunk::<2>()?.map(u64::from_ne_bytes);
            (address != OPEN).then_some(Monitor { address: address as u32, value })
        })
    }

    /// Marks it, or opens the monitor.
    pub(super) fn write(self, shell: &Shell, monitor: Option<Monitor>) {
        if self.read(shell) == monitor {
            return;
        }
        let [address, value] = monitor.map_or([OPEN, 0], |it| [it.address.into(), it.value]);
        shell.edit_context(|context| {
            let bytes = [address.to_ne_bytes(), value.to_ne_bytes()].concat();
            if let Some(place) = context.get_mut(self.offset..self.offset + bytes.len()) {
                place.copy_from_slice(&bytes);
            }
        });
    }
}

//! The exclusive monitor between LDREX and STREX (Arm DDI 0403E, A3.4). No register of Unicorn's interface reaches it;
//! what Unicorn saves as a *context* has it: see [`super::context`].

use super::super::shell::Shell;

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
    /// Finds it in an instance that is as after reset. `None`: Unicorn is not built as expected, and exceptions leave the
    /// monitor as it is; STREX then still notices a word that has changed.
    pub(super) fn find(shell: &Shell) -> Option<Self> {
        let mut pattern = vec![0; 8 * (1 + ZEROS_BEHIND)];
        pattern[..8].copy_from_slice(&OPEN.to_ne_bytes());
        let context = shell.context();
        let mut places = (0..context.len()).step_by(8).filter(|&at| context[at..].starts_with(&pattern));
        let found = places.next().filter(|_| places.next().is_none());
        if found.is_none() {
            tracing::warn!("exceptions leave the exclusive monitor as it is: the instruction engine's was not found");
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
}

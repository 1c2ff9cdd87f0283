//! The exclusive monitor between LDREX and STREX. No register of Unicorn's interface reaches it; what Unicorn saves as a
//! *context* has it: see [`super::execute_never`] for that door.

use super::super::shell::Shell;
use crate::cpu::cortex_m::engine::Monitor;

/// The three words of 64 bits: address, value, and the upper half of a pair's value.
const WORDS: usize = 3;
/// The address when nothing is marked.
const OPEN: u64 = u64::MAX;
/// Words of zero in front of them and behind them after reset: registers of extensions that these cores have not
/// (target/arm/cpu.h, zcr_el and iwmmxt).
const ZEROS_IN_FRONT: usize = 4;
const ZEROS_BEHIND: usize = 16 + 1 + 8;

/// Where the context has the monitor.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExclusiveMonitor {
    offset: usize,
}

impl ExclusiveMonitor {
    /// Finds it in an instance that is as after reset. `None`: Unicorn is not built as expected, and the monitor stays
    /// what it is when a state is restored.
    pub(super) fn find(shell: &Shell) -> Option<Self> {
        const FRONT: usize = 8 * ZEROS_IN_FRONT;
        let mut pattern = [0; FRONT + 8 * (WORDS + ZEROS_BEHIND)];
        pattern[FRONT..FRONT + 8].copy_from_slice(&OPEN.to_ne_bytes());
        let found = shell.with_context(|context| {
            let mut places = (0..context.len()).step_by(8).filter(|&at| context[at..].starts_with(&pattern));
            places.next().filter(|_| places.next().is_none())
        });
        if found.is_none() {
            tracing::warn!("snapshots forget the exclusive monitor: the instruction engine's was not found");
        }
        found.map(|place| Self { offset: place + FRONT })
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

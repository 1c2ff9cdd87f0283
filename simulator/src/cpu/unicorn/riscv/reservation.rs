//! The reservation between LR and SC. No register of Unicorn's interface reaches it; what Unicorn saves as a *context* has
//! it, behind the floating-point registers and the program counter.

use super::super::shell::Shell;
use crate::cpu::riscv::config::Isa;
use crate::cpu::riscv::engine::Reservation;

/// No register holds this by chance.
const MARK: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where the context has the reservation.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReservationPlace {
    offset: usize,
    /// Bytes of a register.
    size: usize,
}

impl ReservationPlace {
    /// Finds it. `None`: Unicorn is not built as expected, and the reservation stays what it is when a state is restored.
    pub(super) fn find(shell: &Shell, isa: Isa) -> Option<Self> {
        let size = if isa.wide { 8 } else { 4 };
        let last = shell.float(31);
        shell.set_float(31, MARK);
        let found = shell.with_context(|context| {
            let mut places = (0..context.len()).step_by(8).filter(|&at| context[at..].starts_with(&MARK.to_ne_bytes()));
            places.next().filter(|_| places.next().is_none())
        });
        shell.set_float(31, last);
        if found.is_none() {
            tracing::warn!("snapshots forget the reservation of LR: the instruction engine's was not found");
        }
        // The register itself, the program counter.
        found.map(|place| Self { offset: place + 8 + size, size })
    }

    /// What is reserved.
    pub(super) fn read(self, shell: &Shell) -> Option<Reservation> {
        shell.with_context(|context| {
            let [address, value] = [0, 1].map(|index| {
                let at = self.offset + index * self.size;
                let bytes = context.get(at..at + self.size).unwrap_or_default();
                let mut word = [0; 8];
                word[..bytes.len()].copy_from_slice(bytes);
                u64::from_le_bytes(word)
            });
            (address != self.nothing()).then_some(Reservation { address, value })
        })
    }

    /// Reserves it, or nothing.
    pub(super) fn write(self, shell: &Shell, reservation: Option<Reservation>) {
        if self.read(shell) == reservation {
            return;
        }
        let Reservation { address, value } = reservation.unwrap_or(Reservation { address: self.nothing(), value: 0 });
        shell.edit_context(|context| {
            for (index, word) in [address, value].into_iter().enumerate() {
                let at = self.offset + index * self.size;
                if let Some(place) = context.get_mut(at..at + self.size) {
                    place.copy_from_slice(&word.to_le_bytes()[..self.size]);
                }
            }
        });
    }

    /// The address when nothing is reserved.
    fn nothing(self) -> u64 {
        u64::MAX >> (64 - 8 * self.size)
    }
}

//! From a board's peripherals to the address map.

use bksim_protocol::frame;
use bksim_protocol::message::Unmodelled;
use bluekernel_boards::model::{Board, Peripheral};

use super::{Slot, System};
use crate::devices::{AnyDevice, MODELS};

/// What a board asks for and cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    /// No such model.
    #[error("peripheral {peripheral} asks for the model `{model}`, which bksim does not have; it has {}", MODELS.join(", "))]
    Model {
        /// The peripheral's name.
        peripheral: String,
        /// What it asks for.
        model: String,
    },
    /// Two peripherals, or a peripheral and a memory, claim an address.
    #[error("{first} and {second} overlap at {address:#010x}")]
    Overlap {
        /// The one below.
        first: String,
        /// The one above.
        second: String,
        /// The first shared address.
        address: u64,
    },
    /// Beyond the core's 32-bit addresses.
    #[error("{name} ends beyond 32-bit addresses")]
    Beyond {
        /// Whose.
        name: String,
    },
    /// An interrupt that the controller does not have.
    #[error("interrupt {interrupt} of {peripheral} has number {number}; the controller has {irqs}")]
    Interrupt {
        /// The peripheral's name.
        peripheral: String,
        /// The interrupt's name.
        interrupt: String,
        /// Its number.
        number: u16,
        /// How many there are.
        irqs: u16,
    },
}

/// The system of a board, in its reset state.
///
/// # Errors
/// [`SystemError`] for what the board asks for and cannot have.
pub fn build(board: &Board, unmodelled: Unmodelled) -> Result<System, SystemError> {
    let chip = &board.chip;
    check_overlaps(board)?;
    let mut uarts = 0;
    let mut slots = Vec::new();
    for peripheral in &chip.peripherals {
        let device = match &peripheral.model {
            None => None,
            Some(model) => Some(
                AnyDevice::new(model)
                    .ok_or_else(|| SystemError::Model { peripheral: peripheral.name.clone(), model: model.clone() })?,
            ),
        };
        let mut wires = Vec::new();
        for irq in &peripheral.irqs {
            if irq.number >= chip.nvic.irqs {
                return Err(SystemError::Interrupt {
                    peripheral: peripheral.name.clone(),
                    interrupt: irq.name.clone(),
                    number: irq.number,
                    irqs: chip.nvic.irqs,
                });
            }
            if let Some(line) = device.as_ref().and_then(|device| device.device().line(&irq.name)) {
                wires.push((line, irq.number));
            }
        }
        let stream = device.as_ref().filter(|device| device.is_uart()).map(|_| {
            let number = trailing_number(&peripheral.name).unwrap_or(uarts).min(15);
            uarts = number + 1;
            frame::UART + number
        });
        let (base, size) = range(peripheral)?;
        slots.push(Slot { name: peripheral.name.clone(), base, size, device, wires, stream, lines: 0 });
    }
    slots.sort_by_key(|slot| slot.base);
    Ok(System::new(slots, chip.nvic.irqs, chip.reset_hz, unmodelled))
}

fn range(peripheral: &Peripheral) -> Result<(u32, u32), SystemError> {
    let beyond = || SystemError::Beyond { name: peripheral.name.clone() };
    let end = peripheral.base.checked_add(peripheral.size).ok_or_else(beyond)?;
    if end > 1 << 32 {
        return Err(beyond());
    }
    Ok((u32::try_from(peripheral.base).map_err(|_| beyond())?, u32::try_from(peripheral.size).map_err(|_| beyond())?))
}

fn check_overlaps(board: &Board) -> Result<(), SystemError> {
    let memories = board.chip.memory.iter().flat_map(|memory| {
        let bases = std::iter::once(memory.base).chain(memory.aliases.iter().copied());
        bases.map(|base| (base, memory.size, &memory.name))
    });
    let peripherals = board.chip.peripherals.iter().map(|it| (it.base, it.size, &it.name));
    let mut ranges: Vec<_> = memories.chain(peripherals).filter(|(_, size, _)| *size > 0).collect();
    ranges.sort();
    for pair in ranges.windows(2) {
        let [(base, size, first), (next, _, second)] = pair else { continue };
        if base.saturating_add(*size) > *next {
            return Err(SystemError::Overlap { first: (*first).clone(), second: (*second).clone(), address: *next });
        }
    }
    Ok(())
}

/// The number at the end of a name: 3 of `UART3`.
fn trailing_number(name: &str) -> Option<u8> {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    name[name.len() - digits..].parse().ok()
}

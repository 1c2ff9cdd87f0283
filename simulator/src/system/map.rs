//! From a board's peripherals to the address map.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use bksim_protocol::frame;
use bksim_protocol::message::Unmodelled;
use bluekernel_boards::model::{Board, Chip, Interrupts, MemoryKind, Peripheral};

use super::{FlashWindow, Ledger, Slot, System, Wire};
use crate::clock::ClockDomain;
use crate::devices::{AnyDevice, CORE_CLOCK, CoreLine, MODELS, Setup};
use crate::events::{EventQueue, Owner};

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
    /// A clock that the clock controller does not have.
    #[error("{peripheral} asks for the clock `{clock}`; the chip has {known}")]
    Clock {
        /// The peripheral's name.
        peripheral: String,
        /// What it asks for.
        clock: String,
        /// What there is.
        known: String,
    },
    /// A clock enable that the clock controller does not have.
    #[error("{peripheral} has the clock enable `{enable}`, which no clock controller of the chip has")]
    Gate {
        /// The peripheral's name.
        peripheral: String,
        /// What it asks for.
        enable: String,
    },
    /// No device is the interrupt controller that the chip's file speaks of.
    #[error("interrupts go to a PLIC, but no peripheral of the chip has the model `riscv-plic`")]
    NoController,
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
                AnyDevice::new(model, Setup { name: &peripheral.name, board })
                    .ok_or_else(|| SystemError::Model { peripheral: peripheral.name.clone(), model: model.clone() })?,
            ),
        };
        let mut wires = Vec::new();
        for irq in &peripheral.irqs {
            if irq.number >= chip.irqs() {
                return Err(SystemError::Interrupt {
                    peripheral: peripheral.name.clone(),
                    interrupt: irq.name.clone(),
                    number: irq.number,
                    irqs: chip.irqs(),
                });
            }
            if let Some(line) = device.as_ref().and_then(|device| device.device().line(&irq.name)) {
                wires.push((line, Wire::Irq(irq.number)));
            }
        }
        let core_lines = device.as_ref().map_or_else(Vec::new, |device| device.device().core_lines());
        wires.extend(core_lines.into_iter().map(|CoreLine { output, core, irq }| (output, Wire::Core { core, irq })));
        let stream = device.as_ref().filter(|device| device.is_uart()).map(|_| {
            let number = trailing_number(&peripheral.name).unwrap_or(uarts).min(15);
            uarts = number + 1;
            frame::UART + number
        });
        let (base, size) = range(peripheral)?;
        slots.push(Slot {
            name: peripheral.name.clone(),
            base,
            size,
            pristine: device.clone(),
            device,
            clock: ClockDomain::new(chip.reset_hz),
            source: peripheral.clock.clone().unwrap_or_else(|| CORE_CLOCK.to_owned()),
            clocked: true,
            gate: None,
            wires,
            stream,
            lines: 0,
        });
    }
    slots.sort_by_key(|slot| slot.base);
    let rates = wire_clocks(board, &mut slots)?;
    let controls = |slot: &Slot| slot.device.as_ref().is_some_and(|device| device.device().controls_interrupts());
    let controller = slots.iter().position(controls).map(|owner| owner as Owner);
    if chip.plic().is_some() && controller.is_none() {
        return Err(SystemError::NoController);
    }
    Ok(System {
        clock: ClockDomain::new(chip.reset_hz),
        rates,
        flash: flash_windows(board, &slots),
        slots,
        events: EventQueue::default(),
        levels: vec![0; usize::from(chip.irqs())],
        controller,
        peripheral_region: peripheral_region(chip),
        changes: VecDeque::new(),
        memory_changes: Vec::new(),
        stall_until: None,
        hold_until: None,
        waits_changed: false,
        reset_requested: None,
        exit_requested: None,
        ledger: Ledger::new(unmodelled),
        refused: None,
        attention: false,
        core: 0,
        horizon: 0,
        reached: 0,
        sent: Vec::new(),
    })
}

/// A Cortex-M has a region for peripherals (Armv7-M ARM, table B3-1); RISC-V leaves it to the chip where they are.
fn peripheral_region(chip: &Chip) -> Range<u32> {
    match chip.interrupts {
        Interrupts::Nvic(_) => 0x4000_0000..0x6000_0000,
        Interrupts::Plic(_) => 0..0,
    }
}

/// Gives every slot its clock and its gate, closed; returns the frequencies by name.
fn wire_clocks(board: &Board, slots: &mut [Slot]) -> Result<BTreeMap<String, (u64, u64)>, SystemError> {
    let mut rates: BTreeMap<_, _> = board.chip.fixed_clocks.iter().map(|(name, hz)| (name.clone(), (*hz, 1))).collect();
    rates.insert(CORE_CLOCK.to_owned(), (board.chip.reset_hz, 1));
    let controller = slots.iter().find_map(|slot| slot.device.as_ref().filter(|it| it.device().clocks().is_some()));
    let controller = controller.cloned();
    for change in controller.iter().filter_map(|controller| controller.device().clocks()).flatten() {
        rates.insert(change.name.to_owned(), (change.numerator, change.denominator));
    }
    for slot in slots {
        let Some(peripheral) = board.peripheral(&slot.name) else { continue };
        let &(numerator, denominator) = rates.get(&slot.source).ok_or_else(|| SystemError::Clock {
            peripheral: slot.name.clone(),
            clock: slot.source.clone(),
            known: rates.keys().cloned().collect::<Vec<_>>().join(", "),
        })?;
        slot.clock = ClockDomain::with_ratio(numerator, denominator);
        if let Some(enable) = &peripheral.enable {
            let gate = controller.as_ref().and_then(|controller| controller.device().gate(enable));
            slot.gate =
                Some(gate.ok_or_else(|| SystemError::Gate { peripheral: slot.name.clone(), enable: enable.clone() })?);
            slot.clocked = false;
            slot.clock.stop(0);
        }
    }
    Ok(rates)
}

/// Where stores go to a flash controller, if the chip has one.
fn flash_windows(board: &Board, slots: &[Slot]) -> Vec<FlashWindow> {
    let programs = |slot: &Slot| slot.device.as_ref().is_some_and(|device| device.device().programs_flash());
    let Some(owner) = slots.iter().position(programs) else { return Vec::new() };
    let flash = board.chip.memory.iter().filter(|memory| memory.kind == MemoryKind::Flash && !memory.attrs.write);
    let windows = flash.flat_map(|memory| {
        let bases = std::iter::once(memory.base).chain(memory.aliases.iter().copied());
        bases.map(|base| {
            let (base, size, home) = (base as u32, memory.size as u32, memory.base as u32);
            FlashWindow { base, size, home, owner: owner as Owner }
        })
    });
    windows.collect()
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

//! The registers with a bit for each peripheral: reset, clock enable, and clock enable in Sleep mode (RM 7.3.5 to 7.3.19).

use serde::{Deserialize, Serialize};

use super::super::super::{Context, Gate};

/// A bus with three registers: RSTR at `offset`, ENR 0x20 and LPENR 0x40 behind it.
struct Bus {
    enable: &'static str,
    offset: u32,
    /// The bits of RSTR and ENR that there are; those of LPENR are 1 after reset.
    reset_bits: u32,
    enable_bits: u32,
    sleep_bits: u32,
}

const BUSES: [Bus; 5] = [
    bus("AHB1ENR", 0x10, 0x2260_11FF, 0x7E74_11FF, 0x7E67_91FF),
    bus("AHB2ENR", 0x14, 0x0000_00F1, 0x0000_00F1, 0x0000_00F1),
    bus("AHB3ENR", 0x18, 0x0000_0001, 0x0000_0001, 0x0000_0001),
    bus("APB1ENR", 0x20, 0x36FE_C9FF, 0x36FE_C9FF, 0x36FE_C9FF),
    bus("APB2ENR", 0x24, 0x0007_5933, 0x0007_5F33, 0x0007_5F33),
];

/// The core-coupled memory has its clock from the start.
const ENABLED: [u32; 5] = [1 << 20, 0, 0, 0, 0];

const fn bus(enable: &'static str, offset: u32, reset_bits: u32, enable_bits: u32, sleep_bits: u32) -> Bus {
    Bus { enable, offset, reset_bits, enable_bits, sleep_bits }
}

/// The three kinds of registers.
#[derive(Clone, Copy)]
enum Kind {
    Reset,
    Enable,
    Sleep,
}

/// The registers of the five buses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gates {
    reset: [u32; 5],
    enable: [u32; 5],
    sleep: [u32; 5],
}

impl Default for Gates {
    fn default() -> Self {
        Self { reset: [0; 5], enable: ENABLED, sleep: BUSES.each_ref().map(|bus| bus.sleep_bits) }
    }
}

impl Gates {
    pub(super) fn read(&self, offset: u32) -> Option<u32> {
        let (kind, bus) = place(offset)?;
        Some(match kind {
            Kind::Reset => self.reset[bus],
            Kind::Enable => self.enable[bus],
            Kind::Sleep => self.sleep[bus],
        })
    }

    /// `false` if the offset is none of these registers'.
    pub(super) fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) -> bool {
        let Some((kind, bus)) = place(offset) else { return false };
        match kind {
            Kind::Reset => {
                let new = context.merge(self.reset[bus], value) & BUSES[bus].reset_bits;
                for bit in bits(new & !self.reset[bus]) {
                    context.set_gate(gate(bus, bit), Gate::Reset);
                }
                self.reset[bus] = new;
            }
            Kind::Enable => {
                let new = context.merge(self.enable[bus], value) & BUSES[bus].enable_bits;
                self.enable(bus, new, context);
            }
            Kind::Sleep => {
                let new = context.merge(self.sleep[bus], value) & BUSES[bus].sleep_bits;
                if self.sleep[bus] & !new != 0 {
                    context.unmodelled();
                }
                self.sleep[bus] = new;
            }
        }
        true
    }

    /// Brings all gates to where they are after a reset.
    pub(super) fn reset(&mut self, context: &mut Context<'_>) {
        for (bus, enabled) in ENABLED.into_iter().enumerate() {
            self.enable(bus, enabled, context);
        }
        *self = Self::default();
    }

    fn enable(&mut self, bus: usize, new: u32, context: &mut Context<'_>) {
        for bit in bits(self.enable[bus] ^ new) {
            context.set_gate(gate(bus, bit), if new >> bit & 1 != 0 { Gate::Open } else { Gate::Closed });
        }
        self.enable[bus] = new;
    }
}

/// The gate of a name like `APB1ENR.17`.
pub(super) fn by_name(name: &str) -> Option<u16> {
    let (register, bit) = name.split_once('.')?;
    let bus = BUSES.iter().position(|bus| bus.enable == register)?;
    let bit: u16 = bit.parse().ok().filter(|bit| *bit < 32)?;
    (BUSES[bus].enable_bits >> bit & 1 != 0).then(|| gate(bus, bit))
}

/// A peripheral has the same place in RSTR as in ENR; where several share a reset, it is that of the first.
fn gate(bus: usize, bit: u16) -> u16 {
    bus as u16 * 32 + bit
}

fn place(offset: u32) -> Option<(Kind, usize)> {
    let kind = match offset {
        0x10..=0x2F => Kind::Reset,
        0x30..=0x4F => Kind::Enable,
        0x50..=0x6F => Kind::Sleep,
        _ => return None,
    };
    let bus = BUSES.iter().position(|bus| offset.wrapping_sub(bus.offset).is_multiple_of(0x20))?;
    Some((kind, bus))
}

fn bits(word: u32) -> impl Iterator<Item = u16> {
    (0..32).filter(move |bit| word >> bit & 1 != 0)
}

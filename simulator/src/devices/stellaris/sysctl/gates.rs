//! The registers with a bit for each peripheral: reset, and clock enable in run, sleep and deep-sleep mode (DS, "System
//! Control", registers SRCRn, RCGCn, SCGCn and DCGCn).

use serde::{Deserialize, Serialize};

use super::super::super::{Context, Gate};

/// What there is on an LM3S6965: the watchdog, the hibernation module, the ADC and its speed, the PWM; UARTs, SSI, QEI, I2C,
/// timers, comparators; ports and Ethernet.
const ENABLE_BITS: [u32; 3] = [0x0011_0348, 0x030F_5317, 0x5000_007F];
/// The ADC's speed has no reset.
const RESET_BITS: [u32; 3] = [0x0011_0048, 0x030F_5317, 0x5000_007F];
/// The hibernation module has its clock from the start.
const ENABLED: [u32; 3] = [1 << 6, 0, 0];

/// The first of three registers of each kind.
const SRCR: u32 = 0x040;
const RCGC: u32 = 0x100;
const SCGC: u32 = 0x110;
const DCGC: u32 = 0x120;

/// The registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gates {
    reset: [u32; 3],
    run: [u32; 3],
    sleep: [u32; 3],
    deep_sleep: [u32; 3],
}

impl Default for Gates {
    fn default() -> Self {
        Self { reset: [0; 3], run: ENABLED, sleep: ENABLED, deep_sleep: ENABLED }
    }
}

impl Gates {
    pub(super) fn read(&self, offset: u32) -> Option<u32> {
        let (first, bank) = place(offset)?;
        Some(match first {
            SRCR => self.reset[bank],
            RCGC => self.run[bank],
            SCGC => self.sleep[bank],
            _ => self.deep_sleep[bank],
        })
    }

    /// `false` if the offset is none of these registers'.
    pub(super) fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) -> bool {
        let Some((first, bank)) = place(offset) else { return false };
        match first {
            SRCR => {
                let new = value & RESET_BITS[bank];
                for bit in bits(new & !self.reset[bank]) {
                    context.set_gate(gate(bank, bit), Gate::Reset);
                }
                self.reset[bank] = new;
            }
            RCGC => self.enable(bank, value & ENABLE_BITS[bank], context),
            SCGC => self.sleep[bank] = value & ENABLE_BITS[bank],
            _ => self.deep_sleep[bank] = value & ENABLE_BITS[bank],
        }
        true
    }

    /// Brings all gates to where they are after a reset.
    pub(super) fn reset(&mut self, context: &mut Context<'_>) {
        for (bank, enabled) in ENABLED.into_iter().enumerate() {
            self.enable(bank, enabled, context);
        }
        *self = Self::default();
    }

    fn enable(&mut self, bank: usize, new: u32, context: &mut Context<'_>) {
        for bit in bits(self.run[bank] ^ new) {
            context.set_gate(gate(bank, bit), if new >> bit & 1 != 0 { Gate::Open } else { Gate::Closed });
        }
        self.run[bank] = new;
    }
}

/// The gate of a name like `RCGC1.16`.
pub(super) fn by_name(name: &str) -> Option<u16> {
    let (bank, bit) = name.strip_prefix("RCGC")?.split_once('.')?;
    let bank: usize = bank.parse().ok()?;
    let bit: u16 = bit.parse().ok().filter(|bit| *bit < 32)?;
    (ENABLE_BITS.get(bank)? >> bit & 1 != 0).then(|| gate(bank, bit))
}

/// A peripheral has the same place in all four registers.
fn gate(bank: usize, bit: u16) -> u16 {
    bank as u16 * 32 + bit
}

fn place(offset: u32) -> Option<(u32, usize)> {
    let first = [SRCR, RCGC, SCGC, DCGC].into_iter().find(|first| (*first..first + 12).contains(&offset))?;
    Some((first, ((offset - first) / 4) as usize))
}

fn bits(word: u32) -> impl Iterator<Item = u16> {
    (0..32).filter(move |bit| word >> bit & 1 != 0)
}

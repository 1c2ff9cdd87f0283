//! The Instrumentation Trace Macrocell (Arm DDI 0403E, C1.7; DDI 0337E, 11.6): 32 stimulus ports through which firmware
//! says something to whoever listens at the chip's trace pin.
//!
//! ```text
//!  byte, halfword or word ──▶ STIMn ──▶ DEMCR.TRCENA, TCR.ITMENA, bit n of TER, TPR for unprivileged code ──▶ bytes of port n
//!                                                     otherwise it is lost, and STIMn reads 0, not ready ──▶
//! ```
//!
//! The bytes are given out by port, the lowest first, as a host makes them of the packets of the pin; that, the TPIU, is
//! not modelled, and so a port is always ready. Nor are time stamps, synchronization, and packets of the DWT: their bits of
//! TCR keep what was written.
//!
//! Software unlocks the registers behind the ports by LAR first; a debugger need not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Offsets of the registers.
mod offset {
    pub(super) const TER: u32 = 0xe00;
    pub(super) const TPR: u32 = 0xe40;
    pub(super) const TCR: u32 = 0xe80;
    pub(super) const LAR: u32 = 0xfb0;
    pub(super) const LSR: u32 = 0xfb4;
}

/// The end of the ports.
const PORTS: u32 = 0x80;
/// TCR.ITMENA.
const ITMENA: u32 = 1;
/// TCR's bits: TraceBusID, GTSFREQ, TSPRESCALE, SWOENA, TXENA, SYNCENA, TSENA, ITMENA. BUSY is never set.
const TCR: u32 = 0x7f << 16 | 0xf1f;
const UNLOCK: u32 = 0xc5ac_ce55;
/// LSR: there is a lock, and it is closed.
const PRESENT: u32 = 1;
const LOCKED: u32 = 1 << 1;

/// Who makes an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Privileged software.
    Privileged,
    /// Other software.
    Unprivileged,
    /// A debugger.
    Debugger,
}

/// The unit. A power-on reset clears it, a system reset does not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Itm {
    enabled: u32,
    privileged: u32,
    control: u32,
    locked: bool,
    /// DEMCR.TRCENA.
    trace_enabled: bool,
    /// What the ports have taken and nobody has fetched.
    sent: BTreeMap<u8, Vec<u8>>,
}

impl Default for Itm {
    fn default() -> Self {
        Self { enabled: 0, privileged: 0, control: 0, locked: true, trace_enabled: false, sent: BTreeMap::new() }
    }
}

impl Itm {
    /// DEMCR.TRCENA was written.
    pub(crate) fn set_trace_enabled(&mut self, enabled: bool) {
        self.trace_enabled = enabled;
    }

    /// What the ports have taken and nobody has fetched, by port.
    pub(crate) fn sent(&self) -> &BTreeMap<u8, Vec<u8>> {
        &self.sent
    }

    /// The same, and it is fetched.
    pub(crate) fn take_sent(&mut self) -> BTreeMap<u8, Vec<u8>> {
        std::mem::take(&mut self.sent)
    }

    /// Whether unprivileged code has the eight ports to which `port` belongs.
    fn is_open(&self, port: u32) -> bool {
        self.privileged >> (port / 8) & 1 == 0
    }

    fn takes(&self, port: u32, asker: Asker) -> bool {
        let enabled = self.trace_enabled && self.control & ITMENA != 0 && self.enabled >> port & 1 != 0;
        enabled && (asker != Asker::Unprivileged || self.is_open(port))
    }

    /// A register's word.
    pub(crate) fn read(&self, offset: u32, asker: Asker) -> u32 {
        match offset {
            _ if offset < PORTS => u32::from(self.takes(offset / 4, asker)), // FIFOREADY
            offset::TER => self.enabled,
            offset::TPR => self.privileged,
            offset::TCR => self.control,
            offset::LSR if asker == Asker::Debugger => 0,
            offset::LSR => PRESENT | if self.locked { LOCKED } else { 0 },
            _ => 0,
        }
    }

    /// A store of `size` bytes, the low ones of `value`.
    pub(crate) fn write(&mut self, offset: u32, size: u8, value: u32, asker: Asker) {
        if offset < PORTS {
            let port = offset / 4;
            if self.takes(port, asker) {
                let bytes = &value.to_le_bytes()[..usize::from(size.min(4))];
                self.sent.entry(port as u8).or_default().extend_from_slice(bytes);
            }
            return;
        }
        let open = asker == Asker::Debugger || !self.locked;
        match offset & !3 {
            offset::LAR if asker == Asker::Privileged => self.locked = value != UNLOCK,
            offset::TER if open && self.control & ITMENA != 0 => self.set_enabled(value, asker),
            offset::TPR if open && asker != Asker::Unprivileged => self.privileged = value & 0xf,
            offset::TCR if open && asker != Asker::Unprivileged => self.control = value & TCR,
            _ => {}
        }
    }

    /// Writes TER: unprivileged code has the bits of its ports.
    fn set_enabled(&mut self, value: u32, asker: Asker) {
        let mask = (0..32).filter(|port| asker != Asker::Unprivileged || self.is_open(*port));
        let mask = mask.fold(0, |mask, port| mask | 1 << port);
        self.enabled = self.enabled & !mask | value & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Asker::{Debugger, Privileged, Unprivileged};

    fn open() -> Itm {
        let mut itm = Itm::default();
        itm.set_trace_enabled(true);
        itm.write(offset::LAR, 4, UNLOCK, Privileged);
        itm.write(offset::TCR, 4, ITMENA, Privileged);
        itm.write(offset::TER, 4, u32::MAX, Privileged);
        itm
    }

    #[test]
    fn reset_values() {
        // DDI 0337E, table 11.19: TER, TPR and TCR 0, LSR 3.
        let itm = Itm::default();
        let registers = [offset::TER, offset::TPR, offset::TCR, offset::LSR, 0].map(|at| itm.read(at, Privileged));
        assert_eq!(registers, [0, 0, 0, 3, 0]);
        assert_eq!(itm.read(offset::LSR, Debugger), 0, "for a debugger there is no lock");
    }

    #[test]
    fn software_unlocks_first() {
        let mut itm = Itm::default();
        itm.write(offset::TCR, 4, ITMENA, Privileged);
        assert_eq!(itm.read(offset::TCR, Privileged), 0);
        itm.write(offset::LAR, 4, UNLOCK, Privileged);
        itm.write(offset::TCR, 4, u32::MAX, Privileged);
        assert_eq!((itm.read(offset::TCR, Privileged), itm.read(offset::LSR, Privileged)), (0x007f_0f1f, 1));
        itm.write(offset::LAR, 4, 0, Privileged);
        itm.write(offset::TCR, 4, 0, Privileged);
        assert_ne!(itm.read(offset::TCR, Privileged), 0);
        itm.write(offset::TCR, 4, 0, Debugger);
        assert_eq!(itm.read(offset::TCR, Privileged), 0);
    }

    #[test]
    fn bytes_by_port_and_size() {
        let mut itm = open();
        for (offset, size, value) in [(0, 1, 0x41), (0, 2, 0x4342), (0, 4, 0x4746_4544), (31 * 4, 1, 0x1ff)] {
            assert_eq!(itm.read(offset, Privileged), 1, "ready");
            itm.write(offset, size, value, Privileged);
        }
        let expected = BTreeMap::from([(0, b"ABCDEFG".to_vec()), (31, vec![0xff])]);
        assert_eq!(itm.take_sent(), expected);
        assert_eq!(itm.take_sent(), BTreeMap::new());
    }

    #[test]
    fn every_enable_counts() {
        let closed: [fn(&mut Itm); 3] = [
            |itm| itm.set_trace_enabled(false),
            |itm| itm.write(offset::TCR, 4, 0, Privileged),
            |itm| itm.write(offset::TER, 4, !1, Privileged),
        ];
        for close in closed {
            let mut itm = open();
            close(&mut itm);
            itm.write(0, 1, 0x41, Privileged);
            assert_eq!((itm.read(0, Privileged), itm.take_sent().len()), (0, 0));
        }
        let mut itm = open();
        itm.write(offset::TCR, 4, 0, Privileged);
        itm.write(offset::TER, 4, 0, Privileged);
        assert_eq!(itm.read(offset::TER, Privileged), u32::MAX, "TER is written with ITMENA set only");
    }

    #[test]
    fn unprivileged_code_has_what_it_is_given() {
        // TPR bit 1: ports 8 to 15 are for privileged code (DDI 0337E, table 11.21).
        let mut itm = open();
        itm.write(offset::TPR, 4, 0x12, Privileged);
        assert_eq!(itm.read(offset::TPR, Unprivileged), 2);
        assert_eq!([7, 8, 15, 16].map(|port| itm.read(4 * port, Unprivileged)), [1, 0, 0, 1]);
        itm.write(4 * 8, 1, 0x41, Unprivileged);
        itm.write(4 * 16, 1, 0x42, Unprivileged);
        itm.write(offset::TER, 4, 0, Unprivileged);
        itm.write(offset::TPR, 4, 0, Unprivileged);
        itm.write(offset::TCR, 4, 0, Unprivileged);
        itm.write(offset::LAR, 4, 0, Unprivileged);
        assert_eq!(itm.take_sent(), BTreeMap::from([(16, vec![0x42])]));
        let registers = [offset::TER, offset::TPR, offset::TCR, offset::LSR].map(|at| itm.read(at, Privileged));
        assert_eq!(registers, [0xff00, 2, ITMENA, 1]);
    }
}

//! The debug access port of a Cortex-M3 or M4: a serial wire debug port, version 1, and one access port for memory (Arm
//! Debug Interface v5, IHI 0031; values of DDI 0337 and DDI 0439, the chapters on debug).
//!
//! | debug port | read | write |
//! |---|---|---|
//! | 0x0 | DPIDR | ABORT |
//! | 0x4 | CTRL/STAT | CTRL/STAT |
//! | 0x8 | the last reading once more | SELECT |
//! | 0xC | RDBUFF | |
//!
//! | access port 0 | |
//! |---|---|
//! | 0x00 | CSW: size of an access, and whether TAR counts |
//! | 0x04 | TAR; its low ten bits count, and wrap |
//! | 0x0C | DRW |
//! | 0x10-0x1C | BD0-BD3: the four words around TAR |
//! | 0xF4, 0xF8, 0xFC | CFG, BASE, IDR |
//!
//! Other access ports read as zero: their IDR ends a search. Packed transfers, and pushed comparisons, are not modelled:
//! CSW and CTRL/STAT do not keep their bits.

use serde::{Deserialize, Serialize};

use super::{Chip, Refused};

/// DPIDR of the SW-DP, as the Cortex-M4 has it.
const DPIDR: u32 = 0x2ba0_1477;
/// IDR of the AHB-AP.
const IDR: u32 = 0x2477_0011;
/// Where the ROM table is; bit 1: the format, bit 0: there is one.
const BASE: u32 = 0xe00f_f003;

/// CTRL/STAT.
const STICKYERR: u32 = 1 << 5;
const READOK: u32 = 1 << 6;
const CDBGPWRUPREQ: u32 = 1 << 28;
const CSYSPWRUPREQ: u32 = 1 << 30;
/// ABORT.STKERRCLR.
const STKERRCLR: u32 = 1 << 2;

/// CSW: what can be written, and DeviceEn, which is always set.
const CSW_WRITABLE: u32 = 0xbf00_0017;
const DEVICE_ENABLED: u32 = 1 << 6;
const INCREMENT: u32 = 1 << 4;
/// Behind a reset: master type debug, privileged, data, words.
const CSW_RESET: u32 = 0x2300_0002;

/// TAR counts in these bits and keeps the others.
const TAR_COUNTS: u32 = 0x3ff;

/// What a transfer asks for, as in the header of a serial wire packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The access port's register, and not the debug port's?
    pub access_port: bool,
    /// Bits 3:2 of the register's address.
    pub address: u8,
    /// The value to write; `None` for a read.
    pub write: Option<u32>,
}

/// Debug port and access port. They are the chip's: they keep their state when a debugger goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dap {
    control: u32,
    select: u32,
    /// RDBUFF: what the last read of the access port gave. Reads of it are posted, so each answers with the one before.
    posted: u32,
    csw: u32,
    tar: u32,
}

impl Default for Dap {
    fn default() -> Self {
        Self { control: 0, select: 0, posted: 0, csw: CSW_RESET, tar: 0 }
    }
}

impl Dap {
    /// Makes a transfer; a read gives its value, a write 0.
    ///
    /// # Errors
    /// [`Refused`] for an access port's register if the access failed, or an earlier one did and the debugger has not
    /// cleared that: the FAULT response.
    pub fn transfer(&mut self, request: Request, chip: &mut dyn Chip) -> Result<u32, Refused> {
        let address = request.address & 0xc;
        if !request.access_port {
            return Ok(match request.write {
                None => self.read_debug_port(address),
                Some(value) => {
                    self.write_debug_port(address, value);
                    0
                }
            });
        }
        let powered = self.control & (CDBGPWRUPREQ | CSYSPWRUPREQ) == CDBGPWRUPREQ | CSYSPWRUPREQ;
        if !powered || self.control & STICKYERR != 0 {
            return Err(self.fail());
        }
        let register = (self.select & 0xf0) as u8 | address;
        let port = self.select >> 24;
        match request.write {
            None => {
                let value = if port == 0 { self.read_access_port(register, chip) } else { Ok(0) };
                self.control = self.control & !READOK | if value.is_ok() { READOK } else { 0 };
                let value = value.map_err(|Refused| self.fail())?;
                Ok(std::mem::replace(&mut self.posted, value))
            }
            Some(value) if port == 0 => {
                self.write_access_port(register, value, chip).map_err(|Refused| self.fail()).map(|()| 0)
            }
            Some(_) => Ok(0),
        }
    }

    /// Clears the sticky error, as ABORT does: for a debugger that never does so itself.
    pub fn forgive(&mut self) {
        self.control &= !STICKYERR;
    }

    fn fail(&mut self) -> Refused {
        self.control |= STICKYERR;
        Refused
    }

    fn read_debug_port(&self, address: u8) -> u32 {
        match address {
            0x0 => DPIDR,
            // DPBANKSEL: the other banks are for the wire's own control.
            0x4 if self.select & 0xf == 0 => {
                // What was asked to have power has it at once: each acknowledge is the bit above its request.
                self.control | (self.control & (CDBGPWRUPREQ | CSYSPWRUPREQ)) << 1
            }
            0x4 => 0,
            _ => self.posted,
        }
    }

    fn write_debug_port(&mut self, address: u8, value: u32) {
        match address {
            0x0 if value & STKERRCLR != 0 => self.forgive(),
            0x4 if self.select & 0xf == 0 => {
                let requests = CDBGPWRUPREQ | CSYSPWRUPREQ;
                self.control = self.control & !requests | value & requests;
            }
            0x8 => self.select = value,
            _ => {}
        }
    }

    fn read_access_port(&mut self, register: u8, chip: &mut dyn Chip) -> Result<u32, Refused> {
        Ok(match register {
            0x00 => self.csw | DEVICE_ENABLED,
            0x04 => self.tar,
            0x0c => {
                let (address, size) = self.target();
                // Each byte comes in its own lane.
                let value = chip.load(address, size)? << (8 * (address & 3));
                self.count(size);
                value
            }
            0x10..=0x1c => chip.load(self.banked(register), 4)?,
            0xf8 => BASE,
            0xfc => IDR,
            _ => 0,
        })
    }

    fn write_access_port(&mut self, register: u8, value: u32, chip: &mut dyn Chip) -> Result<(), Refused> {
        match register {
            0x00 => {
                self.csw = value & CSW_WRITABLE;
                // Sizes above a word do not exist.
                if self.csw & 7 > 2 {
                    self.csw = self.csw & !7 | 2;
                }
            }
            0x04 => self.tar = value,
            0x0c => {
                let (address, size) = self.target();
                let lane = value >> (8 * (address & 3));
                chip.store(address, size, if size == 4 { lane } else { lane & ((1 << (8 * size)) - 1) })?;
                self.count(size);
            }
            0x10..=0x1c => chip.store(self.banked(register), 4, value)?,
            _ => {}
        }
        Ok(())
    }

    /// Address and size of the next access.
    fn target(&self) -> (u32, u8) {
        let size = 1 << (self.csw & 7);
        (self.tar & !(u32::from(size) - 1), size)
    }

    fn banked(&self, register: u8) -> u32 {
        self.tar & !0xf | u32::from(register & 0xc)
    }

    fn count(&mut self, size: u8) {
        if self.csw & INCREMENT != 0 {
            self.tar = self.tar & !TAR_COUNTS | self.tar.wrapping_add(size.into()) & TAR_COUNTS;
        }
    }
}

#[cfg(test)]
mod tests;

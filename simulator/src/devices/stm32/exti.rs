//! External interrupt controller (RM 12.2 and 12.3): 23 lines with an edge detector each.
//!
//! Lines 0 to 15 hear the pin of their number at the port that SYSCFG chose, which after reset is port A. The other
//! lines come from inside the chip (16 is the PVD, 17 to 22 belong to RTC, USB and Ethernet); nothing that is modelled
//! raises one, but software can. An edge sets the pending bit whether the line is masked or not: the mask lies behind it
//! (RM 12.2.2, block diagram). Events (EMR) are not modelled: they would wake a core that waits by WFE.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause, Setup, Signal};
use super::Stm32Gpio;

const IMR: u32 = 0x00;
const EMR: u32 = 0x04;
const RTSR: u32 = 0x08;
const FTSR: u32 = 0x0C;
const SWIER: u32 = 0x10;
const PR: u32 = 0x14;

const LINES: u32 = 0x007F_FFFF;
const PORTS: usize = 16;

/// The outputs: their names as chip files write them, and the lines that they join (RM table 61).
const OUTPUTS: [(&str, u32); 14] = [
    ("EXTI0", 1 << 0),
    ("EXTI1", 1 << 1),
    ("EXTI2", 1 << 2),
    ("EXTI3", 1 << 3),
    ("EXTI4", 1 << 4),
    ("EXTI9_5", 0x03E0),
    ("EXTI15_10", 0xFC00),
    ("PVD", 1 << 16),
    ("RTC_ALARM", 1 << 17),
    ("OTG_FS_WKUP", 1 << 18),
    ("ETH_WKUP", 1 << 19),
    ("OTG_HS_WKUP", 1 << 20),
    ("TAMP_STAMP", 1 << 21),
    ("RTC_WKUP", 1 << 22),
];

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32Exti {
    imr: u32,
    emr: u32,
    rtsr: u32,
    ftsr: u32,
    swier: u32,
    pr: u32,
    /// The port that each of the lines 0 to 15 listens to.
    ports: [u8; 16],
    /// The levels of all pins, by port.
    levels: [u16; PORTS],
}

impl Stm32Exti {
    /// The controller, which knows the levels that the board's pins have after reset.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        let mut this = Self::default();
        let peripherals = &setup.board.chip.peripherals;
        for peripheral in peripherals.iter().filter(|it| it.model.as_deref() == Some("stm32-gpio")) {
            let port = Stm32Gpio::new(Setup { name: &peripheral.name, ..setup });
            if let Some(levels) = this.levels.get_mut(usize::from(port.port())) {
                *levels = port.levels();
            }
        }
        this
    }

    /// The level of the pin that one of the lines 0 to 15 listens to.
    fn level(&self, line: u8) -> bool {
        let port = self.ports[usize::from(line)];
        self.levels.get(usize::from(port)).is_some_and(|levels| levels >> line & 1 != 0)
    }

    /// Lets something change what one of the lines 0 to 15 hears, and detects the edge.
    fn change(&mut self, line: u8, change: impl FnOnce(&mut Self)) {
        let before = self.level(line);
        change(self);
        let edges = match (before, self.level(line)) {
            (false, true) => self.rtsr,
            (true, false) => self.ftsr,
            _ => 0,
        };
        self.pr |= edges & 1 << line;
    }
}

impl Device for Stm32Exti {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            IMR => self.imr,
            EMR => self.emr,
            RTSR => self.rtsr,
            FTSR => self.ftsr,
            SWIER => self.swier,
            PR => self.pr,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let value = value & LINES;
        match offset {
            IMR => self.imr = value,
            EMR => {
                if value != 0 {
                    context.unmodelled();
                }
                self.emr = value;
            }
            RTSR => self.rtsr = value,
            FTSR => self.ftsr = value,
            // A bit that goes from 0 to 1 makes its line pending if its interrupt is enabled (RM 12.3.5).
            SWIER => {
                self.pr |= value & !self.swier & self.imr;
                self.swier |= value;
            }
            PR => {
                self.pr &= !value;
                self.swier &= !value;
            }
            _ => context.unmodelled(),
        }
    }

    fn lines(&self) -> u32 {
        let requests = self.pr & self.imr;
        let outputs = OUTPUTS.iter().enumerate().filter(|(_, (_, lines))| requests & lines != 0);
        outputs.fold(0, |levels, (output, _)| levels | 1 << output)
    }

    fn line(&self, interrupt: &str) -> Option<u8> {
        OUTPUTS.iter().position(|(name, _)| *name == interrupt).map(|output| output as u8)
    }

    /// Takes the settings back; the pins have the levels that they have.
    fn reset(&mut self, _: ResetCause, _: &mut Context<'_>) -> bool {
        *self = Self { levels: self.levels, ..Self::default() };
        true
    }

    fn listens(&self, signal: Signal) -> bool {
        matches!(signal, Signal::Pin { .. } | Signal::ExtiPort { .. })
    }

    fn hear(&mut self, signal: Signal, _: &mut Context<'_>) {
        match signal {
            Signal::Pin { port, pin: pin @ 0..=15, level } => self.change(pin, |this| {
                if let Some(levels) = this.levels.get_mut(usize::from(port)) {
                    *levels = *levels & !(1 << pin) | u16::from(level) << pin;
                }
            }),
            Signal::ExtiPort { line: line @ 0..=15, port } => {
                self.change(line, |this| this.ports[usize::from(line)] = port);
            }
            _ => {}
        }
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Repeat
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;
    use crate::testing::stm32f4;

    fn exti() -> Bench<Stm32Exti> {
        Bench::of(Stm32Exti::new(Setup { name: "EXTI", board: &stm32f4() }), 16_000_000)
    }

    fn pin(port: u8, pin: u8, level: bool) -> Signal {
        Signal::Pin { port, pin, level }
    }

    /// RM 12.3.1 to 12.3.6: everything 0 after reset, 23 bits each; PR is cleared by ones.
    #[test]
    fn register_table() {
        for offset in [0x00, 0x04, 0x08, 0x0C, 0x10, 0x14] {
            let mut bench = exti();
            assert_eq!(bench.read(offset), 0);
            bench.write(offset, 0xFFFF_FFFF);
            let expected = if offset == PR { 0 } else { 0x007F_FFFF };
            assert_eq!(bench.read(offset), expected, "{offset:#x}");
            assert_eq!(bench.unmodelled, u32::from(offset == EMR), "{offset:#x}");
        }
        let mut bench = exti();
        bench.write(0x18, 0).read(0x18);
        assert_eq!(bench.unmodelled, 2);
    }

    #[test]
    fn the_edges_that_are_asked_for_make_a_line_pending() {
        for (rising, falling, up, down) in [(1, 0, 1, 0), (0, 1, 0, 1), (1, 1, 1, 1), (0, 0, 0, 0)] {
            let mut bench = exti();
            bench.write(RTSR, rising << 3).write(FTSR, falling << 3).write(IMR, 1 << 3);
            bench.hear(pin(0, 3, true));
            assert_eq!((bench.read(PR), bench.device.lines()), (up << 3, up << 3));
            bench.write(PR, 1 << 3).hear(pin(0, 3, false));
            assert_eq!((bench.read(PR), bench.device.lines()), (down << 3, down << 3));
        }
    }

    #[test]
    fn a_pending_bit_waits_behind_the_mask_and_is_cleared_by_one() {
        let mut bench = exti();
        bench.write(RTSR, 1 << 7).hear(pin(0, 7, true));
        assert_eq!((bench.read(PR), bench.device.lines()), (1 << 7, 0));
        bench.write(IMR, 1 << 7).write(PR, !(1 << 7));
        assert_eq!((bench.read(PR), bench.device.lines()), (1 << 7, 1 << 5), "EXTI9_5");
        bench.write(PR, 1 << 7);
        assert_eq!((bench.read(PR), bench.device.lines()), (0, 0));
    }

    #[test]
    fn a_line_hears_the_port_that_was_chosen() {
        let mut bench = exti();
        bench.write(RTSR, 0xFFFF).hear(pin(3, 12, true));
        assert_eq!(bench.read(PR), 0, "after reset it is port A");
        bench.hear(pin(3, 12, false)).hear(Signal::ExtiPort { line: 12, port: 3 }).hear(pin(0, 12, true));
        assert_eq!(bench.read(PR), 0);
        bench.hear(pin(3, 12, true));
        assert_eq!(bench.read(PR), 1 << 12);
    }

    /// The detector sees what comes out of the multiplexer: going from a low to a high pin is an edge. PA13 and PA15 are
    /// high from reset on (RM 8.4.4), PB13 is low.
    #[test]
    fn choosing_another_port_can_be_an_edge() {
        let mut bench = exti();
        bench.write(RTSR, 1 << 13).write(FTSR, 1 << 13);
        bench.hear(Signal::ExtiPort { line: 13, port: 1 });
        assert_eq!(bench.read(PR), 1 << 13, "falling");
        bench.write(PR, 1 << 13).hear(Signal::ExtiPort { line: 13, port: 2 });
        assert_eq!(bench.read(PR), 0, "from low to low");
        bench.write(FTSR, 0).hear(Signal::ExtiPort { line: 13, port: 0 });
        assert_eq!(bench.read(PR), 1 << 13, "rising");
    }

    /// RM 12.3.5: pending if the interrupt is enabled; clearing PR clears SWIER, and only then it works again.
    #[test]
    fn software_makes_a_line_pending() {
        let mut bench = exti();
        bench.write(SWIER, 1 << 16);
        assert_eq!((bench.read(PR), bench.read(SWIER)), (0, 1 << 16));
        bench.write(PR, 1 << 16).write(IMR, 1 << 16).write(SWIER, 1 << 16);
        assert_eq!((bench.read(PR), bench.device.lines()), (1 << 16, 1 << 7));
        bench.write(PR, 1 << 16);
        assert_eq!((bench.read(PR), bench.read(SWIER)), (0, 0));
        bench.write(SWIER, 1 << 16);
        assert_eq!(bench.read(PR), 1 << 16);
    }

    /// RM table 61.
    #[test]
    fn lines_share_outputs() {
        let mut bench = exti();
        bench.write(IMR, LINES).write(SWIER, LINES);
        for (name, lines) in [("EXTI0", 0..=0), ("EXTI4", 4..=4), ("EXTI9_5", 5..=9), ("EXTI15_10", 10..=15)] {
            let output = bench.device.line(name).unwrap();
            bench.write(PR, LINES);
            for line in lines {
                bench.write(SWIER, 1 << line);
                assert_eq!(bench.device.lines(), 1 << output, "{name}, line {line}");
                bench.write(PR, 1 << line);
            }
        }
        assert_eq!((bench.device.line("PVD"), bench.device.line("USART1")), (Some(7), None));
    }

    #[test]
    fn a_reset_does_not_change_the_levels() {
        let mut bench = exti();
        bench.hear(pin(0, 4, true)).hear(Signal::ExtiPort { line: 4, port: 1 });
        bench.reset(ResetCause::Peripheral);
        bench.write(FTSR, 1 << 4).hear(pin(0, 4, false));
        assert_eq!(bench.read(PR), 1 << 4, "port A again, and the pin was high");
    }

    #[test]
    fn nothing_outside_the_pins_confuses_it() {
        let mut bench = exti();
        bench.write(RTSR, LINES).hear(pin(16, 3, true)).hear(pin(0, 16, true));
        bench.hear(Signal::ExtiPort { line: 16, port: 1 }).hear(Signal::ExtiPort { line: 2, port: 200 });
        bench.hear(pin(200, 2, true)).hear(Signal::Drive { port: 0, pin: 1, level: Some(true) });
        assert_eq!(bench.read(PR), 0);
    }
}

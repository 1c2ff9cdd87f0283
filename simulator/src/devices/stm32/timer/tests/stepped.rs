//! A second timer, stepped clock by clock after the manual's words, and random firmware on both.

use proptest::prelude::*;

use super::*;

/// RM 18.3.1 and 18.3.2, with nothing computed ahead.
#[derive(Default)]
struct Stepped {
    registers: std::collections::BTreeMap<u32, u32>,
    prescaler: u32,
    reload: u32,
    compare: [u32; 4],
    references: [bool; 4],
    phase: u32,
    starting: bool,
}

impl Stepped {
    fn new() -> Self {
        Self { registers: [(ARR, 0xFFFF)].into(), reload: 0xFFFF, ..Self::default() }
    }

    fn get(&self, offset: u32) -> u32 {
        self.registers.get(&offset).copied().unwrap_or(0)
    }

    fn cr1(&self, bit: u32) -> bool {
        self.get(CR1) & bit != 0
    }

    fn channel(&self, channel: u32) -> u32 {
        self.get(CCMR1 + 4 * (channel / 2)) >> (8 * (channel % 2))
    }

    fn raise(&mut self, flag: u32) {
        *self.registers.entry(SR).or_default() |= flag;
    }

    fn update(&mut self, flag: bool) {
        if self.cr1(CR1_UDIS) {
            return;
        }
        self.prescaler = self.get(PSC);
        self.reload = self.get(ARR);
        self.compare = [0, 1, 2, 3].map(|channel| self.get(CCR1 + 4 * channel));
        if flag {
            self.raise(UIF);
        }
        if self.cr1(CR1_OPM) {
            *self.registers.entry(CR1).or_default() &= !CR1_CEN;
        }
    }

    fn first(&self) -> u32 {
        if self.cr1(CR1_DIR) { self.reload } else { 0 }
    }

    fn matched(&mut self, channel: u32) {
        self.raise(COMPARE << channel);
        let mode = self.channel(channel) >> 4 & 7;
        let reference = &mut self.references[channel as usize];
        match mode {
            1 => *reference = true,
            2 => *reference = false,
            3 => *reference = !*reference,
            _ => {}
        }
    }

    fn clock(&mut self) {
        if std::mem::take(&mut self.starting) || !self.cr1(CR1_CEN) || self.reload == 0 {
            return;
        }
        self.phase += 1;
        if self.phase <= self.prescaler {
            return;
        }
        self.phase = 0;
        let (count, down) = (self.get(CNT), self.cr1(CR1_DIR));
        let last = if down { 0 } else { self.reload };
        let next = if count == last {
            for channel in 0..4 {
                if self.compare[channel as usize] > self.reload {
                    self.raise(COMPARE << channel);
                }
            }
            self.update(true);
            self.first()
        } else if down {
            count - 1
        } else {
            (count + 1) & 0xFFFF
        };
        self.registers.insert(CNT, next);
        for channel in 0..4 {
            if self.compare[channel as usize] == next {
                self.matched(channel);
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32) {
        match offset {
            SR => *self.registers.entry(SR).or_default() &= value,
            EGR => {
                self.raise(value & COMPARES);
                if value & UG != 0 {
                    self.update(!self.cr1(CR1_URS));
                    self.registers.insert(CNT, self.first());
                    self.phase = 0;
                }
            }
            _ => {
                self.starting |= offset == CR1 && value & CR1_CEN != 0 && !self.cr1(CR1_CEN);
                self.registers.insert(offset, value);
            }
        }
        if !self.cr1(CR1_ARPE) {
            self.reload = self.get(ARR);
        }
        for channel in 0..4 {
            if self.channel(channel) & CCMR_PRELOAD == 0 {
                self.compare[channel as usize] = self.get(CCR1 + 4 * channel);
            }
        }
    }
}

/// Small periods, so that much happens, and now and then a counter that is astray.
fn store() -> impl Strategy<Value = (u32, u32)> {
    prop_oneof![
        6 => (0_u32..32).prop_map(|bits| (CR1, bits & 0b1_1111 | bits << 3 & CR1_ARPE)),
        1 => Just((CR1, CR1_CEN)),
        3 => (0_u32..4).prop_map(|value| (PSC, value)),
        3 => (0_u32..12).prop_map(|value| (ARR, value)),
        4 => (0_u32..4, 0_u32..14).prop_map(|(channel, value)| (CCR1 + 4 * channel, value)),
        2 => prop_oneof![0_u32..14, 0xFFF0_u32..0x1_0000].prop_map(|value| (CNT, value)),
        4 => (0_u32..32).prop_map(|value| (DIER, value)),
        4 => (0_u32..32).prop_map(|value| (SR, value)),
        2 => (0_u32..32).prop_map(|value| (EGR, value)),
        3 => (0_u32..2, 0_u32..4, 0_u32..4, any::<[bool; 2]>()).prop_map(|(index, low, high, preload)| {
            let half = |mode: u32, preload: bool| mode << 4 | if preload { CCMR_PRELOAD } else { 0 };
            (CCMR1 + 4 * index, half(low, preload[0]) | half(high, preload[1]) << 8)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The interrupt line at every clock, and every register and output at random times.
    #[test]
    fn the_computed_timer_equals_the_stepped_one(
        stores in proptest::collection::vec((0_u64..60, store(), any::<bool>()), 1..40),
    ) {
        let (mut stepped, mut bench) = (Stepped::new(), timer("TIM3"));
        let mut tick = 0;
        for (pause, (offset, value), look) in stores {
            for _ in 0..pause {
                tick += 1;
                stepped.clock();
                bench.at(tick);
                let line = stepped.get(SR) & stepped.get(DIER) != 0;
                prop_assert_eq!(bench.device.lines() != 0, line, "line at {}", tick);
            }
            if look {
                for register in [CR1, SR, CNT, ARR, PSC, CCR1] {
                    prop_assert_eq!(bench.read(register), stepped.get(register), "{:#x} at {}", register, tick);
                }
                for channel in 0..4 {
                    let reference = stepped.references[channel];
                    prop_assert_eq!(bench.device.output_reference(channel), reference, "channel {}", channel);
                }
            }
            stepped.write(offset, value);
            bench.write(offset, value);
        }
        // Then nobody looks for a while.
        for _ in 0..1000 {
            stepped.clock();
        }
        bench.write(DIER, 0).at(tick + 1000);
        for register in [CR1, SR, CNT] {
            prop_assert_eq!(bench.read(register), stepped.get(register), "{:#x} in the end", register);
        }
        prop_assert_eq!([0, 1, 2, 3].map(|channel| bench.device.output_reference(channel)), stepped.references);
    }
}

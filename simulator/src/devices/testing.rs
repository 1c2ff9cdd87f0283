//! What the devices' tests share: a device on a clock, driven by hand.

use super::{ClockChange, Context, Device, Effects, Gate, ResetCause, Signal};
use crate::clock::ClockDomain;

pub(super) struct Bench<D> {
    pub(super) device: D,
    pub(super) clock: ClockDomain,
    pub(super) tick: u64,
    /// Who makes accesses.
    pub(super) core: u8,
    pub(super) sent: Vec<(u64, u8)>,
    pub(super) signals: Vec<Signal>,
    pub(super) clocks: Vec<ClockChange>,
    pub(super) gates: Vec<(u16, Gate)>,
    /// Resets of the chip that were asked for.
    pub(super) resets: Vec<(u64, ResetCause)>,
    /// Ends of the simulation that were asked for.
    pub(super) exits: Vec<(u64, i32)>,
    pub(super) unmodelled: u32,
    pub(super) bus_errors: u32,
}

impl<D: Device + Default> Bench<D> {
    /// A device of its kind on a clock of 25 MHz.
    pub(super) fn new() -> Self {
        Self::of(D::default(), 25_000_000)
    }
}

impl<D: Device> Bench<D> {
    pub(super) fn of(device: D, hertz: u64) -> Self {
        Self {
            device,
            clock: ClockDomain::new(hertz),
            tick: 0,
            core: 0,
            sent: Vec::new(),
            signals: Vec::new(),
            clocks: Vec::new(),
            gates: Vec::new(),
            resets: Vec::new(),
            exits: Vec::new(),
            unmodelled: 0,
            bus_errors: 0,
        }
    }

    fn with<R>(&mut self, tick: u64, call: impl FnOnce(&mut D, &mut Context<'_>) -> R) -> R {
        let mut effects = Effects::default();
        let mut context = Context::new(self.clock.time_of(tick), &self.clock, &mut effects);
        context.core = self.core;
        let result = call(&mut self.device, &mut context);
        self.sent.extend(effects.transmitted.iter().map(|byte| (tick, *byte)));
        self.signals.extend(effects.signals);
        self.clocks.extend(effects.clocks);
        self.gates.extend(effects.gates);
        self.resets.extend(effects.reset.map(|cause| (tick, cause)));
        self.exits.extend(effects.exit.map(|code| (tick, code)));
        self.unmodelled += u32::from(effects.unmodelled);
        self.bus_errors += u32::from(effects.bus_error);
        result
    }

    /// Lets time pass to a tick, firing what is due on the way.
    pub(super) fn at(&mut self, tick: u64) -> &mut Self {
        while let Some(due) = self.device.deadline(&self.clock).filter(|due| *due <= self.clock.time_of(tick)) {
            let due = self.clock.ticks_at(due);
            self.with(due, |device, context| device.fire(context));
        }
        self.tick = tick;
        self
    }

    pub(super) fn read(&mut self, offset: u32) -> u32 {
        self.with(self.tick, |device, context| device.read(offset, context))
    }

    pub(super) fn write(&mut self, offset: u32, value: u32) -> &mut Self {
        self.with(self.tick, |device, context| device.write(offset, value, context));
        self
    }

    /// A narrow load.
    pub(super) fn read_lanes(&mut self, offset: u32, lanes: u32) -> u32 {
        self.with(self.tick, |device, context| {
            context.lanes = lanes;
            device.read(offset, context)
        })
    }

    /// A narrow store to a device whose stores have lanes.
    pub(super) fn write_lanes(&mut self, offset: u32, value: u32, lanes: u32) -> &mut Self {
        self.with(self.tick, |device, context| {
            context.lanes = lanes;
            device.write(offset, value, context);
        });
        self
    }

    pub(super) fn hear(&mut self, signal: Signal) -> &mut Self {
        self.with(self.tick, |device, context| device.hear(signal, context));
        self
    }

    /// A source of an interrupt controller changes its level.
    pub(super) fn source(&mut self, number: u16, level: bool) -> &mut Self {
        self.with(self.tick, |device, context| device.source(number, level, context));
        self
    }

    /// `false` if nothing outlives the reset, and the device is left to whoever calls.
    pub(super) fn reset(&mut self, cause: ResetCause) -> bool {
        self.with(self.tick, |device, context| device.reset(cause, context))
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) -> bool {
        self.with(self.tick, |device, context| device.receive(bytes, context))
    }

    pub(super) fn flush(&mut self) -> Option<u64> {
        let end = self.with(self.tick, |device, context| device.flush(context));
        end.map(|time| self.clock.ticks_at(time))
    }

    /// The tick of the next deadline.
    pub(super) fn due(&self) -> Option<u64> {
        self.device.deadline(&self.clock).map(|time| self.clock.ticks_at(time))
    }
}

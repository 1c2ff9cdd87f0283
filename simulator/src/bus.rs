//! What the core sees beyond its own memory and its private peripherals.

/// One access of the core to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The address.
    pub address: u32,
    /// Bytes: 1, 2 or 4; never across a word.
    pub size: u8,
    /// The core cycle at which it happens, exact to the instruction.
    pub cycle: u64,
    /// The instruction.
    pub pc: u32,
}

/// Why an access failed: the core takes a precise BusFault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusError;

/// The system behind the core.
pub trait Bus {
    /// A load.
    ///
    /// # Errors
    /// [`BusError`] where nothing answers.
    fn read(&mut self, access: Access) -> Result<u32, BusError>;

    /// A store: to a device, or to a memory that the core cannot write by itself. What is accepted there changes nothing
    /// of it; that is up to the system.
    ///
    /// # Errors
    /// [`BusError`] where nothing answers.
    fn write(&mut self, access: Access, value: u32) -> Result<(), BusError>;

    /// Whether the last access changed something that cannot wait until the horizon: an interrupt line, or the time of
    /// the next event. The core then stops right behind the instruction that made the access. Asking clears it.
    fn take_attention(&mut self) -> bool;

    /// The accesses from here on are this core's; before the first call they are core 0's.
    fn grant(&mut self, core: u8) {
        let _ = core;
    }

    /// Whether the last access failed because it came too early: other cores have not come to its time yet. Nothing has
    /// happened; the core stops in front of the instruction, and makes the access once more when they have.
    fn is_early(&self) -> bool {
        false
    }

    /// The core has executed SEV. `true`: others are to be told, and it stops right behind the instruction.
    fn event_sent(&mut self) -> bool {
        false
    }
}

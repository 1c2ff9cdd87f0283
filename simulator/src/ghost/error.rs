//! What keeps a firmware from having a ghost trace, in words for the person who asked for one.

use bluekernel_inspect::TableError;

/// Why there can be no ghost trace of a firmware.
#[derive(Debug, thiserror::Error)]
pub enum GhostError {
    /// It says nothing of a kernel.
    #[error("the firmware has no inspection table: it was not built with BlueKernel, or its linker script left it out")]
    NoKernel,
    /// What it says cannot be understood.
    #[error(transparent)]
    Table(#[from] TableError),
    /// It is of an older kernel.
    #[error(
        "the firmware's inspection table has version {found}, and a ghost trace needs version {oldest}: build it again"
    )]
    TooOld {
        /// The firmware's version.
        found: u64,
        /// The first one that will do.
        oldest: u64,
    },
    /// An address that no simulated core has.
    #[error("the firmware's inspection table is damaged: {address:#x} is no address of this chip")]
    Outside {
        /// The address.
        address: u64,
    },
    /// What a description names is not in the firmware.
    #[error("no ghost trace of {kernel}: the firmware has no {what}")]
    Missing {
        /// The kernel.
        kernel: String,
        /// What is not there.
        what: String,
    },
    /// The core does not tell of calls.
    #[error("a ghost trace of such a kernel is possible on Cortex-M alone: elsewhere calls cannot be observed")]
    NoCalls,
    /// The chip has several cores.
    #[error("a ghost trace of a chip with several cores is not possible")]
    SeveralCores,
}

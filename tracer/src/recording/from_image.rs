//! The dictionary of an ELF file.

use std::collections::BTreeMap;

use bluekernel_inspect::{Image, TableError};

use super::header::{Header, TaskEntry};

/// Why an ELF file gives no dictionary.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The firmware does not describe a BlueKernel kernel.
    #[error(
        "this ELF has no trace section: it was not built with BlueKernel, \
         or its linker script does not keep the section {section}",
        section = bluekernel_abi::inspect::KERNEL_SECTION
    )]
    NoTrace,
    /// The firmware does not say how fast its trace clock runs.
    #[error("this ELF gives its trace clock as 0 Hz, so times cannot be told")]
    NoClock,
    /// The description cannot be read.
    #[error("cannot read what this ELF says about its kernel")]
    Table(#[from] TableError),
}

impl Header {
    /// The dictionary of `image`: tasks, names of marks and objects, clock, build id.
    ///
    /// `exceptions` names the board's exceptions by number (Cortex-M: 16 + interrupt number), `kit` is the kit's version.
    ///
    /// # Errors
    /// [`HeaderError`]; `NoTrace` for firmware without this kernel.
    pub fn from_image(
        image: &Image,
        board: &str,
        exceptions: BTreeMap<u32, String>,
        kit: &str,
    ) -> Result<Self, HeaderError> {
        let table = image.kernel()?.ok_or(HeaderError::NoTrace)?;
        if table.trace_clock_hz == 0 {
            return Err(HeaderError::NoClock);
        }
        let mut header = Self::new(kit, board, table.trace_clock_hz);
        header.build_id = image.build_id_hex();
        header.tasks = table
            .tasks
            .iter()
            .map(|task| TaskEntry {
                number: task.number.into(),
                name: task.name.clone(),
                priority: task.priority.into(),
                stack_bytes: u32::try_from(task.stack_bytes).unwrap_or(u32::MAX),
            })
            .collect();
        header.tasks.sort_by_key(|task| task.number);
        header.names = table.names().map(|(id, name)| (id, name.into_owned())).collect();
        header.objects = image.objects().into_iter().collect();
        header.exceptions = exceptions;
        Ok(header)
    }
}

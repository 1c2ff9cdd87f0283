//! Recordings: files (`.bkt`) that open without the ELF, on another machine, next year.
//!
//! ```text
//! offset  size
//!      0     8  magic  89 42 4b 54 0d 0a 1a 0a   ("\x89BKT\r\n\x1a\n": text conversions damage it visibly)
//!      8     2  format version, little endian    ([`FORMAT_VERSION`])
//!     10     2  0
//!     12     4  bytes of the header, little endian
//!     16     n  header: JSON ([`Header`])
//!   16+n        the raw stream, as the kernel wrote it ([`bluekernel_abi::wire`]), to the end of the file
//! ```
//!
//! Nothing of the host stands in it, no time and no path: the same run gives the same bytes.

mod error;
mod format;
mod from_image;
mod header;
mod reader;
mod writer;

pub use error::RecordingError;
pub use format::{FORMAT_VERSION, MAGIC};
pub use from_image::HeaderError;
pub use header::{HEADER_SCHEMA, Header, TaskEntry};
pub use reader::Recording;
pub use writer::Writer;

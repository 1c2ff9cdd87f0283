//! `print!` and `println!`: text for the person who watches, over RTT channel 0.

use core::fmt::{self, Write};

/// Writes formatted text to RTT channel 0, like `std::print!`. From any context; does not block.
///
/// Pieces of up to 64 bytes stay together; a longer text may be interleaved with that of a more important task. Text
/// that the host does not fetch in time is lost, and the loss is told (see [`crate::rtt::write`]). It takes about
/// 200 bytes of the caller's stack.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => {
        $crate::__print(::core::format_args!($($argument)*))
    };
}

/// [`print!`] with a new line at the end. From any context; does not block.
///
/// ```no_run
/// let (count, free) = (3, 512);
/// bluekernel::println!("{} items, {free} bytes free", count);
/// ```
#[macro_export]
macro_rules! println {
    () => {
        $crate::__print(::core::format_args!("\n"))
    };
    ($($argument:tt)*) => {
        $crate::__print(::core::format_args!("{}\n", ::core::format_args!($($argument)*)))
    };
}

/// Formats into pieces.
struct Pieces {
    bytes: [u8; 64],
    used: usize,
}

impl Pieces {
    fn flush(&mut self) {
        crate::rtt::write(&self.bytes[..self.used]);
        self.used = 0;
    }
}

impl Write for Pieces {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.used == self.bytes.len() {
                self.flush();
            }
            self.bytes[self.used] = byte;
            self.used += 1;
        }
        Ok(())
    }
}

/// What the macros expand to.
#[doc(hidden)]
#[inline(never)]
pub fn __print(arguments: fmt::Arguments<'_>) {
    let mut pieces = Pieces { bytes: [0; 64], used: 0 };
    // `Pieces` never fails; a user's `Display` may, and then what it wrote so far is shown.
    let _ = pieces.write_fmt(arguments);
    if pieces.used != 0 {
        pieces.flush();
    }
}

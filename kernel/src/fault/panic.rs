//! The panic handler: where, and what if it is a plain text.

use super::origin::Origin;
use crate::text::decimal;
use bluekernel_arch::{Current, Port};
use core::panic::PanicInfo;

/// Tells where the panic was and in whose code, then stops or resets. A message with arguments is not formatted: that
/// would cost every firmware some kilobytes. Who wants it leaves the feature `panic` out and writes a handler with
/// [`crate::println!`].
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // Nothing runs after this.
    let _ = Current::mask_all();
    #[cfg(zero_latency)]
    crate::unmasked::allow();
    if super::first_time() {
        let origin = Origin::here();
        super::say(&|piece| {
            piece(b"\n*** panic");
            if let Some(location) = info.location() {
                piece(b" at ");
                piece(location.file().as_bytes());
                piece(b":");
                piece(decimal(location.line(), &mut [0; 10]));
                piece(b":");
                piece(decimal(location.column(), &mut [0; 10]));
            }
            if let Some(message) = info.message().as_str() {
                piece(b": ");
                piece(message.as_bytes());
            }
            #[cfg(feature = "alloc")]
            if let Some(bytes) = crate::heap::refused() {
                piece(b"\n  the heap has last refused ");
                piece(decimal(bytes as u32, &mut [0; 10]));
                piece(b" bytes");
            }
            piece(b"\n  ");
            origin.write(piece);
            piece(b"\n");
        });
    }
    super::action::act()
}

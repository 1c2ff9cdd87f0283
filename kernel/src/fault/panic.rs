//! The panic handler: where, and what if it is a plain text.

use crate::text::decimal;
use core::panic::PanicInfo;

/// Tells where the panic was, then stops. A message with arguments is not formatted: that would cost every firmware
/// some kilobytes. Who wants it leaves the feature `panic` out and writes a handler with [`crate::println!`].
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    #[cfg(target_arch = "arm")]
    {
        // SAFETY: nothing runs after this; a mask that stays closed breaks no promise.
        unsafe { core::arch::asm!("cpsid i", options(nomem, nostack, preserves_flags)) };
        if super::first_time() {
            super::say(b"\n*** panic");
            if let Some(location) = info.location() {
                super::say(b" at ");
                super::say(location.file().as_bytes());
                super::say(b":");
                super::say(decimal(location.line(), &mut [0; 10]));
                super::say(b":");
                super::say(decimal(location.column(), &mut [0; 10]));
            }
            if let Some(message) = info.message().as_str() {
                super::say(b": ");
                super::say(message.as_bytes());
            }
            super::say(b"\n");
        }
        super::stop()
    }
}

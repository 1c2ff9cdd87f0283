//! What a host says to the kernel's trace, written out from the text of `bluekernel_abi::control`.

use bluekernel_abi::Named;
use bluekernel_abi::wire::group;
use bluekernel_tracer::wire::Control;

#[test]
fn messages_are_what_the_text_says() {
    for (control, bytes) in [
        (Control::Sync, &[0][..]),
        (Control::Groups(group::SCHEDULE | group::CALLS), &[0xb1, 2, 4, 0x01, 0x01, 0, 0]),
        (Control::Mute { of: Named::Task, id: 3 }, &[0xb1, 3, 5, 1, 3, 0, 0, 0]),
        (Control::Mute { of: Named::Mark, id: 0x0102_0304 }, &[0xb1, 3, 5, 3, 4, 3, 2, 1]),
        (Control::Unmute { of: Named::Object, id: 258 }, &[0xb1, 4, 5, 2, 2, 1, 0, 0]),
        (Control::All, &[0xb1, 5, 0]),
    ] {
        assert_eq!(control.bytes(), bytes, "{control:?}");
    }
}

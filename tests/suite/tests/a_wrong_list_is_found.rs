//! The judge of all behaviours sees what is wrong with a list: an event that is missing, one too many, another, another
//! order, or more than the log has room for.
#![cfg(not(target_os = "none"))]

use bluekernel_suite::{event, happened};

#[test]
fn behaviour() {
    assert!(happened(&[]));
    event("one");
    event("two");
    assert!(happened(&["one", "two"]));
    for wrong in [&[][..], &["one"], &["two"], &["two", "one"], &["one", "other"], &["one", "two", "two"]] {
        assert!(!happened(wrong), "{wrong:?}");
    }
    // The log has 64 places; events beyond them are counted, not forgotten.
    for _ in 2..65 {
        event("two");
    }
    let mut most = ["two"; 64];
    most[0] = "one";
    assert!(!happened(&most));
}

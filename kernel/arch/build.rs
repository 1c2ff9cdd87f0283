//! Tells the code which Arm architecture it is for: the compiler's own `cfg`s do not.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(armv6m, armv8m, guarded, limited)");
    let target = env::var("TARGET").unwrap_or_default();
    let armv8m = target.starts_with("thumbv8m.main-");
    // Armv8-M needs no guard, Armv6-M has no unit for one: the Cortex-M0+ may, but it cannot tell why it faults.
    let guarded = target.starts_with("thumbv7") && env::var_os("CARGO_FEATURE_STACK_GUARD").is_some();
    for (name, is_set) in [
        ("armv6m", target.starts_with("thumbv6m-")),
        ("armv8m", armv8m),
        ("guarded", guarded),
        // Each task brings the limit of its stack along.
        ("limited", armv8m || guarded),
    ] {
        if is_set {
            println!("cargo::rustc-cfg={name}");
        }
    }
}

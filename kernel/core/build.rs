//! Tells the code whether the processor counts leading zeros by an instruction: the compiler's own `cfg`s do not say it of Arm.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(slow_leading_zeros)");
    let has = |name: &str, value: &str| env::var(name).is_ok_and(|list| list.split(',').any(|one| one == value));
    let riscv = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch.starts_with("riscv"));
    let armv6m = env::var("TARGET").is_ok_and(|target| target.starts_with("thumbv6m-"));
    // CLZ is of the extension Zbb.
    if armv6m || riscv && !has("CARGO_CFG_TARGET_FEATURE", "zbb") {
        println!("cargo::rustc-cfg=slow_leading_zeros");
    }
}

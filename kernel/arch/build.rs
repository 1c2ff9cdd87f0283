//! Tells the code what the compiler knows of the target and does not say: which Arm architecture it is, and whether RISC-V
//! code may use floating-point registers.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(armv6m, armv8m, basepri, guarded, limited, riscv_floats)");
    let target = env::var("TARGET").unwrap_or_default();
    let armv7m = target.starts_with("thumbv7");
    let armv8m = target.starts_with("thumbv8m.main-");
    // Armv8-M needs no guard, Armv6-M has no unit for one: the Cortex-M0+ may, but it cannot tell why it faults.
    let guarded = (armv7m || target.starts_with("riscv")) && env::var_os("CARGO_FEATURE_STACK_GUARD").is_some();
    for (name, is_set) in [
        ("armv6m", target.starts_with("thumbv6m-")),
        ("armv8m", armv8m),
        // Its kernel masks by BASEPRI.
        ("basepri", (armv7m || armv8m) && env::var_os("CARGO_FEATURE_ZERO_LATENCY").is_some()),
        ("guarded", guarded),
        // Each task brings the limit of its stack along, on Arm.
        ("limited", armv8m || armv7m && guarded),
        ("riscv_floats", riscv_floats(&target)),
    ] {
        if is_set {
            println!("cargo::rustc-cfg={name}");
        }
    }
}

/// Whether a RISC-V target has floating-point registers, by its name: as in riscv32imac-unknown-none-elf; g stands for
/// imafd.
fn riscv_floats(target: &str) -> bool {
    let machine = target.split('-').next().unwrap_or_default();
    let Some((bits, extensions)) = machine.strip_prefix("riscv").and_then(|rest| rest.split_at_checked(2)) else {
        return false;
    };
    let (single, double) = (extensions.contains(['f', 'g']), extensions.contains(['d', 'g']));
    if (bits == "32" && double) || (bits == "64" && single && !double) {
        println!(
            "cargo::error=the kernel saves floating-point registers as wide as the others, and not those of {target}"
        );
    }
    single
}

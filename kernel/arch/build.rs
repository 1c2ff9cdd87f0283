//! Tells the RISC-V port whether the target's code may use floating-point registers: the compiler knows, and does not say.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(riscv_floats)");
    let target = env::var("TARGET").unwrap_or_default();
    // As in riscv32imac-unknown-none-elf; g stands for imafd.
    let machine = target.split('-').next().unwrap_or_default();
    let Some((bits, extensions)) = machine.strip_prefix("riscv").and_then(|rest| rest.split_at_checked(2)) else {
        return;
    };
    let (single, double) = (extensions.contains(['f', 'g']), extensions.contains(['d', 'g']));
    if single {
        println!("cargo::rustc-cfg=riscv_floats");
    }
    if (bits == "32" && double) || (bits == "64" && single && !double) {
        println!(
            "cargo::error=the kernel saves floating-point registers as wide as the others, and not those of {target}"
        );
    }
}

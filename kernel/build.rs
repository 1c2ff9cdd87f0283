//! Puts the linker scripts where the linker finds them, and tells the code which Arm architecture it is for: the compiler's
//! own `cfg`s do not.

use std::path::PathBuf;
use std::{env, fs};

/// The image's identity, which the trace sends. Loaded, so that the firmware can read it.
const BUILD_ID: &str = "
SECTIONS
{
  .note.gnu.build-id : ALIGN(4)
  {
    __bk_build_id_note = .;
    KEEP(*(.note.gnu.build-id));
    __bk_build_id_note_end = .;
  } > FLASH
} INSERT AFTER .bk.definitions;
";

/// Without the trace only tools need it, and it costs no flash.
const BUILD_ID_FOR_TOOLS: &str = "
SECTIONS
{
  .note.gnu.build-id 0 (INFO) : { KEEP(*(.note.gnu.build-id)); }
} INSERT AFTER .uninit;
";

/// The interrupts that are bound `unmasked`, for the port.
const UNMASKED: &str = "
SECTIONS
{
  .bk.unmasked : ALIGN(4)
  {
    __bk_unmasked_start = .;
    KEEP(*(.bk.unmasked));
    __bk_unmasked_end = .;
  } > FLASH
} INSERT AFTER .bk.definitions;
";

fn main() {
    println!("cargo::rerun-if-changed=bluekernel.x");
    println!("cargo::rerun-if-changed=riscv.x");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(armv6m, armv8m, guarded, zero_latency)");
    let target = env::var("TARGET").unwrap_or_default();
    let (armv7m, armv8m) = (target.starts_with("thumbv7"), target.starts_with("thumbv8m.main-"));
    let hosted = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system != "none");
    let zero_latency = env::var_os("CARGO_FEATURE_ZERO_LATENCY").is_some() && (armv7m || armv8m || hosted);
    for (name, is_set) in [
        ("armv6m", target.starts_with("thumbv6m-")),
        ("armv8m", armv8m),
        ("guarded", (armv7m || target.starts_with("riscv")) && env::var_os("CARGO_FEATURE_STACK_GUARD").is_some()),
        // There are handlers that the mask does not delay.
        ("zero_latency", zero_latency),
    ] {
        if is_set {
            println!("cargo::rustc-cfg={name}");
        }
    }
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let traced = ["CARGO_FEATURE_TRACE", "CARGO_FEATURE_TRACE_FLIGHT"].iter().any(|name| env::var_os(name).is_some());
    let build_id = if traced { BUILD_ID } else { BUILD_ID_FOR_TOOLS };
    let unmasked = if zero_latency && !hosted { UNMASKED } else { "" };
    // As `bluekernel_core::TaskControl` is; the kernel asserts it.
    let wide = env::var("CARGO_CFG_TARGET_POINTER_WIDTH").is_ok_and(|bits| bits == "64");
    let long = ["CARGO_FEATURE_CPU_TIME", "CARGO_FEATURE_ASYNC"].iter().any(|name| env::var_os(name).is_some());
    let control_bytes = if wide && long { "128" } else { "64" };
    let written = fs::read_to_string("bluekernel.x")
        .map(|fragment| fragment.replace("CONTROL_BYTES", control_bytes) + build_id + unmasked)
        .and_then(|fragment| fs::write(out.join("bluekernel.x"), fragment));
    if let Err(error) = written {
        println!("cargo::error=cannot make bluekernel.x: {error}");
    }
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch.starts_with("riscv"))
        && let Err(error) = fs::copy("riscv.x", out.join("link.x"))
    {
        println!("cargo::error=cannot make link.x: {error}");
    }
    println!("cargo::rustc-link-search={}", out.display());
}

//! What an Armv6-M core has of the private peripheral bus (Arm DDI 0419, B3.2-B3.4 and part C). Everything else there
//! reads as zero and ignores writes.
//!
//! | registers | software | a debugger |
//! |---|---|---|
//! | SysTick | yes | yes |
//! | NVIC: ISER, ICER, ISPR, ICPR, one word each; IPR0-IPR7 | yes | yes |
//! | CPUID, ICSR, AIRCR, SCR, CCR, SHPR2, SHPR3 | yes | yes |
//! | VTOR and the protection unit, on the Cortex-M0+ | yes | yes |
//! | SHCSR, DFSR, DHCSR, DCRSR, DCRDR, DEMCR | no | yes |
//! | DWT: the sampled program counter; breakpoint unit; ROM table and identification | no | yes |
//!
//! The column "software" is a choice that the architecture leaves to the core: on a Cortex-M0 and M0+ the debug registers
//! are the debug port's alone, as the headers that Arm gives for these cores say (CMSIS, core_cm0.h and core_cm0plus.h).
//!
//! The System Control Space is for words. What a byte or a halfword does there is unpredictable (B3.1.1); here it reaches
//! its part of the register, as on Armv7-M, and as QEMU does it for the priorities.

use super::config::CoreModel;
use super::ppb::Master;

/// Whether the core has anything at a word of the bus, for who asks.
pub(crate) fn has(word: u32, model: CoreModel, master: Master) -> bool {
    match word {
        0xe000_e010..=0xe000_e01f => true,
        0xe000_e100 | 0xe000_e180 | 0xe000_e200 | 0xe000_e280 | 0xe000_e400..=0xe000_e41f => true,
        0xe000_ed00 | 0xe000_ed04 | 0xe000_ed0c..=0xe000_ed17 | 0xe000_ed1c..=0xe000_ed23 => true,
        0xe000_ed08 | 0xe000_ed90..=0xe000_eda3 => model.has_privilege_and_vtor(),
        // DWT_PCSR is all that is modelled of the DWT: it says that it has no comparators.
        0xe000_101c | 0xe000_1fd0..=0xe000_1fff | 0xe000_2000..=0xe000_2fff | 0xe00f_f000.. => {
            master == Master::Debugger
        }
        0xe000_ed24 | 0xe000_ed30 | 0xe000_edf0..=0xe000_edff | 0xe000_efd0..=0xe000_efff => master == Master::Debugger,
        _ => false,
    }
}

//! What a generated `board.rs` is made of: the names of the interrupts, and the clock.

/// Declares a board's interrupts: `pub enum Interrupt`, and the vector table behind it.
///
/// ```
/// bluekernel::interrupts! { 32; UART0_RX = 0, UART0_TX = 1 }
/// assert_eq!(Interrupt::UART0_TX.number(), 1);
/// ```
/// The first number is how many external interrupts the controller has. Use it once, in the module `board` of the
/// program's root: `#[bluekernel::interrupt]` looks for `crate::board::Interrupt`. The linker needs `device.x`, which
/// gives every name the default handler. With feature `pac-vectors` there are only the names: table and `device.x` are
/// those of a peripheral access crate, which uses the same names.
#[macro_export]
macro_rules! interrupts {
    ($count:literal; $($name:ident = $number:literal),* $(,)?) => {
        /// The board's interrupts, by the names of its manual.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, missing_docs, dead_code)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Interrupt { $($name = $number),* }

        #[allow(dead_code)]
        impl Interrupt {
            /// Its number: external interrupt 0 is exception 16.
            #[must_use]
            pub const fn number(self) -> ::core::primitive::u16 {
                self as ::core::primitive::u16
            }
            /// Lets its handler run when it asks. From any context; does not block.
            pub fn enable(self) {
                $crate::interrupt::enable(self.number());
            }
            /// Keeps its handler from running. From any context; does not block.
            pub fn disable(self) {
                $crate::interrupt::disable(self.number());
            }
            /// Asks for it, as its source would. From any context; does not block.
            pub fn pend(self) {
                $crate::interrupt::pend(self.number());
            }
            /// Sets the hardware's priority: 0, with which all start, is the most important. From any context; does not
            /// block.
            pub fn set_priority(self, priority: ::core::primitive::u8) {
                $crate::interrupt::set_priority(self.number(), priority);
            }
        }

        #[cfg(target_os = "none")]
        $crate::__vector_table! { $count; $($name = $number),* }
    };
}

/// The handlers by source, and the bits of those that the program has made pending.
#[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __vector_table {
    ($count:literal; $($name:ident = $number:literal),*) => {
        const _: () = {
            use ::core::sync::atomic::AtomicU32;

            unsafe extern "C" {
                fn DefaultHandler();
                $(fn $name();)*
            }

            static HANDLERS: [$crate::__private::Handler; $count] = {
                let mut table = [DefaultHandler as $crate::__private::Handler; $count];
                $(table[$number] = $name as $crate::__private::Handler;)*
                table
            };
            static PENDED: [AtomicU32; ::core::primitive::usize::div_ceil($count, 32)] =
                [const { AtomicU32::new(0) }; ::core::primitive::usize::div_ceil($count, 32)];

            #[unsafe(no_mangle)]
            static __BK_SOURCES: $crate::__private::Sources =
                $crate::__private::Sources { handlers: &HANDLERS, pended: &PENDED };
        };
    };
}

/// The vector table behind the core's own exceptions.
#[cfg(all(not(feature = "pac-vectors"), not(any(target_arch = "riscv32", target_arch = "riscv64"))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __vector_table {
    ($count:literal; $($name:ident = $number:literal),*) => {
        const _: () = {
            unsafe extern "C" {
                fn DefaultHandler();
                $(fn $name();)*
            }
            type Handler = unsafe extern "C" fn();

            #[unsafe(link_section = ".vector_table.interrupts")]
            #[unsafe(no_mangle)]
            static __INTERRUPTS: [Handler; $count] = {
                let mut table = [DefaultHandler as Handler; $count];
                $(table[$number] = $name as Handler;)*
                table
            };
        };
    };
}

/// A peripheral access crate has it.
#[cfg(all(feature = "pac-vectors", not(any(target_arch = "riscv32", target_arch = "riscv64"))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __vector_table {
    ($count:literal; $($name:ident = $number:literal),*) => {};
}

/// Says where a RISC-V board's interrupt controllers are: a PLIC, whose context 0 is the hart's machine mode, and the CLINT
/// for software interrupts.
///
/// ```
/// bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);
/// ```
/// Use it once, beside [`interrupts!`](crate::interrupts), whose first number is then one more than the PLIC has sources.
#[macro_export]
macro_rules! interrupt_controller {
    (Plic, base = $base:expr, clint = $clint:expr $(,)?) => {
        #[cfg(target_os = "none")]
        const _: () = {
            #[unsafe(no_mangle)]
            static __BK_CONTROLLER: $crate::__private::Controller =
                $crate::__private::Controller { plic: $base, msip: $clint };
        };
    };
}

/// Binds the board's clock.
///
/// ```
/// # bluekernel::interrupts! { 32; TIMER0 = 8 }
/// // Two CMSDK APB timers: `base` and `irq` are those of the alarm, `clock` is the one that runs freely;
/// // left out, it is the timer behind the first (base + 0x1000).
/// bluekernel::time_driver!(CmsdkTimer, base = 0x4000_0000, irq = TIMER0, clock = 0x4000_1000, hz = 25_000_000);
/// ```
/// ```
/// # bluekernel::interrupts! { 82; TIM2 = 28 }
/// // A 32-bit timer of an STM32. `rcc` is the clock controller's address, `enable` the timer's bit in its APB1ENR. The
/// // timer's input clock is `clock_hz` once `main` has returned; `hz` is a whole part of it.
/// bluekernel::time_driver!(
///     Stm32Timer, base = 0x4000_0000, irq = TIM2, rcc = 0x4002_3800, enable = 0, clock_hz = 84_000_000, hz = 1_000_000
/// );
/// ```
/// ```
/// # bluekernel::interrupts! { 32; TIMER0 = 8 }
/// // TIMER0 of an nRF51. `hz` is 16 MHz divided by 1, 2, 4, up to 512.
/// bluekernel::time_driver!(Nrf51Timer, base = 0x4000_8000, irq = TIMER0, hz = 16_000_000);
/// ```
/// ```
/// # bluekernel::interrupts! { 44; TIMER0A = 19 }
/// // Two timer modules of a Stellaris: `base`, `enable` and `irq` are those of the alarm; `clock` and `clock_enable` of the
/// // one that runs freely. `control` is the address of System Control; the two `enable` are bits of its RCGC1.
/// bluekernel::time_driver!(
///     StellarisTimer, base = 0x4003_0000, irq = TIMER0A, enable = 16, clock = 0x4003_1000, clock_enable = 17,
///     control = 0x400f_e000, hz = 50_000_000
/// );
/// ```
/// ```
/// // The timer of the RISC-V architecture: `base` is the address of the CLINT, `hz` what its mtime counts.
/// bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 10_000_000);
/// ```
/// ```
/// // The core's own timer, where there is no better one. `hz` is the core's clock.
/// bluekernel::time_driver!(SysTick, hz = 25_000_000);
/// ```
/// Use it once, where `Interrupt` of [`interrupts!`](crate::interrupts) is in scope. Nothing else may use these timers.
#[macro_export]
macro_rules! time_driver {
    (CmsdkTimer, base = $base:expr, irq = $irq:ident, hz = $hz:expr $(,)?) => {
        $crate::time_driver!(CmsdkTimer, base = $base, irq = $irq, clock = $base + 0x1000, hz = $hz);
    };
    (CmsdkTimer, base = $base:expr, irq = $irq:ident, clock = $clock:expr, hz = $hz:expr $(,)?) => {
        impl $crate::interrupt::HasOneHandler<{ Interrupt::$irq as ::core::primitive::u16 }> for Interrupt {}

        #[cfg(target_os = "none")]
        const _: () = {
            // SAFETY: the board file gives these timers to the kernel, and the kernel calls under its lock.
            static DRIVER: $crate::__private::CmsdkTimer =
                unsafe { $crate::__private::CmsdkTimer::new($clock, $base, Interrupt::$irq as ::core::primitive::u16) };

            #[unsafe(export_name = ::core::stringify!($irq))]
            extern "C" fn alarm() {
                $crate::rt::__alarm_interrupt(&DRIVER, 16 + Interrupt::$irq as ::core::primitive::u16);
            }

    $crate::time_driver!(@bind $hz);
        };
    };
    (
        Stm32Timer, base = $base:expr, irq = $irq:ident, rcc = $rcc:expr, enable = $enable:expr,
        clock_hz = $clock_hz:expr, hz = $hz:expr $(,)?
    ) => {
        impl $crate::interrupt::HasOneHandler<{ Interrupt::$irq as ::core::primitive::u16 }> for Interrupt {}

        #[cfg(target_os = "none")]
        const _: () = {
            // SAFETY: the board file gives this timer to the kernel, and the kernel calls under its lock.
            static DRIVER: $crate::__private::Stm32Timer = unsafe {
                $crate::__private::Stm32Timer::new(
                    $base,
                    Interrupt::$irq as ::core::primitive::u16,
                    $rcc,
                    $enable,
                    $clock_hz,
                    $hz,
                )
            };

            #[unsafe(export_name = ::core::stringify!($irq))]
            extern "C" fn alarm() {
                $crate::rt::__alarm_interrupt(&DRIVER, 16 + Interrupt::$irq as ::core::primitive::u16);
            }

    $crate::time_driver!(@bind $hz);
        };
    };
    (
        StellarisTimer, base = $base:expr, irq = $irq:ident, enable = $enable:expr, clock = $clock:expr,
        clock_enable = $clock_enable:expr, control = $control:expr, hz = $hz:expr $(,)?
    ) => {
        #[cfg(target_os = "none")]
        const _: () = {
            // SAFETY: the board file gives these timers to the kernel, and the kernel calls under its lock.
            static DRIVER: $crate::__private::StellarisTimer = unsafe {
                $crate::__private::StellarisTimer::new(
                    $clock,
                    $clock_enable,
                    $base,
                    $enable,
                    Interrupt::$irq as ::core::primitive::u16,
                    $control,
                )
            };

            #[unsafe(export_name = ::core::stringify!($irq))]
            extern "C" fn alarm() {
                $crate::rt::__alarm_interrupt(&DRIVER, 16 + Interrupt::$irq as ::core::primitive::u16);
            }

    $crate::time_driver!(@bind $hz);
        };
    };
    (Nrf51Timer, base = $base:expr, irq = $irq:ident, hz = $hz:expr $(,)?) => {
        #[cfg(target_os = "none")]
        const _: () = {
            // SAFETY: the board file gives this timer to the kernel, and the kernel calls under its lock.
            static DRIVER: $crate::__private::Nrf51Timer =
                unsafe { $crate::__private::Nrf51Timer::new($base, Interrupt::$irq as ::core::primitive::u16, $hz) };

            #[unsafe(export_name = ::core::stringify!($irq))]
            extern "C" fn alarm() {
                $crate::rt::__alarm_interrupt(&DRIVER, 16 + Interrupt::$irq as ::core::primitive::u16);
            }

    $crate::time_driver!(@bind $hz);
        };
    };
    (Mtime, base = $base:expr, hz = $hz:expr $(,)?) => {
        #[cfg(target_os = "none")]
        const _: () = {
            use $crate::__private::Mtime;

            // SAFETY: the board file gives this timer to the kernel, and the kernel calls under its lock.
            static DRIVER: Mtime = unsafe { Mtime::new($base + Mtime::CLINT_MTIME, $base + Mtime::CLINT_MTIMECMP) };

            #[unsafe(export_name = "MachineTimer")]
            extern "C" fn alarm() {
                $crate::rt::__alarm_interrupt(&DRIVER, 7);
            }

    $crate::time_driver!(@bind $hz);
        };
    };
    (SysTick, hz = $hz:expr $(,)?) => {
        #[cfg(target_os = "none")]
        const _: () = {
            /// An interrupt a millisecond, or as rarely as 24 bits allow.
            const PERIOD: ::core::primitive::u32 = if $hz / 1000 > 1 << 24 { 1 << 24 } else { $hz / 1000 };

            // SAFETY: the board file gives SysTick to the kernel, and the kernel calls under its lock.
            static DRIVER: $crate::__private::SysTick = unsafe { $crate::__private::SysTick::new(PERIOD) };

            #[unsafe(export_name = "SysTick")]
            extern "C" fn alarm() {
                $crate::rt::__alarm_interrupt(&DRIVER, 15);
            }

    $crate::time_driver!(@bind $hz);
        };
    };
    (@bind $hz:expr) => {
        use $crate::__private::TimeDriver as _;
        type Scale = $crate::__private::Scale<{ $hz }>;

        #[unsafe(no_mangle)]
        static __BK_TIME_HZ: ::core::primitive::u32 = $hz;
        #[unsafe(no_mangle)]
        fn __bk_time_reset() {
            DRIVER.reset();
        }
        #[unsafe(no_mangle)]
        fn __bk_time_start() {
            DRIVER.start();
        }
        #[unsafe(no_mangle)]
        fn __bk_time_now() -> ::core::primitive::u64 {
            DRIVER.now()
        }
        #[unsafe(no_mangle)]
        fn __bk_time_set_alarm(at: ::core::primitive::u64) {
            DRIVER.set_alarm(at);
        }
        #[unsafe(no_mangle)]
        #[inline(never)]
        fn __bk_ticks_at(micros: ::core::primitive::u64) -> ::core::primitive::u64 {
            Scale::ticks_at(micros)
        }
        #[unsafe(no_mangle)]
        #[inline(never)]
        fn __bk_ticks_for(micros: ::core::primitive::u64) -> ::core::primitive::u64 {
            Scale::ticks_for(micros)
        }
        #[unsafe(no_mangle)]
        #[inline(never)]
        fn __bk_micros_at(ticks: ::core::primitive::u64) -> ::core::primitive::u64 {
            Scale::micros_at(ticks)
        }
    };
}

#[cfg(target_os = "none")]
const _: () = {
    fn main() {
        set_up();
    }
    /// Called by the reset handler.
    #[unsafe(export_name = "main")]
    extern "C" fn entry() -> ! {
        ::bluekernel::rt::start(|| {
            main();
        });
        loop {}
    }
    #[unsafe(no_mangle)]
    static __BK_CORE_HZ: ::core::primitive::u32 = crate::board::CORE_HZ;
    unsafe extern "C" {
        static __bk_control_start: ::core::primitive::u8;
        static __bk_control_end: ::core::primitive::u8;
    }
    #[used]
    #[unsafe(link_section = ".bk.kernel")]
    static RECORD: ::bluekernel::__private::KernelRecord = ::bluekernel::__private::KernelRecord::new(
        crate::board::CORE_HZ,
        (&raw const __bk_control_start).cast(),
        (&raw const __bk_control_end).cast(),
    );
};
#[cfg(not(target_os = "none"))]
fn main() {
    fn main() {
        set_up();
    }
    ::bluekernel::rt::start(|| {
        main();
    });
}

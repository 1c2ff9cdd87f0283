const _: () = {
    const NUMBER: ::core::primitive::u16 = crate::board::Interrupt::CAPTURE
        as ::core::primitive::u16;
    ::bluekernel::__unmasked!();
    impl ::bluekernel::interrupt::HasOneHandler<NUMBER> for crate::board::Interrupt {}
    #[allow(non_snake_case)]
    unsafe fn CAPTURE() {
        MOMENT.store(now(), Relaxed);
    }
    fn handle() {
        unsafe { CAPTURE() };
    }
    /// In the vector table by its name.
    #[cfg(target_os = "none")]
    #[unsafe(export_name = "CAPTURE")]
    extern "C" fn vector() {
        handle();
    }
    /// The start gives these interrupts a priority above the mask.
    #[cfg(target_os = "none")]
    #[used]
    #[unsafe(link_section = ".bk.unmasked")]
    static UNMASKED: ::core::primitive::u16 = NUMBER;
    #[cfg(not(target_os = "none"))]
    #[used]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
    #[cfg_attr(
        not(any(target_vendor = "apple", windows)),
        unsafe(link_section = ".init_array")
    )]
    static REGISTER: extern "C" fn() = {
        extern "C" fn register() {
            ::bluekernel::interrupt::__bind_unmasked(NUMBER, handle);
        }
        register
    };
};

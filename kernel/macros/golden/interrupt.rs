const _: () = {
    const NUMBER: ::core::primitive::u16 = crate::board::Interrupt::UART0_RX
        as ::core::primitive::u16;
    impl ::bluekernel::interrupt::HasOneHandler<NUMBER> for crate::board::Interrupt {}
    #[allow(non_snake_case)]
    fn UART0_RX() {
        READY.give();
    }
    fn handle() {
        ::bluekernel::interrupt::__handle(
            NUMBER,
            || {
                UART0_RX();
            },
        );
    }
    /// In the vector table by its name.
    #[cfg(target_os = "none")]
    #[unsafe(export_name = "UART0_RX")]
    extern "C" fn vector() {
        handle();
    }
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
            ::bluekernel::interrupt::__bind(NUMBER, handle);
        }
        register
    };
};

/// Where workers run.
pub static WORKER: Slot<1024> = {
    #[cfg_attr(
        target_os = "none",
        unsafe(link_section = ".bk.control.src_tasks.rs:000012")
    )]
    static CONTROL: ::bluekernel::task::Control = ::bluekernel::task::__control();
    #[cfg(target_os = "none")]
    #[unsafe(link_section = ".bk.names")]
    static NAME: [::core::primitive::u8; 6 + 1] = ::bluekernel::__private::name_bytes(
        "WORKER",
    );
    #[cfg_attr(target_os = "none", unsafe(link_section = ".uninit.bk.stacks"))]
    static STACK: <Slot<1024> as ::bluekernel::task::__HasStack>::Stack = ::bluekernel::task::Stack::new();
    #[cfg(target_os = "none")]
    #[used]
    #[unsafe(link_section = ".bk.tasks.src_tasks.rs:000012")]
    static RECORD: ::bluekernel::__private::TaskRecord = ::bluekernel::__private::TaskRecord::new(
        &CONTROL,
        &STACK,
        0,
        (&raw const NAME).cast(),
        6,
    );
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
            ::bluekernel::task::__register_slot(
                &CONTROL,
                ::core::file!(),
                ::core::line!(),
            );
        }
        register
    };
    unsafe { ::bluekernel::task::Slot::__new(&CONTROL, &STACK) }
};

/// Reads the sensor.
fn sensor() {
    loop {
        read();
    }
}
/// The task that runs the function of this name.
#[allow(non_camel_case_types, dead_code)]
enum sensor {}
const _: () = {
    #[cfg_attr(
        target_os = "none",
        unsafe(link_section = ".bk.control.src_tasks.rs:000012")
    )]
    static SENSOR_CONTROL: ::bluekernel::task::Control = ::bluekernel::task::__control();
    #[cfg_attr(target_os = "none", unsafe(link_section = ".uninit.bk.stacks"))]
    static SENSOR_STACK: ::bluekernel::task::Stack<{ 1024 }> = ::bluekernel::task::Stack::new();
    #[cfg_attr(
        target_os = "none",
        used,
        unsafe(link_section = ".bk.definitions.src_tasks.rs:000012")
    )]
    static DEFINITION: ::bluekernel::task::Definition = unsafe {
        ::bluekernel::task::Definition::new(
            || {
                sensor();
            },
            &SENSOR_CONTROL,
            &SENSOR_STACK,
            5,
            true,
            "sensor",
        )
    };
    #[allow(dead_code)]
    impl sensor {
        /// The task's handle.
        fn task() -> ::bluekernel::task::Task {
            DEFINITION.__task()
        }
        /// Starts the task, which is dormant: it was declared so, or has returned.
        fn start() -> ::core::result::Result<(), ::bluekernel::task::Busy> {
            DEFINITION.__start()
        }
    }
    #[cfg(target_os = "none")]
    #[unsafe(link_section = ".bk.names")]
    static NAME: [::core::primitive::u8; 6 + 1] = ::bluekernel::__private::name_bytes(
        "sensor",
    );
    #[cfg(target_os = "none")]
    #[used]
    #[unsafe(link_section = ".bk.tasks.src_tasks.rs:000012")]
    static RECORD: ::bluekernel::__private::TaskRecord = ::bluekernel::__private::TaskRecord::new(
        &SENSOR_CONTROL,
        &SENSOR_STACK,
        5,
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
            ::bluekernel::task::__register(
                &DEFINITION,
                ::core::file!(),
                ::core::line!(),
            );
        }
        register
    };
};

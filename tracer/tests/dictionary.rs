//! The dictionary of an ELF file, on the firmware that `kernel/inspect` keeps for its own tests: made by another
//! compiler and linker from `kernel/inspect/tests/fixtures/kernel.c`.

use std::collections::BTreeMap;

use bluekernel_inspect::Image;
use bluekernel_tracer::recording::{HEADER_SCHEMA, Header, HeaderError, TaskEntry};

fn image(bytes: &[u8]) -> Image {
    Image::parse(bytes).unwrap()
}

#[test]
fn names_come_from_the_elf() {
    let image = image(include_bytes!("../../kernel/inspect/tests/fixtures/kernel.elf"));
    let exceptions = BTreeMap::from([(16, "UART0_RX".to_owned())]);
    let header = Header::from_image(&image, "board", exceptions.clone(), "0.1.0").unwrap();
    // All from kernel.c: two task records, three names at offsets 0, 7 and 18, a clock of 25 MHz.
    let task =
        |number, name: &str, priority, stack_bytes| TaskEntry { number, name: name.to_owned(), priority, stack_bytes };
    assert_eq!(header.tasks, [task(0, "worker", 7, 256), task(1, "idle hands", 3, 512)]);
    let names: Vec<_> = header.names.iter().map(|(id, name)| (*id, name.as_str())).collect();
    assert_eq!(names, [(0, "worker"), (7, "idle hands"), (18, "flash \u{e9}tape")]);
    assert_eq!((header.clock_hz, header.schema.as_str()), (25_000_000, HEADER_SCHEMA));
    assert_eq!(header.build_id.as_deref(), Some("00112233445566778899aabbccddeeff01234567"));
    assert_eq!(header.exceptions, exceptions);
    assert!(header.objects.values().any(|name| name == "blinky::READY"), "{:?}", header.objects);
    // The same ELF gives the same bytes.
    let again = Header::from_image(&image, "board", exceptions, "0.1.0").unwrap();
    assert_eq!(serde_json::to_string(&header).unwrap(), serde_json::to_string(&again).unwrap());
}

#[test]
fn firmware_without_the_kernel_is_told_apart() {
    let image = image(include_bytes!("../../kernel/inspect/tests/fixtures/float.elf"));
    let error = Header::from_image(&image, "board", BTreeMap::new(), "0.1.0").unwrap_err();
    assert!(matches!(error, HeaderError::NoTrace), "{error}");
    assert!(error.to_string().starts_with("this ELF has no trace section"));
}

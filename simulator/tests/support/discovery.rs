//! The STM32F4DISCOVERY with no peripheral but the interface of its flash memory.

use bluekernel_boards::model::Board;
use bluekernel_boards::registry::{Registry, SearchPath};

pub(crate) fn discovery() -> Board {
    let mut board = Registry::new(SearchPath::built_in()).check("stm32f4-discovery").unwrap().board;
    board.chip.peripherals.retain(|peripheral| peripheral.name == "FLASH");
    board
}

//! What a simulator told of the run of `common::scenario`.

use bluekernel_tracer::latency::{ExceptionLatency, Latencies, Masked, Wait, WaitedFor};

use super::scenario::HZ;

/// Three exceptions on a core that runs ten times as fast as the trace's clock, and had run for 5,000 cycles when that began.
pub fn latencies(name: &str) -> Latencies {
    let place = |line: u32| format!("read{name} (src/adc.rs:{line})");
    let mask = Masked { from: place(12), to: place(19), cycles: 950 };
    let handler = WaitedFor::Handler { name: format!("TIMER0{name}"), entry: place(30), cycles: 400 };
    let wait = |cycles, entered: u64, waited_for| Wait { cycles, pended_at: entered - cycles, waited_for };
    // UART0_RX begins at 410 and 900 us, TIMER0 at 400 us (`common::scenario`); a wait that ended at 700 us none has.
    let uart = vec![
        wait(910, 5_000 + 9_000 - 50, Some(WaitedFor::Mask(mask.clone()))),
        wait(300, 5_000 + 4_100 - 50, Some(handler)),
        wait(40, 5_000 + 7_000, None),
        wait(30, 5_000 + 4_100 - 50, None),
    ];
    let row = |exception, name: String, max, longest| {
        let (count, min) = (1_234, 9);
        let [p50, p99] = [15, 299].map(|cycles: u64| cycles.min(max));
        ExceptionLatency { exception, name, count, min, p50, p99, max, longest }
    };
    let timer = vec![wait(20, 5_000 + 4_000 - 50, None)];
    // No trace tells of this one's handler.
    let pend_sv = vec![wait(10, 5_000 + 4_500 - 50, None)];
    let exceptions = vec![
        row(14, format!("PendSV{name}"), 10, pend_sv),
        row(24, format!("TIMER0{name}"), 20, timer),
        row(16, format!("UART0_RX{name}"), 910, uart),
    ];
    Latencies { core_hz: 10 * HZ, began_at: Some(5_000), longest_masked: Some(mask), exceptions }
}

use bksim::bus::{Access, Bus, BusError};
use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig, MemoryRegion};
use bluekernel_boards::model::Attrs;
struct None_;
impl Bus for None_ {
    fn read(&mut self, _: Access) -> Result<u32, BusError> {
        Ok(0)
    }
    fn write(&mut self, _: Access, _: u32) -> Result<(), BusError> {
        Ok(())
    }
    fn take_attention(&mut self) -> bool {
        false
    }
}
fn cpu() -> f64 {
    std::fs::read_to_string("/proc/self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
fn main() {
    let total: u64 = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000_000);
    for path in std::env::args().skip(1) {
        print!("{:10}", std::path::Path::new(&path).file_stem().unwrap().to_str().unwrap());
        for every in [64_000u64, 1_000] {
            let mut best = 0.0f64;
            for _ in 0..3 {
                let model = if path.contains("m4") { CoreModel::CortexM4F } else { CoreModel::CortexM3 };
                let region = |base, size, write| MemoryRegion {
                    base,
                    size,
                    attrs: Attrs { read: true, write, execute: true },
                    aliases: vec![],
                };
                let config = CortexConfig {
                    model,
                    irqs: 32,
                    prio_bits: 3,
                    memories: vec![region(0, 0x40000, false), region(0x2000_0000, 0x40000, true)],
                    instruction_clock: true,
                    ..CortexConfig::default()
                };
                let mut core = cortex_m::new(&config).unwrap();
                assert!(core.poke(0, &std::fs::read(&path).unwrap()));
                core.reset();
                let mut bus = None_;
                core.run(&mut bus, 1_000_000);
                let begin = cpu();
                let start = core.instructions();
                let mut until = core.cycles();
                while core.instructions() - start < total {
                    until += every;
                    let stop = core.run(&mut bus, until);
                    if stop != CoreStop::Horizon {
                        println!("{stop:?} {:x} {:?}", core.pc(), core.fault_report());
                        break;
                    }
                }
                best = best.max((core.instructions() - start) as f64 / (cpu() - begin) / 1e6);
            }
            print!(" {best:7.1}");
        }
        println!();
    }
}

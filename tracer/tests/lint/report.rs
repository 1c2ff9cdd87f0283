use bluekernel_abi::{BlockReason, Event};
use bluekernel_tracer::lint::LintReport;

use super::common::encoder::AFTER_DROPS;
use super::*;

fn report() -> LintReport {
    let mut script = settled(&[LOGGER, WORKER]);
    script.at(200, Event::Ready { task: LOGGER }).waits(150_200, BlockReason::Period, 0, LOGGER);
    script.encoder.drop_events(3);
    script.encoder.clock = 150_300;
    script.encoder.sync(AFTER_DROPS);
    let trace = trace(&mut script, 151_000);
    LintReport::new(&trace, Lints::default().run(&trace))
}

#[test]
fn as_text() {
    let expected = "\
warning: logger was ready for 150.0 ms before it ran  [starvation]
  meanwhile worker ran 150.0 ms. A task that waits must give the processor away (receive, take, sleep); one that has
  much to do must be less important than logger, or do it in pieces. Look at worker first.
  tasks: logger, worker
  --window 200cy..150200cy
    200 us  logger is ready
  150.2 ms  logger runs

note: events of 100.0 us were lost: what happened there is not known
0 errors, 1 warning
";
    assert_eq!(report().to_text(), expected);
}

#[test]
fn as_json() {
    let json = serde_json::to_value(report()).expect("it is data");
    assert_eq!(json["schema"], "bk.trace.lint/1");
    assert_eq!((&json["errors"], &json["warnings"], &json["lost_cycles"]), (&0.into(), &1.into(), &100.into()));
    let finding = &json["findings"][0];
    assert_eq!((&finding["lint"], &finding["severity"]), (&"starvation".into(), &"warning".into()));
    assert_eq!(finding["evidence"]["window"], serde_json::json!({"start": 200, "end": 150_200}));
    assert_eq!(finding["evidence"]["tasks"][1], serde_json::json!({"number": 1, "name": "worker"}));
    assert_eq!(finding["evidence"]["events"][1], serde_json::json!({"time": 150_200, "what": "logger runs"}));
}

#[test]
fn a_clean_trace() {
    let trace = trace(&mut settled(&[LOGGER, WORKER]), 1_000);
    let report = LintReport::new(&trace, Lints::default().run(&trace));
    assert_eq!(report.to_text(), "0 errors, 0 warnings\n");
}

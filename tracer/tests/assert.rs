//! Budgets on the trace of `common::scenario`, whose numbers were worked out by hand from its events (`tests/stats.rs`).
//! One cycle is one microsecond.

mod common;

use bluekernel_abi::{BlockReason, Event};
use bluekernel_tracer::assert::{Budgets, Report, Verdict};
use bluekernel_tracer::latency::{ExceptionLatency, Latencies, Masked, Wait, WaitedFor};
use bluekernel_tracer::lint::{Lint, Lints, Severity};
use bluekernel_tracer::model::Trace;
use common::encoder::{AFTER_DROPS, Encoder};
use common::scenario::{HZ, Script, block, header, script};

use Verdict::{CannotBeShown, Fails, Holds};

fn of(script: &Script) -> Trace {
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    trace.finish();
    trace
}

/// The scenario with five events lost from 1000 to 1100.
fn with_loss() -> Trace {
    let mut script = script();
    script.encoder.drop_events(5);
    script.encoder.clock = 1100;
    script.encoder.sync(AFTER_DROPS);
    script.at(1200, Event::TimerArm { ticks: 1 });
    of(&script)
}

fn file(lines: &[&str]) -> String {
    lines.iter().fold("budgets = [\n".to_owned(), |text, line| text + "'''" + line + "''',\n") + "]\n"
}

fn report(trace: &Trace, lines: &[&str]) -> Report {
    Report::of(&Budgets::parse(&file(lines)).unwrap(), trace).unwrap()
}

/// Checks that each budget has its verdict and its measured value.
fn check(trace: &Trace, expected: &[(&str, Verdict, &str)]) {
    let lines: Vec<&str> = expected.iter().map(|(line, ..)| *line).collect();
    let report = report(trace, &lines);
    let found: Vec<_> = report.budgets.iter().map(|o| (o.budget.as_str(), o.verdict, o.found.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(report.holds, expected.iter().all(|(_, verdict, _)| *verdict == Holds));
}

#[test]
fn numbers_are_those_of_the_scenario() {
    check(
        &of(&script()),
        &[
            ("ctrl.response.max <= 60us", Holds, "60 us"),
            ("ctrl.response.max < 60us", Fails, "60 us"),
            ("ctrl.response.p50 == 20us", Holds, "20 us"),
            ("ctrl.response.p99 < 60.000001us", Holds, "60 us"),
            ("ctrl.response.mean == 30cy", Holds, "30 us"),
            ("ctrl.response.min > 0.01ms", Fails, "10 us"),
            ("ctrl.response.count == 3", Holds, "3"),
            ("'中文任务名'.response.max < 151us", Holds, "150 us"),
            // Ready 20..310, 450..510 and 610..710 of the one thing it did.
            ("low.ready.max == 450us", Holds, "450 us"),
            ("low.ready.total == 450us", Holds, "450 us"),
            ("ctrl.blocked.TOTAL.max <= 100us", Holds, "100 us"),
            ("ctrl.blocked.app::TOTAL.max < 100us", Fails, "100 us"),
            ("ctrl.blocked.'app::TOTAL'.count == 1", Holds, "1"),
            ("ctrl.blocked.mutex.total == 100us", Holds, "100 us"),
            // 200..430 ended; the delay from 700 lasts to the end, at 1000.
            ("ctrl.blocked.delay.max == 300us", Holds, "300 us"),
            ("ctrl.blocked.total == 630us", Holds, "630 us"),
            ("low.blocked.mutex.max == 0us", Holds, "0 s"),
            // The mutex: low had it 320..600, ctrl from there to the end without giving it back.
            ("object.TOTAL.waited.max == 100us", Holds, "100 us"),
            ("object.app::TOTAL.held.p99.9 <= 280us", Holds, "280 us"),
            // UART0_RX enters at 410 and at 900.
            ("isr.UART0_RX.interval.p90 == 490us", Holds, "490 us"),
            // low is woken at 20 and waits for time at 750; it runs 90, 10, 100 and 40 of that.
            ("low.completion.max == 730us", Holds, "730 us"),
            ("low.execution.p99.9 == 240us", Holds, "240 us"),
            ("ctrl.jitter < 1ms", CannotBeShown, "nothing"),
            ("ctrl.cpu == 24%", Holds, "24 %"),
            ("ctrl.cpu < 23.9999%", Fails, "24 %"),
            ("low.runs == 1", Holds, "1"),
            ("low.switches == 3", Holds, "3"),
            ("isr.TIMER0.duration.max < 41us", Holds, "40 us"),
            ("isr.UART0_RX.count == 2", Holds, "2"),
            ("isr.UART0_RX.cpu == 2%", Holds, "2 %"),
            ("cpu.idle > 22%", Holds, "23 %"),
            ("cpu.kernel < 15%", Fails, "15 %"),
            ("cpu.tasks == 57%", Holds, "57 %"),
            ("cpu.interrupts != 5%", Fails, "5 %"),
            ("drops == 0", Holds, "0"),
            ("faults == 0", Holds, "0"),
            ("resets == 0", Holds, "0"),
        ],
    );
}

#[test]
fn a_lower_bound_proves_more_than_and_never_less_than() {
    check(
        &with_loss(),
        &[
            ("drops == 0", Fails, "5"),
            ("drops < 6", Holds, "5"),
            ("ctrl.response.max < 60us", Fails, ">= 60 us"),
            ("ctrl.response.max < 1s", CannotBeShown, ">= 60 us"),
            ("ctrl.response.max > 59us", Holds, ">= 60 us"),
            ("ctrl.response.count >= 3", Holds, ">= 3"),
            ("ctrl.response.count == 3", CannotBeShown, ">= 3"),
            ("ctrl.response.count == 2", Fails, ">= 3"),
            ("ctrl.response.min <= 10us", Holds, "<= 10 us"),
            ("ctrl.response.min >= 10us", CannotBeShown, "<= 10 us"),
            ("ctrl.response.p99 < 1s", CannotBeShown, "unknown"),
            ("isr.TIMER0.duration.max < 50us", CannotBeShown, ">= 40 us"),
            // Ran 240 of 1200; nobody knows of it from 1000 on.
            ("ctrl.cpu >= 20%", Holds, "20 % to 36.6667 %"),
            ("ctrl.cpu < 37%", Holds, "20 % to 36.6667 %"),
            ("ctrl.cpu < 36%", CannotBeShown, "20 % to 36.6667 %"),
            // Idle 330 of 1200; 100 are unknown.
            ("cpu.idle > 27%", Holds, "27.5 % to 35.8333 %"),
        ],
    );
    // A window in front of the loss is exact.
    let text = "window = { to = '900us' }\nbudgets = ['ctrl.response.max < 61us']";
    assert!(Report::of(&Budgets::parse(text).unwrap(), &with_loss()).unwrap().holds);
}

#[test]
fn bytes_that_cannot_be_read_are_drops_that_nobody_counted() {
    let mut script = script();
    // No event starts with 0x7f.
    script.encoder.bytes.extend([0x7f; 3]);
    script.encoder.clock = 1100;
    script.encoder.sync(0);
    script.at(1200, Event::TimerArm { ticks: 1 });
    check(&of(&script), &[("drops == 0", CannotBeShown, "unknown"), ("drops <= 100", CannotBeShown, "unknown")]);
}

#[test]
fn who_starves_has_no_response_but_a_longest_one() {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(common::encoder::BOOT);
    script
        .at(0, Event::Info { build_id: 0, clock_hz: HZ })
        .at(0, Event::TaskNew { task: 0, priority: 2, stack: 1024 })
        .at(0, Event::TaskNew { task: 1, priority: 9, stack: 1024 })
        .at(100, Event::Ready { task: 0 })
        .at(100, Event::Ready { task: 1 })
        .at(150, Event::SwitchIn { task: 1 })
        .at(5000, Event::TimerArm { ticks: 1 });
    let trace = of(&script);
    check(
        &trace,
        &[
            ("low.response.max < 1ms", Fails, "4.9 ms"),
            ("low.response.p99 < 1ms", CannotBeShown, "nothing"),
            ("low.response.count > 0", Fails, "0"),
            // It was never even woken.
            ("'中文任务名'.response.max < 1ms", CannotBeShown, "nothing"),
            ("isr.TIMER0.duration.max < 1ms", CannotBeShown, "nothing"),
            ("isr.TIMER0.count == 0", Holds, "0"),
            ("low.stack.free > 0", CannotBeShown, "nothing"),
            ("low.deadline.misses == 0", CannotBeShown, "nothing"),
        ],
    );
    let report = report(&trace, &["low.response.max < 1ms"]);
    let evidence = report.budgets[0].evidence.as_ref().unwrap();
    assert_eq!(evidence.what, "low is woken at 100 us and has not run by 5 ms");
}

#[test]
fn a_wait_for_ever_counts_as_far_as_it_lasts() {
    let mut script = script();
    script
        .at(1000, Event::Ready { task: 1 })
        .at(1010, Event::SwitchIn { task: 1 })
        .at(1100, block(BlockReason::Mutex, 7))
        .at(1110, Event::Idle)
        .at(9100, Event::TimerArm { ticks: 1 });
    check(
        &of(&script),
        &[("ctrl.blocked.TOTAL.max < 1ms", Fails, "8 ms"), ("ctrl.blocked.TOTAL.count == 1", Holds, "1")],
    );
}

#[test]
fn stacks_and_deadlines() {
    let mut script = script();
    let timing = Event::Timing { object: 7, period: 500, deadline: 400 };
    script
        .at(1000, Event::Ready { task: 1 })
        .at(1010, Event::SwitchIn { task: 1 })
        .at(1010, timing)
        .at(1010, Event::JobRelease { object: 7, late: 10 })
        .at(1200, Event::JobDone { object: 7 })
        .at(1510, Event::JobRelease { object: 7, late: 10 })
        // Released at 1500, due at 1900, done at 2000.
        .at(2000, Event::DeadlineMiss { object: 7, late: 100 })
        .at(2100, Event::Stack { task: 1, free: 300 })
        .at(2200, Event::Stack { task: 1, free: 120 });
    let trace = of(&script);
    check(
        &trace,
        &[
            ("ctrl.deadline.misses == 0", Fails, "1"),
            ("ctrl.deadline.margin > 10us", Fails, "0 s"),
            // Both jobs began 10 us behind their release.
            ("ctrl.jitter == 0us", Holds, "0 s"),
            ("ctrl.stack.free > 128", Fails, "120 B"),
            ("ctrl.stack.free >= 120B", Holds, "120 B"),
            ("ctrl.stack.used <= 1KiB", Holds, "904 B"),
        ],
    );
    // Of the tasks with periodic work, each: low and 中文任务名 have none, and no deadline.
    let each = report(&trace, &["*.deadline.misses < 2", "*.jitter == 0us"]);
    let found: Vec<_> = each.budgets.iter().map(|o| (o.subject.as_deref(), o.verdict, o.found.as_str())).collect();
    assert_eq!(found, [(Some("ctrl"), Holds, "1"), (Some("ctrl"), Holds, "0 s")]);
    let nobody = Report::of(&Budgets::parse(&file(&["*.deadline.misses == 0"])).unwrap(), &of(&self::script()));
    assert_eq!(nobody.unwrap_err()[0].message, "`*` stands for no task: none told of periodic work");
    let report = report(&trace, &["ctrl.deadline.misses == 0"]);
    let evidence = report.budgets[0].evidence.as_ref().unwrap();
    assert_eq!(evidence.what, "ctrl is done at 2 ms, its deadline was at 1.9 ms");
    // From its release to its end, and a quarter more on both sides.
    assert_eq!(evidence.view, "1375cy..2125cy");
}

#[test]
fn findings_of_the_lints_are_counted() {
    // The stack of ctrl has 20 of 1024 bytes left: less than the eighth that the lint asks for.
    let mut script = script();
    script.at(1000, Event::Stack { task: 1, free: 20 });
    let trace = of(&script);
    let lints = Lints::default().run(&trace);
    let errors = lints.iter().filter(|finding| finding.severity == Severity::Error).count();
    let [low] = lints.iter().filter(|finding| finding.lint == Lint::StackLow).collect::<Vec<_>>()[..] else {
        panic!("{lints:?}");
    };
    let found = errors.to_string();
    check(
        &trace,
        &[
            ("lint.stack-low == 0", Fails, "1"),
            ("lint.deadlock == 0", Holds, "0"),
            ("lint.errors < 99", Holds, found.as_str()),
        ],
    );
    // The limit is 104 bytes, unless the file has another.
    let limited = |limit: &str| {
        let text = file(&["lint.stack-low == 0"]) + "[limits]\nstack-free = " + limit + "\n";
        Report::of(&Budgets::parse(&text).unwrap(), &trace).unwrap().holds
    };
    assert_eq!((limited("20"), limited("21")), (true, false));
    let report = report(&trace, &["lint.stack-low == 0"]);
    assert_eq!(report.budgets[0].evidence.as_ref().unwrap().what, low.title);
}

/// Cycles of a core ten times as fast as the trace's clock: 10 are a microsecond.
#[test]
fn masks_and_latencies_are_those_that_the_simulator_saw() {
    let lines = [
        "masked.max < 43us",
        "masked.max <= 42us",
        "masked.max == 420cy",
        "isr.UART0_RX.latency.max < 50us",
        "isr.UART0_RX.latency.max < 40us",
        "isr.UART0_RX.latency.p99 == 1.2us",
        "isr.TIMER0.latency.max < 1s",
        "lint.long-mask == 0",
    ];
    let mask = Masked { from: "a (x.rs:1)".to_owned(), to: "b (x.rs:2)".to_owned(), cycles: 420 };
    let wait = Wait { cycles: 410, pended_at: 5, waited_for: Some(WaitedFor::Mask(mask.clone())) };
    let (name, longest) = ("UART0_RX".to_owned(), vec![wait]);
    let uart = ExceptionLatency { exception: 16, name, count: 2, min: 12, p50: 12, p99: 12, max: 410, longest };
    let exceptions = vec![uart];
    let seen = Latencies { core_hz: 10 * HZ, longest_masked: Some(mask), exceptions, ..Latencies::default() };
    let report = |seen| Report::with(&Budgets::parse(&file(&lines)).unwrap(), &of(&script()), seen).unwrap();
    let told = report(Some(&seen));
    let found: Vec<_> = told.budgets.iter().map(|o| (o.verdict, o.found.as_str())).collect();
    let expected = [
        (Holds, "42 us"),
        (Holds, "42 us"),
        (Holds, "42 us"),
        (Holds, "41 us"),
        (Fails, "41 us"),
        (Holds, "1.2 us"),
        (CannotBeShown, "nothing"),
        (Holds, "0"),
    ];
    assert_eq!(found, expected);
    assert_eq!(told.budgets[0].measured.unwrap().unit, "core-cycles");
    let what = &told.budgets[4].evidence.as_ref().unwrap().what;
    assert_eq!(
        what,
        "UART0_RX waited 41.00 us while interrupts were masked for 42.00 us, from a (x.rs:1) to b (x.rs:2)"
    );
    // Nobody was kept waiting: that is known, and none.
    let quiet = Latencies { longest_masked: None, exceptions: Vec::new(), ..seen };
    assert_eq!(
        (report(Some(&quiet)).budgets[1].verdict, report(Some(&quiet)).budgets[1].found.as_str()),
        (Holds, "0 s")
    );
    // A recording alone does not tell. That no lint found a mask proves nothing then; that is the lint's to say.
    let alone = report(None);
    assert!(alone.budgets[..7].iter().all(|outcome| outcome.verdict == CannotBeShown), "{alone:#?}");
    assert!(alone.budgets[0].why.contains("--sim RUN.json"), "{}", alone.budgets[0].why);
}

#[test]
fn a_star_means_each() {
    let report = report(&of(&script()), &["*.response.max < 200us", "isr.*.duration.max < 1ms"]);
    let found: Vec<_> = report.budgets.iter().map(|o| (o.title(), o.verdict, o.found.as_str())).collect();
    let title = |budget: &str, subject: &str| format!("{budget} [{subject}]");
    let (response, duration) = ("*.response.max < 200us", "isr.*.duration.max < 1ms");
    assert_eq!(
        found,
        [
            (title(response, "low"), Fails, "290 us"),
            (title(response, "ctrl"), Holds, "60 us"),
            (title(response, "中文任务名"), Holds, "150 us"),
            (title(duration, "UART0_RX"), Holds, "10 us"),
            (title(duration, "TIMER0"), Holds, "40 us"),
        ]
    );
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    let trace = of(&script());
    let cases = [
        ("ctlr.cpu < 1%", "unknown task `ctlr`", "ctlr", "did you mean `ctrl`?"),
        ("zzz.cpu < 1%", "unknown task `zzz`", "zzz", "known: `low`, `ctrl` and `中文任务名`"),
        ("isr.TIMER.count > 0", "unknown interrupt `TIMER`", "TIMER", "did you mean `TIMER0`?"),
        ("ctrl.respnse.max < 1us", "unknown measure of a task `respnse`", "respnse", "did you mean `response`?"),
        ("ctrl.response.p98 < 1us", "unknown number of a distribution `p98`", "p98", "did you mean `p90` or `p99`?"),
        ("ctrl.response < 1us", "`response` is not all", "", "as in response.count"),
        ("ctrl < 1us", "`ctrl` is not all", "", "as in ctrl.response.p99 < 200us"),
        ("ctrl.cpu.max < 1%", "`cpu` has no parts", "max", ""),
        ("ctrl.blocked.TOTL.max < 1us", "unknown object `TOTL`", "TOTL", "did you mean `app::TOTAL`?"),
        ("ctrl.response.max < 200", "a time needs a unit", "200", "as in 200us, 1.5ms, 2s, or 400cy for cycles"),
        ("ctrl.response.max < 2%", "this is not a time", "2%", "as in 200us, 1.5ms, 2s, or 400cy for cycles"),
        ("ctrl.cpu < 0.4", "a part of the processor's time is told in %", "0.4", "as in 40%"),
        ("drops == 0us", "a count has no unit", "0us", "as in 0 or 1000"),
        ("ctrl.stack.free > 5ms", "this is not a size", "5ms", "as in 128 (bytes), 128B or 2KiB"),
        ("'drops'.cpu < 1%", "unknown task `drops`", "'drops'", "known: `low`, `ctrl` and `中文任务名`"),
    ];
    for (line, message, place, help) in cases {
        // Another budget in front: the place is one of the file, not of the line.
        let text = file(&["drops == 0", line]);
        let mut mistakes = Report::of(&Budgets::parse(&text).unwrap(), &trace).unwrap_err();
        assert_eq!(mistakes.len(), 1, "{line}");
        let mistake = mistakes.remove(0);
        assert_eq!((mistake.message.as_str(), mistake.help.unwrap_or_default().as_str()), (message, help), "{line}");
        assert_eq!(&text[mistake.span.clone()], place, "{line}");
        assert_eq!(text[..mistake.span.start].matches('\n').count(), 2, "{line}");
    }
}

#[test]
fn windows_outside_the_recording_are_mistakes() {
    let trace = of(&script());
    for (window, message) in [
        ("from = '5ms'", "the recording ends at 1 ms, before the window"),
        ("from = '5us'\nto = '5us'", "the window is empty"),
        ("to = 'soon'", "`soon` is not a time; write a number and a unit: 1.5ms, 200us, 2s, 40000cy"),
    ] {
        let text = format!("budgets = ['drops == 0']\n[window]\n{window}\n");
        let mistakes = Report::of(&Budgets::parse(&text).unwrap(), &trace).unwrap_err();
        assert_eq!(mistakes[0].message, message);
    }
    // Longer than the recording: all of it.
    let text = "budgets = ['drops == 0']\n[window]\nto = '1h'".replace("1h", "9s");
    assert_eq!(Report::of(&Budgets::parse(&text).unwrap(), &trace).unwrap().window.end, 1000);
}

const TEXT: &str = "\
ok    response  ctrl.response.max < 61us        60 us
FAIL  lock      ctrl.blocked.TOTAL.max <= 99us  100 us

1 of 2 hold  (0 s .. 1 ms of my run.bkt)

budgets.toml:3: lock: ctrl.blocked.TOTAL.max <= 99us
  measured 100 us
  ctrl waits from 500 us to 600 us and no longer
  bkctl trace view 'my run.bkt' --window 475cy..625cy

  test-board  475 us .. 625 us  (150.0 us; 3.000 us a column)
";

const NAMED: &str = "[budgets]\nresponse = 'ctrl.response.max < 61us'\nlock = 'ctrl.blocked.TOTAL.max <= 99us'\n";

#[test]
fn the_text_for_people() {
    let report = Report::of(&Budgets::parse(NAMED).unwrap(), &of(&script())).unwrap();
    let text = report.to_text("budgets.toml", "my run.bkt");
    assert!(text.starts_with(TEXT), "{text}");
    // What ctrl waited for is drawn: low runs while ctrl waits. The board's line, two of the axis, six lanes and a value.
    let drawn: Vec<&str> = text.lines().skip(TEXT.lines().count()).collect();
    assert!(drawn.iter().any(|line| line.trim_start().starts_with("ctrl") && line.contains("────")), "{text}");
    assert!(drawn.iter().all(|line| line.chars().count() <= 82), "{text}");
}

#[test]
fn junit_is_xml_whatever_the_names_are() {
    let mut header = header();
    header.tasks[1].name = "<a> & \"b\"\u{1}]]>".to_owned();
    let mut trace = Trace::new(header);
    trace.push(&script().encoder.bytes);
    let text = "[budgets]\n'<&\"' = '*.response.max < 100us'\nloss = 'drops == 0'\n";
    let report = Report::of(&Budgets::parse(text).unwrap(), &trace).unwrap();
    let xml = report.to_junit("b<1>.toml", "r&.bkt").unwrap();
    assert_eq!(xml, report.to_junit("b<1>.toml", "r&.bkt").unwrap());
    // Another parser than the one whose writer made it.
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suite = document.root_element().first_element_child().unwrap();
    assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("4"), Some("2")));
    assert_eq!(suite.attribute("name"), Some("b<1>.toml"));
    let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
    let names: Vec<_> = cases.iter().map(|case| case.attribute("name").unwrap()).collect();
    assert_eq!(names, ["<&\" [low]", "<&\" [<a> & \"b\"?]]>]", "<&\" [中文任务名]", "loss"]);
    let failures: Vec<_> = suite.descendants().filter(|node| node.has_tag_name("failure")).collect();
    assert_eq!(failures.len(), 2);
    assert_eq!(failures[0].attribute("message"), Some("*.response.max < 100us: measured 290 us"));
    let words = failures[0].text().unwrap();
    assert!(words.contains("low is woken at 20 us and runs at 310 us\n"), "{words}");
    assert!(words.contains("bkctl trace view 'r&.bkt' --window 0cy..382cy"), "{words}");
    assert_eq!(cases[3].text_of("system-out"), "drops == 0: measured 0");
}

trait TextOf {
    fn text_of(&self, tag: &str) -> String;
}

impl TextOf for roxmltree::Node<'_, '_> {
    fn text_of(&self, tag: &str) -> String {
        self.children().find(|node| node.has_tag_name(tag)).and_then(|node| node.text()).unwrap_or_default().to_owned()
    }
}

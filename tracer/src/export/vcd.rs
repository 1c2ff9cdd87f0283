//! Value change dump (IEEE 1364-2005, clause 18), for wave viewers and logic analysers: GTKWave, Surfer, PulseView.
//!
//! | variable | shows |
//! |---|---|
//! | `NAME`, a wire | of each interrupt, task, `idle`, asynchronous task and span: 1 while it runs, `x` where nobody can tell |
//! | `NAME.state`, a string | the same with words: `ready`, `blocked:mutex:app::TOTAL` |
//! | `NAME`, a real | of each counter: its value |
//! | `NAME`, an event | of each name of moments: the moment |
//! | `lost`, a wire | 1 where events are missing |
//!
//! Strings are an extension that GTKWave, Surfer and GHDL agree on; readers that do not know it skip them. Times are
//! nanoseconds, rounded down.

use std::io::{self, Write};

use super::changes::Changes;
use super::nanoseconds;
use super::points::{Point, Points};
use crate::model::{State, Trace};

/// Writes `trace`. Give a buffered writer: every change is a small write.
///
/// # Errors
/// Those of `out`.
pub fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let header = trace.header();
    writeln!(out, "$version bkctl {} $end", identifier(&header.kit))?;
    writeln!(out, "$comment {} $end\n$timescale 1 ns $end", identifier(&header.board))?;
    let mut vcd = Vcd { trace, out, variables: 0, time: None };
    writeln!(vcd.out, "$scope module {} $end", identifier(&header.board))?;
    let lost = vcd.variable("wire 1", "lost")?;
    let lanes = vcd.lanes()?;
    let (counters, moments) = vcd.user()?;
    writeln!(vcd.out, "$upscope $end\n$enddefinitions $end")?;
    vcd.dump(&lanes, &lost)?;
    let mut points = Points::new(trace);
    let mut changes = Changes::new(trace);
    loop {
        // Everything else waits for the lanes to come to its time.
        let until = points.time().unwrap_or(u64::MAX);
        while let Some(change) = changes.next_until(until) {
            vcd.at(change.time)?;
            if let Some(lane) = lanes.get(change.lane) {
                vcd.state(lane, change.after)?;
            }
        }
        let Some((time, point)) = points.next() else { break };
        vcd.at(time)?;
        match point {
            Point::Value(place, value) => writeln!(vcd.out, "r{value} {}", counters[place])?,
            Point::Moment(place) => writeln!(vcd.out, "1{}", moments[place])?,
            Point::Lost(begins) => writeln!(vcd.out, "{}{lost}", u8::from(begins))?,
        }
    }
    // The last state lasts until here.
    vcd.at(trace.end())
}

struct Vcd<'a> {
    trace: &'a Trace,
    out: &'a mut dyn Write,
    variables: usize,
    /// The time that was written last, in nanoseconds.
    time: Option<u64>,
}

/// The variables of a lane.
struct LaneVariables {
    wire: String,
    state: String,
}

impl Vcd<'_> {
    /// Declares a variable; returns the short code that changes name it by.
    fn variable(&mut self, kind: &str, name: &str) -> io::Result<String> {
        let code = code(self.variables);
        self.variables += 1;
        writeln!(self.out, "$var {kind} {code} {} $end", identifier(name))?;
        Ok(code)
    }

    /// Declares the lanes, in the order of display. Returns them in the order of the trace.
    fn lanes(&mut self) -> io::Result<Vec<LaneVariables>> {
        let trace = self.trace;
        let mut lanes: Vec<(usize, LaneVariables)> = Vec::new();
        for at in trace.display_order() {
            let Some(lane) = trace.lanes().get(at) else { continue };
            let name = trace.lane_name(lane);
            let wire = self.variable("wire 1", &name)?;
            let state = self.variable("string 1", &format!("{name}.state"))?;
            lanes.push((at, LaneVariables { wire, state }));
        }
        lanes.sort_by_key(|(at, _)| *at);
        Ok(lanes.into_iter().map(|(_, variables)| variables).collect())
    }

    /// Declares what user code marks besides spans: returns the codes of the counters, and of the names of moments.
    fn user(&mut self) -> io::Result<(Vec<String>, Vec<String>)> {
        let trace = self.trace;
        let counters = trace.counters().iter().map(|counter| ("real 64", counter.id));
        let moments = trace.instant_tracks().iter().map(|track| ("event 1", track.id));
        let mut declare = |(kind, id): (&str, u32)| self.variable(kind, &trace.header().name(id));
        let counters = counters.map(&mut declare).collect::<io::Result<_>>()?;
        Ok((counters, moments.map(declare).collect::<io::Result<_>>()?))
    }

    /// The values at the beginning.
    fn dump(&mut self, lanes: &[LaneVariables], lost: &str) -> io::Result<()> {
        self.at(self.trace.start())?;
        writeln!(self.out, "$dumpvars\n0{lost}")?;
        for (lane, variables) in self.trace.lanes().iter().zip(lanes) {
            if let Some(first) = lane.span(0, self.trace.end()) {
                self.state(variables, first.state)?;
            }
        }
        writeln!(self.out, "$end")
    }

    fn at(&mut self, cycles: u64) -> io::Result<()> {
        let time = nanoseconds(cycles, self.trace.clock_hz());
        if self.time.is_none_or(|before| before < time) {
            self.time = Some(time);
            writeln!(self.out, "#{time}")?;
        }
        Ok(())
    }

    fn state(&mut self, lane: &LaneVariables, state: State) -> io::Result<()> {
        let bit = match state {
            State::Running => '1',
            State::Unknown => 'x',
            State::Dormant | State::Ready | State::Interrupted | State::Blocked { .. } => '0',
        };
        let (wire, code) = (&lane.wire, &lane.state);
        match state {
            State::Blocked { reason, object: 0 } => {
                writeln!(self.out, "{bit}{wire}\nsblocked:{} {code}", reason.name())
            }
            State::Blocked { reason, object } => {
                let object = identifier(&self.trace.header().object(object));
                writeln!(self.out, "{bit}{wire}\nsblocked:{}:{object} {code}", reason.name())
            }
            _ => writeln!(self.out, "{bit}{wire}\ns{} {code}", state.name()),
        }
    }
}

/// The code of variable `number`, in letters that begin no value: readers that skip what they do not know stumble over
/// others.
fn code(mut number: usize) -> String {
    const DIGITS: &[u8] = b"acdefghijklmnopqtuvwyACDEFGHIJKLMNOPQTUVWY";
    let mut code = String::new();
    loop {
        code.push(char::from(DIGITS[number % DIGITS.len()]));
        number /= DIGITS.len();
        if number == 0 {
            return code;
        }
    }
}

/// `text` as one word: blanks end a name, `$` begins a keyword and `[` a range of bits.
fn identifier(text: &str) -> String {
    let one = |c: char| if c.is_whitespace() || c.is_control() || "$[]".contains(c) { '_' } else { c };
    text.chars().map(one).collect()
}

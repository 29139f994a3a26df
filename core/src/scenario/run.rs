//! Runs a scenario in a place, step by step.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use super::{
    Scenario, Step, StepKind, Testbed, When,
    check::{Expectation, Unmet},
    cluster::{self, NotedUids},
    hold::{Evidence, Noted},
};
use crate::{
    time::{GoDuration, Time},
    view::{RecordKind, RecordView},
};

/// Lines of the journal that a failure shows.
const SHOWN: usize = 12;

/// A scenario that held.
#[derive(Clone, Debug)]
pub struct Report {
    /// When it ended, on the node's clock.
    pub ended: Time,
    /// How many expectations held.
    pub checks: usize,
    /// The node's whole journal.
    pub journal: Vec<RecordView>,
}

/// A step that did not hold.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Its line in the file.
    pub line: u32,
    /// The step itself.
    pub text: Arc<str>,
    /// When, on the node's clock.
    pub at: Time,
    /// What was wanted and found.
    pub unmet: Unmet,
    /// The node's whole journal until then.
    pub journal: Vec<RecordView>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "line {}, at {}: {}", self.line, self.at, self.text)?;
        writeln!(f, "  wanted: {}", self.unmet.wanted)?;
        writeln!(f, "  found:  {}", self.unmet.found)?;
        writeln!(f, "  the journal's last lines:")?;
        // A real node's clock counts from long ago; what people want is the time since the story began.
        let begin = self.journal.first().map_or(Time::ZERO, |record| record.at);
        for record in self.journal.iter().skip(self.journal.len().saturating_sub(SHOWN)) {
            writeln!(f, "    {}", line(record, begin))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failed {}

/// A record as one line for people, its time counted from `begin`.
#[must_use]
pub fn line(record: &RecordView, begin: Time) -> String {
    let pod = record.pod.as_ref().map_or("", |pod| &*pod.name);
    let because = record.because.as_ref().map_or(String::new(), |because| format!(" ({because})"));
    let kind = match &record.kind {
        RecordKind::Planned => "plan ".to_owned(),
        RecordKind::Failed => "failed ".to_owned(),
        RecordKind::Event { warning, reason, .. } => {
            format!("event {} {reason}: ", if *warning { "Warning" } else { "Normal" })
        }
        RecordKind::Log { .. } => "log ".to_owned(),
        RecordKind::Observed { .. } => "saw ".to_owned(),
    };
    let at = Time::from_zero(record.at.since(begin));
    format!("{:>9} {pod} {kind}{}{because}", at.to_string(), record.text)
}

/// Runs all steps; stops at the first that does not hold.
pub fn run(scenario: &Scenario, bed: &mut dyn Testbed) -> Result<Report, Box<Failed>> {
    let first = bed.first_node();
    let mut runner = Runner {
        bed,
        node: Arc::clone(&first),
        others: BTreeMap::new(),
        uids: NotedUids::new(),
        refusal: None,
        journal: Vec::new(),
        since: 0,
        noted: Noted::default(),
        checks: 0,
        typed: None,
    };
    for step in &scenario.steps {
        runner.turn_to(step.node.as_ref().unwrap_or(&first), step)?;
        runner.step(step)?;
    }
    runner.read_journal();
    Ok(Report { ended: runner.bed.now(), checks: runner.checks, journal: runner.journal })
}

struct Runner<'a> {
    bed: &'a mut dyn Testbed,
    /// The node that steps are about.
    node: Arc<str>,
    /// What is remembered of the nodes that they are not about now.
    others: BTreeMap<Arc<str>, (Vec<RecordView>, usize, Noted)>,
    uids: NotedUids,
    refusal: Option<String>,
    journal: Vec<RecordView>,
    /// Where in the journal the last note is.
    since: usize,
    noted: Noted,
    checks: usize,
    typed: Option<Typed>,
}

/// What was typed last.
struct Typed {
    host: Arc<str>,
    line: Arc<str>,
    printed: String,
    /// Whether it goes on, or did: then it is not typed again.
    went_on: bool,
}

impl Runner<'_> {
    fn turn_to(&mut self, node: &Arc<str>, step: &Step) -> Result<(), Box<Failed>> {
        if self.node == *node {
            return Ok(());
        }
        self.bed.turn_to(node).map_err(|error| {
            let unmet = Unmet { wanted: format!("node {node}"), found: error.to_string() };
            Box::new(self.failed(step, unmet))
        })?;
        let next = self.others.remove(node).unwrap_or_default();
        let (journal, since, noted) = next;
        let left = (
            std::mem::replace(&mut self.journal, journal),
            std::mem::replace(&mut self.since, since),
            std::mem::replace(&mut self.noted, noted),
        );
        self.others.insert(std::mem::replace(&mut self.node, Arc::clone(node)), left);
        Ok(())
    }

    fn failed(&self, step: &Step, unmet: Unmet) -> Failed {
        let at = self.journal.last().map_or(Time::ZERO, |record| record.at);
        let journal = self.journal.clone();
        Failed { line: step.line, text: Arc::clone(&step.text), at, unmet, journal }
    }

    fn step(&mut self, step: &Step) -> Result<(), Box<Failed>> {
        let outcome = match &step.kind {
            StepKind::Do(inputs) => inputs.iter().try_for_each(|input| {
                self.bed.apply(input).map_err(|error| Unmet {
                    wanted: "that it can be done".to_owned(),
                    found: error.to_string(),
                })
            }),
            StepKind::Try(inputs) => {
                let refused = inputs.iter().find_map(|input| self.bed.apply(input).err());
                self.refusal = refused.map(|error| error.to_string());
                Ok(())
            }
            StepKind::Type { host, line } => self.type_line(host, line),
            StepKind::Wait(time) => {
                let end = self.bed.now() + *time;
                while self.bed.now() < end {
                    self.bed.advance(end);
                }
                Ok(())
            }
            StepKind::Note => {
                self.read_journal();
                self.since = self.journal.len();
                self.noted = Noted::of(&self.bed.view());
                self.uids = self.bed.api().map(cluster::uids).unwrap_or_default();
                Ok(())
            }
            StepKind::Expect { when, expectation } => {
                self.checks += 1;
                self.expect(*when, expectation)
            }
        };
        outcome.map_err(|unmet| {
            self.read_journal();
            Box::new(Failed {
                line: step.line,
                text: Arc::clone(&step.text),
                at: self.bed.now(),
                unmet,
                journal: self.journal.clone(),
            })
        })
    }

    fn expect(&mut self, when: When, expectation: &Expectation) -> Result<(), Unmet> {
        let begin = self.bed.now();
        match when {
            When::Now => self.check(expectation),
            When::Within(time) => {
                let patience = time * self.bed.patience();
                let met = self.until(begin + patience, expectation, true);
                met.map_err(|unmet| Unmet {
                    wanted: format!("{} within {}", unmet.wanted, GoDuration(patience)),
                    ..unmet
                })
            }
            When::For(time) => {
                self.until(begin + time, expectation, false).map_err(|unmet| self.at_time(unmet, begin))
            }
            When::Between(from, to) => {
                if self.until(begin + from, expectation, true).is_ok() {
                    let after = GoDuration(self.bed.now().since(begin));
                    let wanted = format!("that it does not hold before {}", GoDuration(from));
                    return Err(Unmet { wanted, found: format!("it holds after {after}") });
                }
                let met = self.until(begin + to * self.bed.patience(), expectation, true);
                met.map_err(|unmet| Unmet {
                    wanted: format!("{} within {}", unmet.wanted, GoDuration(to)),
                    ..unmet
                })
            }
        }
    }

    fn at_time(&mut self, unmet: Unmet, begin: Time) -> Unmet {
        let after: Duration = self.bed.now().since(begin);
        Unmet { found: format!("{} after {}", unmet.found, GoDuration(after)), ..unmet }
    }

    /// Lets time pass until the deadline. `once`: until it holds, and it must; else: as long as it holds, and it must to the end.
    fn until(&mut self, deadline: Time, expectation: &Expectation, once: bool) -> Result<(), Unmet> {
        loop {
            let checked = self.check(expectation);
            if checked.is_ok() == once || self.bed.now() >= deadline {
                return checked;
            }
            self.bed.advance(deadline);
            if let (Expectation::Prints { .. }, Some(typed)) =
                (expectation, self.typed.take_if(|it| !it.went_on))
            {
                self.type_line(&typed.host, &typed.line)?;
            }
        }
    }

    fn type_line(&mut self, host: &Arc<str>, line: &Arc<str>) -> Result<(), Unmet> {
        let printed = self.bed.type_line(host, line);
        let (printed, went_on) = printed
            .map_err(|error| Unmet { wanted: "that it can be typed".to_owned(), found: error.to_string() })?;
        self.typed = Some(Typed { host: Arc::clone(host), line: Arc::clone(line), printed, went_on });
        Ok(())
    }

    /// Takes in what a line that goes on has printed since.
    fn read_on(&mut self) {
        if let Some(typed) = self.typed.as_mut().filter(|typed| typed.went_on)
            && let Ok((more, _)) = self.bed.read_on(&typed.host)
        {
            typed.printed.push_str(&more);
        }
    }

    fn check(&mut self, expectation: &Expectation) -> Result<(), Unmet> {
        self.read_journal();
        self.read_on();
        let view = self.bed.view();
        let records = self.journal.get(self.since..).unwrap_or_default();
        let evidence = Evidence {
            view: &view,
            records,
            noted: &self.noted,
            uids: &self.uids,
            refusal: self.refusal.as_deref(),
            printed: self.typed.as_ref().map_or("", |typed| &typed.printed),
        };
        expectation.check(&evidence, self.bed)
    }

    fn read_journal(&mut self) {
        let next = self.journal.last().map_or(0, |record| record.seq + 1);
        self.journal.extend(self.bed.records_since(next));
    }
}

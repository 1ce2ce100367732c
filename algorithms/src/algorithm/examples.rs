//! Examples: what is predicted, of whom, and at what time. An example sees only what is not later than its own time.

use std::collections::BTreeMap;
use std::fmt;

use crate::core::argument::Argument;
use crate::graph::csr::NodeIndex;
use crate::graph::property::Values;

/// The part of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExamplePart {
    /// Training.
    Train,
    /// Validation: decides which model, which settings and which epoch.
    Validation,
    /// Test: scored, and never learned from.
    Test,
    /// What is to be predicted: its target is not known.
    Future,
}

impl ExamplePart {
    /// Its name in a table.
    pub fn name(self) -> &'static str {
        match self {
            ExamplePart::Train => "train",
            ExamplePart::Validation => "validation",
            ExamplePart::Test => "test",
            ExamplePart::Future => "future",
        }
    }
}

/// One of the entities that examples are about: the customer of a purchase, or its item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// What tells it from the others; empty where there is one alone.
    pub name: String,
    /// The entity of each example; `None` where it has none in this role, or none yet.
    pub entities: Vec<Option<NodeIndex>>,
}

/// Examples, in columns of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// The entities that they are about, at least one role.
    pub roles: Vec<Role>,
    /// The time of each: seconds since 1970, or a number as the time property has it.
    pub times: Vec<f64>,
    /// Whether the times are dates, so that days and months mean something.
    pub calendar: bool,
    /// The part of each.
    pub parts: Vec<ExamplePart>,
    /// What is to be predicted; absent where the part is [`ExamplePart::Future`].
    pub targets: Values,
    /// The moment from which on examples are test.
    pub test_from: f64,
    /// The moment from which on examples are validation.
    pub validation_from: f64,
    /// How far a target looks ahead of its example, in the unit of the times.
    pub horizon: f64,
}

impl Examples {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}

/// The times of a graph's nodes and edges, NaN = always there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ElementTimes {
    /// Of each node.
    pub nodes: Vec<f64>,
    /// Of each edge itself, whatever its ends are; empty where no edge has one.
    pub edges: Vec<f64>,
}

/// Which properties hold the times of nodes and edges.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TimeSource {
    /// By label.
    pub by_label: BTreeMap<String, String>,
    /// Of all other labels.
    pub otherwise: Option<String>,
    /// Nodes with this label have no time, nor does any other take theirs.
    pub without: Option<String>,
}

impl TimeSource {
    /// The argument `timeProperty`: one property, or one for each label in a record; without a value what the graph knows.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(argument: &Argument) -> Result<TimeSource, String> {
        let wrong = |got: &Argument| format!("got {got}, takes a property or a record of label and property");
        match argument {
            Argument::Null => Ok(TimeSource::default()),
            Argument::String(name) => Ok(TimeSource { otherwise: Some(name.clone()), ..TimeSource::default() }),
            Argument::Record(fields) => {
                let mut by_label = BTreeMap::new();
                for (label, property) in fields {
                    let Argument::String(property) = property else { return Err(wrong(property)) };
                    by_label.insert(label.clone(), property.clone());
                }
                Ok(TimeSource { by_label, ..TimeSource::default() })
            }
            other => Err(wrong(other)),
        }
    }
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum TimeSpan {
    /// Calendar months and seconds.
    Duration {
        /// Months of the calendar.
        months: i64,
        /// Seconds, a day being 86,400 of them.
        seconds: f64,
    },
    /// A number, where times are numbers.
    Number(f64),
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: f64 = 86_400.0;
        match *self {
            TimeSpan::Number(number) => write!(f, "{number}"),
            TimeSpan::Duration { months, seconds } => {
                let days = (seconds / DAY).floor();
                let rest = seconds - days * DAY;
                write!(f, "P")?;
                if months > 0 {
                    write!(f, "{months}M")?;
                }
                if days > 0.0 {
                    write!(f, "{days}D")?;
                }
                if rest > 0.0 { write!(f, "T{rest}S") } else { Ok(()) }
            }
        }
    }
}

impl TimeSpan {
    /// Reads a positive length of time.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(argument: &Argument) -> Result<Option<TimeSpan>, String> {
        let span = match argument {
            Argument::Null => return Ok(None),
            Argument::Duration { months, seconds } => TimeSpan::Duration { months: *months, seconds: *seconds },
            Argument::Int(number) => TimeSpan::Number(*number as f64),
            Argument::Float(number) => TimeSpan::Number(*number),
            other => return Err(format!("got {other}, takes a duration, such as DURATION 'P30D'")),
        };
        let length = span.length();
        let one_way = match span {
            TimeSpan::Duration { months, seconds } => months >= 0 && seconds >= 0.0,
            TimeSpan::Number(_) => true,
        };
        if !length.is_finite() || length <= 0.0 || !one_way {
            return Err(format!("got {argument}, takes a duration above 0, such as DURATION 'P30D'"));
        }
        Ok(Some(span))
    }

    /// Its length in the unit of the times; of a month the mean.
    pub fn length(self) -> f64 {
        match self {
            TimeSpan::Duration { months, seconds } => months as f64 * 365.2425 / 12.0 * 86_400.0 + seconds,
            TimeSpan::Number(number) => number,
        }
    }
}

/// Which examples an algorithm wants.
#[derive(Debug, Clone, PartialEq)]
pub enum ExampleRequest {
    /// The database makes their times and targets.
    Query(PredictiveQuery),
    /// They are nodes.
    Nodes(ExampleNodes),
}

/// Examples that are nodes. The graph that the algorithm gets is without them, so that no example sees another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleNodes {
    /// Their label. What their edges lead to they are about.
    pub label: String,
    /// The property with the time of each; `None` = the time column of their table.
    pub time: Option<String>,
    /// The property to predict.
    pub target: String,
    /// The property that says which part each is in; `None` = by time.
    pub split: Option<String>,
}

/// Examples of entities at times so far apart, and what becomes of them.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictiveQuery {
    /// The label of the entities.
    pub entity: String,
    /// An expression over `n`, which sees what lies in (t, t + horizon].
    pub target: String,
    /// A condition over `n`, which sees what lies in (t - lookback, t].
    pub eligible: Option<String>,
    /// How far the target looks ahead.
    pub horizon: TimeSpan,
    /// From one time of examples to the next.
    pub every: TimeSpan,
    /// How far back `eligible` looks; `None` = to the beginning.
    pub lookback: Option<TimeSpan>,
    /// Where validation begins; `None` = chosen by the range of times.
    pub validation_from: Option<f64>,
    /// Where the test begins; `None` = chosen by the range of times.
    pub test_from: Option<f64>,
    /// The moment to predict for; `None` = the newest time.
    pub at: Option<f64>,
    /// Most times of validation, and of the test.
    pub stamps: usize,
    /// That a model has learned already, from targets that end by then: only examples to predict and to test it on are wanted.
    pub learned_until: Option<f64>,
    /// Whether only what is to be predicted is wanted, whatever the mode of the call.
    pub only_future: bool,
}

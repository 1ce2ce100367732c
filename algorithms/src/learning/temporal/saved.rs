//! A trained predictor as bytes: the question it answers, and all that answering it for other rows needs.

use super::candidate::Fitted;
use super::describe::Given;
use super::fields::FieldSpec;
use super::judge::KnownGoal;
use super::settings::{moment, span, wrong};
use crate::algorithm::examples::{PredictiveQuery, TimeSource, TimeSpan};
use crate::algorithm::output::Scalar;
use crate::core::argument::Argument;
use crate::core::arguments::{Arguments, Common};
use crate::core::error::Error;
use crate::core::model::{ModelDescription, pack_model, unpack_model};
use crate::learning::tabular::Predictor;

/// Version of the format: a new number for every change of the fields below.
const VERSION: u8 = 1;

/// Whose models these are.
pub const ALGORITHM: &str = "predict";

/// What a model was asked.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Question {
    entity: String,
    target: String,
    eligible: Option<String>,
    horizon: TimeSpan,
    every: TimeSpan,
    lookback: Option<TimeSpan>,
    times: TimeSource,
    stamps: usize,
}

/// A trained predictor.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SavedPredictor {
    version: u8,
    /// What it was asked.
    pub question: Question,
    /// What is predicted.
    pub goal: KnownGoal,
    /// It has learned from targets that end by then.
    pub learned_until: f64,
    /// How far a target looks ahead, in the unit of the times.
    pub horizon: f64,
    /// Whether times are dates.
    pub calendar: bool,
    /// The types of the entities that it has seen.
    pub entity_types: Vec<String>,
    /// The edge labels that it has seen.
    pub edge_labels: Vec<String>,
    /// What the table of aggregates is made of, by node type.
    pub fields: Vec<(String, Vec<FieldSpec>)>,
    /// The columns of that table.
    pub columns: Vec<String>,
    /// Each model, and how much it counts in their mean.
    pub parts: Vec<SavedPart>,
}

/// One model of those whose mean predicts.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SavedPart {
    /// Which.
    pub name: String,
    /// Its settings, in words.
    pub settings: String,
    /// How much it counts.
    pub weight: f64,
    /// What it has learned.
    pub fitted: Fitted,
}

/// Parameters that may stand beside `useModel`: those of the question, which have to be the model's own, and what a prediction needs.
const BESIDE: [&str; 15] = [
    Given::use_model,
    Given::entity,
    Given::target,
    Given::horizon,
    Given::every,
    Given::eligible,
    Given::lookback,
    Given::time_property,
    Given::at,
    Given::test_from,
    Given::stamps,
    Common::node_labels,
    Common::edge_labels,
    Common::concurrency,
    Common::max_memory,
];

impl Question {
    /// What a call asks.
    pub fn new(query: &PredictiveQuery, times: &TimeSource) -> Question {
        Question {
            entity: query.entity.clone(),
            target: query.target.clone(),
            eligible: query.eligible.clone(),
            horizon: query.horizon,
            every: query.every,
            lookback: query.lookback,
            times: times.clone(),
            stamps: query.stamps,
        }
    }

    /// Which properties hold the times.
    pub fn times(&self) -> TimeSource {
        self.times.clone()
    }

    /// Refuses a call that asks anything else.
    ///
    /// # Errors
    /// [`Error::Unfit`] names what is not the model's own.
    pub fn check(&self, given: &Given, arguments: &Arguments) -> Result<(), Error> {
        let own = Given::PARAMETERS.iter().chain(Common::PARAMETERS).map(|parameter| parameter.name);
        if let Some(name) = own.into_iter().find(|name| arguments.is_given(name) && !BESIDE.contains(name)) {
            return Err(wrong(
                name,
                "it does not go with useModel, which applies what is trained already; leave it out",
            ));
        }
        let other =
            |name: &str, own: String| Err(wrong(name, format!("the model was trained with {own}; leave it out")));
        let text = |text: &Option<String>| text.as_ref().map_or_else(|| "none".to_owned(), |text| format!("{text:?}"));
        let spoken = |span: Option<TimeSpan>| span.map_or_else(|| "none".to_owned(), |span| span.to_string());
        for (name, asked, own) in [
            (Given::entity, &given.entity, &Some(self.entity.clone())),
            (Given::target, &given.target, &Some(self.target.clone())),
            (Given::eligible, &given.eligible, &self.eligible),
        ] {
            if asked.is_some() && asked != own {
                return other(name, text(own));
            }
        }
        for (name, asked, own) in [
            (Given::horizon, span(Given::horizon, &given.horizon)?, Some(self.horizon)),
            (Given::every, span(Given::every, &given.every)?, Some(self.every)),
            (Given::lookback, span(Given::lookback, &given.lookback)?, self.lookback),
        ] {
            if asked.is_some() && asked != own {
                return other(name, spoken(own));
            }
        }
        if !matches!(given.time_property, Argument::Null) {
            let asked = TimeSource::parse(&given.time_property).map_err(|why| wrong(Given::time_property, why))?;
            if asked != self.times {
                let of_label = self.times.by_label.iter().map(|(label, property)| format!("{label}: {property}"));
                let own: Vec<String> = of_label.chain(self.times.otherwise.clone()).collect();
                return other(Given::time_property, own.join(", "));
            }
        }
        Ok(())
    }

    /// The examples that a call wants the model to answer.
    ///
    /// # Errors
    /// What is no moment.
    pub fn query(&self, given: &Given, arguments: &Arguments, learned_until: f64) -> Result<PredictiveQuery, Error> {
        Ok(PredictiveQuery {
            test_from: moment(Given::test_from, &given.test_from)?,
            stamps: if arguments.is_given(Given::stamps) { given.stamps } else { self.stamps },
            only_future: false,
            ..self.moment(moment(Given::at, &given.at)?, learned_until)
        })
    }

    /// The entities at a moment, `None` = the newest time.
    pub fn moment(&self, at: Option<f64>, learned_until: f64) -> PredictiveQuery {
        PredictiveQuery {
            entity: self.entity.clone(),
            target: self.target.clone(),
            eligible: self.eligible.clone(),
            horizon: self.horizon,
            every: self.every,
            lookback: self.lookback,
            validation_from: None,
            test_from: None,
            at,
            stamps: self.stamps,
            learned_until: Some(learned_until),
            only_future: true,
        }
    }
}

impl SavedPredictor {
    /// A predictor of these parts.
    #[expect(clippy::too_many_arguments, reason = "a model's parts, each once")]
    pub fn new(
        question: Question,
        goal: KnownGoal,
        learned_until: f64,
        (horizon, calendar): (f64, bool),
        entity_types: Vec<String>,
        edge_labels: Vec<String>,
        fields: Vec<(String, Vec<FieldSpec>)>,
        columns: Vec<String>,
        parts: Vec<SavedPart>,
    ) -> Self {
        SavedPredictor {
            version: VERSION,
            question,
            goal,
            learned_until,
            horizon,
            calendar,
            entity_types,
            edge_labels,
            fields,
            columns,
            parts,
        }
    }

    /// Reads the bytes of a model.
    ///
    /// # Errors
    /// [`Error::BadModel`] for bytes that are none of these.
    pub fn read(bytes: &[u8]) -> Result<SavedPredictor, Error> {
        let (description, body) = unpack_model(bytes)?;
        if description.algorithm != ALGORITHM {
            return Err(Error::BadModel(format!("algo.{} trained it, not algo.{ALGORITHM}", description.algorithm)));
        }
        if body.first() != Some(&VERSION) {
            return Err(Error::BadModel("another version of this program trained it; train it again".to_owned()));
        }
        let model: SavedPredictor = postcard::from_bytes(body).map_err(|error| Error::BadModel(error.to_string()))?;
        let outputs = model.goal.classes.len().max(1);
        let fits = |part: &SavedPart| match &part.fitted {
            Fitted::Table(table) => table.features() == model.columns.len() && table.outputs() == outputs,
            Fitted::Network(_) => true,
        };
        if !model.goal.is_sound() || model.parts.is_empty() || !model.parts.iter().all(fits) {
            return Err(Error::BadModel("its parts do not fit each other".to_owned()));
        }
        Ok(model)
    }

    /// The bytes of this model, after its description.
    ///
    /// # Errors
    /// [`Error::BadModel`] where it cannot be written.
    pub fn write(&self, stats: &[(&'static str, Scalar)]) -> Result<Vec<u8>, Error> {
        let body = postcard::to_allocvec(self).map_err(|error| Error::BadModel(error.to_string()))?;
        Ok(pack_model(&self.describe(stats), &body))
    }

    /// The network among its parts.
    pub fn network(&self) -> Option<&super::network::SavedNetwork> {
        self.parts.iter().find_map(|part| match &part.fitted {
            Fitted::Network(network) => Some(network),
            Fitted::Table(_) => None,
        })
    }

    /// The names of its parts, as the figure `model` has them.
    pub fn model(&self) -> String {
        let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
        names.join(" + ")
    }

    fn describe(&self, stats: &[(&'static str, Scalar)]) -> ModelDescription {
        let Question { entity, target, eligible, horizon, every, lookback, times, .. } = &self.question;
        let text = |name: &str, value: String| (name.to_owned(), value);
        let mut parameters = vec![
            text("model", self.model()),
            text("entity", entity.clone()),
            text("target", target.clone()),
            text("horizon", horizon.to_string()),
            text("every", every.to_string()),
        ];
        parameters.extend(eligible.iter().map(|eligible| text("eligible", eligible.clone())));
        parameters.extend(lookback.iter().map(|lookback| text("lookback", lookback.to_string())));
        for (label, property) in &times.by_label {
            parameters.push(text("timeProperty", format!("{label}: {property}")));
        }
        parameters.extend(times.otherwise.iter().map(|property| text("timeProperty", property.clone())));
        parameters.push(text("learnedUntil", self.told(self.learned_until)));
        for part in &self.parts {
            parameters.push(text(&part.name, format!("{}; weight {}", part.settings, part.weight)));
        }
        let score = |(name, value): &(&'static str, Scalar)| match value {
            Scalar::Float(value) => Some(((*name).to_owned(), *value)),
            _ => None,
        };
        ModelDescription {
            algorithm: ALGORITHM.to_owned(),
            parameters,
            features: self.network().map(|network| network.known.features()).unwrap_or_default(),
            scores: stats.iter().filter_map(score).collect(),
        }
    }

    /// A time as a value.
    pub fn time(&self, time: f64) -> Scalar {
        if self.calendar { Scalar::Time(time) } else { Scalar::Float(time) }
    }

    /// A time in words: a day where times are dates.
    pub fn told(&self, time: f64) -> String {
        if !self.calendar {
            return time.to_string();
        }
        // Days to year, month and day of the proleptic Gregorian calendar, years beginning in March.
        let days = ((time / 86_400.0).floor() as i64).saturating_add(719_468);
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        format!("{:04}-{month:02}-{day:02}", year + era * 400 + later)
    }
}

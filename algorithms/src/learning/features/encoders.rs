//! The fitted encoders of all groups: fit, encode, describe.

use std::sync::Arc;

use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

use super::choose::{Decision, GroupRows, decide, nulls};
use super::encoder::{Encoder, ValueKind};
use super::request::{FeatureRequest, FeatureSpec};
use super::{Categories, EncodedGroup, Groups};
use crate::algorithm::input::PropertySelection;
use crate::core::error::Error;
use crate::core::model::FeatureSummary;
use crate::graph::property::{Property, Values};

/// The reason for leaving out a property that an algorithm wrote.
const WRITTEN: &str = "written by an algorithm; name it to use it";
/// The reason for leaving out a key of a table.
const KEY: &str = "a key of its table; name it to use it";
/// What is said of a key that is a feature all the same.
const NAMED_KEY: &str = "a key of its table: a model may learn the rows by heart";

/// How the properties of every group become numbers; saved with a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoders {
    groups: Vec<GroupEncoders>,
}

/// One group's features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct GroupEncoders {
    name: String,
    features: Vec<Feature>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Feature {
    property: String,
    kind: ValueKind,
    encoder: Encoder,
    /// Rows of the group that had no value when this was fitted.
    nulls: u64,
    note: String,
}

/// A property that rows of the group have and that is no feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LeftOut {
    property: String,
    nulls: u64,
    why: String,
}

/// The widths of one group's features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupWidths {
    /// The group's name.
    pub name: Arc<str>,
    /// Dense columns.
    pub dense: usize,
    /// Learned tables, in the order of [`EncodedGroup::categories`].
    pub tables: Vec<TableWidths>,
}

/// The size of one learned table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableWidths {
    /// The property.
    pub property: Arc<str>,
    /// Rows of the table, the one for code 0 included.
    pub cardinality: usize,
    /// Its columns.
    pub width: usize,
}

impl Encoders {
    /// Fits every property that the request names at every group that has it. `training` marks the rows that
    /// statistics come from, `None` = all; a group without a training row has no target to give away, so that all of
    /// its rows count.
    ///
    /// A property that no row of a group has is not a feature there. One that has a value, but none at a training
    /// row, is left out with a note.
    ///
    /// # Errors
    /// [`Error::Unfit`]: a named property that is not there, is NULL everywhere, is left out everywhere, has a type
    /// that its encoding does not take, or is excluded. [`Error::WrongInput`]: lengths that do not fit each other.
    pub fn fit(
        columns: &[Property],
        groups: Groups<'_>,
        request: &FeatureRequest,
        training: Option<&[bool]>,
    ) -> Result<Encoders, Error> {
        let rows = rows_of_groups(columns, groups, training)?;
        let mut fitted: Vec<GroupEncoders> = groups.names.iter().map(|name| GroupEncoders::new(name)).collect();
        let all: Vec<FeatureSpec>;
        let (specs, named) = match &request.specs {
            Some(specs) => (specs.as_slice(), true),
            None => {
                let names = columns.iter().map(|column| &*column.name);
                all = names
                    .filter(|name| !request.excluded.iter().any(|other| other == name))
                    .map(FeatureSpec::of)
                    .collect();
                (all.as_slice(), false)
            }
        };
        for spec in specs {
            let column = request.column(columns, spec)?;
            let fail =
                |why: &str| Err(Error::Unfit(format!("{}: property {:?} {why}", request.parameter, spec.property)));
            let (mut used, mut reason) = (false, None);
            for (group, rows) in fitted.iter_mut().zip(&rows) {
                let key = request.is_key(&group.name, &column.name);
                let decision = match named {
                    false if request.written.contains(&column.name) => left_out_where_present(column, rows, WRITTEN),
                    false if key => left_out_where_present(column, rows, KEY),
                    _ => decide(column, rows, spec, named),
                };
                match decision {
                    Err(why) => return fail(&why),
                    Ok(Decision::Absent) => {}
                    Ok(Decision::LeftOut(why)) => {
                        reason.get_or_insert_with(|| why.clone());
                        let nulls = nulls(&column.values, &rows.all);
                        group.left_out.push(LeftOut { property: spec.property.clone(), nulls, why });
                    }
                    Ok(Decision::Used(encoder, mut note)) => {
                        used = true;
                        if key {
                            note = if note.is_empty() { NAMED_KEY.to_owned() } else { format!("{note}; {NAMED_KEY}") };
                        }
                        // A column without a kind is never used.
                        let Some(kind) = ValueKind::of(&column.values) else { continue };
                        let (property, nulls) = (spec.property.clone(), nulls(&column.values, &rows.all));
                        group.features.push(Feature { property, kind, encoder, nulls, note });
                    }
                }
            }
            if named && !used {
                return match reason {
                    Some(why) => fail(&format!("cannot be used: {why}")),
                    None => fail("has no value at any row that is seen: all are NULL"),
                };
            }
        }
        Ok(Encoders { groups: fitted })
    }

    /// The features of each of `groups.names`, in that order.
    ///
    /// # Errors
    /// [`Error::Unfit`]: a group that was not there when this was fitted, a property that is missing, has another
    /// type or length, or has no value at all although it always had one.
    pub fn encode(&self, columns: &[Property], groups: Groups<'_>) -> Result<Vec<EncodedGroup>, Error> {
        let rows = rows_of_groups(columns, groups, None)?;
        let encode = |(name, rows): (&Arc<str>, GroupRows)| match self.groups.iter().find(|group| *group.name == **name)
        {
            Some(group) => group.encode(name, columns, rows.all),
            None if rows.all.is_empty() => Ok(EncodedGroup {
                name: name.clone(),
                dense: Array2::zeros((rows.all.len(), 0)),
                rows: rows.all,
                categories: Vec::new(),
            }),
            None => {
                let known: Vec<String> = self.groups.iter().map(|group| format!("{:?}", group.name)).collect();
                Err(Error::Unfit(format!(
                    "the model knows no features of the label {name:?}, only of {}; select those with nodeLabels, or \
                     train on a graph that has this one",
                    known.join(", ")
                )))
            }
        };
        groups.names.iter().zip(rows).map(encode).collect()
    }

    /// The properties that encoding needs.
    pub fn selection(&self) -> PropertySelection {
        let features = self.groups.iter().flat_map(|group| &group.features);
        features.fold(PropertySelection::none(), |selection, feature| selection.allow(Some(&feature.property)))
    }

    /// A line for each group and property, those that are left out included: their encoding is `none` and their width
    /// 0. `owner` is `"node"` or `"edge"`.
    pub fn summary(&self, owner: &str) -> Vec<FeatureSummary> {
        let mut lines = Vec::new();
        for group in &self.groups {
            let line = |property: &str, encoding: &str, width, nulls, note: &str| FeatureSummary {
                owner: owner.to_owned(),
                label: group.name.clone(),
                property: property.to_owned(),
                encoding: encoding.to_owned(),
                width,
                nulls,
                note: note.to_owned(),
            };
            for feature in &group.features {
                let width = feature.encoder.table().map_or(feature.encoder.width(), |(_, width)| width);
                let encoding = feature.encoder.encoding().name();
                lines.push(line(&feature.property, encoding, width, feature.nulls, &feature.note));
            }
            for left_out in &group.left_out {
                lines.push(line(&left_out.property, "none", 0, left_out.nulls, &format!("left out: {}", left_out.why)));
            }
        }
        lines
    }

    /// The widths of each group that this was fitted on, in their order.
    pub fn widths(&self) -> Vec<GroupWidths> {
        let of_group = |group: &GroupEncoders| GroupWidths {
            name: group.name.as_str().into(),
            dense: group.features.iter().map(|feature| feature.encoder.width()).sum(),
            tables: group.features.iter().filter_map(Feature::table).collect(),
        };
        self.groups.iter().map(of_group).collect()
    }
}

/// A property that is no feature unless it is named.
fn left_out_where_present(column: &Property, rows: &GroupRows, why: &str) -> Result<Decision, String> {
    let present = rows.all.iter().any(|&row| column.values.is_present(row as usize));
    Ok(if present { Decision::LeftOut(why.to_owned()) } else { Decision::Absent })
}

impl FeatureRequest {
    /// The column that a spec is about.
    pub(super) fn column<'a>(&self, columns: &'a [Property], spec: &FeatureSpec) -> Result<&'a Property, Error> {
        let (parameter, name) = (self.parameter, &spec.property);
        if self.excluded.contains(name) {
            return Err(Error::Unfit(format!(
                "{parameter}: property {name:?} is the target, the split or the time property: it cannot be a feature too"
            )));
        }
        columns.iter().find(|column| *column.name == **name).ok_or_else(|| {
            let near = wend_names::suggest(name, columns.iter().map(|column| &*column.name));
            let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            Error::Unfit(format!("{parameter}: nothing that is seen has the property {name:?}{near}"))
        })
    }
}

impl GroupEncoders {
    fn new(name: &str) -> Self {
        GroupEncoders { name: name.to_owned(), features: Vec::new(), left_out: Vec::new() }
    }

    fn encode(&self, name: &Arc<str>, columns: &[Property], rows: Vec<u32>) -> Result<EncodedGroup, Error> {
        let width = self.features.iter().map(|feature| feature.encoder.width()).sum();
        let mut dense = Array2::zeros((rows.len(), width));
        let mut categories = Vec::new();
        let mut first = 0;
        for feature in &self.features {
            let values = feature.values(columns, &self.name, &rows)?;
            let columns = feature.encoder.width();
            if columns > 0 {
                feature.encoder.encode(values, &rows, dense.slice_mut(s![.., first..first + columns]));
                first += columns;
            }
            if let Some(TableWidths { property, cardinality, width }) = feature.table() {
                let codes = feature.encoder.codes(values, &rows);
                categories.push(Categories { property, cardinality, width, codes });
            }
        }
        Ok(EncodedGroup { name: name.clone(), rows, dense, categories })
    }
}

impl Feature {
    fn table(&self) -> Option<TableWidths> {
        let (cardinality, width) = self.encoder.table()?;
        Some(TableWidths { property: self.property.as_str().into(), cardinality, width })
    }

    /// The values of this feature's property, when they are what it was fitted on.
    fn values<'a>(&self, columns: &'a [Property], group: &str, rows: &[u32]) -> Result<&'a Values, Error> {
        let (name, kind) = (&self.property, self.kind);
        let place = if group.is_empty() { String::new() } else { format!(" of {group:?}") };
        let missing = || {
            Error::Unfit(format!(
                "the model needs the property {name:?}{place}, which is {}; here nothing has it: set it, or train \
                 without it",
                kind.text()
            ))
        };
        let column = columns.iter().find(|column| *column.name == **name).ok_or_else(missing)?;
        match ValueKind::of(&column.values) {
            Some(found) if found == kind => Ok(&column.values),
            None if matches!(column.values, Values::Nulls { .. }) => {
                // A property that some rows lacked may be lacking everywhere.
                if self.nulls > 0 || rows.is_empty() { Ok(&column.values) } else { Err(missing()) }
            }
            found => Err(Error::Unfit(format!(
                "the model knows the property {name:?}{place} as {}; here it is {}",
                kind.text(),
                found.map_or_else(|| column.values.type_name().to_owned(), ValueKind::text)
            ))),
        }
    }
}

/// The rows of each group, ascending. A group without a training row counts as training altogether.
fn rows_of_groups(
    columns: &[Property],
    groups: Groups<'_>,
    training: Option<&[bool]>,
) -> Result<Vec<GroupRows>, Error> {
    let count = groups.of_row.len();
    let fits = columns.iter().all(|column| column.values.rows() == count)
        && training.is_none_or(|training| training.len() == count)
        && u32::try_from(count).is_ok();
    if !fits {
        return Err(Error::WrongInput);
    }
    let mut rows: Vec<GroupRows> =
        groups.names.iter().map(|_| GroupRows { all: Vec::new(), training: Vec::new() }).collect();
    for (row, &group) in (0u32..).zip(groups.of_row) {
        let rows = rows.get_mut(group as usize).ok_or(Error::WrongInput)?;
        rows.all.push(row);
        if training.is_none_or(|training| training[row as usize]) {
            rows.training.push(row);
        }
    }
    for rows in rows.iter_mut().filter(|rows| rows.training.is_empty()) {
        rows.training.clone_from(&rows.all);
    }
    Ok(rows)
}

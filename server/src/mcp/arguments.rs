//! The arguments of a tool, checked: what is wrong with them is said to the model, which can call again.

use serde_json::{Map, Value as Json};
use wenddb::{Params, text::suggest};

/// The arguments of a call.
pub(crate) struct Arguments<'a> {
    fields: &'a Map<String, Json>,
}

impl<'a> Arguments<'a> {
    /// The arguments of a tool that takes these names and no others.
    pub(crate) fn new(fields: &'a Map<String, Json>, names: &[&str]) -> Result<Self, String> {
        if let Some(unknown) = fields.keys().find(|name| !names.contains(&name.as_str())) {
            let near = suggest(unknown, names.iter().copied()).map(|near| format!("; did you mean {near}?"));
            let shown: String = unknown.chars().take(60).collect();
            let takes = names.join(", ");
            return Err(format!("there is no argument {shown}; this tool takes {takes}{}", near.unwrap_or_default()));
        }
        Ok(Arguments { fields })
    }

    fn get(&self, name: &str) -> Option<&'a Json> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, "a string", other)),
        }
    }

    /// A text that has to be there.
    pub(crate) fn needed(&self, name: &str) -> Result<&'a str, String> {
        self.text(name)?.ok_or_else(|| format!("the argument {name} is missing: it takes a string"))
    }

    /// A whole number in a range.
    pub(crate) fn number(&self, name: &str, default: u64, least: u64, most: u64) -> Result<u64, String> {
        let Some(value) = self.get(name) else { return Ok(default) };
        match value.as_u64().or_else(|| whole(value)) {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(wrong(name, &format!("a whole number from {least} to {most}"), value)),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, String> {
        match self.get(name) {
            None => Ok(default),
            Some(Json::Bool(value)) => Ok(*value),
            Some(other) => Err(wrong(name, "true or false", other)),
        }
    }

    /// An object.
    pub(crate) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Json>>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Object(fields)) => Ok(Some(fields)),
            Some(other) => Err(wrong(name, "an object", other)),
        }
    }

    /// Any value.
    pub(crate) fn any(&self, name: &str) -> Option<&'a Json> {
        self.get(name)
    }

    /// The parameters of a statement; their names may have their `$`.
    pub(crate) fn params(&self, name: &str) -> Result<Params, String> {
        let Some(fields) = self.object(name)? else { return Ok(Params::new()) };
        let read = Params::from_json(fields).map_err(|error| error.message().to_owned())?;
        Ok(read.iter().map(|(name, value)| (name.strip_prefix('$').unwrap_or(name), value.clone())).collect())
    }
}

/// A number such as 10.0, which some clients make of 10.
fn whole(value: &Json) -> Option<u64> {
    value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..9e15).contains(number)).map(|number| number as u64)
}

fn wrong(name: &str, takes: &str, given: &Json) -> String {
    let given: String = given.to_string().chars().take(60).collect();
    format!("the argument {name} takes {takes}, not {given}")
}

//! The parameters of a statement: names, without the `$`, and values.

use crate::error::{Error, Result};
use crate::value::Value;

/// The parameters of a statement, in the order given.
///
/// ```
/// # let mut session = wenddb::Database::in_memory()?.session();
/// use wenddb::params;
///
/// session.execute("MATCH (p:Person) WHERE p.age > $age RETURN p._id", params! {"age" => 30})?;
/// session.execute("MATCH (p:Person {_id: $id}) RETURN p", [("id", "ann")])?;
/// # Ok::<(), wenddb::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Params {
    entries: Vec<(String, Value)>,
}

impl Params {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a parameter, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.entries.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((name, value)),
        }
        self
    }

    /// Forgets a parameter.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let position = self.entries.iter().position(|(known, _)| known == name)?;
        Some(self.entries.remove(position).1)
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The fields of a JSON object as parameters.
    ///
    /// # Errors
    /// 22003 with the parameter's name for an integer beyond INT64; see [`Value::from_json`].
    pub fn from_json(fields: &serde_json::Map<String, serde_json::Value>) -> Result<Self> {
        let read = |(name, value): (&String, &serde_json::Value)| match Value::from_json(value) {
            Ok(value) => Ok((name.clone(), value)),
            Err(error) => {
                let hint = error.hint().map(str::to_owned);
                Err(Error::data("22003", format!("parameter {name}: {}", error.message())).with_hint_if(hint))
            }
        };
        fields.iter().map(read).collect()
    }

    /// Reads a parameter as a Rust type; `None` when there is none of that name.
    pub fn read<'a, T: crate::value::FromValue<'a>>(&'a self, name: &str) -> Option<Result<T>> {
        self.get(name).map(T::from_value)
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut params = Params::new();
        for (name, value) in entries {
            params.insert(name, value);
        }
        params
    }
}

impl From<()> for Params {
    fn from((): ()) -> Self {
        Params::new()
    }
}

impl<V: Into<Value>, const N: usize> From<[(&str, V); N]> for Params {
    fn from(entries: [(&str, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl From<&Params> for Params {
    fn from(params: &Params) -> Self {
        params.clone()
    }
}

/// The parameters of a statement: `params! {"id" => "ann", "age" => 44}`.
#[macro_export]
macro_rules! params {
    ($($name:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut params = $crate::Params::new();
        $(params.insert($name, $value);)*
        params
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_their_order() {
        let mut params = params! {"b" => 1, "a" => "x", "v" => vec![1.0f32], "n" => None::<i64>};
        params.insert("b", 2);
        assert_eq!(params.names().collect::<Vec<_>>(), ["b", "a", "v", "n"]);
        assert_eq!(params.get("b").map(ToString::to_string), Some("2".to_owned()));
        assert!(params.get("n").is_some_and(Value::is_null) && params.get("$b").is_none());
        assert_eq!(Params::from([("x", 1), ("y", 2)]).names().count(), 2);
        assert_eq!(Params::from(()).names().count(), 0);
    }

    #[test]
    fn json_objects_are_parameters() {
        let serde_json::Value::Object(map) = serde_json::json!({"z": 1, "a": [1.0, null]}) else { unreachable!() };
        let params = Params::from_json(&map).unwrap();
        let texts: Vec<_> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(texts, ["z=1", "a=[1.0, NULL]"]);
        assert_eq!(params.read::<i64>("z").unwrap().unwrap(), 1);
    }
}

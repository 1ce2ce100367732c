//! One table of parameters for each algorithm: the description, with types, ranges and defaults, and a struct of the
//! values that a call gives both come from it ([`parameters!`](crate::parameters)). So a default is written once, and a
//! name that the table does not have does not compile.

use std::marker::PhantomData;

use crate::core::argument::Argument;
use crate::core::description::{DefaultValue, Parameter, ParameterKind, ParameterRole};

/// What a parameter takes and what holds without it; `T` is the type of its values.
#[derive(Debug)]
pub struct Spec<T> {
    kind: ParameterKind,
    default: DefaultValue,
    role: ParameterRole,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Spec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Spec<T> {}

impl<T> Spec<T> {
    const fn new(kind: ParameterKind, default: DefaultValue) -> Self {
        Spec { kind, default, role: ParameterRole::Plain, value: PhantomData }
    }

    /// The parameter that keeps the trained model under the name it is given.
    #[must_use]
    pub const fn saves_model(mut self) -> Self {
        self.role = ParameterRole::SaveModel;
        self
    }

    /// The parameter that names a saved model to apply.
    #[must_use]
    pub const fn uses_model(mut self) -> Self {
        self.role = ParameterRole::UseModel;
        self
    }

    /// The parameter that names a saved model to go on training from.
    #[must_use]
    pub const fn starts_from_model(mut self) -> Self {
        self.role = ParameterRole::StartModel;
        self
    }

    /// The parameter that names a property instead of the saved model that wrote it.
    #[must_use]
    pub const fn uses_model_of_property(mut self) -> Self {
        self.role = ParameterRole::ModelOfProperty;
        self
    }

    /// The parameter that says until when the graph is seen.
    #[must_use]
    pub const fn moment(mut self) -> Self {
        self.role = ParameterRole::Moment;
        self
    }

    /// The parameter that says for when predictions are.
    #[must_use]
    pub const fn predicted_moment(mut self) -> Self {
        self.role = ParameterRole::PredictedMoment;
        self
    }

    /// The parameter that names the property with the times of nodes and edges.
    #[must_use]
    pub const fn names_times(mut self) -> Self {
        self.role = ParameterRole::TimeProperty;
        self
    }

    /// The entry of a description.
    pub const fn parameter(self, name: &'static str, doc: &'static str) -> Parameter {
        Parameter { name, kind: self.kind, default: self.default, role: self.role, doc: doc.trim_ascii() }
    }
}

/// The end of a range of integers that has none.
pub const UNLIMITED: i64 = i64::MAX;

/// An integer from `min` to `max`, both included.
pub const fn int<T: Whole>(min: i64, max: i64, default: i64) -> Spec<T> {
    Spec::new(ParameterKind::Int { min, max }, DefaultValue::Int(default))
}

/// An integer from `min` to `max` that need not be there; `otherwise` says what holds then.
pub const fn optional_int<T: Whole>(min: i64, max: i64, otherwise: &'static str) -> Spec<Option<T>> {
    Spec::new(ParameterKind::Int { min, max }, DefaultValue::Absent(otherwise))
}

/// A range of floats.
#[derive(Debug, Clone, Copy)]
pub struct Floats {
    min: f64,
    above: bool,
    max: f64,
}

/// Any finite number.
pub const FINITE: Floats = Floats { min: f64::NEG_INFINITY, above: false, max: f64::INFINITY };

/// Finite numbers above 0.
pub const POSITIVE: Floats = above(0.0, f64::INFINITY);

/// Finite numbers of at least 0.
pub const NOT_NEGATIVE: Floats = from(0.0, f64::INFINITY);

/// Numbers above `min` and up to `max`.
pub const fn above(min: f64, max: f64) -> Floats {
    Floats { min, above: true, max }
}

/// Numbers from `min` to `max`.
pub const fn from(min: f64, max: f64) -> Floats {
    Floats { min, above: false, max }
}

impl Floats {
    const fn kind(self) -> ParameterKind {
        ParameterKind::Float { min: self.min, above: self.above, max: self.max }
    }
}

/// A number of a range.
pub const fn float(range: Floats, default: f64) -> Spec<f64> {
    Spec::new(range.kind(), DefaultValue::Float(default))
}

/// A number of a range that need not be there.
pub const fn optional_float(range: Floats, otherwise: &'static str) -> Spec<Option<f64>> {
    Spec::new(range.kind(), DefaultValue::Absent(otherwise))
}

/// TRUE or FALSE.
pub const fn boolean(default: bool) -> Spec<bool> {
    Spec::new(ParameterKind::Bool, DefaultValue::Bool(default))
}

/// A text that need not be there.
pub const fn optional_text(otherwise: &'static str) -> Spec<Option<String>> {
    Spec::new(ParameterKind::String, DefaultValue::Absent(otherwise))
}

/// A list of texts that need not be there.
pub const fn optional_texts(otherwise: &'static str) -> Spec<Option<Vec<String>>> {
    Spec::new(ParameterKind::Strings, DefaultValue::Absent(otherwise))
}

/// Any value; the algorithm checks it. `takes` names what it takes: `STRING | RECORD`.
pub const fn any(takes: &'static str, otherwise: &'static str) -> Spec<Argument> {
    Spec::new(ParameterKind::Any(takes), DefaultValue::Absent(otherwise))
}

/// One of the words of `T`. A default that is none of them does not compile.
pub const fn choice<T: Choice>(default: &'static str) -> Spec<T> {
    let mut at = 0;
    while !same(T::WORDS[at], default) {
        at += 1;
    }
    Spec::new(ParameterKind::Choice(T::WORDS), DefaultValue::String(default))
}

/// One of the words of `T`, or none.
pub const fn optional_choice<T: Choice>(otherwise: &'static str) -> Spec<Option<T>> {
    Spec::new(ParameterKind::Choice(T::WORDS), DefaultValue::Absent(otherwise))
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    a.len() == b.len() && at == a.len()
}

/// Several tables as one, in their order; `N` is the number of parameters of all of them.
pub const fn joined<const N: usize>(tables: &[&[Parameter]]) -> [Parameter; N] {
    let mut all = [tables[0][0]; N];
    let (mut table, mut at) = (0, 0);
    while table < tables.len() {
        let mut own = 0;
        while own < tables[table].len() {
            all[at] = tables[table][own];
            (own, at) = (own + 1, at + 1);
        }
        table += 1;
    }
    assert!(at == N, "N is not the number of parameters");
    all
}

/// The type of a parameter's values.
pub trait Value: Sized {
    /// From a checked argument; nothing when it is of another type.
    fn of(argument: &Argument) -> Option<Self>;
}

/// An integer type that parameters may have.
pub trait Whole: Value {}

/// A value from one of a few words. [`choices!`](crate::choices) makes such a type.
pub trait Choice: Value + Copy + 'static {
    /// The words, as a call writes them.
    const WORDS: &'static [&'static str];

    /// The word for this value.
    fn word(self) -> &'static str;
}

impl Value for i64 {
    fn of(argument: &Argument) -> Option<Self> {
        match argument {
            Argument::Int(value) => Some(*value),
            _ => None,
        }
    }
}

/// Of any integer the bits, so that any integer is a seed.
impl Value for u64 {
    fn of(argument: &Argument) -> Option<Self> {
        i64::of(argument).map(|value| value as u64)
    }
}

/// A size; values beyond the address space become the largest.
impl Value for usize {
    fn of(argument: &Argument) -> Option<Self> {
        i64::of(argument).map(|value| usize::try_from(value.max(0)).unwrap_or(usize::MAX))
    }
}

impl Whole for i64 {}
impl Whole for u64 {}
impl Whole for usize {}

impl Value for f64 {
    fn of(argument: &Argument) -> Option<Self> {
        match argument {
            Argument::Float(value) => Some(*value),
            _ => None,
        }
    }
}

impl Value for bool {
    fn of(argument: &Argument) -> Option<Self> {
        match argument {
            Argument::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

impl Value for String {
    fn of(argument: &Argument) -> Option<Self> {
        match argument {
            Argument::String(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl Value for Vec<String> {
    fn of(argument: &Argument) -> Option<Self> {
        match argument {
            Argument::List(items) => items.iter().map(String::of).collect(),
            _ => None,
        }
    }
}

impl Value for Argument {
    fn of(argument: &Argument) -> Option<Self> {
        Some(argument.clone())
    }
}

impl<T: Value> Value for Option<T> {
    fn of(argument: &Argument) -> Option<Self> {
        match argument {
            Argument::Null => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

/// Defines an enum whose values are words of a call, and makes it a [`Choice`]:
/// `choices! { enum Pooling { Mean = "mean", Sum = "sum" } }`.
#[macro_export]
macro_rules! choices {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $visibility enum $name { $($(#[$of])* $variant,)* }

        impl $crate::core::parameters::Choice for $name {
            const WORDS: &'static [&'static str] = &[$($word),*];

            fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        impl $crate::core::parameters::Value for $name {
            fn of(argument: &$crate::core::argument::Argument) -> Option<Self> {
                match argument {
                    $crate::core::argument::Argument::String(word) => match word.as_str() {
                        $($word => Some($name::$variant),)*
                        _ => None,
                    },
                    _ => None,
                }
            }
        }
    };
}

/// Defines the parameters of an algorithm. Each field has the text of the reference page as its doc comment, the name as
/// it is written in a call, the type of its values, and what it takes and what holds without it:
///
/// ```
/// use wend_algorithms::core::parameters::{POSITIVE, float, int};
///
/// wend_algorithms::parameters! {
///     /// What a call gives.
///     struct Given {
///         /// Nodes in each walk.
///         walk_length as "walkLength": usize = int(2, 1000, 80);
///         /// Return: a step back weighs 1/p.
///         p as "p": f64 = float(POSITIVE, 1.0);
///     }
/// }
/// assert_eq!(Given::walk_length, "walkLength");
/// assert_eq!(Given::PARAMETERS[0].doc, "Nodes in each walk.");
/// ```
///
/// It makes `PARAMETERS` for the description, `read(&arguments)` for a run, and for each field a constant with the
/// parameter's name, for messages.
#[macro_export]
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $($(#[doc = $doc:literal])* $field:ident as $text:literal: $type:ty = $spec:expr;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        $visibility struct $name {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        #[allow(non_upper_case_globals, dead_code, reason = "the name of a field's parameter is a constant of its name")]
        impl $name {
            $(
                #[doc = concat!("The name of the parameter `", $text, "`.")]
                pub const $field: &'static str = $text;
            )*

            /// The parameters as a description has them.
            pub const PARAMETERS: &'static [$crate::core::description::Parameter] = &[$({
                const SPEC: $crate::core::parameters::Spec<$type> = $spec;
                SPEC.parameter($text, concat!($($doc),*))
            }),*];

            /// The values of a call that was checked against a description with these parameters.
            ///
            /// # Errors
            /// Arguments that were checked against another description.
            pub fn read<'a>(
                arguments: impl Into<&'a $crate::core::arguments::Values>,
            ) -> Result<Self, $crate::core::arguments::ArgumentError> {
                let values: &$crate::core::arguments::Values = arguments.into();
                Ok($name { $($field: values.get($text)?,)* })
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::description::Description;

    crate::choices! {
        /// A way.
        enum Way {
            There = "there",
            Back = "back",
        }
    }

    crate::parameters! {
        /// One of each type.
        struct Given {
            /// A size,
            /// in two lines.
            size as "aSize": usize = int(1, 9, 4);
            /// Perhaps a size.
            perhaps as "perhaps": Option<u64> = optional_int(0, UNLIMITED, "none");
            /// A share.
            share as "share": f64 = float(above(0.0, 1.0), 0.25);
            /// A flag.
            flag as "flag": bool = boolean(true);
            /// A way.
            way as "way": Way = choice("back");
            /// Perhaps a way.
            other as "other": Option<Way> = optional_choice("the same");
            /// Names.
            names as "names": Option<Vec<String>> = optional_texts("all");
            /// Anything.
            anything as "anything": Argument = any("ANY", "nothing");
            /// A model's name.
            model as "model": Option<String> = optional_text("none").saves_model();
        }
    }

    crate::parameters! {
        /// Another table.
        struct Other {
            /// A size of another type.
            size as "aSize": bool = boolean(false);
        }
    }

    static DESCRIPTION: Description = Description {
        name: "x",
        category: "test",
        summary: "",
        doc: "",
        parameters: Given::PARAMETERS,
        columns: &[],
        stats: &[],
    };

    #[test]
    fn a_table_gives_the_description_and_the_values() {
        let first = &Given::PARAMETERS[0];
        assert_eq!((first.name, first.doc), ("aSize", "A size, in two lines."));
        assert_eq!(first.default, DefaultValue::Int(4));
        assert_eq!(Given::PARAMETERS[4].kind, ParameterKind::Choice(&["there", "back"]));
        assert_eq!(DESCRIPTION.parameter_with(ParameterRole::SaveModel), Some(Given::model));
        let defaults = Given::read(&DESCRIPTION.check(&[]).unwrap()).unwrap();
        assert_eq!((defaults.size, defaults.perhaps, defaults.share, defaults.flag), (4, None, 0.25, true));
        assert_eq!((defaults.way, defaults.other, defaults.names), (Way::Back, None, None));
        let text = |text: &str| Argument::String(text.to_owned());
        let given = [
            (Given::perhaps.to_owned(), Argument::Int(7)),
            (Given::way.to_owned(), text("there")),
            (Given::other.to_owned(), text("back")),
            (Given::names.to_owned(), text("one")),
            (Given::anything.to_owned(), Argument::Bool(false)),
            (Given::model.to_owned(), text("m")),
        ];
        let arguments = DESCRIPTION.check(&given).unwrap();
        assert_eq!(arguments.save_model.as_deref(), Some("m"));
        let given = Given::read(&arguments).unwrap();
        assert_eq!((given.perhaps, given.way.word(), given.other), (Some(7), "there", Some(Way::Back)));
        assert_eq!((given.names, given.anything), (Some(vec!["one".to_owned()]), Argument::Bool(false)));
    }

    #[test]
    fn values_of_another_table_are_refused() {
        let error = Other::read(&DESCRIPTION.check(&[]).unwrap()).unwrap_err();
        assert_eq!((error.parameter.as_str(), error.got.as_deref()), ("aSize", Some("INT 4")));
    }

    #[test]
    fn tables_are_joined_in_order() {
        let joined: [Parameter; 10] = joined(&[Other::PARAMETERS, Given::PARAMETERS]);
        assert_eq!((joined[0].kind, joined[1].name, joined[9].name), (ParameterKind::Bool, "aSize", "model"));
    }
}

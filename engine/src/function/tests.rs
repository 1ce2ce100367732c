//! What the functions and casts give.

use proptest::prelude::*;
use wend_grammar::ast::{Span, TypeKind, TypeName};

use super::*;

fn context() -> FunctionContext {
    FunctionContext::new("2024-05-06T07:08:09.5+02:00[Europe/Berlin]".parse().unwrap())
}

fn call<const N: usize>(name: &str, arguments: [Value; N]) -> String {
    let function = find(name).unwrap_or_else(|| panic!("{name}"));
    show(function.call(&arguments, &context()))
}

fn show(result: Result<Value>) -> String {
    result.map_or_else(|error| error.gqlstatus().to_owned(), |value| value.to_string())
}

fn int(number: i64) -> Value {
    Value::Int(number)
}

fn float(number: f64) -> Value {
    Value::Float(number)
}

fn s(text: &str) -> Value {
    Value::from(text)
}

#[test]
fn names_are_unique_and_upper_case() {
    let mut names: Vec<_> =
        all().iter().flat_map(|function| function.aliases.iter().copied().chain([function.name])).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(names.iter().all(|name| *name == name.to_uppercase() && find(name).is_some()));
    assert!(functions().iter().all(|function| !function.doc.is_empty() && !function.signature.is_empty()));
    assert_eq!(functions().len(), all().len());
}

#[test]
fn arguments_are_checked() {
    assert_eq!(call("SQRT", [Value::Null]), "NULL");
    assert_eq!(call("SQRT", []), "42000");
    let error = find("LEFT").unwrap().call(&[s("a"), s("b")], &context()).unwrap_err();
    assert_eq!(error.message(), "LEFT takes INT64 as its second argument, not STRING");
    let error = find("MOD").unwrap().call(&[], &context()).unwrap_err();
    assert_eq!(error.message(), "MOD takes 2 arguments, not 0: MOD(a, b)");
}

#[test]
fn numeric_functions() {
    assert_eq!(call("ABS", [int(-3)]), "3");
    assert_eq!(call("ABS", [int(i64::MIN)]), "22003");
    assert_eq!(call("MOD", [int(7), int(0)]), "22012");
    assert_eq!(call("POWER", [int(4), int(3)]), "64.0");
    assert_eq!(call("POWER", [int(0), int(-1)]), "2201F");
    assert_eq!(call("POWER", [int(-8), float(0.5)]), "2201F");
    assert_eq!(call("POWER", [int(10), int(999)]), "22003");
    assert_eq!(call("LN", [int(0)]), "2201E");
    assert_eq!(call("SQRT", [int(-1)]), "2201F");
    assert_eq!(call("LOG", [int(2), int(8)]), "3.0");
    assert_eq!(call("LOG10", [int(1000)]), "3.0");
    assert_eq!(call("FLOOR", [float(-1.5)]), "-2.0");
    assert_eq!(call("CEILING", [int(2)]), "2");
    assert_eq!(call("ROUND", [float(2.5)]), "3.0");
    assert_eq!(call("ROUND", [float(-2.345), int(2)]), "-2.35");
    assert_eq!(call("ROUND", [int(-1250), int(-2)]), "-1300");
    assert_eq!(call("ROUND", [int(i64::MAX), int(-19)]), "22003");
    assert_eq!(call("ROUND", [float(1e308), int(400)]), "1e308");
    for (number, digits, rounded) in [
        (123456789012345.67, 2, "123456789012345.67"),
        (1.005, 2, "1.0"),
        (2.675, 2, "2.67"),
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (0.35, 1, "0.3"),
        (4503599627370497.5, 0, "4503599627370498.0"),
        (1e22, 5, "1e22"),
        (0.1 + 0.2, 15, "0.3"),
        (9.7e-300, 300, "1e-299"),
        (999.5, -1, "1000.0"),
        (5.0, -1, "10.0"),
        (4.9, -1, "0.0"),
        (5e299, -300, "1e300"),
        (1.7e308, -308, "22003"),
    ] {
        assert_eq!(call("ROUND", [float(number), int(digits)]), rounded, "{number} {digits}");
    }
    assert_eq!(call("SIGN", [float(-0.5)]), "-1");
    assert_eq!(call("GREATEST", [int(1), float(2.5), int(2)]), "2.5");
    assert_eq!(call("LEAST", [s("b"), s("a")]), "a");
    assert_eq!(call("LEAST", [s("b"), int(1)]), "22G04");
    assert_eq!(call("ASIN", [int(2)]), "22003");
    assert_eq!(call("COT", [int(0)]), "22003");
}

#[test]
fn random_numbers_differ() {
    let context = context();
    let mut numbers: Vec<_> = (0..100).map(|_| find("RAND").unwrap().call(&[], &context).unwrap()).collect();
    assert!(numbers.iter().all(|number| matches!(number, Value::Float(number) if (0.0..1.0).contains(number))));
    numbers.sort_by(|a, b| a.order(b));
    assert!(numbers.windows(2).all(|pair| pair[0].equals(&pair[1]) == Some(false)));
    assert_eq!(call("RANDOM_UUID", []).len(), 36);
}

#[test]
fn string_functions() {
    assert_eq!(call("UPPER", [s("aé")]), "AÉ");
    assert_eq!(call("TOLOWER", [s("ÀB")]), "àb");
    assert_eq!(call("CHAR_LENGTH", [s("héllo")]), "5");
    assert_eq!(call("CHARACTER_LENGTH", [s("🧐")]), "1");
    assert_eq!(call("BYTE_LENGTH", [s("🧐")]), "4");
    assert_eq!(call("LEFT", [s("hello"), int(2)]), "he");
    assert_eq!(call("RIGHT", [s("hello"), int(3)]), "llo");
    assert_eq!(call("RIGHT", [s("hello"), int(9)]), "hello");
    assert_eq!(call("LEFT", [s("hello"), int(-1)]), "22011");
    assert_eq!(call("SUBSTRING", [s("héllo"), int(1), int(2)]), "él");
    assert_eq!(call("SUBSTRING", [s("héllo"), int(1)]), "éllo");
    assert_eq!(call("SUBSTRING", [s("héllo"), int(9), int(i64::MAX)]), "");
    assert_eq!(call("SUBSTRING", [s("héllo"), int(0), int(-1)]), "22011");
    assert_eq!(call("TRIM", [s("  a ")]), "a");
    assert_eq!(call("TRIM_LEADING", [s("xxaxx"), s("x")]), "axx");
    assert_eq!(call("TRIM_TRAILING", [s("xxaxx"), s("x")]), "xxa");
    assert_eq!(call("TRIM_BOTH", [s("xxaxx"), s("xy")]), "22027");
    assert_eq!(call("BTRIM", [s("xyaxy"), s("yx")]), "a");
    assert_eq!(call("LTRIM", [s(" \ta ")]), "a ");
    assert_eq!(call("TRIM", [Value::from(vec![1i64, 2, 3]), int(2)]), "[1]");
    assert_eq!(call("TRIM", [Value::from(vec![1i64]), int(2)]), "22G0C");
    assert_eq!(call("REPLACE", [s("aXbX"), s("X"), s("--")]), "a--b--");
    assert_eq!(call("SPLIT", [s("a,b,"), s(",")]), "['a', 'b', '']");
    assert_eq!(call("SPLIT", [s("aé"), s("")]), "['a', 'é']");
    assert_eq!(call("REVERSE", [s("aé")]), "éa");
    assert_eq!(call("REVERSE", [Value::from(vec![1i64, 2])]), "[2, 1]");
    assert_eq!(call("NORMALIZE", [s("e\u{301}")]), "é");
    assert_eq!(call("NORMALIZE", [s("é"), s("nfx")]), "22G03");
}

#[test]
fn list_functions() {
    let list = || Value::from(vec![1i64, 2, 3]);
    assert_eq!(call("SIZE", [list()]), "3");
    assert_eq!(call("CARDINALITY", [Value::from(vec![0.5f32])]), "1");
    assert_eq!(call("SIZE", [s("héllo")]), "5");
    assert_eq!(call("SIZE", [int(1)]), "22G03");
    assert_eq!(call("HEAD", [list()]), "1");
    assert_eq!(call("LAST", [list()]), "3");
    assert_eq!(call("TAIL", [list()]), "[2, 3]");
    assert_eq!(call("LAST", [Value::from(Vec::<i64>::new())]), "NULL");
    assert_eq!(call("RANGE", [int(1), int(4)]), "[1, 2, 3, 4]");
    assert_eq!(call("RANGE", [int(4), int(1)]), "[]");
    assert_eq!(call("RANGE", [int(5), int(0), int(-2)]), "[5, 3, 1]");
    assert_eq!(call("RANGE", [int(i64::MIN), int(i64::MAX)]), "22003");
    assert_eq!(
        call("RANGE", [int(i64::MIN), int(i64::MAX), int(i64::MAX)]),
        "[-9223372036854775808, -1, 9223372036854775806]"
    );
    assert_eq!(call("RANGE", [int(1), int(2), int(0)]), "22003");
    assert_eq!(call("COALESCE", [Value::Null, int(2), int(3)]), "2");
    assert_eq!(call("NULLIF", [int(1), float(1.0)]), "NULL");
    assert_eq!(call("NULLIF", [int(1), Value::Null]), "1");
    assert_eq!(call("TOINTEGER", [s("12.7")]), "12");
    assert_eq!(call("TOINTEGER", [s("-99999999999999999.9")]), "-99999999999999999");
    assert_eq!(call("TOINTEGER", [s("x")]), "NULL");
    assert_eq!(call("TOFLOAT", [s("1.5")]), "1.5");
    assert_eq!(call("TOBOOLEAN", [s("TRUE")]), "true");
}

#[test]
fn vector_functions() {
    let vector = |numbers: &[f32]| Value::from(numbers);
    let (x, y) = (vector(&[1.0, 0.0]), vector(&[3.0, 4.0]));
    assert_eq!(call("COSINE_SIMILARITY", [x.clone(), y.clone()]), "0.6");
    assert_eq!(call("COSINE_SIMILARITY", [x.clone(), Value::from(vec![0i64, 0])]), "NULL");
    assert_eq!(call("COSINE_SIMILARITY", [Value::from(vec![1e300, 0.0]), Value::from(vec![1e300, 0.0])]), "1.0");
    assert_eq!(call("DOT_PRODUCT", [x.clone(), y.clone()]), "3.0");
    assert_eq!(call("EUCLIDEAN_DISTANCE", [vector(&[0.0, 0.0]), y.clone()]), "5.0");
    assert_eq!(call("MANHATTAN_DISTANCE", [x.clone(), y.clone()]), "6.0");
    assert_eq!(call("VECTOR_NORM", [y.clone()]), "5.0");
    assert_eq!(call("VECTOR_DIMENSION_COUNT", [y.clone()]), "2");
    assert_eq!(call("DOT_PRODUCT", [x.clone(), vector(&[1.0])]), "22G03");
    assert_eq!(call("DOT_PRODUCT", [x, s("a")]), "22G03");
    assert_eq!(call("VECTOR", [Value::from(vec![1i64, 2])]), "[1.0, 2.0]");
    assert_eq!(call("VECTOR", [s("[0.1, 2]"), int(2)]), "[0.1, 2.0]");
    assert_eq!(call("VECTOR", [Value::from(vec![1i64, 2]), int(3)]), "22G03");
    assert_eq!(call("VECTOR", [Value::from(vec![1e300])]), "22003");
    assert_eq!(call("VECTOR", [s("nonsense")]), "22018");
}

#[test]
fn temporal_functions() {
    assert_eq!(call("DATE", []), "2024-05-06");
    assert_eq!(call("CURRENT_TIMESTAMP", []), "2024-05-06T07:08:09.5+02:00[Europe/Berlin]");
    assert_eq!(call("CURRENT_TIME", []), "07:08:09.5+02:00");
    assert_eq!(call("LOCAL_TIMESTAMP", []), "2024-05-06T07:08:09.5");
    assert_eq!(call("DATE", [s("2024-06-01")]), "2024-06-01");
    assert_eq!(call("DATE", [s("2023-02-29")]), "22007");
    assert_eq!(call("DATE", [Value::record([("year", 2024), ("month", 2)])]), "2024-02-01");
    assert_eq!(call("DATE", [Value::record([("year", 2023), ("month", 2), ("day", 29)])]), "22G06");
    assert_eq!(call("DATE", [Value::record([("year", 2023), ("days", 2)])]), "22G05");
    assert_eq!(call("DATE", [int(1)]), "22G03");
    assert_eq!(call("LOCAL_TIME", [Value::record([("hour", 1), ("millisecond", 5)])]), "01:00:00.005");
    assert_eq!(call("ZONED_DATETIME", [s("2024-01-01T00:00")]), "2024-01-01T00:00:00+01:00[Europe/Berlin]");
    let record = Value::record([("year", int(2024)), ("timezone", s("-03:30"))]);
    assert_eq!(call("ZONED_DATETIME", [record]), "2024-01-01T00:00:00-03:30");
    assert_eq!(call("DURATION", [Value::record([("years", float(1.5)), ("hours", int(1))])]), "P1Y6MT1H");
    assert_eq!(call("DURATION", [Value::record([("year", 1)])]), "22G07");
    assert_eq!(call("DURATION", [s("P1X")]), "22G0H");
    let (from, to) = (Value::Date("2024-01-01".parse().unwrap()), Value::Date("2024-02-01".parse().unwrap()));
    assert_eq!(call("DURATION_BETWEEN", [from.clone(), to]), "P31D");
    assert_eq!(call("DURATION_BETWEEN", [from, int(1)]), "22G03");
    let zoned = Value::ZonedDateTime("2024-12-30T10:11:12.5+01:00[Europe/Berlin]".parse().unwrap());
    let field = |name: &str| show(temporal_field(&zoned, name).unwrap());
    let names =
        ["year", "week", "weekYear", "dayOfWeek", "quarter", "hour", "millisecond", "offset", "timezone", "nope"];
    assert_eq!(names.map(field), ["2024", "1", "2025", "1", "4", "10", "500", "+01:00", "Europe/Berlin", "22G05"]);
    let duration = Value::Duration("P14MT90M0.5S".parse().unwrap());
    let field = |name: &str| show(temporal_field(&duration, name).unwrap());
    assert_eq!(["years", "months", "hours", "milliseconds", "year"].map(field), ["1", "14", "1", "5400500", "22G07"]);
    assert!(temporal_field(&int(1), "year").is_none());
}

fn named(kind: TypeKind) -> TypeName {
    TypeName { kind, not_null: false, span: Span::default() }
}

const INT64: TypeKind = TypeKind::Int { bits: 64, unsigned: false };

fn cast(value: Value, kind: TypeKind) -> String {
    show(cast::cast(&value, &named(kind), &context()))
}

#[test]
fn casts() {
    assert_eq!(cast(s(" 42 "), INT64), "42");
    assert_eq!(cast(s("abc"), INT64), "22018");
    assert_eq!(cast(s("1.5"), INT64), "22018");
    assert_eq!(cast(s("99999999999999999999"), INT64), "22003");
    assert_eq!(cast(float(-1.9), INT64), "-1");
    assert_eq!(cast(float(1e19), INT64), "22003");
    assert_eq!(cast(float(f64::NAN), INT64), "22003");
    assert_eq!(cast(int(300), TypeKind::Int { bits: 8, unsigned: true }), "22003");
    assert_eq!(cast(int(-128), TypeKind::Int { bits: 8, unsigned: false }), "-128");
    assert_eq!(cast(int(128), TypeKind::Int { bits: 8, unsigned: false }), "22003");
    assert_eq!(cast(s("1.5"), TypeKind::Float { bits: 64 }), "1.5");
    assert_eq!(cast(s("1e999"), TypeKind::Float { bits: 64 }), "22003");
    assert_eq!(cast(float(1e300), TypeKind::Float { bits: 32 }), "22003");
    assert_eq!(cast(s("true"), TypeKind::Bool), "true");
    assert_eq!(cast(int(42), TypeKind::String(None)), "42");
    assert_eq!(cast(Value::Null, TypeKind::String(None)), "NULL");
    assert_eq!(cast(s("2023-02-29"), TypeKind::Date), "22007");
    assert_eq!(cast(s("2024-01-15"), TypeKind::LocalDateTime), "2024-01-15T00:00:00");
    assert_eq!(cast(int(1), TypeKind::Date), "22G03");
    assert_eq!(cast(Value::from(vec!["1", "2"]), TypeKind::List(Some(Box::new(named(INT64))))), "[1, 2]");
    assert_eq!(cast(Value::from(vec![1i64, 2]), TypeKind::Vector(Some(2))), "[1.0, 2.0]");
    assert_eq!(cast(Value::from(vec![1i64, 2]), TypeKind::Vector(Some(3))), "22G03");
    let strict = TypeName { not_null: true, ..named(INT64) };
    assert_eq!(show(cast::cast(&Value::Null, &strict, &context())), "22004");
    let error = cast::cast(&Value::from(vec![1i64]), &strict, &context()).unwrap_err();
    assert_eq!(error.message(), "LIST cannot be cast to INT64 NOT NULL");
}

#[test]
fn types_are_tested() {
    let typed = |value: Value, kind: TypeKind| cast::is_typed(&value, &named(kind));
    assert!(typed(int(1), INT64) && !typed(float(1.0), INT64) && typed(Value::Null, INT64));
    assert!(typed(int(200), TypeKind::Int { bits: 8, unsigned: true }));
    assert!(!typed(int(200), TypeKind::Int { bits: 8, unsigned: false }));
    assert!(typed(Value::from(vec![1i64]), TypeKind::List(Some(Box::new(named(INT64))))));
    assert!(!typed(Value::from(vec!["a"]), TypeKind::List(Some(Box::new(named(INT64))))));
    assert!(typed(Value::from(vec![1.0f32]), TypeKind::Vector(Some(1))));
    assert!(!typed(int(1), TypeKind::Null) && typed(int(1), TypeKind::Any));
}

fn argument() -> impl Strategy<Value = Value> {
    let int = prop_oneof![Just(i64::MIN), Just(i64::MAX), -3i64..20, any::<i64>()];
    prop_oneof![
        int.clone().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        "[a-cé \\[\\]0-9PTDM:-]{0,8}".prop_map(Value::from),
        prop::collection::vec(any::<f32>(), 0..3).prop_map(Value::from),
        prop::collection::vec(any::<f64>(), 0..3).prop_map(Value::from),
        (any::<i64>(), any::<i64>(), any::<i64>(), any::<i32>())
            .prop_map(|(a, b, c, d)| Value::Duration(crate::value::Duration::from_stored(a, b, c, d))),
        (any::<i64>(), any::<i32>())
            .prop_map(|(a, b)| { Value::ZonedDateTime(crate::value::ZonedDateTime::from_stored(a, 0, b, None)) }),
        (prop::sample::select(vec!["year", "month", "hours", "days", "nanosecond", "years"]), int)
            .prop_map(|(name, number)| Value::record([(name, number)])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_argument_makes_a_function_panic(a in argument(), b in argument(), c in argument()) {
        let context = context();
        let arguments = [a, b, c];
        for function in all() {
            // Long lists are tried above.
            if function.name == "RANGE" {
                continue;
            }
            for count in 0..=3 {
                let _ = function.call(&arguments[..count], &context);
            }
        }
        let temporal = [TypeKind::Date, TypeKind::LocalTime, TypeKind::ZonedTime, TypeKind::LocalDateTime];
        let zoned = TypeKind::ZonedDateTime;
        let others = [INT64, TypeKind::Float { bits: 32 }, TypeKind::String(None), zoned, TypeKind::Duration];
        for kind in temporal.into_iter().chain(others).chain([TypeKind::Vector(None), TypeKind::List(None)]) {
            let _ = cast::cast(&arguments[0], &named(kind), &context);
        }
        for name in ["year", "week", "hour", "offset", "epochMillis", "months", "nanoseconds", "secondsOfMinute"] {
            let _ = temporal_field(&arguments[0], name);
        }
    }
}

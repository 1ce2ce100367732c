//! What the operators give, and that no extreme value makes them panic.

use proptest::prelude::*;

use super::*;

type Binary = fn(&Value, &Value) -> Result<Value>;

fn text(result: Result<Value>) -> String {
    result.map_or_else(|error| error.gqlstatus().to_owned(), |value| value.to_string())
}

fn calculate(operator: Binary, a: impl Into<Value>, b: impl Into<Value>) -> String {
    text(operator(&a.into(), &b.into()))
}

fn list(items: &[Option<i64>]) -> Value {
    Value::from(items)
}

#[test]
fn arithmetic() {
    assert_eq!(calculate(add, i64::MAX, 1), "22003");
    assert_eq!(calculate(multiply, 4611686018427387904i64, 2), "22003");
    assert_eq!(calculate(subtract, -9223372036854775807i64, 2), "22003");
    assert_eq!(calculate(divide, 1, 0), "22012");
    assert_eq!(calculate(divide, 1.0, 0), "22012");
    assert_eq!(calculate(divide, 5, 2), "2");
    assert_eq!(calculate(divide, -5, 2), "-2");
    assert_eq!(calculate(divide, 5, 2.0), "2.5");
    assert_eq!(calculate(divide, i64::MIN, -1), "22003");
    assert_eq!(calculate(modulo, i64::MIN, -1), "0");
    assert_eq!(calculate(modulo, -7, 3), "-1");
    assert_eq!(calculate(modulo, 7, 0), "22012");
    assert_eq!(calculate(multiply, 1e308, 10.0), "22003");
    assert_eq!(calculate(add, 1, Value::Null), "NULL");
    assert_eq!(calculate(divide, Value::Null, 0), "NULL");
    assert_eq!(text(negate(&Value::Int(i64::MIN))), "22003");
    assert_eq!(calculate(add, 1, "a"), "1a");
    assert_eq!(calculate(add, "a", "b"), "ab");
    assert_eq!(calculate(add, "a", 1.5), "a1.5");
    let error = add(&Value::from("a"), &Value::Date(crate::value::Date::from_days(0))).unwrap_err();
    assert_eq!(error.gqlstatus(), "22G03");
    assert!(error.hint().is_some_and(|hint| hint.contains("CAST")), "{error:?}");
}

#[test]
fn temporal_arithmetic() {
    let date = |text: &str| Value::Date(text.parse().unwrap());
    let duration = |text: &str| Value::Duration(text.parse().unwrap());
    let zoned = |text: &str| Value::ZonedDateTime(text.parse().unwrap());
    assert_eq!(calculate(add, date("2024-01-31"), duration("P1D")), "2024-02-01");
    assert_eq!(calculate(add, duration("P1M"), date("2024-01-31")), "2024-02-29");
    assert_eq!(calculate(subtract, date("2024-03-31"), duration("P1M")), "2024-02-29");
    assert_eq!(calculate(subtract, date("2024-03-01"), date("2024-02-01")), "P29D");
    assert_eq!(calculate(multiply, duration("P1MT1.5S"), 2), "P2MT3S");
    assert_eq!(calculate(divide, duration("P1D"), 2), "PT12H");
    assert_eq!(calculate(add, date("9999-12-31"), duration("P1D")), "22008");
    assert_eq!(calculate(add, date("2024-01-01"), 1), "22G03");
    let winter = zoned("2024-03-30T12:00:00+01:00[Europe/Berlin]");
    assert_eq!(calculate(add, winter.clone(), duration("P1D")), "2024-03-31T12:00:00+02:00[Europe/Berlin]");
    assert_eq!(calculate(add, winter, duration("PT24H")), "2024-03-31T13:00:00+02:00[Europe/Berlin]");
}

#[test]
fn joining() {
    assert_eq!(calculate(concat, "a", "b"), "ab");
    assert_eq!(calculate(concat, list(&[Some(1)]), list(&[None])), "[1, NULL]");
    assert_eq!(calculate(concat, list(&[Some(1)]), vec![0.5f32]), "[1, 0.5]");
    assert_eq!(calculate(concat, "a", 1), "22G03");
    assert_eq!(calculate(concat, "a", Value::Null), "NULL");
}

#[test]
fn lists() {
    let numbers = list(&[Some(1), Some(2), Some(3)]);
    let at = |index: i64| text(subscript(&numbers, &Value::Int(index)));
    assert_eq!([at(0), at(2), at(5), at(-1), at(-4), at(i64::MIN)], ["1", "3", "NULL", "3", "NULL", "NULL"]);
    assert_eq!(calculate(subscript, vec![0.5f32], 0), "0.5");
    assert_eq!(calculate(subscript, numbers.clone(), "a"), "22G03");
    assert_eq!(calculate(subscript, Value::record([("a", 1)]), "a"), "1");
    let part = |from: Option<i64>, to: Option<i64>| {
        let context = FunctionContext::new(jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC));
        text(slice(&numbers, from.map(Value::Int).as_ref(), to.map(Value::Int).as_ref(), &context))
    };
    assert_eq!(part(Some(1), None), "[2, 3]");
    assert_eq!(part(None, Some(-1)), "[1, 2]");
    assert_eq!(part(Some(2), Some(1)), "[]");
    assert_eq!(part(Some(i64::MIN), Some(i64::MAX)), "[1, 2, 3]");
    assert_eq!(calculate(in_list, 3, list(&[Some(1), None])), "NULL");
    assert_eq!(calculate(in_list, Value::Null, list(&[])), "false");
    assert_eq!(calculate(in_list, list(&[None]), Value::from(vec![list(&[None])])), "NULL");
    assert_eq!(calculate(in_list, list(&[Some(1)]), Value::from(vec![list(&[Some(1), None])])), "false");
    assert_eq!(calculate(in_list, 1, 1), "22G03");
}

#[test]
fn logic_has_three_values() {
    let truths = [Value::Bool(true), Value::Bool(false), Value::Null];
    let table = |operator: Binary| {
        let pairs = truths.iter().flat_map(|a| truths.iter().map(move |b| text(operator(a, b))));
        pairs.map(|text| text[..1].to_owned()).collect::<String>()
    };
    assert_eq!(table(and), "tfNfffNfN");
    assert_eq!(table(or), "ttttfNtNN");
    assert_eq!(table(xor), "ftNtfNNNN");
    assert_eq!(truths.iter().map(|a| text(not(a))).collect::<Vec<_>>(), ["false", "true", "NULL"]);
    assert_eq!(calculate(and, false, 1), "22G03");
}

#[test]
fn string_predicates_are_unknown_for_anything_else() {
    assert_eq!(calculate(starts_with, "ab", "a"), "true");
    assert_eq!(calculate(ends_with, "ab", "a"), "false");
    assert_eq!(calculate(contains, "ab", ""), "true");
    assert_eq!(calculate(contains, "ab", Value::Null), "NULL");
    assert_eq!(calculate(contains, 1, ""), "NULL");
}

fn extreme() -> impl Strategy<Value = Value> {
    use crate::value::{Date, Duration, LocalDateTime, LocalTime, ZonedDateTime, ZonedTime};
    let int = prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(-1i64), Just(0i64), any::<i64>()];
    let small = any::<i32>();
    prop_oneof![
        int.clone().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        small.prop_map(|days| Value::Date(Date::from_days(days))),
        int.clone().prop_map(|nanos| Value::LocalTime(LocalTime::from_nanos(nanos))),
        (int.clone(), small).prop_map(|(nanos, offset)| Value::ZonedTime(ZonedTime::from_stored(nanos, offset))),
        (int.clone(), any::<u32>()).prop_map(|(a, b)| Value::LocalDateTime(LocalDateTime::from_stored(a, b))),
        (int.clone(), any::<u32>(), small, prop::option::of(Just("Europe/Berlin".to_owned())))
            .prop_map(|(a, b, offset, zone)| Value::ZonedDateTime(ZonedDateTime::from_stored(a, b, offset, zone))),
        (int.clone(), int.clone(), int, small)
            .prop_map(|(a, b, c, d)| Value::Duration(Duration::from_stored(a, b, c, d))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_panics(a in extreme(), b in extreme()) {
        for operator in [add, subtract, multiply, divide, modulo, concat, in_list, subscript] as [Binary; 8] {
            for value in [operator(&a, &b), operator(&b, &a)].into_iter().flatten() {
                prop_assert!(!value.to_string().is_empty());
            }
        }
        let _ = (negate(&a), a.compare(&b), a.equals(&b), a.order(&b), a.to_json());
    }
}

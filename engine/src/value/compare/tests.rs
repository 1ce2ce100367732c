//! The laws that equality, order and grouping keep.

use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::prelude::*;
use wend_storage::{EdgeId, LabelId, NodeId};

use super::*;
use crate::value::{Date, Duration, Edge, EdgeRef, LocalDateTime, LocalTime, Node, ZonedDateTime, ZonedTime};

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Int),
        (-3i64..3).prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        (-6i64..6).prop_map(|halves| Value::Float(halves as f64 / 2.0)),
        prop::sample::select(vec![9007199254740992i64, 9007199254740993, i64::MAX, i64::MIN]).prop_map(Value::Int),
        prop::sample::select(vec![f64::NAN, 9007199254740992.0, 9.223_372_036_854_776e18, -0.0, f64::INFINITY])
            .prop_map(Value::Float),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        "[a-c]{0,2}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..2).prop_map(|bytes| Value::Bytes(bytes.into())),
        (-2i32..2).prop_map(|days| Value::Date(Date::from_days(days))),
        (0i64..2).prop_map(|nanos| Value::LocalTime(LocalTime::from_nanos(nanos))),
        (0i64..2, -1i32..1).prop_map(|(hours, offset)| {
            Value::ZonedTime(ZonedTime::from_stored(hours * 3_600_000_000_000, offset * 3600))
        }),
        (0i64..2).prop_map(|seconds| Value::LocalDateTime(LocalDateTime::from_stored(seconds, 1))),
        (0i64..2, -1i32..1).prop_map(|(seconds, offset)| {
            Value::ZonedDateTime(ZonedDateTime::from_stored(seconds, 0, offset * 3600, None))
        }),
        (-1i64..2, -31i64..32, -1i64..2).prop_map(|(months, days, hours)| Value::Duration(Duration::from_stored(
            months,
            days,
            hours * 43200,
            0
        ))),
        prop::collection::vec((-2i8..2).prop_map(f32::from), 0..3).prop_map(Value::from),
        (0u64..3).prop_map(|id| Value::Node(Node::new(NodeId(id as _)))),
        (0u64..3).prop_map(|id| {
            Value::Edge(Edge::new(EdgeRef { edge: EdgeId(id as _), label: LabelId(0), from: NodeId(0), to: NodeId(1) }))
        }),
    ];
    leaf.prop_recursive(2, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(inner, 0..3).prop_flat_map(|values| {
                let fields: Vec<_> = ["a", "b", "c"].into_iter().zip(values).collect();
                Just(fields).prop_shuffle().prop_map(Value::record)
            }),
        ]
    })
}

fn hash(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    GroupKey(value.clone()).hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn order_is_total(a in value(), b in value(), c in value()) {
        prop_assert_eq!(a.order(&a), Ordering::Equal);
        prop_assert_eq!(a.order(&b), b.order(&a).reverse());
        if a.order(&b).is_le() && b.order(&c).is_le() {
            prop_assert!(a.order(&c).is_le(), "{} {} {}", a, b, c);
        }
    }

    #[test]
    fn equal_keys_hash_alike(a in value(), b in value()) {
        if GroupKey(a.clone()) == GroupKey(b.clone()) {
            prop_assert_eq!(hash(&a), hash(&b), "{} {}", a, b);
        }
    }

    #[test]
    fn equality_agrees_with_order(a in value(), b in value()) {
        prop_assert_eq!(a.equals(&b), b.equals(&a));
        if a.equals(&b) == Some(true) {
            prop_assert_eq!(a.order(&b), Ordering::Equal, "{} {}", a, b);
        }
        if let Ok(Some(ordering)) = a.compare(&b) {
            prop_assert_eq!(ordering, a.order(&b), "{} {}", a, b);
        }
    }

    #[test]
    fn numbers_compare_exactly(a in number(), b in number(), c in number()) {
        let sorted = { let mut all = [&a, &b, &c]; all.sort_by(|a, b| a.order(b)); all };
        prop_assert!(sorted[0].order(sorted[2]).is_le());
        if let (Value::Int(int), Value::Float(float)) = (&a, &b) {
            let exact = float.fract() == 0.0 && float.abs() < 1e19 && (*float as i128) == i128::from(*int);
            prop_assert_eq!(a.equals(&b), Some(exact));
        }
    }
}

fn list(items: &[Option<i64>]) -> Value {
    Value::from(items)
}

#[test]
fn nulls_make_equality_unknown() {
    let one_null = list(&[Some(1), None]);
    assert_eq!(list(&[Some(1)]).equals(&one_null), Some(false));
    assert_eq!(list(&[Some(1), Some(2)]).equals(&one_null), None);
    assert_eq!(list(&[Some(2), Some(2)]).equals(&one_null), Some(false));
    assert_eq!(Value::Null.equals(&Value::Null), None);
    assert_eq!(Value::Int(1).equals(&Value::from("1")), Some(false));
    assert_eq!(Value::record([("a", 1), ("b", 2)]).equals(&Value::record([("b", 2), ("a", 1)])), Some(true));
    assert_eq!(Value::record([("a", Value::Null)]).equals(&Value::record([("a", 1)])), None);
}

#[test]
fn numbers_above_two_to_53_are_exact() {
    let (int, float) = (Value::Int(9_007_199_254_740_993), Value::Float(9_007_199_254_740_992.0));
    assert_eq!(int.equals(&float), Some(false));
    assert_eq!(int.compare(&float).unwrap(), Some(Ordering::Greater));
    assert_eq!(Value::Int(i64::MAX).compare(&Value::Float(i64::MAX as f64)).unwrap(), Some(Ordering::Less));
    assert_eq!(Value::Int(1).compare(&Value::Float(1.5)).unwrap(), Some(Ordering::Less));
    assert_eq!(Value::Int(-1).compare(&Value::Float(-1.5)).unwrap(), Some(Ordering::Greater));
}

#[test]
fn nan_is_never_less_nor_equal() {
    let nan = Value::Float(f64::NAN);
    for operator in [CompareOperator::Less, CompareOperator::GreaterOrEqual, CompareOperator::Equal] {
        assert!(matches!(nan.compare_with(operator, &Value::Int(1)).unwrap(), Value::Bool(false)));
        assert!(matches!(nan.compare_with(operator, &Value::Null).unwrap(), Value::Null));
    }
    assert!(matches!(nan.compare_with(CompareOperator::NotEqual, &nan).unwrap(), Value::Bool(true)));
    assert_eq!(nan.order(&Value::Float(f64::INFINITY)), Ordering::Greater);
}

#[test]
fn types_without_a_common_order_are_refused() {
    let error = Value::Int(1).compare(&Value::from("a")).unwrap_err();
    assert_eq!((error.gqlstatus(), error.message()), ("22G04", "INT64 and STRING cannot be compared"));
    let record = Value::record([("a", 1)]);
    assert_eq!(record.compare(&record).unwrap_err().message(), "values of type RECORD have no order");
    let duration = |text: &str| Value::Duration(text.parse().unwrap());
    assert!(duration("P1M").compare(&duration("P30D")).is_err());
    assert_eq!(duration("P1D").equals(&duration("PT24H")), Some(true));
    assert_eq!(duration("P1M").compare(&duration("P1M1D")).unwrap(), Some(Ordering::Less));
}

//! The parser that pest generates from `gql.pest`.
#![allow(missing_docs)]

use pest::Parser as _;
use pest::iterators::Pairs;

#[derive(pest_derive::Parser)]
#[grammar = "gql.pest"]
struct Gql;

pub(crate) type PestError = pest::error::Error<Rule>;

pub(crate) fn pairs(text: &str) -> Result<Pairs<'_, Rule>, Box<PestError>> {
    Gql::parse(Rule::script, text).map_err(Box::new)
}

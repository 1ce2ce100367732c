//! Finds the documents of a query and ranks them by BM25 (Robertson, Zaragoza, The probabilistic relevance framework, 2009) as Lucene does.
//!
//! A word counts in a document `boost * idf * n / (n + k1 * (1 - b + b * length / average))`: n is how often it is in the field, length
//! how many words the field has and average how many it has in a document that has it. `idf = ln(1 + (N - d + 0.5) / (d + 0.5))` of N
//! documents with the field, d of which have the word. A phrase counts as one word whose idf is the sum of those of its words. What
//! several parts of a query give is added.

use std::cmp::Ordering;

use wend_storage::{Index, TextList, TextTotals, Transaction};

use super::{letters, phrase, query::Query, syntax::Piece};
use crate::{
    control::CancelToken,
    error::{Error, Result},
    memory::{Held, MemoryBudget},
};

/// How soon a word that is there often counts no more.
const K1: f64 = 1.2;
/// How much the length of a field counts.
const B: f64 = 0.75;

/// Words that a word with wrong letters stands for at most, the nearest ones.
const MOST_SIMILAR: usize = 50;

/// An element with its score.
pub(crate) type Hit = (u64, f64);

/// The best hit first; of equal scores the first element.
fn rank(a: &Hit, b: &Hit) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// Looks through an index for one query.
pub(super) struct Search<'a> {
    pub(super) tx: &'a Transaction,
    pub(super) index: &'a Index,
    pub(super) fields: u16,
    pub(super) cancel: &'a CancelToken,
    pub(super) memory: &'a MemoryBudget,
    pub(super) held: Held,
}

/// What is known of a word of a field.
struct Weight {
    idf: f64,
    average: f64,
}

impl Weight {
    fn of(totals: TextTotals, documents: usize) -> Weight {
        let with = documents as f64;
        let all = totals.documents.max(documents as u64) as f64;
        let average = if totals.documents == 0 { 1.0 } else { totals.words as f64 / totals.documents as f64 };
        Weight { idf: (1.0 + (all - with + 0.5) / (with + 0.5)).ln(), average }
    }

    /// The score of a field with so many words that has a word, or a phrase, so often.
    fn score(&self, boost: f64, count: f64, length: u32) -> f64 {
        let long = 1.0 - B + B * f64::from(length) / self.average;
        boost * self.idf * count / (count + K1 * long)
    }
}

/// A document in which the words of a phrase were found that were looked at so far.
struct Candidate {
    element: u64,
    length: u32,
    positions: Vec<Vec<u32>>,
}

impl Search<'_> {
    fn hold(&mut self, bytes: usize) -> Result<()> {
        self.cancel.check()?;
        self.held.take(self.memory, bytes, "a full-text search")
    }

    /// The documents that meet a query, by element.
    pub(super) fn find(&mut self, query: &Query) -> Result<Vec<Hit>> {
        let hits = match query {
            Query::Word { list, boost } => self.word(list, *boost)?,
            Query::Phrase { field, words, slop, boost } => self.phrase(*field, words, *slop, *boost)?,
            Query::Pattern { field, pieces, boost } => self.pattern(*field, pieces, *boost)?,
            Query::Fuzzy { field, word, edits, boost } => self.fuzzy(*field, word, *edits, *boost)?,
            Query::All { must, should, must_not } => self.all(must, should, must_not)?,
        };
        self.hold(hits.len() * size_of::<Hit>())?;
        Ok(hits)
    }

    fn all(&mut self, must: &[Query], should: &[Query], must_not: &[Query]) -> Result<Vec<Hit>> {
        let mut found: Option<Vec<Hit>> = None;
        for query in must {
            let hits = self.find(query)?;
            found = Some(match found {
                None => hits,
                Some(found) => join(&found, &hits, |in_one, in_other| in_one && in_other),
            });
        }
        let should = should.iter().map(|query| self.find(query)).collect::<Result<Vec<_>>>()?;
        let should = union(should);
        let mut found = match found {
            None => should,
            Some(found) => join(&found, &should, |in_one, _| in_one),
        };
        for query in must_not {
            let hits = self.find(query)?;
            found = join(&found, &hits, |in_one, in_other| in_one && !in_other);
        }
        Ok(found)
    }

    fn word(&mut self, list: &TextList, boost: f64) -> Result<Vec<Hit>> {
        // How often it is there and how long the field is; the score is known when all have been seen.
        let mut found: Vec<(u64, u32, u32)> = Vec::new();
        let cancel = self.cancel;
        self.tx.text_postings(self.index, list, |posting| {
            if found.len().is_multiple_of(4096) {
                cancel.check()?;
            }
            found.push((posting.element, posting.count, posting.words));
            Ok::<(), Error>(())
        })?;
        let weight = Weight::of(self.tx.text_totals(self.index, list.field)?, found.len());
        let hit = |(element, count, length): (u64, u32, u32)| (element, weight.score(boost, f64::from(count), length));
        Ok(found.into_iter().map(hit).collect())
    }

    fn phrase(&mut self, field: u16, words: &[(String, u32)], slop: u32, boost: f64) -> Result<Vec<Hit>> {
        let totals = self.tx.text_totals(self.index, field)?;
        let behind: Vec<u32> = words.iter().map(|(_, behind)| *behind).collect();
        let mut idf = 0.0;
        let mut average = 1.0;
        let mut candidates: Option<Vec<Candidate>> = None;
        for (word, _) in words {
            let list = TextList { word: word.clone(), field };
            let mut documents = 0usize;
            let mut bytes = 0;
            let mut next = Vec::new();
            let mut before = candidates.take().map(|candidates| candidates.into_iter().peekable());
            let cancel = self.cancel;
            self.tx.text_postings(self.index, &list, |posting| {
                if documents.is_multiple_of(4096) {
                    cancel.check()?;
                }
                documents += 1;
                let mut candidate = match &mut before {
                    None => Candidate { element: posting.element, length: posting.words, positions: Vec::new() },
                    Some(before) => {
                        while before.next_if(|candidate| candidate.element < posting.element).is_some() {}
                        match before.next_if(|candidate| candidate.element == posting.element) {
                            Some(candidate) => candidate,
                            None => return Ok(()),
                        }
                    }
                };
                candidate.positions.push(posting.positions());
                bytes += size_of::<Candidate>() + 32 + 4 * posting.count as usize;
                next.push(candidate);
                Ok::<(), Error>(())
            })?;
            self.hold(bytes)?;
            let weight = Weight::of(totals, documents);
            idf += weight.idf;
            average = weight.average;
            candidates = Some(next);
        }
        let weight = Weight { idf, average };
        let hit = |candidate: Candidate| {
            let count = phrase::frequency(&candidate.positions, &behind, slop);
            (count > 0.0).then(|| (candidate.element, weight.score(boost, count, candidate.length)))
        };
        Ok(candidates.into_iter().flatten().filter_map(hit).collect())
    }

    /// The lists of words that begin with some letters and meet a condition, in one field or all.
    fn lists(
        &mut self,
        field: Option<u16>,
        begins: &str,
        mut meets: impl FnMut(&str) -> bool,
    ) -> Result<Vec<TextList>> {
        let mut lists = Vec::new();
        let mut seen = 0usize;
        let cancel = self.cancel;
        self.tx.text_lists(self.index, begins, |list| {
            if seen.is_multiple_of(4096) {
                cancel.check()?;
            }
            seen += 1;
            if field.is_none_or(|field| field == list.field) && list.field < self.fields && meets(&list.word) {
                lists.push(list);
            }
            Ok::<(), Error>(())
        })?;
        let bytes = lists.iter().map(|list: &TextList| size_of::<TextList>() + list.word.len()).sum();
        self.hold(bytes)?;
        Ok(lists)
    }

    /// All documents with such a word count the same.
    fn pattern(&mut self, field: Option<u16>, pieces: &[Piece], boost: f64) -> Result<Vec<Hit>> {
        let lists = self.lists(field, letters::beginning(pieces), |word| letters::matches(pieces, word))?;
        let mut elements: Vec<u64> = Vec::new();
        for list in &lists {
            let before = elements.len();
            self.tx.text_postings(self.index, list, |posting| {
                elements.push(posting.element);
                Ok::<(), Error>(())
            })?;
            self.hold((elements.len() - before) * size_of::<u64>())?;
        }
        elements.sort_unstable();
        elements.dedup();
        Ok(elements.into_iter().map(|element| (element, boost)).collect())
    }

    /// The more letters of a word are wrong the less it counts.
    fn fuzzy(&mut self, field: u16, word: &str, edits: u32, boost: f64) -> Result<Vec<Hit>> {
        let wanted: Vec<char> = word.chars().collect();
        let mut similar: Vec<(u32, usize, TextList)> = Vec::new();
        let lists = self.lists(Some(field), "", |other| {
            other.len().abs_diff(word.len()) <= 4 * edits as usize
                && letters::edits(&wanted, &other.chars().collect::<Vec<_>>(), edits).is_some()
        })?;
        for list in lists {
            let letters: Vec<char> = list.word.chars().collect();
            let wrong = letters::edits(&wanted, &letters, edits).unwrap_or(edits);
            similar.push((wrong, letters.len(), list));
        }
        similar.sort();
        similar.truncate(MOST_SIMILAR);
        let mut found = Vec::with_capacity(similar.len());
        for (wrong, length, list) in similar {
            let shorter = length.min(wanted.len()).max(1) as f64;
            let like = 1.0 - f64::from(wrong) / shorter;
            if like > 0.0 {
                found.push(self.find(&Query::Word { list, boost: boost * like })?);
            }
        }
        Ok(union(found))
    }
}

/// The hits of two lists that are wanted by whether they are in the one and the other, with the sums of their scores.
fn join(one: &[Hit], other: &[Hit], wanted: impl Fn(bool, bool) -> bool) -> Vec<Hit> {
    let mut found = Vec::with_capacity(one.len());
    let (mut a, mut b) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.0.cmp(&b.0),
        };
        let from_one = if order.is_le() { a.next() } else { None };
        let from_other = if order.is_ge() { b.next() } else { None };
        if let Some((element, score)) = from_one.or(from_other)
            && wanted(from_one.is_some(), from_other.is_some())
        {
            let more = if from_one.is_some() { from_other.map_or(0.0, |(_, score)| *score) } else { 0.0 };
            found.push((*element, score + more));
        }
    }
}

/// The hits of any of some lists, with the sums of their scores; neighbours are joined first.
fn union(mut lists: Vec<Vec<Hit>>) -> Vec<Hit> {
    while lists.len() > 1 {
        let mut lists_left = lists.into_iter();
        let mut joined = Vec::new();
        while let Some(one) = lists_left.next() {
            joined.push(match lists_left.next() {
                Some(other) => join(&one, &other, |_, _| true),
                None => one,
            });
        }
        lists = joined;
    }
    lists.pop().unwrap_or_default()
}

/// Hits that are put in order as they are asked for.
#[derive(Default)]
pub(crate) struct Ranked {
    hits: Vec<Hit>,
    given: usize,
    sorted: usize,
    _held: Held,
}

/// Hits that are put in order at a time, at first.
const FIRST: usize = 1024;

impl Ranked {
    pub(super) fn new(hits: Vec<Hit>, held: Held) -> Ranked {
        Ranked { hits, given: 0, sorted: 0, _held: held }
    }

    /// At most so many hits, the best ones first.
    pub(crate) fn next(&mut self, most: usize) -> &[Hit] {
        let end = self.hits.len().min(self.given.saturating_add(most));
        if end > self.sorted {
            // Each time as many as before, so that all of them cost about what one sort does.
            let more = (end - self.sorted).max(self.sorted).max(FIRST);
            let left = &mut self.hits[self.sorted..];
            let more = more.min(left.len());
            if more < left.len() {
                left.select_nth_unstable_by(more, rank);
            }
            left[..more].sort_unstable_by(rank);
            self.sorted += more;
        }
        let begin = std::mem::replace(&mut self.given, end);
        &self.hits[begin..end]
    }

    /// Leaves out the best ones, and those after the best so many of the others.
    pub(super) fn only(&mut self, skip: usize, limit: Option<usize>) {
        self.next(skip);
        if let Some(limit) = limit {
            let end = self.hits.len().min(self.given.saturating_add(limit));
            let given = self.given;
            self.next(end - given);
            self.given = given;
            self.hits.truncate(end);
            self.sorted = self.sorted.min(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_come_in_order() {
        let hits: Vec<Hit> = (0..5000u64).map(|element| (element, ((element * 7919) % 97) as f64)).collect();
        let mut sorted = hits.clone();
        sorted.sort_by(rank);
        let mut ranked = Ranked::new(hits.clone(), Held::default());
        let mut got = Vec::new();
        while let hits @ [_, ..] = ranked.next(700) {
            got.extend_from_slice(hits);
        }
        assert_eq!(got, sorted);
        let mut some = Ranked::new(hits, Held::default());
        some.only(10, Some(1500));
        assert_eq!([some.next(1000).to_vec(), some.next(1000).to_vec()].concat(), sorted[10..1510]);
        assert!(some.next(10).is_empty());
    }

    #[test]
    fn lists_are_joined() {
        let (a, b) = ([(1, 1.0), (3, 1.0), (5, 1.0)], [(2, 0.5), (3, 0.5)]);
        assert_eq!(join(&a, &b, |one, other| one && other), [(3, 1.5)]);
        assert_eq!(join(&a, &b, |one, _| one), [(1, 1.0), (3, 1.5), (5, 1.0)]);
        assert_eq!(join(&a, &b, |one, other| one && !other), [(1, 1.0), (5, 1.0)]);
        assert_eq!(union(vec![a.to_vec(), b.to_vec(), vec![(9, 2.0)]]).len(), 5);
    }

    #[test]
    fn scores_are_those_of_lucene() {
        // 10 documents of 4 words on average, 3 with the word: idf = ln(1 + 7.5 / 3.5).
        let weight = Weight::of(TextTotals { documents: 10, words: 40 }, 3);
        assert!((weight.idf - (1.0f64 + 7.5 / 3.5).ln()).abs() < 1e-12);
        // In a field of average length once: idf / 2.2.
        assert!((weight.score(1.0, 1.0, 4) - weight.idf / 2.2).abs() < 1e-12);
        assert!((weight.score(2.0, 2.0, 8) - 2.0 * weight.idf * 2.0 / (2.0 + 1.2 * 1.75)).abs() < 1e-12);
    }
}

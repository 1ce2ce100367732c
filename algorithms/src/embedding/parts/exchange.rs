//! Embeddings by blocks: a block takes in what others sent it, computes, and sends on.
//!
//! A **turn** is one block's work between two exchanges: it gives the block's state and a message for every block that needs rows of
//! it. Expectations take `walkLength - 2` exchanges of one number a node, for the visits at each position, and then `window` exchanges
//! of two vectors, of which one goes forwards and one backwards; FastRP takes one of one vector for each round.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::block::Block;
use super::{Kind, Parts};
use crate::core::context::Context;
use crate::core::error::Error;
use crate::embedding::node2vec::expectation::arriving;
use crate::graph::weights::share;
use crate::numeric::linear::Operator;
use crate::numeric::matrix::into_flat;
use crate::numeric::random::projection_row;
use crate::numeric::workers::Workers;

/// What a block knows between two turns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct State {
    block: usize,
    /// Exchanges that it has taken in.
    step: usize,
    /// Visits at this position, those up to it, and the sums kept for each distance.
    now: Vec<f64>,
    visited: Vec<f64>,
    visits: Vec<Vec<f64>>,
    /// Vectors that go forwards and backwards, and the sum.
    x: Vec<f32>,
    y: Vec<f32>,
    sum: Vec<f32>,
}

/// A block's work between two exchanges.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Turn {
    /// What the block's next turn needs to know.
    pub state: Vec<u8>,
    /// Messages, each with the block that it is for; none after the last exchange.
    pub messages: Vec<(usize, Vec<u8>)>,
}

/// Bytes before the rows of a message: exchange, source and target.
const HEADER: usize = 12;

/// What goes with a row: numbers that say how arcs weigh, then vectors.
#[derive(Default)]
struct Payload {
    scalars: Vec<Vec<f64>>,
    vectors: Vec<Vec<f32>>,
}

impl Parts {
    /// How many exchanges there are between the first turn and the last.
    pub fn exchanges(&self) -> usize {
        match &self.kind {
            Kind::Walks(_) => 0,
            Kind::Expectation(parameters) => parameters.walk_length - 2 + parameters.window,
            Kind::Distances(parameters) => parameters.window,
            Kind::FastRp(parameters) => parameters.rounds(),
        }
    }

    /// Bytes that a row takes in a message of each exchange, at most.
    pub fn row_bytes(&self) -> usize {
        let vectors = if matches!(self.kind, Kind::Expectation(_)) { 2 } else { 1 };
        16 + 4 * vectors * self.dimensions
    }

    /// The first turn of a block.
    ///
    /// # Errors
    /// [`Error::WrongInput`] of sums of walks, which are not computed by blocks.
    pub fn begin(&self, block: &Block) -> Result<Turn, Error> {
        let mut state = State { block: block.block, ..State::default() };
        match &self.kind {
            Kind::Walks(_) => return Err(Error::WrongInput),
            Kind::Expectation(parameters) => {
                // A start that cannot be left makes no walk.
                state.now = block.degrees.iter().map(|&degree| f64::from(u8::from(degree > 0.0))).collect();
                state.visited = vec![0.0; block.node_count()];
                state.visits = vec![Vec::new(); parameters.window];
                self.count_visits(block, &mut state, 0);
            }
            Kind::Distances(_) => self.first_vectors(block, &mut state),
            Kind::FastRp(parameters) => {
                self.first_vectors(block, &mut state);
                for (row, &degree) in state.x.chunks_exact_mut(self.dimensions).zip(&block.degrees) {
                    let scale = parameters.scale(degree);
                    row.iter_mut().for_each(|x| *x *= scale);
                }
                if parameters.self_influence > 0.0 {
                    self.add(&mut state.sum, &state.x, Some(parameters.self_influence));
                }
            }
        }
        self.end_turn(block, state)
    }

    /// The turn after an exchange; `messages` are those that the block was sent, each with the block that sent it.
    ///
    /// # Errors
    /// [`Error::Unfit`] when a message is missing, is there twice, or is of another block, exchange or length, and for a state that
    /// is not this block's; [`Error::Cancelled`].
    pub fn turn(
        &self,
        block: &Block,
        state: &[u8],
        messages: &[(usize, &[u8])],
        context: &Context<'_>,
    ) -> Result<Turn, Error> {
        let mut state = self.read_state(block, state)?;
        if state.step >= self.exchanges() {
            return Err(unfit(block, format!("exchange {} after the last of {}", state.step, self.exchanges())));
        }
        let workers = Workers::new(context, context.threads(None));
        let (step, kind) = (state.step, &self.kind);
        let mut payload = self.payload(block, &state);
        self.take_in(block, step, messages, &mut payload)?;
        match kind {
            Kind::Walks(_) => return Err(Error::WrongInput),
            Kind::Expectation(parameters) if step < parameters.walk_length - 2 => {
                self.arrive(block, &mut state, &payload);
                self.count_visits(block, &mut state, step + 1);
            }
            Kind::Expectation(parameters) => {
                let distance = step - (parameters.walk_length - 2) + 1;
                let mut vectors = payload.vectors.into_iter();
                let (x, y) = (vectors.next().unwrap_or_default(), vectors.next().unwrap_or_default());
                let scalars: Vec<[f64; 2]> =
                    payload.scalars[0].chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
                state.x = self.product(block, block.forward(), x, &workers)?;
                state.y = self.product(block, (Some(block.backward(&scalars)), None), y, &workers)?;
                let factors = state.visits[distance - 1].iter().map(|visits| (visits / distance as f64) as f32);
                self.add_scaled(&mut state.sum, &state.x, factors);
                if distance == parameters.window {
                    self.add_scaled(&mut state.sum, &state.y, std::iter::repeat(1.0));
                }
            }
            Kind::Distances(_) | Kind::FastRp(_) => {
                let x = payload.vectors.pop().unwrap_or_default();
                state.x = self.product(block, block.forward(), x, &workers)?;
                match kind {
                    Kind::FastRp(parameters) if parameters.weights[step] == 0.0 => {}
                    Kind::FastRp(parameters) => self.add(&mut state.sum, &state.x, Some(parameters.weights[step])),
                    _ => self.add(&mut state.sum, &state.x, None),
                }
            }
        }
        workers.check_cancelled()?;
        state.step += 1;
        self.end_turn(block, state)
    }

    /// The vectors of a block's nodes, after its last turn.
    ///
    /// # Errors
    /// [`Error::Unfit`] when exchanges are still to come; [`Error::Unfit`] where 32 bits cannot hold the vectors.
    pub fn vectors(&self, block: &Block, state: &[u8]) -> Result<Vec<f32>, Error> {
        let mut state = self.read_state(block, state)?;
        if state.step != self.exchanges() {
            return Err(unfit(block, format!("{} of {} exchanges are done", state.step, self.exchanges())));
        }
        self.end(&mut state.sum)?;
        Ok(state.sum)
    }

    fn read_state(&self, block: &Block, bytes: &[u8]) -> Result<State, Error> {
        let state: State =
            postcard::from_bytes(bytes).map_err(|error| unfit(block, format!("its state is damaged: {error}")))?;
        let counts_visits =
            matches!(&self.kind, Kind::Expectation(parameters) if state.step < parameters.walk_length - 2);
        let fits = match counts_visits {
            true => state.now.len() == block.node_count(),
            false => state.sum.len() == block.node_count() * self.dimensions,
        };
        if state.block != block.block || !fits {
            return Err(unfit(block, format!("it was given the state of block {}", state.block)));
        }
        Ok(state)
    }

    /// The state as bytes, and what others need of it.
    fn end_turn(&self, block: &Block, state: State) -> Result<Turn, Error> {
        let mut messages = Vec::new();
        if state.step < self.exchanges() {
            let payload = self.payload(block, &state);
            for (target, rows) in &block.targets {
                messages.push((*target, self.message(block, state.step, *target, rows, &payload)));
            }
        }
        let bytes = postcard::to_allocvec(&state).map_err(|error| unfit(block, format!("its state: {error}")))?;
        Ok(Turn { state: bytes, messages })
    }

    /// R of the block's own rows.
    fn signs(&self, block: &Block) -> Vec<f32> {
        let mut signs = vec![0i8; self.dimensions];
        let mut all = Vec::with_capacity(block.node_count() * self.dimensions);
        for &number in &block.numbers {
            projection_row(self.seed, number, 0, &mut signs);
            all.extend(signs.iter().map(|&sign| f32::from(sign)));
        }
        all
    }

    /// The vectors before the first product.
    fn first_vectors(&self, block: &Block, state: &mut State) {
        state.x = self.signs(block);
        state.sum = vec![0.0; state.x.len()];
        if matches!(self.kind, Kind::Expectation(_)) {
            state.y = vec![0.0; state.x.len()];
        }
    }

    /// Adds the visits at a position to those up to it, and keeps them for the distance whose last position it is. After the last
    /// position come products.
    fn count_visits(&self, block: &Block, state: &mut State, position: usize) {
        let Kind::Expectation(parameters) = &self.kind else { return };
        state.visited.iter_mut().zip(&state.now).for_each(|(sum, now)| *sum += now);
        if let Some(kept) = state.visits.get_mut(parameters.walk_length - 2 - position) {
            kept.clone_from(&state.visited);
        }
        if position == parameters.walk_length - 2 {
            self.first_vectors(block, state);
        }
    }

    /// What the next exchange takes of the block's own rows.
    fn payload(&self, block: &Block, state: &State) -> Payload {
        match &self.kind {
            Kind::Expectation(parameters) if state.step < parameters.walk_length - 2 => {
                if block.shares.is_empty() {
                    let share = state.now.iter().zip(&block.degrees);
                    let share = share.map(|(now, degree)| if *degree > 0.0 { now / degree } else { 0.0 });
                    return Payload { scalars: vec![share.collect()], vectors: Vec::new() };
                }
                Payload { scalars: vec![block.scalars().concat(), state.now.clone()], vectors: Vec::new() }
            }
            Kind::Expectation(parameters) => {
                let distance = parameters.window - (state.step - (parameters.walk_length - 2));
                let mut y = state.y.clone();
                let factors = state.visits[distance - 1].iter().map(|visits| (visits / distance as f64) as f32);
                self.add_scaled(&mut y, &self.signs(block), factors);
                Payload { scalars: vec![block.scalars().concat()], vectors: vec![state.x.clone(), y] }
            }
            _ => Payload { scalars: Vec::new(), vectors: vec![state.x.clone()] },
        }
    }

    /// Some rows of a payload as bytes.
    fn message(&self, block: &Block, step: usize, target: usize, rows: &[u32], payload: &Payload) -> Vec<u8> {
        let nodes = block.node_count();
        let mut bytes = Vec::with_capacity(HEADER + rows.len() * self.row_bytes());
        for number in [step, block.block, target] {
            bytes.extend_from_slice(&(number as u32).to_le_bytes());
        }
        for scalars in &payload.scalars {
            let width = scalars.len() / nodes.max(1);
            for &row in rows {
                let row = row as usize * width;
                scalars[row..row + width].iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
            }
        }
        for vectors in &payload.vectors {
            for &row in rows {
                let row = row as usize * self.dimensions;
                vectors[row..row + self.dimensions].iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
            }
        }
        bytes
    }

    /// Puts the rows that were sent behind the block's own.
    fn take_in(
        &self,
        block: &Block,
        step: usize,
        messages: &[(usize, &[u8])],
        payload: &mut Payload,
    ) -> Result<(), Error> {
        let nodes = block.node_count().max(1);
        let widths: Vec<usize> = payload.scalars.iter().map(|scalars| scalars.len() / nodes).collect();
        for &(source, _) in messages {
            if block.sources.iter().all(|(known, _)| *known != source) {
                return Err(unfit(
                    block,
                    format!("exchange {step} has a message of block {source}, which has no rows for it"),
                ));
            }
        }
        for &(source, rows) in &block.sources {
            let mut found = messages.iter().filter(|(from, _)| *from == source);
            let Some((_, bytes)) = found.next() else {
                return Err(unfit(block, format!("exchange {step} has no message of block {source}")));
            };
            if found.next().is_some() {
                return Err(unfit(block, format!("exchange {step} has the message of block {source} twice")));
            }
            let header: Vec<u32> = bytes
                .get(..HEADER)
                .unwrap_or_default()
                .as_chunks()
                .0
                .iter()
                .map(|bytes| u32::from_le_bytes(*bytes))
                .collect();
            if header != [step as u32, source as u32, block.block as u32] {
                return Err(unfit(block, format!("exchange {step} has a message of block {source} that is another's")));
            }
            let numbers = rows * (8 * widths.iter().sum::<usize>() + 4 * self.dimensions * payload.vectors.len());
            let mut rest = &bytes[HEADER..];
            if rest.len() != numbers {
                return Err(unfit(
                    block,
                    format!("exchange {step} has {} bytes of block {source}, where {numbers} are due", rest.len()),
                ));
            }
            for (scalars, width) in payload.scalars.iter_mut().zip(&widths) {
                let (own, others) = rest.split_at(8 * rows * width);
                scalars.extend(own.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)));
                rest = others;
            }
            for vectors in &mut payload.vectors {
                let (own, others) = rest.split_at(4 * rows * self.dimensions);
                vectors.extend(own.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
                rest = others;
            }
        }
        Ok(())
    }

    /// The visits at the next position.
    fn arrive(&self, block: &Block, state: &mut State, payload: &Payload) {
        let (share_of, scalars) = match &payload.scalars[..] {
            [scalars, now] => (now, Some(scalars)),
            scalars => (&scalars[0], None),
        };
        let part = scalars.map(|scalars| {
            move |row: u32, weight: f64| share((scalars[2 * row as usize], scalars[2 * row as usize + 1]), weight)
        });
        for (now, arcs) in state.now.iter_mut().zip(block.offsets.windows(2)) {
            let arcs = arcs[0]..arcs[1];
            let weights = block.weights.as_ref().map(|weights| &weights[arcs.clone()]);
            *now = arriving(&block.rows[arcs], weights, share_of, part);
        }
    }

    /// The sums of the rows that arcs lead to.
    fn product(
        &self,
        block: &Block,
        (values, rows): (Option<Vec<f32>>, Option<Vec<f32>>),
        x: Vec<f32>,
        workers: &Workers<'_>,
    ) -> Result<Vec<f32>, Error> {
        let x = Array2::from_shape_vec((block.node_count() + block.halo(), self.dimensions), x);
        let x = x.map_err(|error| unfit(block, error))?;
        let mut out = Array2::zeros((block.node_count(), self.dimensions));
        Operator::of_rows(&block.offsets, &block.rows, values, rows).apply(workers, &mut out, &x, 1.0, None);
        Ok(into_flat(out))
    }

    /// `sum[v] += factor(v) * x[v]`.
    fn add_scaled(&self, sum: &mut [f32], x: &[f32], factors: impl Iterator<Item = f32>) {
        let rows = sum.chunks_exact_mut(self.dimensions).zip(x.chunks_exact(self.dimensions));
        for ((sum, x), factor) in rows.zip(factors) {
            sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += factor * x);
        }
    }
}

fn unfit(block: &Block, what: impl std::fmt::Display) -> Error {
    Error::Unfit(format!("block {}: {what}", block.block))
}

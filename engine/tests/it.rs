//! The integration tests of the library, in one binary: linking is what takes the time. A new file is one line here.

#[cfg(feature = "users")]
mod activity;
mod arrays;
mod batches;
mod blocks;
mod bulk;
mod columns;
mod common;
mod copy;
mod csv;
mod examples;
mod explain;
#[cfg(unix)]
mod fork;
mod full_text;
mod gnn;
mod gnn_scores;
mod graph_blocks;
mod graph_types;
mod groups;
mod indexes;
mod large_patterns;
mod load_csv;
mod memory;
mod nearest;
mod paths;
mod plans;
mod prepared;
mod refresh;
mod rows;
mod search;
mod streams;
mod subqueries;
mod threads;
#[cfg(feature = "users")]
mod users;
mod warnings;
#[cfg(not(feature = "users"))]
mod without_users;

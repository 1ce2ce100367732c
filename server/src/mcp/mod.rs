//! The Model Context Protocol: tools by which a language model looks at a database and asks it, over standard input and output
//! ([`serve`]) and over HTTP (`POST /mcp`). docs/mcp.md explains them.
//!
//! `message` reads JSON-RPC 2.0, `protocol` answers its methods, `tools` has one file for each tool. `caller` is who asks and what
//! that may do: tools that read run in sessions that cannot write, whatever their statements say. `answer` keeps answers short, `tokens` says how short,
//! `show` shows values, `trouble` explains errors so that a model can mend its statement, `pages` finds examples in the
//! documentation, `stdio` is the transport over lines.

mod answer;
mod arguments;
mod caller;
mod message;
mod pages;
mod protocol;
mod show;
mod stdio;
mod tokens;
mod tools;
mod trouble;

pub(crate) use self::{
    caller::Caller,
    message::{Incoming, Message, read},
    protocol::{Notify, VERSIONS, answer, broken, refusal},
};
pub use self::{message::is_readable, stdio::serve};

//! `wend-bolt`: Bolt, the protocol of the graph database drivers, in versions 4.4, 5.0 to 5.4, 5.6 to 5.8 and 6.0.
//!
//! Both sides of a connection use it: the server of `wend-server`, and [`client`], with which the shell works on a
//! server.
//!
//! # Inside, from the bottom up
//! - [`packstream`]: the encoding of values as bytes; [`chunk`]: messages in pieces; [`version`]: the versions and how
//!   they differ.
//! - [`handshake`]: the agreement on a version.
//! - [`encode`], [`decode`]: the engine's values as PackStream and back.
//! - [`message`]: the numbers of all messages; [`request`] and [`response`]: what they hold.
//! - [`client`]: a blocking client.
//!
//! Everything but the client is a function of bytes: no I/O, no clock.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod chunk;
pub mod client;
pub mod decode;
pub mod encode;
pub mod handshake;
pub mod message;
pub mod packstream;
pub mod request;
pub mod response;
pub mod version;

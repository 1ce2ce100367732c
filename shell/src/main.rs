//! The program `wend`, which is all in the library beside this file.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(wend::run(std::env::args_os()))
}

//! A progress bar on standard error while a long statement or an import runs.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wenddb::Progress;

/// A callback of the library's.
pub type Callback = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Work that ends sooner than this gets no bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// Steps of the bar.
const STEPS: u64 = 1000;

/// One bar, shown when the work takes longer than [`PATIENCE`] and standard error is a terminal.
#[derive(Clone)]
pub struct ProgressView(Option<Arc<Mutex<State>>>);

struct State {
    since: Instant,
    bar: Option<ProgressBar>,
    done: bool,
}

impl ProgressView {
    /// The progress of work that begins now. It shows nothing when standard error is not a terminal.
    pub fn new() -> Self {
        if !io::stderr().is_terminal() {
            return ProgressView(None);
        }
        ProgressView(Some(Arc::new(Mutex::new(State { since: Instant::now(), bar: None, done: false }))))
    }

    /// The callback for the library; none when nothing is shown.
    pub fn callback(&self) -> Option<Callback> {
        let state = Arc::clone(self.0.as_ref()?);
        Some(Arc::new(move |progress| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.show(&progress.stage, progress.fraction);
        }))
    }

    /// Removes the bar for good.
    pub fn clear(&self) {
        if let Some(state) = &self.0 {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.done = true;
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
            }
        }
    }
}

impl State {
    /// Draws the bar, once the work has taken long enough.
    fn show(&mut self, stage: &str, fraction: f64) {
        if self.done || self.since.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| new_bar(self.since));
        bar.set_message(stage.to_owned());
        bar.set_position(position(fraction));
    }
}

/// The position of the bar for a fraction, which may be any number.
fn position(fraction: f64) -> u64 {
    // `as` saturates, and converts NaN to 0.
    (fraction.clamp(0.0, 1.0) * STEPS as f64).round() as u64
}

/// A bar in the shell's style.
fn new_bar(since: Instant) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr()).with_elapsed(since.elapsed());
    if let Ok(style) = ProgressStyle::with_template("{msg:24!} {bar:32} {percent:>3} %  {elapsed} (left: {eta})") {
        bar.set_style(style.progress_chars("━━ "));
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_takes_any_fraction() {
        assert_eq!(position(0.5), 500);
        assert_eq!(position(-1.0), 0);
        assert_eq!(position(7.0), STEPS);
        assert_eq!(position(f64::NAN), 0);
    }
}

//! Data on standard output; everything else on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::arguments::OutputFormat;
use crate::exit::Failure;
use crate::plain;

/// Prints in the form that was asked for.
pub(crate) struct Output {
    format: OutputFormat,
}

impl Output {
    pub(crate) fn new(format: OutputFormat) -> Self {
        Self { format }
    }

    /// Prints `data` as JSON, or as `table` makes it.
    pub(crate) fn print<T: Serialize>(&self, data: &T, table: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        let text = match self.format {
            OutputFormat::Json => serde_json::to_string_pretty(data)
                .map_err(|error| anyhow::Error::new(error).context("could not write JSON"))?,
            OutputFormat::Table => table(data),
        };
        line(&plain::lines(text.trim_end()))
    }

    /// Says something to a person: nothing when the output is for a program.
    pub(crate) fn say(&self, text: &str) {
        if self.format == OutputFormat::Table {
            note(text);
        }
    }

    /// Shows how far a job over `total` of `what` is: a bar on a terminal, a line for every fifth of it elsewhere.
    pub(crate) fn progress(&self, total: u64, what: &'static str) -> Progress {
        let form = match self.format {
            OutputFormat::Json => Form::Silent,
            OutputFormat::Table if std::io::stderr().is_terminal() => Form::Bar(bar(total, what)),
            OutputFormat::Table => Form::Lines,
        };
        Progress { form, total, what, done: AtomicU64::new(0) }
    }
}

/// How far a job is.
pub(crate) struct Progress {
    form: Form,
    total: u64,
    what: &'static str,
    done: AtomicU64,
}

enum Form {
    Bar(ProgressBar),
    Lines,
    Silent,
}

impl Progress {
    /// One more is done.
    pub(crate) fn inc(&self) {
        self.inc_with(String::new);
    }

    /// One more is done, and there is more to tell of it.
    pub(crate) fn inc_with(&self, detail: impl FnOnce() -> String) {
        let before = self.done.fetch_add(1, Ordering::Relaxed);
        self.show(before, before + 1, detail);
    }

    /// So much is done in all.
    pub(crate) fn reach(&self, done: u64) {
        let before = self.done.swap(done, Ordering::Relaxed);
        self.show(before, done, String::new);
    }

    fn show(&self, before: u64, done: u64, detail: impl FnOnce() -> String) {
        let fifths = |done: u64| done.saturating_mul(5) / self.total.max(1);
        match &self.form {
            Form::Bar(bar) => bar.set_position(done),
            Form::Lines if fifths(done) > fifths(before) => {
                let detail = detail();
                let separator = if detail.is_empty() { "" } else { ": " };
                note(&format!("{} {} of {}{separator}{detail}", self.what, count(done), count(self.total)));
            }
            Form::Lines | Form::Silent => {}
        }
    }

    /// Says something without breaking the bar.
    pub(crate) fn note(&self, text: &str) {
        match &self.form {
            Form::Bar(bar) => bar.suspend(|| note(text)),
            Form::Lines | Form::Silent => note(text),
        }
    }

    /// The job is done.
    pub(crate) fn finish(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg:>12} {wide_bar} {pos}/{len} {per_sec} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// Prints one line of data on standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(anyhow::Error::new(error).context("could not write to standard output").into()),
    }
}

/// Says something on standard error.
pub(crate) fn note(text: &str) {
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{}", plain::lines(text));
}

/// A table with a header, readable without colour and when piped: columns two blanks apart, the last as long as it is.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut lines = vec![header.map(str::to_owned)];
    lines.extend(rows.into_iter().map(|row| row.map(|cell| plain::one_line(&cell).into_owned())));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for line in &lines {
        let mut padded = String::new();
        for (cell, width) in line.iter().zip(widths) {
            padded.push_str(cell);
            let blanks = width.saturating_sub(cell.chars().count()) + 2;
            padded.extend(std::iter::repeat_n(' ', blanks));
        }
        text.push_str(padded.trim_end());
        text.push('\n');
    }
    text.pop();
    text
}

/// A count with thousands apart, as people read it.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the unit that suits them.
pub(crate) fn bytes(number: u64) -> String {
    indicatif::HumanBytes(number).to_string()
}

/// How long ago `then` was, for people.
pub(crate) fn age(then: Option<model::Timestamp>) -> String {
    let Some(then) = then else { return "never".into() };
    let seconds = model::Timestamp::now().duration_since(then).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn tables_have_no_trailing_blanks() {
        let text = table(["Name", "Kind"], [["a".to_owned(), "b".to_owned()]]);
        assert!(text.lines().all(|line| !line.ends_with(' ')), "{text:?}");
        assert_eq!(text.lines().count(), 2);
    }
}

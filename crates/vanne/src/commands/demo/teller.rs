//! Who tells the demonstration: to a person as it goes, or as a play.

use crate::exit::Failure;
use crate::output::{self, Output};

/// Tells what happens.
pub(super) struct Teller<'a> {
    output: &'a Output,
    is_play: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(output: &'a Output, is_play: bool) -> Self {
        Self { output, is_play }
    }

    /// A new act begins.
    pub(super) fn act(&self, title: &str) -> Result<(), Failure> {
        self.tell(&format!("\n{title}"))
    }

    /// Somebody says what he does. Nothing in it may differ from one time to the next.
    pub(super) fn says(&self, who: &str, what: &str) -> Result<(), Failure> {
        self.tell(&format!("  {who:<12}{what}"))
    }

    /// What differs from one time to the next, such as where a server is: not part of the play.
    pub(super) fn aside(&self, what: &str) {
        if !self.is_play {
            self.output.say(&format!("  {what}"));
        }
    }

    fn tell(&self, line: &str) -> Result<(), Failure> {
        if self.is_play {
            return output::line(line);
        }
        self.output.say(line);
        Ok(())
    }
}

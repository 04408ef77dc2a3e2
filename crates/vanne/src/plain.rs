//! Text from elsewhere, made harmless where people read it: names of computers, titles of updates, words of other servers.
//! None of it may steer a terminal, pass for another line, or turn round what stands beside it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// `text` with everything but line ends harmless. JSON means the same afterwards.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character == '\n')
}

/// `text` on one line.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// Writes what is unsafe and not `kept` in the form of JSON, `\u001b`.
fn escaped(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let escapes = |character: char| is_unsafe(character) && !kept(character);
    if !text.chars().any(escapes) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if escapes(character) {
            // Writing to a string does not fail. All of these have four digits.
            let _ = write!(plain, "\\u{:04x}", u32::from(character));
        } else {
            plain.push(character);
        }
    }
    Cow::Owned(plain)
}

/// Control characters, ends of lines and paragraphs, and what changes the direction of writing (Unicode Bidi_Control).
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A log on which each event is one line, whatever is in it. An event is written with one call.
pub(crate) struct Log<W> {
    out: W,
    /// Leave the colours of a terminal, which stand around the words.
    colours: bool,
}

impl<W> Log<W> {
    pub(crate) fn new(out: W, colours: bool) -> Self {
        Self { out, colours }
    }
}

impl<W: Write> Write for Log<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let (text, end) = text.strip_suffix('\n').map_or((&*text, ""), |text| (text, "\n"));
        let mut line = String::with_capacity(event.len());
        for (at, part) in text.split('\u{1b}').enumerate() {
            let is_colour = self.colours && colour(part);
            let escape = if is_colour { "\u{1b}" } else { "\\u001b" };
            line.push_str(if at == 0 { "" } else { escape });
            line.push_str(&one_line(part));
        }
        line.push_str(end);
        self.out.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether what stands behind an escape character sets a colour and does nothing else.
fn colour(rest: &str) -> bool {
    let rest = rest.strip_prefix('[').unwrap_or_default();
    rest.trim_start_matches(|character: char| character.is_ascii_digit() || character == ';').starts_with('m')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_p9_names_of_every_script_stay_as_they_are() {
        for name in ["PC-17", "rechner-süd", "компьютер", "服务器", "حاسوب", "🖥 one two"] {
            assert!(matches!(one_line(name), Cow::Borrowed(same) if same == name), "{name}");
        }
        assert_eq!(lines("one\ntwo"), "one\ntwo");
    }

    #[test]
    fn sec_p9_no_character_steers_a_terminal_or_turns_a_line() {
        let every: Vec<char> = ('\0'..='\u{2fff}').filter(|character| is_unsafe(*character)).collect();
        assert_eq!(every.len(), 65 + 3 + 7 + 4, "C0, DEL, C1; the marks; separators and embeddings; isolates");
        for character in every {
            let text = format!("a{character}b");
            let plain = one_line(&text);
            assert!(plain.starts_with("a\\u") && plain.ends_with('b'), "{plain}");
            assert_eq!(serde_json::from_str::<String>(&format!("\"{plain}\"")).unwrap(), text, "JSON reads it back");
        }
    }

    #[test]
    fn sec_p9_an_event_of_the_log_is_one_line_whatever_is_in_it() {
        let logged = |event: &str, colours| {
            let mut log = Log::new(Vec::new(), colours);
            log.write_all(event.as_bytes()).unwrap();
            String::from_utf8(log.out).unwrap()
        };
        let event = "\u{1b}[32mINFO\u{1b}[0m name=a\nINFO forged\r \u{1b}]0;title\u{7} \u{202e}\u{9b}2J\n";
        let harmless = "name=a\\u000aINFO forged\\u000d \\u001b]0;title\\u0007 \\u202e\\u009b2J\n";
        assert_eq!(logged(event, true), format!("\u{1b}[32mINFO\u{1b}[0m {harmless}"));
        assert_eq!(logged(event, false), format!("\\u001b[32mINFO\\u001b[0m {harmless}"));
    }
}

//! What differs each time, and how two texts differ.

/// Stands for any text.
const ANYTHING: &str = "[..]";

/// A text with everything that differs each time replaced: ages, ports, random ids, temporary folders.
pub(super) fn normal(text: &str) -> String {
    text.lines().map(normal_line).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn normal_line(line: &str) -> String {
    let mut normal = String::new();
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let starts_word = !normal.ends_with(|before: char| before.is_ascii_alphanumeric());
        let length = if starts_word { variable(rest) } else { 0 };
        if length > 0 {
            normal.push_str(ANYTHING);
            rest = &rest[length..];
        } else {
            normal.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    normal
}

/// How many bytes at the beginning differ each time.
fn variable(text: &str) -> usize {
    age(text).or_else(|| port(text)).or_else(|| random_id(text)).unwrap_or_default()
}

/// `7 s ago`.
fn age(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = [" s ago", " min ago"].into_iter().find(|unit| text[digits..].starts_with(unit))?;
    (digits > 0).then_some(digits + unit.len())
}

/// `127.0.0.1:34567`.
fn port(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("127.0.0.1:")?;
    Some(text.len() - rest.len() + rest.bytes().take_while(u8::is_ascii_digit).count())
}

/// A GUID made at random (version 4); those that follow from names (version 5) are always the same.
fn random_id(text: &str) -> Option<usize> {
    let id = text.get(..36)?;
    let version = uuid::Uuid::try_parse(id).ok()?.get_version_num();
    (version == 4 && !id.starts_with("a0a08746") && !id.starts_with("b73ca6ed")).then_some(36)
}

/// True when a line is as written; blanks count as one, because columns are as wide as what differs.
fn is_as_written(written: &str, told: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (written, told) = (squeezed(written), squeezed(told));
    let mut parts = written.split(ANYTHING);
    let Some(mut rest) = told.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut open = false;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        open = part.is_empty();
    }
    rest.is_empty() || open
}

/// Where two texts part, line by line; `None` when they do not.
pub(super) fn difference(written: &[String], told: &[String]) -> Option<String> {
    let common = written.iter().zip(told).take_while(|(written, told)| is_as_written(written, told)).count();
    if common == written.len() && common == told.len() {
        return None;
    }
    let tail = |lines: &[String]| -> usize { lines.len() - common };
    let same_end = written.iter().rev().zip(told.iter().rev()).take(tail(written).min(tail(told)));
    let same_end = same_end.take_while(|(written, told)| is_as_written(written, told)).count();
    let mut text = String::new();
    let mut show = |mark: &str, lines: &[String]| {
        for line in lines {
            text.push_str(&format!("{mark} {line}\n"));
        }
    };
    show(" ", &written[common.saturating_sub(4)..common]);
    show("-", &written[common..written.len() - same_end]);
    show("+", &told[common..told.len() - same_end]);
    show(" ", &written[written.len() - same_end..written.len().min(written.len() - same_end + 3)]);
    Some(text)
}

#[test]
fn what_differs_each_time_is_not_compared() {
    let line = "Pilots  3 s ago  http://127.0.0.1:45678 0b3d9f4e-3e0f-4b59-9d3f-6a3a3a3a3a3a";
    assert_eq!(normal(line), "Pilots  [..]  http://[..] [..]");
    assert!(is_as_written("Pilots   [..]  http://[..] [..]", line));
    assert!(!is_as_written("Pilot [..]", line));
    let lines = |text: &str| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
    assert_eq!(difference(&lines("a\nb\nc"), &lines("a\nb\nc")), None);
    assert_eq!(difference(&lines("a\nb\nc"), &lines("a\nx\nc")).unwrap(), "  a\n- b\n+ x\n  c\n");
}

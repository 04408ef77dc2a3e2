//! Stories: commands and their kept output, which read like a play. `stories/*.story` are the scripts.
//!
//! | Line | Means |
//! |---|---|
//! | `# …` | a stage direction, for the reader |
//! | `$ vanne …` | the command is run in the story's folder, on its data folder; `vanne serve` stays up |
//! | `! …` | something happens: see [`event`] |
//! | anything else | what is printed, standard error after standard output; `[..]` stands for what differs each time |
//! | `[exit N]` | how the command ended, when not with 0 |
//!
//! `VANNE_STORIES=write` writes what is printed into the stories; read the difference before you keep it.

mod compare;
mod event;

use std::path::{Path, PathBuf};

use compare::{difference, normal};
use event::Events;

use crate::harness::{Ran, ServerProcess, Site};

/// A story under way.
struct Stage {
    site: Site,
    server: Option<ServerProcess>,
    events: Events,
}

impl Stage {
    /// Does what a line says, and returns what it prints.
    fn play(&mut self, line: &str) -> String {
        match line.split_once(' ') {
            Some(("$", command)) => self.command(command),
            Some(("!", happening)) => self.events.happen(happening, &self.site, self.server.as_ref()),
            _ => panic!("{line:?} is no line of a story"),
        }
    }

    fn command(&mut self, command: &str) -> String {
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["vanne", "serve"] => {
                let server = self.site.serve();
                let said = format!("listening {}", server.url());
                self.server = Some(server);
                said
            }
            ["vanne", rest @ ..] => printed(&self.site, &self.site.run(rest)),
            _ => panic!("{command:?}: stories run vanne only"),
        }
    }
}

/// What a command printed and how it ended, without what differs from place to place and without how far it was.
fn printed(site: &Site, ran: &Ran) -> String {
    let folder = format!("{}/", site.path("").display().to_string().trim_end_matches('/'));
    let said = ran.err.lines().filter(|line| !is_progress(line)).map(|line| format!("{line}\n"));
    let mut text = format!("{}{}", ran.out, said.collect::<String>()).replace(&folder, "");
    if ran.code != 0 {
        text.push_str(&format!("[exit {}]\n", ran.code));
    }
    text.trim_end().to_owned()
}

/// `importing 15 of 75`.
fn is_progress(line: &str) -> bool {
    matches!(line.split(' ').collect::<Vec<_>>().as_slice(), [_, done, "of", _] if done.parse::<u64>().is_ok())
}

/// The words of a command; quotes keep blanks together.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for letter in command.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            letter => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/stories")
}

/// Plays a story, and holds what is printed against what is written.
fn tell(name: &str) {
    let path = folder().join(format!("{name}.story"));
    let written = std::fs::read_to_string(&path).unwrap();
    let mut stage = Stage { site: Site::new(), server: None, events: Events::default() };
    let mut told = String::new();
    for line in written.lines() {
        if line.starts_with("$ ") || line.starts_with("! ") {
            told.push_str(&format!("{line}\n"));
            let said = stage.play(line);
            if !said.is_empty() {
                told.push_str(&format!("{}\n", normal(&said)));
            }
        } else if line.is_empty() || line.starts_with('#') {
            told.push_str(&format!("{line}\n"));
        }
    }
    let without_blank_lines = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.trim().is_empty()).map(ToOwned::to_owned).collect()
    };
    if std::env::var_os("VANNE_STORIES").is_some_and(|wish| wish == "write") {
        std::fs::write(&path, told).unwrap();
    } else if let Some(difference) = difference(&without_blank_lines(&written), &without_blank_lines(&told)) {
        panic!("{}:\n{difference}\nVANNE_STORIES=write keeps what is printed now", path.display());
    }
}

#[test]
fn every_story_is_told() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".story").map(ToOwned::to_owned))
        .collect();
    names.sort();
    assert_eq!(names, ["broken_document", "client_side_targeting", "decline", "demo", "first_day", "quarantine"]);
}

#[test]
fn the_first_day() {
    tell("first_day");
}

#[test]
fn the_demonstration() {
    tell("demo");
}

#[test]
fn a_decline() {
    tell("decline");
}

#[test]
fn a_broken_document() {
    tell("broken_document");
}

#[test]
fn a_quarantined_file() {
    tell("quarantine");
}

#[test]
fn computers_that_place_themselves() {
    tell("client_side_targeting");
}

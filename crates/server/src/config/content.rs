//! `[content]`: files, their addresses, and how those that are wanted come here.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// `[content]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContentConfig {
    /// Folder of the files; absent: `content` in the data folder.
    pub directory: Option<PathBuf>,
    /// Port announced in file addresses; absent: the one that is listened on.
    pub announced_port: Option<u16>,
    /// How fast held files are read again to find those that changed on disk, in MiB a second; 0: not at all.
    pub scrub_mib_per_sec: u64,
    /// Which files are fetched.
    pub mode: ContentMode,
    /// Express files are fetched as well: larger here, smaller to computers, which fetch the parts of them that they lack.
    pub express: bool,
    /// Servers asked before all others: what is before a file's address below `/Content/`.
    pub sources: Vec<String>,
    /// Proxy for everything that is fetched: `http://user:password@host:port`, or `https`.
    pub proxy: Option<String>,
    /// Publishers' addresses may be private ones, and have any port.
    pub allow_private_sources: bool,
    /// Files fetched at the same time.
    pub downloads_at_once: usize,
    /// How long a source may send nothing before it is given up, in seconds.
    pub source_stall_secs: u64,
    /// Caps by time of day; the first that holds counts, and none is none.
    pub bandwidth: Vec<Bandwidth>,
    /// Most disk space for content, in MiB; 0: no limit.
    pub disk_quota_mib: u64,
    /// Disk space that is left free, in MiB.
    pub disk_floor_mib: u64,
    /// How long a file is kept that nothing but a computer's request wants, in days.
    pub keep_asked_days: u32,
}

impl Default for ContentConfig {
    fn default() -> Self {
        Self {
            directory: None,
            announced_port: None,
            // A terabyte in six days, and a hundredth of what a disk can do.
            scrub_mib_per_sec: 2,
            mode: ContentMode::OnApproval,
            // As native WSUS: they take several times the room, and publishers make few any more.
            express: false,
            sources: Vec::new(),
            proxy: None,
            allow_private_sources: false,
            downloads_at_once: 4,
            source_stall_secs: 30,
            bandwidth: Vec::new(),
            disk_quota_mib: 0,
            // Room for the database and the log to go on.
            disk_floor_mib: 2_048,
            keep_asked_days: 30,
        }
    }
}

/// Which of the files that updates name are fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentMode {
    /// Those of approved updates, and what servers below ask for.
    #[default]
    OnApproval,
    /// Those that computers or servers below ask for.
    OnDemand,
    /// All but those of declined updates.
    Everything,
    /// None: computers are sent to the publishers.
    None,
}

impl ContentMode {
    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnApproval => "on-approval",
            Self::OnDemand => "on-demand",
            Self::Everything => "everything",
            Self::None => "none",
        }
    }
}

/// A cap that holds for a part of every day, by the server's local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bandwidth {
    /// From this time,
    pub from: TimeOfDay,
    /// until this one; past midnight when it is earlier, all day when it is the same.
    pub to: TimeOfDay,
    /// At most so much is fetched in all, in MiB a second; 0: nothing.
    pub mib_per_sec: u64,
}

impl Bandwidth {
    /// True if it holds at that time.
    pub fn holds_at(&self, time: TimeOfDay) -> bool {
        if self.from < self.to { (self.from..self.to).contains(&time) } else { time >= self.from || time < self.to }
    }
}

/// A time of day to the minute: `08:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// `None` unless there is such a time.
    pub fn new(hour: u16, minute: u16) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self { minutes: hour * 60 + minute })
    }
}

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time of day, as 08:30 is")]
pub struct InvalidTimeOfDay(String);

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(text: &str) -> Result<Self, InvalidTimeOfDay> {
        let is_number = |digits: &str| digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = |digits: &str| is_number(digits).then(|| digits.parse().ok()).flatten();
        let time = text.split_once(':').and_then(|(hour, minute)| Self::new(number(hour)?, number(minute)?));
        time.ok_or_else(|| InvalidTimeOfDay(text.chars().take(20).collect()))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(text: String) -> Result<Self, InvalidTimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// True for what can be before a file's address.
pub(super) fn is_base(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> TimeOfDay {
        text.parse().unwrap()
    }

    #[test]
    fn a_cap_holds_between_its_times_and_over_midnight() {
        let cap = |from, to| Bandwidth { from: time(from), to: time(to), mib_per_sec: 1 };
        let day = cap("08:00", "18:30");
        assert!(day.holds_at(time("08:00")) && day.holds_at(time("18:29")));
        assert!(!day.holds_at(time("18:30")) && !day.holds_at(time("07:59")));
        let night = cap("22:00", "06:00");
        assert!(night.holds_at(time("23:59")) && night.holds_at(time("00:00")) && !night.holds_at(time("06:00")));
        assert!(cap("00:00", "00:00").holds_at(time("13:13")));
    }

    #[test]
    fn only_times_of_day_are_read() {
        assert_eq!(time("07:05").to_string(), "07:05");
        for bad in ["24:00", "7:05", "07:60", "0705", "07:05:00", "", "aa:bb", "+1:00"] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad:?}");
        }
    }
}

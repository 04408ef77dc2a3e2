//! Points in time on the wire: `xs:dateTime` as .NET reads and writes it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::Problem;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;

/// `time` as precise as the wire is: whole units of 100 nanoseconds.
///
/// A time that was written and read back equals this, not necessarily the original. So whoever compares
/// a time with what a client echoes (`lastChange`) compares this.
pub fn on_the_wire(time: Timestamp) -> Timestamp {
    let excess = time.as_nanosecond().rem_euclid(100);
    Timestamp::from_nanosecond(time.as_nanosecond() - excess).unwrap_or(time)
}

/// Writes `time` as native WSUS does: UTC with `Z`, up to seven digits of fraction without trailing zeros.
pub fn format(time: Timestamp) -> String {
    let local = Offset::UTC.to_datetime(on_the_wire(time));
    let (date, clock) = (local.date(), local.time());
    let ticks = clock.subsec_nanosecond() / 100;
    let fraction = if ticks == 0 { String::new() } else { format!(".{ticks:07}") };
    format!(
        "{}T{:02}:{:02}:{:02}{}Z",
        format_date(date),
        clock.hour(),
        clock.minute(),
        clock.second(),
        fraction.trim_end_matches('0')
    )
}

/// Writes `time` without a zone, as native WSUS writes what it read from its database.
fn format_zoneless(time: Timestamp) -> String {
    let mut text = format(time);
    text.pop();
    text
}

/// .NET's `DateTime.MinValue`: a time that was never set.
pub(crate) const UNSET: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// A time that native WSUS writes without a zone; one that is read may have any.
pub(crate) struct Zoneless(pub(crate) Timestamp);

impl Wire for Zoneless {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.value().map(Self)
    }

    fn write(&self, out: &mut Output) {
        out.markup(&format_zoneless(self.0));
    }
}

/// A deadline between servers; the end of the year 9999 is none (MS-WSUSSS 3.1.4.10.3).
pub(crate) struct Deadline(pub(crate) Option<Timestamp>);

impl Wire for Deadline {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let time = input.value()?;
        Ok(Self(Some(time).filter(|time| year(*time) < 9999)))
    }

    fn write(&self, out: &mut Output) {
        match self.0 {
            Some(time) => Zoneless(time).write(out),
            None => out.markup("9999-12-31T23:59:59.9999999"),
        }
    }
}

/// When something happened last; the year 1753, SQL Server's first, is never (MS-WSUSSS 3.1.4.14.3.2), and so is
/// .NET's first (its section 4).
pub(crate) struct Happened(pub(crate) Option<Timestamp>);

impl Happened {
    /// The text of the element or attribute.
    pub(crate) fn text(&self) -> String {
        self.0.map_or_else(|| "1753-01-01T00:00:00".to_owned(), format)
    }
}

impl Wire for Happened {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let time = input.value()?;
        Ok(Self(Some(time).filter(|time| year(*time) > 1753)))
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.text());
    }
}

fn year(time: Timestamp) -> i16 {
    Offset::UTC.to_datetime(time).year()
}

/// Reads an `xs:dateTime`: up to nine digits of fraction, `Z`, an offset, or no zone, which is UTC.
///
/// A bare date is midnight. Times beyond what can be represented (.NET's `MaxValue`) become the
/// nearest that can; years before 0 are none, for they could not be written again.
pub fn parse(text: &str) -> Option<Timestamp> {
    let (local, offset) = split_zone(text.trim())?;
    let local: DateTime = local.parse().ok()?;
    let beyond = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    Some(offset.to_timestamp(local).unwrap_or(beyond)).filter(|time| year(*time) >= 0)
}

/// Writes a date as native WSUS does: `2026-10-04`.
pub fn format_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Reads a date, or the UTC date of an `xs:dateTime`.
pub fn parse_date(text: &str) -> Option<Date> {
    parse(text).map(|time| Offset::UTC.to_datetime(time).date())
}

fn split_zone(text: &str) -> Option<(&str, Offset)> {
    if let Some(local) = text.strip_suffix('Z') {
        return Some((local, Offset::UTC));
    }
    let zone = text.len().checked_sub(6).and_then(|at| text.split_at_checked(at));
    let Some((local, zone)) = zone.filter(|(_, zone)| is_offset(zone)) else {
        return Some((text, Offset::UTC));
    };
    let (sign, clock) = zone.split_at_checked(1)?;
    let (hours, minutes) = clock.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    let offset = Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()?;
    Some((local, offset))
}

/// True for the shape `+hh:mm` or `-hh:mm`.
fn is_offset(zone: &str) -> bool {
    zone.bytes().enumerate().all(|(at, byte)| match at {
        0 => matches!(byte, b'+' | b'-'),
        3 => byte == b':',
        _ => byte.is_ascii_digit(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_written_as_native_wsus_does() {
        for text in [
            "2026-10-04T15:03:36.9967236Z",
            "2026-10-04T13:17:07.59Z",
            "2026-10-04T16:03:36Z",
            "0001-01-01T00:00:00Z",
            "2003-08-14T00:00:00.0000001Z",
        ] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn every_form_of_zone_is_read() {
        let time = parse("2006-05-23T04:06:32.9843746Z");
        assert!(time.is_some());
        assert_eq!(parse("2006-05-23T04:06:32.9843746"), time);
        assert_eq!(parse(" 2006-05-23T06:06:32.9843746+02:00\n"), time);
        assert_eq!(parse("2006-05-22T23:36:32.9843746-04:30"), time);
        assert_eq!(parse("2006-05-23T04:06:32").map(format).as_deref(), Some("2006-05-23T04:06:32Z"));
        assert_eq!(parse("2006-05-23").map(format).as_deref(), Some("2006-05-23T00:00:00Z"));
        assert_eq!(parse_date("2026-10-04").map(format_date).as_deref(), Some("2026-10-04"));
    }

    #[test]
    fn dotnets_extremes_are_read() {
        assert_eq!(parse("9999-12-31T23:59:59.9999999Z"), Some(Timestamp::MAX));
        assert!(parse("0001-01-01T00:00:00").is_some());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "Z",
            "now",
            "2026-13-01T00:00:00Z",
            "2026-10-04T25:00:00Z",
            "2026-10-04T00:00:00+99:00",
            "-000001-12-31T00:00:00Z",
            "0000-01-01T00:00:00+01:00",
            "éééé",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_time_survives_the_wire(seconds in -60_000_000_000_i64..250_000_000_000, nanos in 0..1_000_000_000) {
            let time = Timestamp::new(seconds, nanos).unwrap();
            prop_assert_eq!(parse(&format(time)), Some(on_the_wire(time)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            parse(&text);
        }
    }
}

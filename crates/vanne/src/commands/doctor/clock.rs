//! Whose clock is wrong: certificates, cookies and lists are judged by it.

use jiff::SignedDuration;
use model::Timestamp;

use super::check::Check;

/// Sessions with upstreams and computers stand this.
const GOOD: SignedDuration = SignedDuration::from_mins(2);
/// Beyond this, certificates and sessions are judged wrongly.
const BEARABLE: SignedDuration = SignedDuration::from_hours(1);

/// Compares `ours` with what the clock of `whose` says.
pub(super) fn against(whose: &str, ours: Timestamp, theirs: Timestamp) -> Check {
    let name = format!("clock of {whose}");
    let differ = ours.duration_since(theirs).abs();
    if differ <= GOOD {
        return Check::good(name, format!("{} apart from ours", people(differ)));
    }
    let found = format!("it says {theirs}, ours says {ours}: {} apart", people(differ));
    let remedy = "one of the two is wrong: set up time synchronisation (chrony, systemd-timesyncd) on both";
    match differ > BEARABLE {
        true => Check::failed(name, found, remedy),
        false => Check::warning(name, found, remedy),
    }
}

fn people(span: SignedDuration) -> String {
    let (hours, secs) = (span.as_hours(), span.as_secs());
    match hours {
        0 if secs < 120 => format!("{secs} s"),
        0 => format!("{} min", secs / 60),
        1..72 => format!("{hours} h"),
        72..8_766 => format!("{} days", hours / 24),
        _ => format!("{} years", hours / 8_766),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let ours: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        for (theirs, state, says) in [
            ("2026-06-01T00:00:01Z", State::Good, "1 s apart"),
            ("2026-05-31T23:50:00Z", State::Warning, "10 min apart"),
            ("2026-06-03T00:00:00Z", State::Failed, "48 h apart"),
            ("2016-06-01T00:00:00Z", State::Failed, "9 years apart"),
            ("2036-07-01T00:00:00Z", State::Failed, "10 years apart"),
        ] {
            let check = against("the upstream", ours, theirs.parse().unwrap());
            assert_eq!(check.state, state, "{}", check.found);
            assert!(check.found.contains(says), "{}", check.found);
        }
    }
}

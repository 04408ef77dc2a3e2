use httparse::Header;

/// How far a request reaches behind its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes: the next request begins behind them.
    Length(u64),
    /// To be found out by reading on: chunks, another protocol, or a contradiction.
    Unknown,
}

impl Framing {
    /// The request ends with its head.
    pub const WITHOUT_BODY: Self = Self::Length(0);

    /// Source: RFC 9112 §6.3. Whatever is not the plainest case is [`Framing::Unknown`]: two readers that disagree about
    /// where a request ends are how requests are smuggled.
    pub(super) fn of(method: &str, fields: &[Header<'_>]) -> Self {
        let named = |wanted: &'static str| fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(wanted));
        let is_unusual = method == "CONNECT"
            || ["transfer-encoding", "upgrade"].into_iter().any(|unusual| named(unusual).next().is_some());
        let mut lengths = named("content-length");
        match (is_unusual, lengths.next(), lengths.next()) {
            (false, None, _) => Self::WITHOUT_BODY,
            (false, Some(length), None) => number(length.value).map_or(Self::Unknown, Self::Length),
            _ => Self::Unknown,
        }
    }
}

/// Digits only, few enough that nothing is added up beyond the largest number.
fn number(digits: &[u8]) -> Option<u64> {
    let is_plain = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits).ok().filter(|_| is_plain)?.parse().ok()
}

//! What is counted, for a monitoring system and for `vanne status`.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// One web-service call.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Call {
    /// The operation, or `none` when the request was not understood.
    pub(crate) operation: &'static str,
    /// `ok`, a fault code, or why it was refused.
    pub(crate) outcome: &'static str,
}

/// Why something a client sent was not accepted.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Refusal {
    /// A short, fixed word.
    pub(crate) reason: &'static str,
}

/// Where content came from.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct From {
    /// `upstream`, `publisher` or `configured`.
    pub(crate) source: &'static str,
}

/// How a TLS handshake ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Handshake {
    /// `full`, `resumed`, or why it failed.
    pub(crate) outcome: &'static str,
}

/// A certificate that ends.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Ends {
    /// Whose it is: `server`.
    pub(crate) certificate: &'static str,
    /// Its kind of key.
    pub(crate) key: String,
}

/// Every figure the server keeps.
pub(crate) struct Metrics {
    registry: Registry,
    /// Web-service calls by operation and outcome.
    pub(crate) calls: Family<Call, Counter>,
    /// Time to answer a call, in seconds.
    pub(crate) call_seconds: Histogram,
    /// Input refused, by reason.
    pub(crate) refused: Family<Refusal, Counter>,
    /// The same, all reasons together; not exported, since it is their sum.
    refused_sum: Counter,
    /// Calls turned away because there is too much to do, by reason.
    pub(crate) shed: Family<Refusal, Counter>,
    /// Calls that wait for their turn.
    pub(crate) calls_waiting: Gauge,
    /// Calls that are worked on.
    pub(crate) calls_working: Gauge,
    /// Connections open now.
    pub(crate) connections_open: Gauge,
    /// Connections turned away because of a limit.
    pub(crate) connections_refused: Counter,
    /// TLS handshakes by outcome.
    pub(crate) handshakes: Family<Handshake, Counter>,
    /// When certificates end, in seconds since 1970.
    pub(crate) certificate_ends: Family<Ends, Gauge>,
    /// 1 while metadata is handed out over plain HTTP.
    pub(crate) http_metadata_allowed: Gauge,
    /// Calls to web services that came over plain HTTP and were answered.
    pub(crate) http_metadata: Counter,
    /// Requests for addresses where nothing is.
    pub(crate) not_found: Counter,
    /// Content bytes handed out.
    pub(crate) content_bytes: Counter,
    /// Content requests for files that are not held.
    pub(crate) content_missing: Counter,
    /// Content bytes fetched, by kind of source.
    pub(crate) content_fetched: Family<From, Counter>,
    /// Files that came and were not what was promised.
    pub(crate) content_lies: Counter,
    /// Files that are wanted.
    pub(crate) content_wanted: Gauge,
    /// Of these, the ones that are not held.
    pub(crate) content_to_fetch: Gauge,
    /// Files that are here and given to nobody because of who signed them.
    pub(crate) content_withheld: Gauge,
    /// Lists of revoked certificates that signers name and of which no current one is here.
    pub(crate) revocation_lists_missing: Gauge,
    /// Revisions in the snapshot that is served.
    pub(crate) revisions: Gauge,
    /// The generation that is served.
    pub(crate) generation: Gauge,
    /// Computers that were forgotten to make room for others.
    pub(crate) computers_displaced: Counter,
    /// Updates of computers waiting to be written.
    pub(crate) contacts_waiting: Gauge,
    /// Reports taken in.
    pub(crate) events: Counter,
    /// Upstreams that were not trusted.
    pub(crate) upstream_untrusted: Counter,
    /// Upstreams that are spoken to without TLS.
    pub(crate) upstream_plain: Gauge,
    /// Days until the first pinned certificate of an upstream expires.
    pub(crate) pins_days_left: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("vanne"),
            calls: Family::default(),
            call_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 18)),
            refused: Family::default(),
            refused_sum: Counter::default(),
            shed: Family::default(),
            calls_waiting: Gauge::default(),
            calls_working: Gauge::default(),
            connections_open: Gauge::default(),
            connections_refused: Counter::default(),
            handshakes: Family::default(),
            certificate_ends: Family::default(),
            http_metadata_allowed: Gauge::default(),
            http_metadata: Counter::default(),
            not_found: Counter::default(),
            content_bytes: Counter::default(),
            content_missing: Counter::default(),
            content_fetched: Family::default(),
            content_lies: Counter::default(),
            content_wanted: Gauge::default(),
            content_to_fetch: Gauge::default(),
            content_withheld: Gauge::default(),
            revocation_lists_missing: Gauge::default(),
            revisions: Gauge::default(),
            generation: Gauge::default(),
            computers_displaced: Counter::default(),
            contacts_waiting: Gauge::default(),
            events: Counter::default(),
            upstream_untrusted: Counter::default(),
            upstream_plain: Gauge::default(),
            pins_days_left: Gauge::default(),
        };
        metrics.registered()
    }
}

impl Metrics {
    fn registered(mut self) -> Self {
        let to = &mut self.registry;
        to.register("calls", "Web-service calls by operation and outcome", self.calls.clone());
        to.register_with_unit("call", "Time to answer a call", Unit::Seconds, self.call_seconds.clone());
        to.register("refused", "Input refused, by reason", self.refused.clone());
        to.register("shed", "Calls turned away because there is too much to do", self.shed.clone());
        to.register("calls_waiting", "Calls that wait for their turn", self.calls_waiting.clone());
        to.register("calls_working", "Calls that are worked on", self.calls_working.clone());
        to.register("connections_open", "Connections open now", self.connections_open.clone());
        to.register(
            "connections_refused",
            "Connections turned away because of a limit",
            self.connections_refused.clone(),
        );
        to.register("handshakes", "TLS handshakes by outcome", self.handshakes.clone());
        let ends = self.certificate_ends.clone();
        to.register_with_unit("certificate_ends", "When a certificate ends, since 1970", Unit::Seconds, ends);
        let allowed = self.http_metadata_allowed.clone();
        to.register("http_metadata_allowed", "1 while metadata is handed out over plain HTTP", allowed);
        to.register("http_metadata", "Web-service calls answered over plain HTTP", self.http_metadata.clone());
        to.register("not_found", "Requests for addresses where nothing is", self.not_found.clone());
        to.register_with_unit("content", "Content handed out", Unit::Bytes, self.content_bytes.clone());
        to.register("content_missing", "Requests for files that are not held", self.content_missing.clone());
        to.register_with_unit("content_fetched", "Content that came here", Unit::Bytes, self.content_fetched.clone());
        to.register("content_lies", "Files that came and were not what was promised", self.content_lies.clone());
        to.register("content_wanted_files", "Content files that are wanted", self.content_wanted.clone());
        to.register("content_to_fetch_files", "Wanted content files that are not held", self.content_to_fetch.clone());
        to.register(
            "content_withheld_files",
            "Content files that are given to nobody because of who signed them",
            self.content_withheld.clone(),
        );
        to.register(
            "revocation_lists_missing",
            "Lists of revoked certificates that signers of files name and of which no current one was fetched",
            self.revocation_lists_missing.clone(),
        );
        to.register("revisions", "Revisions in the snapshot that is served", self.revisions.clone());
        to.register("generation", "The generation that is served", self.generation.clone());
        to.register("computers_displaced", "Computers forgotten to make room", self.computers_displaced.clone());
        to.register("contacts_waiting", "News of computers waiting to be written", self.contacts_waiting.clone());
        to.register("events", "Report events taken in", self.events.clone());
        to.register(
            "upstream_untrusted",
            "Conversations with an upstream that was not trusted",
            self.upstream_untrusted.clone(),
        );
        to.register("upstream_plain", "Upstreams that are spoken to without TLS", self.upstream_plain.clone());
        to.register("pins_days_left", "Days until the first pinned certificate expires", self.pins_days_left.clone());
        self
    }

    /// Counts content that came.
    pub(crate) fn fetched(&self, source: &'static str, bytes: u64) {
        self.content_fetched.get_or_create(&From { source }).inc_by(bytes);
    }

    /// Counts one refusal.
    pub(crate) fn refuse(&self, reason: &'static str) {
        self.refused.get_or_create(&Refusal { reason }).inc();
        self.refused_sum.inc();
    }

    /// Input refused since the start, all reasons together.
    pub(crate) fn refused_total(&self) -> u64 {
        self.refused_sum.get()
    }

    /// The figures in OpenMetrics text form.
    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        match text::encode(&mut out, &self.registry) {
            Ok(()) => out,
            // Writing to a string does not fail; if it ever did, half an answer would mislead.
            Err(error) => format!("# could not be rendered: {error}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered() {
        let metrics = Metrics::default();
        metrics.refuse("cookie");
        metrics.calls.get_or_create(&Call { operation: "SyncUpdates", outcome: "ok" }).inc();
        let text = metrics.render();
        assert!(text.contains("vanne_refused_total{reason=\"cookie\"} 1"), "{text}");
        assert!(text.contains("vanne_calls_total{operation=\"SyncUpdates\",outcome=\"ok\"} 1"), "{text}");
        assert_eq!(metrics.refused_total(), 1);
    }
}

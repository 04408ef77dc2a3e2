//! What all questions have in common.

/// A question as logs, metrics and faults name it.
pub(super) trait Question {
    /// The operation's name.
    fn method(&self) -> &'static str;
    /// Its SOAP action.
    fn action(&self) -> String;
}

macro_rules! questions {
    ($($question:ty),*) => {
        $(impl Question for $question {
            fn method(&self) -> &'static str {
                <$question>::method(self)
            }

            fn action(&self) -> String {
                <$question>::action(self)
            }
        })*
    };
}

questions!(
    wire::Request,
    wire::server::Request,
    wire::dss_auth::GetAuthorizationCookie,
    wire::reporting::rollup::Request
);

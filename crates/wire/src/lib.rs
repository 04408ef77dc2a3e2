//! SOAP, MS-WUSP and MS-WSUSSS messages, faults and Xpress: bytes to types and back.
//!
//! A server calls [`decode`] and [`encode`] (or [`encode_fault`]); an agent calls [`encode_request`]
//! and [`decode_response`]. Messages are plain structs in [`client`], [`simple_auth`] and
//! [`reporting`], named as in the WSDLs of MS-WUSP section 6; nothing here opens a socket or reads a clock.
//!
//! What update servers say to each other is in [`server`], [`dss_auth`] and [`reporting::rollup`], each with the same
//! functions of its own: this program stands on both sides, upstream and downstream.
//!
//! What is read is taken liberally: any prefixes, any order, unknown elements, `xsi:nil`, foreign
//! attributes, absent arrays, SOAP headers. What is written has the order, prefixes and declarations
//! of native WSUS, byte for byte. Every list, text and structure has a named limit, see [`limits`].
//!
//! ```
//! use wire::{Refusal, Request, Response, Service, decode, encode};
//!
//! let body = br#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
//!     <ReportEventBatch xmlns="http://www.microsoft.com/SoftwareDistribution"><eventBatch/></ReportEventBatch>
//! </e:Body></e:Envelope>"#;
//! let call = decode(Service::Reporting, body).expect("this is a request");
//! assert!(matches!(call.request, Request::ReportEventBatch(_)));
//! let answer = encode(Service::Reporting, call.soap, &Response::ReportEventBatch(true));
//! assert!(answer.into_bytes().ends_with(b"</soap:Body></soap:Envelope>"));
//!
//! let error = decode(Service::Reporting, b"not a request").expect_err("it says so");
//! assert_eq!(error.refusal(uuid::Uuid::nil()), Refusal::Status(400));
//! ```

mod body;
pub mod client;
pub mod dss_auth;
mod error;
pub mod fault;
mod input;
pub mod limits;
mod message;
mod output;
pub mod reporting;
pub mod server;
pub mod simple_auth;
mod soap;
#[cfg(test)]
mod tests;
mod text;
pub mod time;
mod values;
pub mod xpress;

pub use body::{Body, Escaped, NotEscaped};
pub use error::{DecodeError, Problem, Refusal};
pub use fault::{ErrorCode, Fault, encode_fault};
pub use message::{Call, Request, Response, decode, decode_response, encode, encode_request};
pub use soap::{Service, SoapVersion};

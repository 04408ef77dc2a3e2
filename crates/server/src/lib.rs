//! Listeners, SOAP endpoints, content, administration API and background work.

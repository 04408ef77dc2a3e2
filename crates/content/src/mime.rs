/// The media type of a content file by its extension, in any letter case and without its dot.
///
/// Everything is served: what has no type of its own is `application/octet-stream`. Native WSUS answered 404 for
/// `.wim` and `.msu` until it was given types for them.
///
/// Source: `delivery` §3.1.
pub fn mime(extension: &str) -> &'static str {
    match extension.to_ascii_lowercase().as_str() {
        "cab" => "application/vnd.ms-cab-compressed",
        "wim" => "application/x-ms-wim",
        "msi" => "application/x-msi",
        "txt" => "text/plain",
        "xml" => "text/xml",
        // .exe .msu .psf .esd .msp and whatever comes next.
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_extension_has_a_type() {
        assert_eq!(mime("CAB"), "application/vnd.ms-cab-compressed");
        assert_eq!(mime("wim"), "application/x-ms-wim");
        for extension in ["exe", "msu", "psf", "esd", "", "neverseen", "../x"] {
            assert_eq!(mime(extension), "application/octet-stream", "{extension:?}");
        }
    }
}

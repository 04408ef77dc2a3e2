//! What stock clients send beyond the WSDL: elements, headers, texts (native-behaviour §1, C2 and C7).

use crate::documents::Architecture;
use crate::machine::Machine;

/// `User-Agent` of web service calls: Windows 11 25H2.
pub(super) const USER_AGENT: &str = "Windows-Update-Agent/1507.2601.30012.0 Client-Protocol/2.90";
/// `User-Agent` of downloads.
pub(super) const DOWNLOAD_USER_AGENT: &str = "Microsoft-Delivery-Optimization/10.1";
/// The agent's version, as in `RegisterComputer`.
pub(super) const VERSION: [i32; 4] = [1507, 2601, 30012, 0];
/// The program that makes the agent act.
pub(super) const APP_NAME: &str = "UpdateOrchestrator";

/// Adds to a `SyncUpdates` request what the WSDL does not know, at the places where it was seen.
pub(super) fn extend_sync(body: &str, machine: &Machine, base_url: &str) -> String {
    let products = format!(
        "<ProductsParameters><SyncCurrentVersionOnly>false</SyncCurrentVersionOnly><DeviceAttributes>{}</DeviceAttributes>\
         <CallerAttributes>{}</CallerAttributes><Products/></ProductsParameters></parameters>",
        xml::escaped_text(&device_attributes(machine, base_url)),
        CALLER_ATTRIBUTES,
    );
    let body = body.replacen("<ComputerSpec", "<AlsoPerformRegularSync>false</AlsoPerformRegularSync><ComputerSpec", 1);
    body.replacen("</parameters>", &products, 1)
}

/// Adds to a `GetExtendedUpdateInfo` request what the WSDL does not know, between `locales` and `GeoId`.
pub(super) fn extend_extended(body: &str, machine: &Machine, base_url: &str) -> String {
    let attributes = device_attributes(machine, base_url);
    let element = format!("</locales><deviceAttributes>{}</deviceAttributes>", xml::escaped_text(&attributes));
    body.replacen("</locales>", &element, 1)
}

/// `callerAttributes`.
pub(super) const CALLER_ATTRIBUTES: &str = "Interactive=0;SheddingAware=1;Id=UpdateOrchestrator;";

/// `DeviceAttributes`: names and values, each ended by a semicolon.
fn device_attributes(machine: &Machine, base_url: &str) -> String {
    let mut text: String = machine.attributes().into_iter().map(|(name, value)| format!("{name}={value};")).collect();
    text.push_str(&format!("UpdateManagementGroup=2;UpdateServiceUrl={base_url};WuClientVer=1507.2601.30012.0;"));
    text
}

/// The key of feature scores, such as `AMD64.10.0`.
pub(super) fn feature_score_key(machine: &Machine) -> String {
    let version = machine.system().version;
    let processor = machine.system().architecture.package_name().to_uppercase();
    format!("{processor}.{}.{}", version.major, version.minor)
}

/// `ProcessorArchitecture` of events: an enumeration there.
pub(super) fn event_processor(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86 => "X86Compatible",
        Architecture::X64 => "Amd64Compatible",
        Architecture::Arm64 => "Unknown",
    }
}

use xml::{Event, Limits, Reader};

use super::AgentError;
use super::network::ANSWER_BYTES_MAX;

/// The children of an element in the order stock clients need (WSDL; native-behaviour §2.1).
struct Order {
    parent: &'static str,
    /// Name, and whether the element must be there.
    children: &'static [(&'static str, bool)],
}

/// What is checked. Elements that are not listed may hold anything.
const ORDERS: &[Order] = &[
    Order {
        parent: "SyncUpdatesResult",
        children: &[
            ("NewUpdates", false),
            ("OutOfScopeRevisionIDs", false),
            ("ChangedUpdates", false),
            ("Truncated", true),
            ("NewCookie", true),
            ("DeployedOutOfScopeRevisionIds", false),
            ("DriverSyncNotNeeded", false),
        ],
    },
    Order { parent: "UpdateInfo", children: &[("ID", true), ("Deployment", true), ("IsLeaf", true), ("Xml", false)] },
    Order {
        parent: "Deployment",
        children: &[
            ("ID", true),
            ("Action", true),
            ("Deadline", false),
            ("IsAssigned", true),
            ("LastChangeTime", true),
            ("DownloadPriority", false),
            ("HardwareIds", false),
            ("AutoSelect", true),
            ("AutoDownload", true),
            ("SupersedenceBehavior", true),
        ],
    },
    Order { parent: "NewCookie", children: &[("Expiration", true), ("EncryptedData", true)] },
    Order {
        parent: "GetExtendedUpdateInfoResult",
        children: &[("Updates", false), ("FileLocations", false), ("OutOfScopeRevisionIDs", false)],
    },
    Order { parent: "Update", children: &[("ID", true), ("Xml", true)] },
];

/// An answer may hold thirty fragments of up to 47 MB each.
const LIMITS: Limits =
    Limits { bytes: ANSWER_BYTES_MAX, depth: 32, elements: 1_000_000, attributes: 32, namespaces: 32 };

/// Checks that elements stand where a stock client looks for them, and that none is missing that it needs.
///
/// Texts that cannot be read at all are left to the decoder.
pub(super) fn check(method: &'static str, body: &[u8]) -> Result<(), AgentError> {
    let Ok(mut reader) = Reader::from_bytes(body, &LIMITS) else { return Ok(()) };
    // For each open element: its order, if it has one, and how many of the children's places are passed.
    let mut open: Vec<Option<(&Order, usize)>> = Vec::new();
    loop {
        match reader.next() {
            Ok(Event::Start(element)) => {
                if let Some(Some((order, passed))) = open.last_mut() {
                    *passed = step(method, order, *passed, element.name())?;
                }
                open.push(ORDERS.iter().find(|order| order.parent == element.name()).map(|order| (order, 0)));
            }
            Ok(Event::End) => {
                if let Some(Some((order, passed))) = open.pop() {
                    lacking(method, order, order.children.get(passed..).unwrap_or_default())?;
                }
            }
            Ok(Event::Text(_)) => {}
            Ok(Event::Eof) | Err(_) => return Ok(()),
        }
    }
}

/// The places passed once `name` stands next.
fn step(method: &'static str, order: &Order, passed: usize, name: &str) -> Result<usize, AgentError> {
    let Some(place) = order.children.iter().position(|(child, _)| *child == name) else {
        return Err(AgentError::OutOfOrder { method, parent: order.parent, element: name.to_owned() });
    };
    if place < passed {
        return Err(AgentError::OutOfOrder { method, parent: order.parent, element: name.to_owned() });
    }
    lacking(method, order, order.children.get(passed..place).unwrap_or_default())?;
    Ok(place + 1)
}

/// Fails for the first of `left_out` that must be there.
fn lacking(method: &'static str, order: &Order, left_out: &[(&'static str, bool)]) -> Result<(), AgentError> {
    match left_out.iter().find(|(_, required)| *required) {
        Some((element, _)) => Err(AgentError::Lacking { method, parent: order.parent, element }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: &str = "<Deployment><ID>1</ID><Action>Install</Action><IsAssigned>true</IsAssigned>\
        <LastChangeTime>2026-10-04</LastChangeTime><AutoSelect>0</AutoSelect><AutoDownload>0</AutoDownload>\
        <SupersedenceBehavior>0</SupersedenceBehavior></Deployment>";

    fn update(inside: &str) -> Result<(), AgentError> {
        check("SyncUpdates", format!("<UpdateInfo>{inside}</UpdateInfo>").as_bytes())
    }

    #[test]
    fn an_update_as_native_sends_it_passes() {
        update(&format!("<ID>1</ID>{DEPLOYMENT}<IsLeaf>true</IsLeaf><Xml>&lt;a/></Xml>")).unwrap();
    }

    #[test]
    fn an_update_without_deployment_is_what_a_stock_client_fails_on() {
        let error = update("<ID>1</ID><IsLeaf>true</IsLeaf>").unwrap_err();
        assert!(matches!(error, AgentError::Lacking { parent: "UpdateInfo", element: "Deployment", .. }));
        assert_eq!(error.hresult().cast_unsigned(), 0x8007_0057);
    }

    #[test]
    fn children_out_of_order_or_missing_are_named() {
        let swapped = DEPLOYMENT.replace("<ID>1</ID><Action>Install</Action>", "<Action>Install</Action><ID>1</ID>");
        let error = update(&format!("<ID>1</ID>{swapped}<IsLeaf>true</IsLeaf>")).unwrap_err();
        assert!(matches!(error, AgentError::Lacking { parent: "Deployment", element: "ID", .. }), "{error}");
        let late = format!("<ID>1</ID>{DEPLOYMENT}<Xml/><IsLeaf>true</IsLeaf>");
        let error = update(&late).unwrap_err();
        assert!(matches!(error, AgentError::Lacking { element: "IsLeaf", .. }), "{error}");
        let twice = format!("<ID>1</ID>{DEPLOYMENT}<IsLeaf>true</IsLeaf><ID>1</ID>");
        let error = update(&twice).unwrap_err();
        assert!(matches!(error, AgentError::OutOfOrder { ref element, .. } if element == "ID"), "{error}");
        let short = DEPLOYMENT.replace("<AutoSelect>0</AutoSelect>", "");
        let error = update(&format!("<ID>1</ID>{short}<IsLeaf>true</IsLeaf>")).unwrap_err();
        assert!(matches!(error, AgentError::Lacking { element: "AutoSelect", .. }), "{error}");
    }
}

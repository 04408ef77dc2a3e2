use jiff::Timestamp;
use uuid::Uuid;

use crate::client::Cookie;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks which inventory to report: in the WSDL (MS-WUSP 6.3), nowhere described; the answer is a number.
///
/// Clients ask only when `IsInventoryRequired` is not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetRequiredInventoryType {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The set of rules the client has.
    pub rules_id: Option<Uuid>,
    /// Its version.
    pub rules_version: Option<String>,
}

impl Wire for GetRequiredInventoryType {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "rulesId" => request.rules_id = Some(input.value()?),
                "rulesVersion" => request.rules_version = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("rulesId", self.rules_id.as_ref());
        out.optional("rulesVersion", self.rules_version.as_ref());
    }
}

/// Reports an inventory: in the WSDL (MS-WUSP 6.3), nowhere described. Answered by `true`: taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportInventory {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The client's clock.
    pub client_time: Option<Timestamp>,
    /// The inventory.
    pub inventory: Option<Inventory>,
}

impl Wire for ReportInventory {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "clientTime" => request.client_time = Some(input.value()?),
                "inventory" => request.inventory = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("clientTime", self.client_time.as_ref());
        out.optional("inventory", self.inventory.as_ref());
    }
}

/// An inventory in one of two forms; nothing here looks inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The compressed form is the one that counts.
    pub is_compressed: bool,
    /// The plain form.
    pub raw_xml: Option<String>,
    /// The compressed form.
    pub compressed_xml: Option<Vec<u8>>,
}

impl Wire for Inventory {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut inventory = Self::default();
        input.fields(|input, name| {
            match name {
                "IsCompressed" => inventory.is_compressed = input.value()?,
                "RawXml" => inventory.raw_xml = Some(input.text(limits::INVENTORY_BYTES)?.into_owned()),
                "CompressedXml" => inventory.compressed_xml = Some(input.bytes(limits::INVENTORY_BYTES)?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(inventory)
    }

    fn write(&self, out: &mut Output) {
        out.field("IsCompressed", &self.is_compressed);
        out.optional("RawXml", self.raw_xml.as_ref());
        out.optional("CompressedXml", self.compressed_xml.as_ref());
    }
}

use model::{DriverMatch, FeatureScore, HardwareId};
use uuid::Uuid;
use xml::Element;

use crate::attributes::Attributes;
use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault, cut};

/// Reads the rest of `WindowsDriverMetaData` (metadata.md §8); what it holds is in no fragment.
pub(crate) fn read_driver(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<DriverMatch, DocumentError> {
    let attributes = cursor.attributes(element)?;
    let mut driver = cursor.place(of_attributes(&attributes))?;
    cursor.unwritten(|cursor| {
        cursor.children(|cursor, child| {
            match cursor.name(child).1 {
                "CompatibleProvider" => driver.compatible_providers.push(cursor.text()?.as_ref().into()),
                "FeatureScore" => {
                    driver.feature_scores.push(cursor.place(feature_score(&cursor.attributes(child)?))?);
                    cursor.skip()?;
                }
                "TargetComputerHardwareId" => driver.target_computers.push(computer(cursor)?),
                "DistributionComputerHardwareId" => driver.distribution_computers.push(computer(cursor)?),
                _ => cursor.skip()?,
            }
            Ok(())
        })
    })?;
    Ok(driver)
}

fn of_attributes(attributes: &Attributes<'_>) -> Result<DriverMatch, DocumentFault> {
    let text = |name| attributes.text(name).unwrap_or_default().into();
    let date: jiff::civil::Date = attributes.required_parse("DriverVerDate", "a date such as 2022-05-30")?;
    // The difference of two civil dates in days is always a whole number that fits.
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    let date_days = epoch.until(date).map_or(0, |span| span.get_days());
    Ok(DriverMatch {
        hardware_id: HardwareId::new(attributes.required("HardwareID")?),
        date_days,
        version: attributes.required_parse("DriverVerVersion", "a version of four numbers up to 65535")?,
        class: text("Class"),
        manufacturer: text("Manufacturer"),
        provider: text("Provider"),
        compatible_providers: Vec::new(),
        feature_scores: Vec::new(),
        target_computers: Vec::new(),
        distribution_computers: Vec::new(),
    })
}

fn feature_score(attributes: &Attributes<'_>) -> Result<FeatureScore, DocumentFault> {
    let operating_system = attributes.required("OperatingSystem")?.trim().to_lowercase().into();
    let text = attributes.required("FeatureScore")?.trim();
    let score =
        u8::from_str_radix(text, 16).map_err(|_| attributes.invalid("FeatureScore", text, "a hexadecimal byte"))?;
    Ok(FeatureScore { operating_system, score })
}

fn computer(cursor: &mut Cursor<'_>) -> Result<Uuid, DocumentError> {
    let text = cursor.text()?;
    Uuid::try_parse(text.trim()).map_err(|_| {
        let element = "a computer hardware id";
        cursor.fault(DocumentFault::InvalidText { element, value: cut(&text), expected: "a GUID" })
    })
}

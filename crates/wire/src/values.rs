//! How simple values read and write themselves as the content of an element.

use jiff::Timestamp;
use jiff::civil::Date;
use model::{
    ComputerId, DeploymentAction, DeploymentId, HardwareId, ProtocolVersion, RevisionId, RevisionNumber, Sha1,
    TargetGroupId, UpdateId, UpdateIdentity,
};
use uuid::Uuid;

use crate::input::Input;
use crate::output::Output;
use crate::{Escaped, Problem, limits, text, time};

/// A value that is the content of an element, in both directions.
pub(crate) trait Wire: Sized {
    /// Reads the content of the element that was opened last, up to and including its end tag.
    fn read(input: &mut Input<'_>) -> Result<Self, Problem>;

    /// Writes the content of an element.
    fn write(&self, out: &mut Output);
}

impl Wire for i32 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a 32-bit number", |text| text.trim().parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_string());
    }
}

impl Wire for i64 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a 64-bit number", |text| text.trim().parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_string());
    }
}

impl Wire for i16 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a 16-bit number", |text| text.trim().parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_string());
    }
}

impl Wire for u8 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a number from 0 to 255", |text| text.trim().parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_string());
    }
}

/// A count or a number that is never negative.
impl Wire for u32 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a number from 0 to 2147483647", |text| {
            text.trim().parse().ok().filter(|number| *number <= i32::MAX.unsigned_abs())
        })
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_string());
    }
}

impl Wire for bool {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("true or false", text::boolean)
    }

    fn write(&self, out: &mut Output) {
        out.markup(if *self { "true" } else { "false" });
    }
}

impl Wire for String {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        Ok(input.text(limits::TEXT)?.into_owned())
    }

    fn write(&self, out: &mut Output) {
        out.text(self);
    }
}

impl Wire for Escaped {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        Ok(Self::from(input.text(limits::FRAGMENT)?))
    }

    fn write(&self, out: &mut Output) {
        out.escaped(self);
    }
}

/// Bytes of a cookie or a digest, as base64.
impl Wire for Vec<u8> {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.bytes(limits::COOKIE_BYTES)
    }

    fn write(&self, out: &mut Output) {
        out.markup(&text::to_base64(self));
    }
}

impl Wire for Uuid {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a GUID", text::guid)
    }

    fn write(&self, out: &mut Output) {
        out.markup(self.hyphenated().encode_lower(&mut Self::encode_buffer()));
    }
}

impl Wire for Timestamp {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a time", time::parse)
    }

    fn write(&self, out: &mut Output) {
        out.markup(&time::format(*self));
    }
}

impl Wire for Date {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a date", time::parse_date)
    }

    fn write(&self, out: &mut Output) {
        out.markup(&time::format_date(*self));
    }
}

impl Wire for Sha1 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a SHA-1 digest of 20 bytes in base64", |text| Self::try_from(text::base64(text)?.as_slice()).ok())
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_base64());
    }
}

impl Wire for UpdateId {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        Uuid::read(input).map(Self)
    }

    fn write(&self, out: &mut Output) {
        self.0.write(out);
    }
}

impl Wire for TargetGroupId {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        Uuid::read(input).map(Self)
    }

    fn write(&self, out: &mut Output) {
        self.0.write(out);
    }
}

impl Wire for RevisionId {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        i32::read(input).map(Self)
    }

    fn write(&self, out: &mut Output) {
        self.0.write(out);
    }
}

impl Wire for DeploymentId {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        i32::read(input).map(Self)
    }

    fn write(&self, out: &mut Output) {
        self.0.write(out);
    }
}

impl Wire for RevisionNumber {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a revision number", |text| text.parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_string());
    }
}

impl Wire for HardwareId {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        Ok(Self::new(&input.text(limits::TEXT)?))
    }

    fn write(&self, out: &mut Output) {
        out.text(self.as_str());
    }
}

impl Wire for ComputerId {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a client id", |text| text.trim().parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.text(self.as_str());
    }
}

impl Wire for ProtocolVersion {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a version of two numbers", |text| text.parse().ok())
    }

    fn write(&self, out: &mut Output) {
        out.markup(&self.to_string());
    }
}

impl Wire for DeploymentAction {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.parsed("a deployment action", |text| {
            Some(match text.trim() {
                "Install" => Self::Install,
                "OptionalInstall" => Self::OptionalInstall,
                "Uninstall" => Self::Uninstall,
                // Of a blocked deployment a client is to evaluate, and no more (MS-WUSP 2.2.2.2.4).
                "PreDeploymentCheck" | "Block" => Self::PreDeploymentCheck,
                "Bundle" => Self::Bundle,
                "Evaluate" => Self::Evaluate,
                _ => return None,
            })
        })
    }

    fn write(&self, out: &mut Output) {
        out.markup(self.as_str());
    }
}

/// `UpdateIdentity` and `UpdateRevisionIdentifier`, which have the same children.
impl Wire for UpdateIdentity {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut update_id, mut revision_number) = (None, None);
        input.fields(|input, name| {
            match name {
                "UpdateID" => update_id = Some(input.value()?),
                "RevisionNumber" => revision_number = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            update_id: input.required(update_id, "UpdateID")?,
            revision_number: input.required(revision_number, "RevisionNumber")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("UpdateID", &self.update_id);
        out.field("RevisionNumber", &self.revision_number);
    }
}

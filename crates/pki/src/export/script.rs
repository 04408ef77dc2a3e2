//! A PowerShell script that sets the same values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::policy::{Data, Policy};

const HEAD: &str = "#Requires -RunAsAdministrator\r\n\
# Points this computer at its update server, and makes it trust that server.\r\n\
$ErrorActionPreference = 'Stop'\r\n\
function Set-Value($Key, $Name, $Kind, $Value) {\r\n\
\x20   $path = \"HKLM:\\$Key\"\r\n\
\x20   if (-not (Test-Path -LiteralPath $path)) { New-Item -Path $path -Force | Out-Null }\r\n\
\x20   New-ItemProperty -LiteralPath $path -Name $Name -PropertyType $Kind -Value $Value -Force | Out-Null\r\n\
}\r\n";

pub(super) fn write(policy: &Policy) -> Vec<u8> {
    let mut text = HEAD.to_owned();
    for value in policy.values() {
        let (kind, data) = match &value.data {
            Data::Text(text) => ("String", quoted(text)),
            Data::Number(number) => ("DWord", number.to_string()),
            Data::Bytes(bytes) => {
                ("Binary", format!("([Convert]::FromBase64String({}))", quoted(&STANDARD.encode(bytes))))
            }
        };
        text.push_str(&format!("Set-Value {} {} {kind} {data}\r\n", quoted(&value.key), quoted(value.name)));
    }
    text.into_bytes()
}

/// In single quotes nothing has a meaning but these themselves.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

//! `.reg`, as `regedit` exports it: UTF-16 with a mark, lines ending as on Windows.

use super::policy::{Data, Policy};

pub(super) fn write(policy: &Policy) -> Vec<u8> {
    let mut text = String::from("Windows Registry Editor Version 5.00\r\n");
    for value in policy.values() {
        text.push_str(&format!(
            "\r\n[HKEY_LOCAL_MACHINE\\{}]\r\n\"{}\"={}\r\n",
            value.key,
            value.name,
            data(&value.data)
        ));
    }
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn data(data: &Data) -> String {
    match data {
        Data::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Data::Number(number) => format!("dword:{number:08x}"),
        Data::Bytes(bytes) => {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("hex:{}", digits.join(","))
        }
    }
}

//! Which Windows a computer runs, told by its build number: its texts are unreliable (native-behaviour C6).

/// `VER_NT_WORKSTATION`, as `OldProductType` has it.
const WORKSTATION: i32 = 1;

/// The name of the system with that build, such as `Windows 11 25H2 (26200)`.
///
/// `product_type` is `OldProductType`: 1 for a workstation, else a server; `None` if it was not told.
pub(crate) fn name(major: i32, minor: i32, build: i32, product_type: Option<i32>) -> String {
    let server = product_type.is_some_and(|kind| kind != WORKSTATION);
    let name = match (server, build) {
        (false, 26200..) => "Windows 11 25H2",
        (false, 26100..) => "Windows 11 24H2",
        (false, 22631..) => "Windows 11 23H2",
        (false, 22621..) => "Windows 11 22H2",
        (false, 22000..) => "Windows 11 21H2",
        (false, 19045..) => "Windows 10 22H2",
        (false, 19044..) => "Windows 10 21H2",
        (false, 17763) => "Windows 10 1809",
        (false, 14393) => "Windows 10 1607",
        (false, 10240..) => "Windows 10",
        (false, 9600) => "Windows 8.1",
        (false, 9200) => "Windows 8",
        (false, 7600..=7601) => "Windows 7",
        (true, 26100..) => "Windows Server 2025",
        (true, 25398..) => "Windows Server 23H2",
        (true, 20348..) => "Windows Server 2022",
        (true, 17763..) => "Windows Server 2019",
        (true, 14393..) => "Windows Server 2016",
        (true, 9600) => "Windows Server 2012 R2",
        (true, 9200) => "Windows Server 2012",
        (true, 7600..=7601) => "Windows Server 2008 R2",
        _ => return format!("Windows {major}.{minor} ({build})"),
    };
    format!("{name} ({build})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_tells_the_system() {
        assert_eq!(name(10, 0, 26200, Some(1)), "Windows 11 25H2 (26200)");
        assert_eq!(name(10, 0, 19045, Some(1)), "Windows 10 22H2 (19045)");
        assert_eq!(name(10, 0, 26100, Some(3)), "Windows Server 2025 (26100)");
        assert_eq!(name(10, 0, 17763, Some(2)), "Windows Server 2019 (17763)");
        assert_eq!(name(6, 3, 9600, Some(1)), "Windows 8.1 (9600)");
        assert_eq!(name(5, 1, 2600, Some(1)), "Windows 5.1 (2600)");
        assert_eq!(name(10, 0, 22000, None), "Windows 11 21H2 (22000)");
    }
}

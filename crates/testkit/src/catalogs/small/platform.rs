use super::base::{Base, SYSTEM};
use super::{KB, SECURITY_UPDATES, UPDATES, bundled, identities};
use crate::documents::{Draft, MadeFile, Outcome, Reboot, Rule};

/// A platform that gets a cumulative update each month.
struct Platform<'a> {
    name: &'static str,
    product: &'a Draft,
    build: &'a Draft,
    processor: &'a Draft,
    package: &'static str,
    /// First knowledge-base number; each month adds one.
    kb: u32,
    /// Components of the servicing stack, or a program that writes a registry value.
    servicing: Servicing,
}

enum Servicing {
    Cbs { architecture: &'static str },
    Program,
}

/// Month, revision part of the version, size of the file in KiB.
const MONTHS: [(&str, u32, usize); 3] = [("2026-08", 4_100, 768), ("2026-09", 4_500, 1024), ("2026-10", 4_900, 2304)];
/// Where the platforms that are serviced by programs keep their version.
const SERVICING_KEY: &str = "SOFTWARE\\Contoso\\Servicing";

pub(super) fn drafts(base: &Base) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = platforms(base).iter().flat_map(cumulative_updates).collect();
    drafts.extend(runtime(base));
    drafts.extend(boot(base));
    drafts.extend(vpn(base));
    drafts.extend(removal_tool(base));
    drafts.extend(time_zones(base));
    drafts
}

fn platforms(base: &Base) -> [Platform<'_>; 4] {
    [
        Platform {
            name: "Contoso Client 11 for x64-based Systems",
            product: &base.client_11,
            build: &base.client_11_latest,
            processor: &base.x64,
            package: "Contoso-Client11-Rollup",
            kb: 9_001_101,
            servicing: Servicing::Cbs { architecture: "amd64" },
        },
        Platform {
            name: "Contoso Client 11 for ARM64-based Systems",
            product: &base.client_11,
            build: &base.client_11_latest,
            processor: &base.arm64,
            package: "Contoso-Client11-Rollup",
            kb: 9_001_201,
            servicing: Servicing::Cbs { architecture: "arm64" },
        },
        Platform {
            name: "Contoso Client 10 for x64-based Systems",
            product: &base.client_10,
            build: &base.client_10_latest,
            processor: &base.x64,
            package: "Contoso-Client10-Rollup",
            kb: 9_001_301,
            servicing: Servicing::Program,
        },
        Platform {
            name: "Contoso Server 2025 for x64-based Systems",
            product: &base.server,
            build: &base.server_latest,
            processor: &base.x64,
            package: "Contoso-Server2025-Rollup",
            kb: 9_001_401,
            servicing: Servicing::Cbs { architecture: "amd64" },
        },
    ]
}

/// Three months, each superseding all before it.
fn cumulative_updates(platform: &Platform<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut before = Vec::new();
    for (kb, (month, revision, size_kib)) in (platform.kb..).zip(MONTHS) {
        let title = format!("{month} Cumulative Update for {} (KB{kb})", platform.name);
        let leaf = cumulative_leaf(platform, &title, revision, size_kib);
        let bundle = Draft::bundle(&title)
            .described_as("Install this update to resolve security issues. It contains all earlier fixes.")
            .titled_in("de", &format!("{month} Kumulatives Update für {} (KB{kb})", platform.name), "")
            .kb(&kb.to_string())
            .cves([format!("CVE-2026-{}", 10_000 + revision).as_str(), "CVE-2026-10001"])
            .rated("Critical")
            .superseding(before.clone())
            .requires(platform.build.id())
            .in_category([SECURITY_UPDATES])
            .in_category([platform.product.id()]);
        before.push(bundle.id());
        drafts.extend(bundled(bundle, vec![leaf]));
    }
    drafts
}

fn cumulative_leaf(platform: &Platform<'_>, title: &str, revision: u32, size_kib: usize) -> Draft {
    let name = format!("{title}: package");
    let version = format!("10.0.{revision}.1");
    let leaf = match platform.servicing {
        Servicing::Cbs { architecture } => Draft::cbs(&name, platform.package, architecture, &version),
        Servicing::Program => Draft::command_line(&name)
            .running("rollup.exe", "/quiet /norestart")
            .returning(3010, Outcome::SucceededWithReboot)
            .installed_when(Rule::registry_version(SERVICING_KEY, platform.package, "EqualTo", &version))
            .superseded_when(Rule::registry_version(SERVICING_KEY, platform.package, "GreaterThan", &version)),
    };
    let file = format!("{}-{}-{revision}.cab", platform.package, platform.kb).to_lowercase();
    leaf.requires(platform.build.id())
        .requires(platform.processor.id())
        .rebooting(Reboot::CanRequest)
        .with_file(&MadeFile::of_size(&file, size_kib * 1024))
}

/// One clause with an alternative for each processor.
fn runtime(base: &Base) -> Vec<Draft> {
    let leaf = |name: &str, architecture: &str, processor: &Draft| {
        Draft::cbs(name, "Contoso-Runtime", architecture, "8.0.12.0")
            .requires(processor.id())
            .with_file(&MadeFile::of_size(&format!("contoso-runtime-8.0.12-{architecture}.cab"), 640 * 1024))
    };
    let mut drafts = vec![
        leaf("Contoso Runtime 8.0.12, x64", "amd64", &base.x64),
        leaf("Contoso Runtime 8.0.12, ARM64", "arm64", &base.arm64),
    ];
    let bundle = Draft::bundle("2026-10 Security Update for Contoso Runtime 8.0 (KB9003003)")
        .described_as("A remote code execution vulnerability exists in Contoso Runtime.")
        .kb("9003003")
        .cves(["CVE-2026-12001", "CVE-2026-12002"])
        .rated("Important")
        .in_category([SECURITY_UPDATES])
        .in_category([base.client_11.id(), base.client_10.id(), base.server.id()])
        .bundling(identities(&drafts));
    drafts.push(bundle);
    drafts
}

/// Always needs a restart, so that a deadline on it means something.
fn boot(base: &Base) -> Vec<Draft> {
    let leaf = Draft::command_line("Contoso boot policy 3")
        .running("bootpolicy.exe", "/apply 3")
        .returning(3010, Outcome::SucceededWithReboot)
        .rebooting(Reboot::Always)
        .requires(base.client_11.id())
        .with_file(&MadeFile::of_size("bootpolicy.exe", 96 * 1024))
        .installed_when(Rule::registry_number("SYSTEM\\Contoso\\Boot", "Policy", "GreaterThanOrEqualTo", 3));
    let bundle = Draft::bundle("Security Update for the boot policy of Contoso Client 11 (KB9003001)")
        .described_as("Revokes boot loaders that are known to be bad. The computer must be restarted.")
        .kb(KB::BOOT)
        .cves(["CVE-2026-13377"])
        .rated("Important")
        .rebooting(Reboot::Always)
        .in_category([SECURITY_UPDATES])
        .in_category([base.client_11.id()]);
    bundled(bundle, vec![leaf])
}

fn vpn(base: &Base) -> Vec<Draft> {
    let version = "4.2.0.0";
    let leaf = Draft::command_line("Contoso VPN 4.2")
        .running("vpnsetup.exe", "/s")
        .requires(base.vpn.id())
        .with_file(&MadeFile::of_size("vpnsetup.exe", 512 * 1024))
        .installed_when(Rule::registry_version("SOFTWARE\\Contoso\\VPN", "Version", "GreaterThanOrEqualTo", version));
    let bundle = Draft::bundle("Contoso VPN 4.2 preview (KB9003002)")
        .kb(KB::OPTIONAL)
        .optional()
        .requires(base.vpn.id())
        .in_category([UPDATES])
        .in_category([base.applications.id()]);
    bundled(bundle, vec![leaf])
}

fn removal_tool(base: &Base) -> Vec<Draft> {
    let leaf = Draft::command_line("Contoso Removal Tool 5.130 program")
        .running("remover.exe", "/q")
        .rebooting(Reboot::Never)
        .with_file(&MadeFile::of_size("remover-5.130.exe", 1536 * 1024))
        .installed_when(Rule::file_version_at_least(SYSTEM, "ContosoRemover.exe", "5.130.0.0"));
    let bundle = Draft::bundle("Contoso Malicious Software Removal Tool, version 5.130 (KB9003005)")
        .kb("9003005")
        .in_category([UPDATES])
        .in_category([base.client_11.id(), base.client_10.id(), base.server.id()]);
    bundled(bundle, vec![leaf])
}

/// Every machine comes with it: something to be reported as installed from the first scan on.
fn time_zones(base: &Base) -> Vec<Draft> {
    let leaf = Draft::command_line("Contoso time zones 2026b data")
        .running("tz.exe", "/q")
        .with_file(&MadeFile::of_size("tz-2026b.exe", 64 * 1024))
        .installed_when(Rule::registry_text("SOFTWARE\\Contoso\\Servicing", "TimeZones", "2026b"));
    let bundle = Draft::bundle("Time zone data 2026b (KB9003004)")
        .kb(KB::TIME_ZONES)
        .in_category([UPDATES])
        .in_category([base.client_11.id(), base.client_10.id(), base.server.id()]);
    bundled(bundle, vec![leaf])
}

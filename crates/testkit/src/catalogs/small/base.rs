use uuid::{Uuid, uuid};

use super::{DEFINITION_UPDATES, DRIVERS, SECURITY_UPDATES, UPDATES};
use crate::documents::{Architecture, Draft, Rule};

/// Product code of Contoso Office, which some machines have.
pub(crate) const OFFICE_PRODUCT: Uuid = uuid!("7c1d0a52-6c0e-4f0b-9f1e-0c1a9a1b2c01");
/// CSIDL of the system folder.
pub(crate) const SYSTEM: u32 = 37;
/// CSIDL of Program Files.
pub(crate) const PROGRAM_FILES: u32 = 38;

/// What everything else hangs on: the product tree, the classifications and the detectoids.
pub(super) struct Base {
    company: Draft,
    platform: Draft,
    software: Draft,
    pub(super) client_11: Draft,
    pub(super) client_10: Draft,
    pub(super) server: Draft,
    pub(super) applications: Draft,
    pub(super) x64: Draft,
    pub(super) arm64: Draft,
    pub(super) english: Draft,
    pub(super) german: Draft,
    pub(super) french: Draft,
    pub(super) client_11_latest: Draft,
    pub(super) client_10_latest: Draft,
    pub(super) server_latest: Draft,
    pub(super) office: Draft,
    pub(super) protect: Draft,
    pub(super) vpn: Draft,
    virtual_machine: Draft,
}

impl Base {
    pub(super) fn new() -> Self {
        let company = Draft::company("Contoso").titled_in("de", "Contoso", "").titled_in("fr", "Contoso", "");
        let family = |name: &str| Draft::family(name).in_category([company.id()]);
        let (platform, software) = (family("Contoso Platform"), family("Contoso Software"));

        let client = |rule: Rule| Rule::all([rule, Rule::product_type(1)]);
        let product = |name: &str, family: &Draft, rule: Rule| {
            Draft::product(name).in_category([family.id()]).installed_when(rule)
        };
        let client_11 = product("Contoso Client 11", &platform, client(Rule::build_at_least(22_000)));
        let before_11 = Rule::all([Rule::build_at_least(10_240), Rule::not(Rule::build_at_least(22_000))]);
        let client_10 = product("Contoso Client 10", &platform, client(before_11));
        let is_server = Rule::all([Rule::build_at_least(26_100), Rule::not(Rule::product_type(1))]);
        let server = product("Contoso Server 2025", &platform, is_server);
        let applications = product("Contoso Applications", &software, Rule::always());

        let fact = |name: &str, rule: Rule| Draft::detectoid(name).installed_when(rule);
        let protect = Rule::registry_value("SOFTWARE\\Contoso\\Protect", "Definitions");
        let vpn = Rule::file(PROGRAM_FILES, "Contoso VPN\\vpn.exe");
        Self {
            x64: fact("x64 processor", Rule::processor(Architecture::X64)),
            arm64: fact("ARM64 processor", Rule::processor(Architecture::Arm64)),
            english: fact("English", Rule::language("en")),
            german: fact("German", Rule::language("de")),
            french: fact("French", Rule::language("fr")),
            client_11_latest: fact("Contoso Client 11, build 26200", Rule::build_at_least(26_200))
                .in_category([client_11.id()]),
            client_10_latest: fact("Contoso Client 10, build 19045", Rule::build_at_least(19_045))
                .in_category([client_10.id()]),
            server_latest: fact("Contoso Server 2025, build 26100", Rule::build_at_least(26_100))
                .in_category([server.id()]),
            office: fact("Contoso Office is there", Rule::msi_product(&braced(OFFICE_PRODUCT), None))
                .in_category([applications.id()]),
            protect: fact("Contoso Protect is there", protect).in_category([applications.id()]),
            vpn: fact("Contoso VPN is there", vpn).in_category([applications.id()]),
            virtual_machine: fact("Virtual machine", Rule::registry_key("SOFTWARE\\Contoso\\Guest")),
            company,
            platform,
            software,
            client_11,
            client_10,
            server,
            applications,
        }
    }

    pub(super) fn drafts(&self) -> Vec<Draft> {
        let tree = [&self.company, &self.platform, &self.software];
        let products = [&self.client_11, &self.client_10, &self.server, &self.applications];
        let facts = [&self.x64, &self.arm64, &self.english, &self.german, &self.french];
        let builds = [&self.client_11_latest, &self.client_10_latest, &self.server_latest];
        let software = [&self.office, &self.protect, &self.vpn, &self.virtual_machine];
        let all = tree.into_iter().chain(products).chain(facts).chain(builds).chain(software);
        classifications().into_iter().chain(all.cloned()).collect()
    }
}

fn classifications() -> Vec<Draft> {
    vec![
        Draft::classification(SECURITY_UPDATES, "Security Updates").titled_in("de", "Sicherheitsupdates", ""),
        Draft::classification(DEFINITION_UPDATES, "Definition Updates").titled_in("de", "Definitionsupdates", ""),
        Draft::classification(UPDATES, "Updates"),
        Draft::classification(DRIVERS, "Drivers").titled_in("de", "Treiber", ""),
    ]
}

/// A product code as rules write it.
pub(super) fn braced(code: Uuid) -> String {
    code.braced().to_string().to_uppercase()
}

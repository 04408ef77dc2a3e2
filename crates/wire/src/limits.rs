//! The one table of limits: what a message may hold before it is refused, and why that much.
//!
//! Past a limit of a list or a text, decoding ends with [`Problem::TooMuch`](crate::Problem::TooMuch), which
//! becomes the fault `InvalidParameters` with the parameter's name; past a limit of the XML with status 413.
//! The figures leave room above what was seen on the wire (captures and `Observed` facts of October 2026).

mod server;

pub use server::*;

/// A named limit of a list or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is counted, as it reads behind "more than 400 ".
    pub what: &'static str,
    /// The largest accepted number.
    pub max: usize,
}

impl Limit {
    pub(crate) const fn new(what: &'static str, max: usize) -> Self {
        Self { what, max }
    }
}

/// The limits of a whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of its XML.
    pub xml: xml::Limits,
    /// Pieces of text; each reference, such as `&amp;`, makes two.
    pub pieces: usize,
}

/// A request to the Client service.
///
/// 4 MiB hold 100,000 cached ids (2 MB) or 25,000 identities (3 MB); the largest request seen has 50 KB.
/// Twelve levels suffice for every message, 32 leave room for what newer clients add; an element has a
/// handful of attributes. Elements and pieces of text bound the time: the worst message found takes 80 ms, 25 ns a byte
/// (elements with two attributes and two references each), where 100,000 ids take 2 ms.
pub const CLIENT: Limits = Limits {
    xml: xml::Limits { bytes: 4 << 20, depth: 32, elements: 120_000, attributes: 32, namespaces: 32 },
    pieces: 300_000,
};

/// A request to the SimpleAuth service: three short texts.
pub const SIMPLE_AUTH: Limits = Limits {
    xml: xml::Limits { bytes: 64 << 10, depth: 32, elements: 1_000, attributes: 32, namespaces: 32 },
    pieces: 2_000,
};

/// A request to the Reporting service. An event takes 2 to 4 KB and about 70 elements, so 4 MiB hold a
/// batch of a thousand; the reports of compliance (event 156) carry lists of 37 bytes an update.
pub const REPORTING: Limits = Limits {
    xml: xml::Limits { bytes: 4 << 20, depth: 32, elements: 120_000, attributes: 32, namespaces: 32 },
    pieces: 300_000,
};

/// An answer, as an agent reads it. Thirty core fragments of up to 47 MB each are possible, and no
/// cap below 256 MiB is safe (native-behaviour §7). A fragment may fill it, and is nearly all references.
pub const ANSWER: Limits = Limits {
    xml: xml::Limits { bytes: 1 << 30, depth: 32, elements: 1_000_000, attributes: 32, namespaces: 32 },
    pieces: 1 << 30,
};

/// `InstalledNonLeafUpdateIDs`: native WSUS answers `InvalidParameters` from 401 on; clients send about 100.
pub const INSTALLED_IDS: Limit = Limit::new("installed revision ids", 400);
/// `OtherCachedUpdateIDs`: 4,937 were seen; a client that knew every revision of a large catalog has some 25,000.
pub const CACHED_IDS: Limit = Limit::new("cached revision ids", 100_000);
/// `CachedDriverIDs` and `printerUpdateIDs`: never seen in use; a computer has some hundred drivers.
pub const DRIVER_IDS: Limit = Limit::new("cached driver ids", 10_000);
/// `SystemSpec`: 70 to 75 devices were seen; servers with many ports have a few hundred.
pub const DEVICES: Limit = Limit::new("devices", 2_000);
/// `HardwareIDs` or `CompatibleIDs` of one device: a PCI device has about 20.
pub const HARDWARE_IDS: Limit = Limit::new("hardware ids of one device", 256);
/// `extensionDriver` of one device: one or two are usual.
pub const EXTENSION_DRIVERS: Limit = Limit::new("extension drivers of one device", 64);
/// `DriverRecoveryIDs` of one device.
pub const RECOVERY_IDS: Limit = Limit::new("driver recovery ids of one device", 64);
/// `ComputerSpec/HardwareIDs`: SMBIOS yields 15.
pub const COMPUTER_IDS: Limit = Limit::new("computer hardware ids", 100);
/// `FilterCategoryIds` and `requestedCategories`: native WSUS refuses 200 (MS-WUSP note 52).
pub const CATEGORIES: Limit = Limit::new("categories", 199);
/// `globalIDs` of `RefreshCache`: a client's whole cache; 4,937 were seen, and a large catalog has 24,500.
pub const IDENTITIES: Limit = Limit::new("update identities", 25_000);
/// `revisionIDs` and `updateIDs` of `GetExtendedUpdateInfo`: `MaxExtendedUpdatesPerRequest`, which a server
/// announces; native says 50.
pub const EXTENDED_UPDATES: Limit = Limit::new("revisions with extended information", 50);
/// `infoTypes`: eight are defined.
pub const INFO_TYPES: Limit = Limit::new("fragment types", 16);
/// `locales`: clients send two; Windows has about 110 languages.
pub const LOCALES: Limit = Limit::new("locales", 128);
/// `fileDigests` of `GetFileLocations`: the files a client has pending; an update has up to 19.
pub const FILE_DIGESTS: Limit = Limit::new("file digests", 5_000);
/// `authCookies`: exactly one is right; a few more are read, so that the right fault can be given.
pub const AUTH_COOKIES: Limit = Limit::new("authorization cookies", 8);
/// `timestamps` of `GetTimestamps`.
pub const TIMESTAMPS: Limit = Limit::new("timestamps", 100);
/// `eventBatch`: a scan makes 2 to 10 events; a client that was away for weeks sends some hundred.
pub const EVENTS: Limit = Limit::new("events in a batch", 1_000);
/// `ReplacementStrings` or `MiscData` of one event: about 40 are usual.
pub const EVENT_STRINGS: Limit = Limit::new("strings of one event", 256);

/// A text: a name, an address, a version. The longest defined is 255 characters.
pub const TEXT: Limit = Limit::new("bytes of text", 4 * 1024);
/// A free text that clients fill: `callerAttributes`.
pub const LONG_TEXT: Limit = Limit::new("bytes of free text", 64 * 1024);
/// A string of an event: the lists of event 156 take 37 bytes an update, so this is 28,000 updates.
pub const EVENT_TEXT: Limit = Limit::new("bytes of an event's text", 1024 * 1024);
/// `CookieData` or `EncryptedData`, decoded: native's have up to 700 bytes.
pub const COOKIE_BYTES: Limit = Limit::new("bytes of a cookie", 16 * 1024);
/// `RawXml` or `CompressedXml` of `ReportInventory`.
pub const INVENTORY_BYTES: Limit = Limit::new("bytes of inventory", 2 * 1024 * 1024);
/// A list in an answer; the counts are the server's to choose.
pub const ANSWER_LIST: Limit = Limit::new("entries of a list", 500_000);
/// A fragment in an answer: as long as the answer may be, so that it is no limit of its own.
pub(crate) const FRAGMENT: Limit = Limit::new("bytes of a fragment", ANSWER.xml.bytes);

/// Total of what one Xpress stream may decode to per byte of it, beyond the first MiB.
///
/// The blocks of 16,352 bytes this crate and native WSUS write reach 860 : 1 on the plainest data; real
/// answers have 5.6 : 1. Blocks of 65,535 bytes could reach 3,400 : 1, and are a bomb then.
pub const XPRESS_RATIO: usize = 1_024;

/// Every limit of a list or a text, for documentation and metrics.
pub const TABLE: &[Limit] = &[
    INSTALLED_IDS,
    CACHED_IDS,
    DRIVER_IDS,
    DEVICES,
    HARDWARE_IDS,
    EXTENSION_DRIVERS,
    RECOVERY_IDS,
    COMPUTER_IDS,
    CATEGORIES,
    IDENTITIES,
    EXTENDED_UPDATES,
    INFO_TYPES,
    LOCALES,
    FILE_DIGESTS,
    AUTH_COOKIES,
    TIMESTAMPS,
    EVENTS,
    EVENT_STRINGS,
    TEXT,
    LONG_TEXT,
    EVENT_TEXT,
    COOKIE_BYTES,
    INVENTORY_BYTES,
    ANSWER_LIST,
];

//! What update servers may say to each other (MS-WSUSSS). Both directions are bounded: an upstream server may lie as well.

use super::{Limit, Limits};

/// A request to the ServerSync service. The largest are filters: 5,000 categories take 650 KB, 450 hardware ids 60 KB.
pub const SERVER_SYNC: Limits = Limits {
    xml: xml::Limits { bytes: 1 << 20, depth: 32, elements: 40_000, attributes: 32, namespaces: 32 },
    pieces: 100_000,
};

/// A request to the DssAuth service, two short texts; and its answer, one cookie.
pub const DSS_AUTH: Limits = Limits {
    xml: xml::Limits { bytes: 64 << 10, depth: 32, elements: 1_000, attributes: 32, namespaces: 32 },
    pieces: 2_000,
};

/// An answer of the ServerSync service without documents.
///
/// 24,509 revisions came in one body of 3.1 MB; 250,000 take 32 MB and 750,000 elements, and twice that if they are indented.
/// 100,000 deployments take 60 MB and 1,100,000 elements.
pub const SERVER_ANSWER: Limits = Limits {
    xml: xml::Limits { bytes: 80 << 20, depth: 32, elements: 1_500_000, attributes: 32, namespaces: 32 },
    pieces: 3_000_000,
};

/// An answer of the ServerSync service with documents, or driver sets. Native WSUS keeps it near 2,000,000 bytes,
/// but one document alone may be larger than any such bound: fragments of 47 MB are known (native-behaviour §7), and a
/// document written as text is nearly all references.
pub const SERVER_DATA: Limits = Limits {
    xml: xml::Limits { bytes: 256 << 20, depth: 32, elements: 1_500_000, attributes: 32, namespaces: 32 },
    pieces: 256 << 20,
};

/// A rollup to the Reporting service, which no cookie protects.
///
/// A full rollup of a computer has a row of 225 bytes and 4 elements for each update it knows the state of, so 48 MiB hold
/// 100 computers with 2,000 rows: announce batches of that size, not native's 500. 20,000 numbers take 3 MB, 1,500 computers
/// with details 2 MB.
pub const ROLLUP: Limits = Limits {
    xml: xml::Limits { bytes: 48 << 20, depth: 32, elements: 1_000_000, attributes: 32, namespaces: 32 },
    pieces: 2_500_000,
};

/// An answer to a rollup: at most 20,000 computers' ids.
pub const ROLLUP_ANSWER: Limits = Limits {
    xml: xml::Limits { bytes: 8 << 20, depth: 32, elements: 50_000, attributes: 32, namespaces: 32 },
    pieces: 100_000,
};

/// An anchor: native's have some 30 bytes, Microsoft's 23.
pub const ANCHOR: Limit = Limit::new("bytes of an anchor", 256);
/// `AuthInfo`: exactly one is right.
pub const AUTH_PLUG_INS: Limit = Limit::new("ways to get an authorization cookie", 16);
/// `LanguageUpdateList`, and `Languages` of a filter: Windows has about 110; native WSUS sent 36.
pub const LANGUAGES: Limit = Limit::new("languages", 1_000);
/// `Categories` or `Classifications` of a filter: Microsoft has 444 categories, and an estate its own beside them.
pub const FILTER_CATEGORIES: Limit = Limit::new("categories of a filter", 5_000);
/// `NewRevisions`, and arrays of driver sets: 24,509 were seen for one product, and the whole catalog of Microsoft is taken.
pub const REVISION_IDS: Limit = Limit::new("revisions in a list", 250_000);
/// `updateIds` of `GetUpdateData`: `MaxNumberOfUpdatesPerRequest`, which a server announces; 100 everywhere.
pub const UPDATE_DATA: Limit = Limit::new("updates in a request", 100);
/// `updateIds` of `GetUpdateDecryptionData`, which a server announces; native says 100, Microsoft 500.
pub const DECRYPTION_DATA: Limit = Limit::new("updates in a request for keys", 500);
/// `driverSets` of `GetDriverSetData`, which a server announces; Microsoft says 100.
pub const DRIVER_SETS: Limit = Limit::new("driver sets in a request", 100);
/// `ComputerIds` or `PnpHardwareIds` of a filter, which a server announces; Microsoft says 200 and 450.
pub const DRIVER_FILTER_IDS: Limit = Limit::new("hardware ids of a filter", 450);
/// `updateIDs` of `GetRelatedRevisionsForUpdates`, which servers of this kind ask for what is lacking.
pub const RELATED_UPDATES: Limit = Limit::new("updates to relate", 1_000);
/// `fileDigestList` of `DownloadFiles` (MS-WSUSSS 3.1.4.11).
pub const DOWNLOAD_FILES: Limit = Limit::new("files to download", 100);
/// Entries of an answer with documents, keys or driver sets: never more than were asked for, which is at most 500.
pub const UPDATES: Limit = Limit::new("updates in an answer", 1_000);
/// Files of one update: up to 19 were seen with Windows; Office has some hundred.
pub const FILES_OF_UPDATE: Limit = Limit::new("files of one update", 10_000);
/// `fileUrls`: the files of all updates of an answer.
pub const FILE_URLS: Limit = Limit::new("addresses of files", 50_000);
/// `DecryptionKey`: an AES key has 32 bytes; nobody describes more.
pub const DECRYPTION_KEY: Limit = Limit::new("bytes of a key", 4 * 1024);
/// `XmlUpdateBlobCompressed`, decoded. In cabinets documents become a fifteenth, so that 16 MiB are 240 MiB of UTF-16.
pub const CABINET_BYTES: Limit = Limit::new("bytes of a cabinet", 16 << 20);
/// `XmlUpdateBlob` and `DriverSetXml`: as long as the answer may be, so that it is no limit of its own. Native WSUS
/// writes documents above 5,120 bytes as cabinets, others need not.
pub(crate) const DOCUMENT_TEXT: Limit = Limit::new("bytes of a document", SERVER_DATA.xml.bytes);
/// `Groups`: all of the upstream server.
pub const TARGET_GROUPS: Limit = Limit::new("target groups", 10_000);
/// `Deployments`: an approval for each update and group that changed; at first all.
pub const DEPLOYMENTS: Limit = Limit::new("deployments", 100_000);
/// `DeadDeployments`, `HiddenUpdates` or `AcceptedEulas`; the last two are always complete.
pub const DEPLOYMENT_IDS: Limit = Limit::new("removed deployments, hidden updates or accepted terms", 250_000);

/// `downstreamServers`: a server and all below it.
pub const ROLLUP_SERVERS: Limit = Limit::new("downstream servers", 5_000);
/// `ClientSummaries` of all servers of a request: `RollupDownstreamServersMaxBatchSize`, native's.
pub const CLIENT_SUMMARIES: Limit = Limit::new("summaries of clients", 5_000);
/// `ActivitySummaries` of one summary: the updates that were installed since.
pub const ACTIVITY_SUMMARIES: Limit = Limit::new("summaries of activity", 20_000);
/// `computers` of `RollupComputers`: `RollupComputersMaxBatchSize`, native's. The answer names no others.
pub const ROLLUP_COMPUTERS: Limit = Limit::new("computers in a rollup", 1_500);
/// `TargetGroupIdList` or `RequestedTargetGroupNames` of one computer.
pub const GROUPS_OF_COMPUTER: Limit = Limit::new("groups of a computer", 1_000);
/// `lastRollupNumbers`: `GetOutOfSyncComputersMaxBatchSize`, native's. The answer names no others.
pub const ROLLUP_NUMBERS: Limit = Limit::new("numbers of rollups", 20_000);
/// `computers` of `RollupComputerStatus`: `RollupComputerStatusMaxBatchSize`, native's; see [`ROLLUP`].
pub const STATUS_COMPUTERS: Limit = Limit::new("computers in a rollup of states", 500);
/// `UpdateStatus` of one computer: a row for each update whose state is known.
pub const UPDATE_STATUS: Limit = Limit::new("states of one computer", 50_000);

/// Every limit of a list or a text between update servers, for documentation and metrics.
pub const SERVER_TABLE: &[Limit] = &[
    ANCHOR,
    AUTH_PLUG_INS,
    LANGUAGES,
    FILTER_CATEGORIES,
    REVISION_IDS,
    UPDATE_DATA,
    DECRYPTION_DATA,
    DRIVER_SETS,
    DRIVER_FILTER_IDS,
    RELATED_UPDATES,
    DOWNLOAD_FILES,
    UPDATES,
    FILES_OF_UPDATE,
    FILE_URLS,
    DECRYPTION_KEY,
    CABINET_BYTES,
    TARGET_GROUPS,
    DEPLOYMENTS,
    DEPLOYMENT_IDS,
    ROLLUP_SERVERS,
    CLIENT_SUMMARIES,
    ACTIVITY_SUMMARIES,
    ROLLUP_COMPUTERS,
    GROUPS_OF_COMPUTER,
    ROLLUP_NUMBERS,
    STATUS_COMPUTERS,
    UPDATE_STATUS,
];

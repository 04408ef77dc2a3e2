//! Computers: what is known of each, and which groups it is in.

mod contacts;
mod registration;
mod removal;
mod room;

use std::collections::HashMap;

use model::{ChangeMark, ComputerId, ProtocolVersion, RevisionId, TargetGroupId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

pub use self::contacts::{Contact, ContactEvent};
pub(crate) use self::contacts::{hold_computers, number_computers};
pub use self::registration::Registration;
pub(crate) use self::registration::keep_registration;
pub(crate) use self::removal::erase_computers;
use crate::codec::{from_postcard, optional_timestamp, signed, timestamp, uuid};
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// Which computers to list; what is not given does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComputerQuery {
    /// This one.
    pub computer: Option<ComputerId>,
    /// Those in this group or one below it.
    pub group: Option<TargetGroupId>,
    /// Those whose id, name or address contains it, in any letter case.
    pub text: Option<String>,
    /// Those of this server below.
    pub server: Option<Uuid>,
    /// Those behind this one in order of id: to read on where the last list ended.
    pub after: Option<ComputerId>,
    /// At most so many.
    pub limit: u32,
}

/// A computer as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputerRow {
    /// Its id.
    pub id: ComputerId,
    /// Its name, once it told.
    pub dns_name: Option<String>,
    /// Where it last spoke from.
    pub address: String,
    /// Its user agent.
    pub agent: String,
    /// The protocol it speaks, once it told.
    pub protocol: Option<ProtocolVersion>,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// When it last spoke.
    pub last_contact: Timestamp,
    /// When it last asked for updates.
    pub last_scan: Option<Timestamp>,
    /// When it last reported the end of a scan of its own, and whether that went well.
    pub last_detection: Option<(Timestamp, bool)>,
    /// When it last reported compliance; before that its state is unknown.
    pub last_report: Option<Timestamp>,
    /// When it last registered.
    pub registered_at: Option<Timestamp>,
    /// What it then told of itself.
    pub registration: Option<Registration>,
    /// The group names it requests, as it sent them.
    pub requested_groups: Option<String>,
    /// The groups it is in; Unassigned Computers if in no other.
    pub groups: Vec<TargetGroupId>,
    /// The server below that it asks; this one if there is none.
    pub server: Option<Uuid>,
}

/// What decides which groups a computer is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The computer.
    pub computer: ComputerId,
    /// Whether it has registered.
    pub registered: bool,
    /// The groups the administrator put it into.
    pub assigned: Vec<TargetGroupId>,
    /// The group names it requests, as it sent them.
    pub requested: Option<String>,
    /// The server below that it asks; this one if there is none.
    pub server: Option<Uuid>,
}

/// What a computer said it has at its last scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastScan {
    /// When that was.
    pub at: Timestamp,
    /// The installed revisions it named.
    pub installed: Vec<RevisionId>,
}

impl Store {
    /// Computers by ascending id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn computers(&self, query: &ComputerQuery) -> Result<Vec<ComputerRow>, StoreError> {
        let mut view = self.database.read("listing computers").await?;
        let values = [
            query.computer.as_ref().map(ToString::to_string).into(),
            query.group.map(|group| group.0.as_bytes().to_vec()).into(),
            query.text.as_deref().map(contains).into(),
            query.after.as_ref().map(ToString::to_string).into(),
            i64::from(query.limit).into(),
            query.server.map(|server| server.as_bytes().to_vec()).into(),
        ];
        let rows: Vec<Listed> = view.rows(statement::COMPUTERS, values).await?;
        let set = Value::set(rows.iter().map(|row| (row.computer_no,)))?;
        let memberships: Vec<(i32, Vec<u8>)> = view.rows(statement::GROUPS_OF_COMPUTERS, [set]).await?;
        let mut groups: HashMap<i32, Vec<TargetGroupId>> = HashMap::new();
        for (computer, group) in memberships {
            groups.entry(computer).or_default().push(TargetGroupId(uuid(&group)?));
        }
        rows.into_iter()
            .map(|row| {
                let groups = groups.remove(&row.computer_no).unwrap_or_default();
                row.into_row(groups)
            })
            .collect()
    }

    /// What decides the groups of a computer that speaks here, whosever it was until now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn membership(&self, computer: &ComputerId) -> Result<Option<Membership>, StoreError> {
        type Requesting = (i32, Option<i64>, Option<String>, Option<Vec<u8>>);
        let mut view = self.database.read("reading a membership").await?;
        let row: Option<Requesting> = view.row(statement::COMPUTER_REQUESTING, [computer.as_str().into()]).await?;
        let Some((number, registered, requested, server)) = row else { return Ok(None) };
        let set = Value::set([(number,)])?;
        let assigned: Vec<(i32, Vec<u8>)> = view.rows(statement::MEMBERSHIPS_OF, [set]).await?;
        let assigned = assigned.iter().map(|(_, group)| uuid(group).map(TargetGroupId));
        Ok(Some(Membership {
            computer: computer.clone(),
            registered: registered.is_some(),
            assigned: assigned.collect::<Result<_, _>>()?,
            requested,
            server: server.as_deref().map(uuid).transpose()?,
        }))
    }

    /// Every computer of this server's own with what decides its groups, by ascending id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn memberships(&self) -> Result<Vec<Membership>, StoreError> {
        let mut view = self.database.read("reading memberships").await?;
        let mut assigned: HashMap<i32, Vec<TargetGroupId>> = HashMap::new();
        view.each(statement::MEMBERSHIPS, [], |(computer, group): (i32, Vec<u8>)| {
            assigned.entry(computer).or_default().push(TargetGroupId(uuid(&group)?));
            Ok(())
        })
        .await?;
        let mut memberships = Vec::new();
        type Requesting = (i32, String, Option<i64>, Option<String>);
        view.each(statement::COMPUTERS_REQUESTING, [], |(number, id, registered, requested): Requesting| {
            memberships.push(Membership {
                computer: computer_id(&id)?,
                registered: registered.is_some(),
                assigned: assigned.remove(&number).unwrap_or_default(),
                requested,
                server: None,
            });
            Ok(())
        })
        .await?;
        Ok(memberships)
    }

    /// The computers that an administrator put into groups or removed after a generation; one that was removed, or is a
    /// server below's, without its membership. Those that were only heard of since are not among them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn memberships_since(
        &self,
        mark: ChangeMark,
    ) -> Result<Vec<(ComputerId, Option<Membership>)>, StoreError> {
        type Changed = (String, Option<i32>, Option<i64>, Option<String>);
        let mut view = self.database.read("reading changed memberships").await?;
        let changed: Vec<Changed> = view.rows(statement::COMPUTERS_CHANGED, [signed(mark.0)?.into()]).await?;
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = Value::set(changed.iter().filter_map(|(_, number, ..)| Some((*number.as_ref()?,))))?;
        let mut assigned: HashMap<i32, Vec<TargetGroupId>> = HashMap::new();
        let rows: Vec<(i32, Vec<u8>)> = view.rows(statement::MEMBERSHIPS_OF, [numbers]).await?;
        for (computer, group) in rows {
            assigned.entry(computer).or_default().push(TargetGroupId(uuid(&group)?));
        }
        let membership = |(id, number, registered, requested): Changed| {
            let computer = computer_id(&id)?;
            let membership = number.map(|number| Membership {
                computer: computer.clone(),
                registered: registered.is_some(),
                assigned: assigned.remove(&number).unwrap_or_default(),
                requested,
                server: None,
            });
            Ok((computer, membership))
        };
        changed.into_iter().map(membership).collect()
    }

    /// What a computer said it has at its last scan, if it ever scanned.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_scan(&self, computer: &ComputerId) -> Result<Option<LastScan>, StoreError> {
        let row: Option<(i64, Vec<u8>)> = self.database.row(statement::LAST_SCAN, [computer.as_str().into()]).await?;
        let scan = |(at, installed): (i64, Vec<u8>)| {
            Ok(LastScan { at: timestamp(at)?, installed: from_postcard(&installed)? })
        };
        row.map(scan).transpose()
    }
}

#[derive(FromRow)]
struct Listed {
    computer_no: i32,
    computer_id: String,
    first_seen_us: i64,
    last_contact_us: i64,
    protocol_major: Option<i32>,
    protocol_minor: Option<i32>,
    registered_us: Option<i64>,
    detection_us: Option<i64>,
    detection_ok: Option<i16>,
    compliance_us: Option<i64>,
    address: String,
    agent: String,
    dns_name: Option<String>,
    requested_groups: Option<String>,
    server_id: Option<Vec<u8>>,
    scanned_us: Option<i64>,
    os_major: Option<i32>,
    os_minor: Option<i32>,
    os_build: Option<i32>,
    manufacturer: Option<String>,
    model: Option<String>,
    architecture: Option<String>,
    body: Option<String>,
}

impl Listed {
    fn into_row(self, groups: Vec<TargetGroupId>) -> Result<ComputerRow, StoreError> {
        let part = |number: Option<i32>| number.and_then(|number| u16::try_from(number).ok());
        let registration = self.body.map(|json| Registration {
            os_major: self.os_major.unwrap_or_default(),
            os_minor: self.os_minor.unwrap_or_default(),
            os_build: self.os_build.unwrap_or_default(),
            manufacturer: self.manufacturer.unwrap_or_default(),
            model: self.model.unwrap_or_default(),
            architecture: self.architecture.unwrap_or_default(),
            json,
        });
        let detected = optional_timestamp(self.detection_us)?.zip(self.detection_ok);
        Ok(ComputerRow {
            id: computer_id(&self.computer_id)?,
            dns_name: self.dns_name,
            address: self.address,
            agent: self.agent,
            protocol: part(self.protocol_major)
                .zip(part(self.protocol_minor))
                .map(|(major, minor)| ProtocolVersion::new(major, minor)),
            first_seen: timestamp(self.first_seen_us)?,
            last_contact: timestamp(self.last_contact_us)?,
            last_scan: optional_timestamp(self.scanned_us)?,
            last_detection: detected.map(|(at, ok)| (at, ok != 0)),
            last_report: optional_timestamp(self.compliance_us)?,
            registered_at: optional_timestamp(self.registered_us)?,
            registration,
            requested_groups: self.requested_groups,
            groups,
            server: self.server_id.as_deref().map(uuid).transpose()?,
        })
    }
}

pub(crate) fn computer_id(text: &str) -> Result<ComputerId, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt("reading a computer's id", error))
}

/// The pattern of `LIKE ... ESCAPE '\'` for texts that contain this one, folded.
pub(crate) fn contains(text: &str) -> String {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use model::{ChangeMark, GroupName};

    use super::*;
    use crate::testing::{at, computer, contact, on_both};

    fn all() -> ComputerQuery {
        ComputerQuery { limit: 100, ..ComputerQuery::default() }
    }

    async fn ids(store: &Store, query: ComputerQuery) -> Vec<String> {
        store.computers(&query).await.unwrap().into_iter().map(|row| row.id.to_string()).collect()
    }

    #[tokio::test]
    async fn contacts_are_put_together_and_older_ones_change_nothing() {
        on_both(async |store| {
            let first = Contact { dns_name: Some("paris-1".into()), ..contact("aa", 10) };
            let scan = Contact {
                installed: Some(vec![RevisionId(7), RevisionId(-1)]),
                event: ContactEvent::Scan,
                protocol: Some(ProtocolVersion::new(2, 90)),
                agent: String::new(),
                address: "192.0.2.9".into(),
                ..contact("aa", 20)
            };
            store.see_computers(&[scan, first, contact("bb", 15)]).await.unwrap();
            store.see_computers(&[Contact { address: "192.0.2.200".into(), ..contact("aa", 5) }]).await.unwrap();

            let rows = store.computers(&all()).await.unwrap();
            assert_eq!(rows.len(), 2);
            let row = &rows[0];
            assert_eq!((row.id.clone(), row.dns_name.as_deref()), (computer("aa"), Some("paris-1")));
            assert_eq!((row.address.as_str(), row.agent.as_str()), ("192.0.2.9", "agent"));
            assert_eq!(row.protocol, Some(ProtocolVersion::new(2, 90)));
            assert_eq!((row.first_seen, row.last_contact, row.last_scan), (at(10), at(20), Some(at(20))));
            assert_eq!(row.groups, [TargetGroupId::UNASSIGNED_COMPUTERS]);
            let scan = store.last_scan(&computer("aa")).await.unwrap().unwrap();
            assert_eq!(scan, LastScan { at: at(20), installed: vec![RevisionId(7), RevisionId(-1)] });
            assert_eq!(store.last_scan(&computer("bb")).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_registration_is_kept_whole_even_before_the_first_contact() {
        on_both(async |store| {
            let registration = Registration {
                os_major: 10,
                os_build: 26_200,
                manufacturer: "Example".into(),
                json: r#"{"OSDescription":"Windows 11 \u00e9"}"#.into(),
                ..Registration::default()
            };
            store.register(&computer("aa"), &registration, at(3)).await.unwrap();
            let later = Registration { os_build: 26_300, ..registration };
            store.register(&computer("aa"), &later, at(4)).await.unwrap();
            let rows = store.computers(&all()).await.unwrap();
            assert_eq!(rows[0].registration.as_ref(), Some(&later));
            assert_eq!(rows[0].registered_at, Some(at(4)));
            assert!(store.memberships().await.unwrap()[0].registered);
        })
        .await;
    }

    #[tokio::test]
    async fn the_administrator_or_the_computer_chooses_groups() {
        on_both(async |store| {
            let root = TargetGroupId::ALL_COMPUTERS;
            let name = |text: &str| text.parse::<GroupName>().unwrap();
            let pilot = store.create_group(&name("Pilot"), root).await.unwrap().id;
            let paris = store.create_group(&name("Paris"), pilot).await.unwrap().id;
            let wishing = Contact { requested_groups: Some(" paris;Nowhere;;".into()), ..contact("aa", 1) };
            store.see_computers(&[wishing.clone(), contact("bb", 1)]).await.unwrap();
            store.assign(&computer("bb"), &[pilot]).await.unwrap();

            let of = |group| ComputerQuery { group: Some(group), ..all() };
            assert_eq!(ids(&store, of(pilot)).await, ["bb"]);
            assert_eq!(ids(&store, of(TargetGroupId::UNASSIGNED_COMPUTERS)).await, ["aa"]);
            assert_eq!(ids(&store, of(root)).await, ["aa", "bb"]);

            store.set_targeting(true).await.unwrap();
            assert!(store.client_targeting().await.unwrap());
            assert_eq!(ids(&store, of(paris)).await, ["aa"]);
            assert_eq!(ids(&store, of(pilot)).await, ["aa"]);
            assert_eq!(ids(&store, of(TargetGroupId::UNASSIGNED_COMPUTERS)).await, ["bb"]);

            let memberships = store.memberships().await.unwrap();
            assert_eq!(memberships[0].requested.as_deref(), Some(" paris;Nowhere;;"));
            assert_eq!(memberships[1].assigned, [pilot]);
            // A scan requests nothing, and an authorization without names takes back the request.
            let scan = Contact { event: ContactEvent::Scan, requested_groups: None, ..wishing.clone() };
            store.see_computers(&[scan]).await.unwrap();
            assert_eq!(ids(&store, of(paris)).await, ["aa"]);
            store.see_computers(&[Contact { requested_groups: None, ..wishing }]).await.unwrap();
            assert_eq!(ids(&store, of(paris)).await, Vec::<String>::new());
        })
        .await;
    }

    #[tokio::test]
    async fn an_assignment_is_refused_or_replaces_the_last() {
        on_both(async |store| {
            store.see_computers(&[contact("aa", 1)]).await.unwrap();
            let root = TargetGroupId::ALL_COMPUTERS;
            let one = store.create_group(&"One".parse().unwrap(), root).await.unwrap().id;
            let two = store.create_group(&"Two".parse().unwrap(), root).await.unwrap().id;
            let before = store.mark().await.unwrap();
            for wrong in [vec![root], vec![one, TargetGroupId::UNASSIGNED_COMPUTERS]] {
                assert!(matches!(store.assign(&computer("aa"), &wrong).await, Err(StoreError::Invalid { .. })));
            }
            assert!(matches!(store.assign(&computer("zz"), &[one]).await, Err(StoreError::NotFound { .. })));
            assert_eq!(store.mark().await.unwrap(), before);
            store.assign(&computer("aa"), &[one, two, one]).await.unwrap();
            store.assign(&computer("aa"), &[two]).await.unwrap();
            assert_eq!(store.memberships().await.unwrap()[0].assigned, [two]);
            assert_eq!(store.mark().await.unwrap(), ChangeMark(before.0 + 2));
            store.assign(&computer("aa"), &[TargetGroupId::UNASSIGNED_COMPUTERS]).await.unwrap();
            assert_eq!(store.memberships().await.unwrap()[0].assigned, []);
        })
        .await;
    }

    #[tokio::test]
    async fn computers_are_found_by_what_is_in_their_names_and_read_on() {
        on_both(async |store| {
            let named = Contact { dns_name: Some("PARIS_1%x".into()), ..contact("cc", 1) };
            store.see_computers(&[contact("aa", 1), contact("bb", 1), named]).await.unwrap();
            let text = |text: &str| ComputerQuery { text: Some(text.into()), ..all() };
            assert_eq!(ids(&store, text("paris_1%")).await, ["cc"]);
            assert_eq!(ids(&store, text("s%1")).await, Vec::<String>::new());
            assert_eq!(ids(&store, text("198.51.")).await, ["aa", "bb", "cc"]);
            let behind = ComputerQuery { after: Some(computer("aa")), limit: 1, ..all() };
            assert_eq!(ids(&store, behind).await, ["bb"]);
            assert_eq!(ids(&store, ComputerQuery { computer: Some(computer("bb")), ..all() }).await, ["bb"]);
        })
        .await;
    }
}

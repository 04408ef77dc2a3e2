use model::{RevisionNumber, UpdateId, UpdateIdentity};

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// A struct of counters: numbers from 0 on, in the order of their elements; an absent one is 0.
macro_rules! counters {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $element:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: u32,)+
        }

        impl Wire for $name {
            fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
                let mut counters = Self::default();
                input.fields(|input, name| {
                    match name {
                        $($element => counters.$field = input.value()?,)+
                        _ => input.skip()?,
                    }
                    Ok(())
                })?;
                Ok(counters)
            }

            fn write(&self, out: &mut Output) {
                $(out.field($element, &self.$field);)+
            }
        }
    };
}

counters! {
    /// The figures of a downstream server (`DownstreamServerRollupServerSummary`). Bounds: 0 to 2³¹ − 1 each.
    ServerSummary {
        /// Updates there are.
        updates = "UpdateCount",
        /// Declined.
        declined_updates = "DeclinedUpdateCount",
        /// Approved for anything.
        approved_updates = "ApprovedUpdateCount",
        /// Neither declined nor approved.
        not_approved_updates = "NotApprovedUpdateCount",
        /// Approved in another revision than the latest.
        updates_with_stale_approvals = "UpdatesWithStaleUpdateApprovalsCount",
        /// Expired and not approved.
        expired_updates = "ExpiredUpdateCount",
        /// Critical or security updates that are not approved.
        critical_or_security_updates_not_approved = "CriticalOrSecurityUpdatesNotApprovedForInstallCount",
        /// Updates of clients' software for updates that are not approved.
        infrastructure_updates_not_approved = "WsusInfrastructureUpdatesNotApprovedForInstallCount",
        /// At least one computer failed to install it.
        updates_with_client_errors = "UpdatesWithClientErrorsCount",
        /// Its files could not be fetched.
        updates_with_server_errors = "UpdatesWithServerErrorsCount",
        /// Its files are being fetched.
        updates_needing_files = "UpdatesNeedingFilesCount",
        /// At least one computer needs it.
        updates_needed_by_computers = "UpdatesNeededByComputersCount",
        /// Installed wherever it is applicable.
        updates_up_to_date = "UpdatesUpToDateCount",
        /// Groups beside the built-in ones.
        custom_groups = "CustomComputerTargetGroupCount",
        /// Computers.
        computers = "ComputerTargetCount",
        /// Computers that need an update.
        computers_needing_updates = "ComputerTargetsNeedingUpdatesCount",
        /// Computers that failed to install an update.
        computers_with_errors = "ComputerTargetsWithUpdateErrorsCount",
        /// Computers that need nothing.
        computers_up_to_date = "ComputersUpToDateCount",
    }
}

/// The clients of a server that have the same system (`DownstreamServerRollupClientSummary`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSummary {
    /// `OSMajorVersion`.
    pub os_major_version: i32,
    /// `OSMinorVersion`.
    pub os_minor_version: i32,
    /// `OSBuildNumber`.
    pub os_build_number: i32,
    /// `OSServicePackMajorNumber`.
    pub os_service_pack_major_number: i32,
    /// `OSServicePackMinorNumber`.
    pub os_service_pack_minor_number: i32,
    /// `OSLocale`, such as `en-US`.
    pub os_locale: Option<String>,
    /// `SuiteMask`.
    pub suite_mask: i16,
    /// `OldProductType`: 1 is a workstation.
    pub old_product_type: u8,
    /// `NewProductType`.
    pub new_product_type: i32,
    /// `SystemMetrics`.
    pub system_metrics: i32,
    /// `ProcessorArchitecture`, such as `AMD64`.
    pub processor_architecture: Option<String>,
    /// How many they are.
    pub count: u32,
    /// What they installed since the last rollup.
    pub activities: Vec<ActivitySummary>,
}

impl Wire for ClientSummary {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut summary = Self::default();
        input.fields(|input, name| {
            match name {
                "OSMajorVersion" => summary.os_major_version = input.value()?,
                "OSMinorVersion" => summary.os_minor_version = input.value()?,
                "OSBuildNumber" => summary.os_build_number = input.value()?,
                "OSServicePackMajorNumber" => summary.os_service_pack_major_number = input.value()?,
                "OSServicePackMinorNumber" => summary.os_service_pack_minor_number = input.value()?,
                "OSLocale" => summary.os_locale = Some(input.value()?),
                "SuiteMask" => summary.suite_mask = input.value()?,
                "OldProductType" => summary.old_product_type = input.value()?,
                "NewProductType" => summary.new_product_type = input.value()?,
                "SystemMetrics" => summary.system_metrics = input.value()?,
                "ProcessorArchitecture" => summary.processor_architecture = Some(input.value()?),
                "Count" => summary.count = input.value()?,
                "ActivitySummaries" => input.list(
                    "DownstreamServerRollupClientActivitySummary",
                    limits::ACTIVITY_SUMMARIES,
                    &mut summary.activities,
                )?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(summary)
    }

    fn write(&self, out: &mut Output) {
        out.field("OSMajorVersion", &self.os_major_version);
        out.field("OSMinorVersion", &self.os_minor_version);
        out.field("OSBuildNumber", &self.os_build_number);
        out.field("OSServicePackMajorNumber", &self.os_service_pack_major_number);
        out.field("OSServicePackMinorNumber", &self.os_service_pack_minor_number);
        out.optional("OSLocale", self.os_locale.as_ref());
        out.field("SuiteMask", &self.suite_mask);
        out.field("OldProductType", &self.old_product_type);
        out.field("NewProductType", &self.new_product_type);
        out.field("SystemMetrics", &self.system_metrics);
        out.optional("ProcessorArchitecture", self.processor_architecture.as_ref());
        out.field("Count", &self.count);
        out.array("ActivitySummaries", "DownstreamServerRollupClientActivitySummary", &self.activities);
    }
}

/// How often a revision was installed since the last rollup: increments, to be added to what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivitySummary {
    /// The revision.
    pub update: UpdateIdentity,
    /// Times it was installed.
    pub install_successes: u32,
    /// Times it could not be.
    pub install_failures: u32,
}

impl Wire for ActivitySummary {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut update_id, mut revision_number) = (None, None);
        let (mut install_successes, mut install_failures) = (0, 0);
        input.fields(|input, name| {
            match name {
                "UpdateId" => update_id = Some(input.value::<UpdateId>()?),
                "RevisionNumber" => revision_number = Some(input.value::<RevisionNumber>()?),
                "InstallSuccessCount" => install_successes = input.value()?,
                "InstallFailureCount" => install_failures = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let update = UpdateIdentity {
            update_id: input.required(update_id, "UpdateId")?,
            revision_number: input.required(revision_number, "RevisionNumber")?,
        };
        Ok(Self { update, install_successes, install_failures })
    }

    fn write(&self, out: &mut Output) {
        out.field("UpdateId", &self.update.update_id);
        out.field("RevisionNumber", &self.update.revision_number);
        out.field("InstallSuccessCount", &self.install_successes);
        out.field("InstallFailureCount", &self.install_failures);
    }
}

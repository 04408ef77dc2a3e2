use jiff::Timestamp;
use model::ProtocolVersion;

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks how the server is set up (MS-WUSP 2.2.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetConfig {
    /// The protocol the client speaks.
    pub protocol_version: Option<ProtocolVersion>,
}

impl Wire for GetConfig {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "protocolVersion" => request.protocol_version = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("protocolVersion", self.protocol_version.as_ref());
    }
}

/// Asks the same and says more of the client; the answer is the same.
///
/// Not in MS-WUSP. Evidence: the contract of the same service that Microsoft publishes with its
/// project `update-server-server-sync` (`GetConfig2`, `ClientConfiguration`, `OSVersion`, `Architecture`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetConfig2 {
    /// What the client says of itself.
    pub client_configuration: Option<ClientConfiguration>,
}

impl Wire for GetConfig2 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "clientConfiguration" => request.client_configuration = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("clientConfiguration", self.client_configuration.as_ref());
    }
}

/// What a client says of itself in [`GetConfig2`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientConfiguration {
    /// Its processor.
    pub processor_architecture: Option<Architecture>,
    /// It is a device that sleeps while connected.
    pub always_on_always_connected: bool,
    /// Version of the agent.
    pub client_version: Option<OsVersion>,
    /// Version of the system.
    pub os_version: Option<OsVersion>,
    /// The protocol the client speaks.
    pub protocol_version: Option<ProtocolVersion>,
}

impl Wire for ClientConfiguration {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut configuration = Self::default();
        input.fields(|input, name| {
            match name {
                "ProcessorArchitecture" => configuration.processor_architecture = Some(input.value()?),
                "AlwaysOnAlwaysConnected" => configuration.always_on_always_connected = input.value()?,
                "ClientVersion" => configuration.client_version = Some(input.value()?),
                "OSVersion" => configuration.os_version = Some(input.value()?),
                "ProtocolVersion" => configuration.protocol_version = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(configuration)
    }

    fn write(&self, out: &mut Output) {
        out.optional("ProcessorArchitecture", self.processor_architecture.as_ref());
        out.field("AlwaysOnAlwaysConnected", &self.always_on_always_connected);
        out.optional("ClientVersion", self.client_version.as_ref());
        out.optional("OSVersion", self.os_version.as_ref());
        out.optional("ProtocolVersion", self.protocol_version.as_ref());
    }
}

/// A processor as clients name it, such as `Amd64Compatible`; newer ones may add names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Architecture(pub String);

impl Wire for Architecture {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        input.value().map(Self)
    }

    fn write(&self, out: &mut Output) {
        self.0.write(out);
    }
}

/// A version of a system or an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OsVersion {
    /// Major version.
    pub major: i32,
    /// Minor version.
    pub minor: i32,
    /// Build number.
    pub build: i32,
    /// Major number of the service pack.
    pub service_pack_major: i32,
    /// Minor number of the service pack.
    pub service_pack_minor: i32,
}

impl Wire for OsVersion {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut version = Self::default();
        input.fields(|input, name| {
            match name {
                "MajorVersion" => version.major = input.value()?,
                "MinorVersion" => version.minor = input.value()?,
                "BuildNumber" => version.build = input.value()?,
                "ServicePackMajorNumber" => version.service_pack_major = input.value()?,
                "ServicePackMinorNumber" => version.service_pack_minor = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(version)
    }

    fn write(&self, out: &mut Output) {
        out.field("MajorVersion", &self.major);
        out.field("MinorVersion", &self.minor);
        out.field("BuildNumber", &self.build);
        out.field("ServicePackMajorNumber", &self.service_pack_major);
        out.field("ServicePackMinorNumber", &self.service_pack_minor);
    }
}

/// How the server is set up: the answer to [`GetConfig`] and [`GetConfig2`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// When it last changed; clients echo it in `GetCookie`. See [`on_the_wire`](crate::time::on_the_wire).
    pub last_change: Timestamp,
    /// Clients must call `RegisterComputer`.
    pub is_registration_required: bool,
    /// How to get an authorization cookie; exactly one.
    pub auth_info: Vec<AuthPlugInInfo>,
    /// Events the server wants; empty, and so left out, means all.
    pub allowed_event_ids: Vec<i32>,
    /// Named settings.
    pub properties: Vec<ConfigurationProperty>,
}

impl Wire for Config {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut last_change, mut is_registration_required) = (None, None);
        let (mut auth_info, mut allowed_event_ids, mut properties) = (Vec::new(), Vec::new(), Vec::new());
        input.fields(|input, name| match name {
            "LastChange" => input.value().map(|value| last_change = Some(value)),
            "IsRegistrationRequired" => input.value().map(|value| is_registration_required = Some(value)),
            "AuthInfo" => input.list("AuthPlugInInfo", limits::ANSWER_LIST, &mut auth_info),
            "AllowedEventIds" => input.list("int", limits::ANSWER_LIST, &mut allowed_event_ids),
            "Properties" => input.list("ConfigurationProperty", limits::ANSWER_LIST, &mut properties),
            _ => input.skip(),
        })?;
        Ok(Self {
            last_change: input.required(last_change, "LastChange")?,
            is_registration_required: input.required(is_registration_required, "IsRegistrationRequired")?,
            auth_info,
            allowed_event_ids,
            properties,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("LastChange", &self.last_change);
        out.field("IsRegistrationRequired", &self.is_registration_required);
        out.list("AuthInfo", "AuthPlugInInfo", &self.auth_info);
        out.list("AllowedEventIds", "int", &self.allowed_event_ids);
        out.list("Properties", "ConfigurationProperty", &self.properties);
    }
}

/// A way to get an authorization cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthPlugInInfo {
    /// `SimpleTargeting`.
    pub plug_in_id: String,
    /// Address of the service, relative to the server's: `SimpleAuthWebService/SimpleAuth.asmx`.
    pub service_url: String,
    /// Native WSUS sends an empty one, though MS-WUSP says it must not be there.
    pub parameter: Option<String>,
}

impl Wire for AuthPlugInInfo {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut info = Self::default();
        input.fields(|input, name| {
            match name {
                "PlugInID" => info.plug_in_id = input.value()?,
                "ServiceUrl" => info.service_url = input.value()?,
                "Parameter" => info.parameter = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(info)
    }

    fn write(&self, out: &mut Output) {
        out.field("PlugInID", &self.plug_in_id);
        out.field("ServiceUrl", &self.service_url);
        out.optional("Parameter", self.parameter.as_ref());
    }
}

/// A named setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigurationProperty {
    /// Its name, such as `MaxExtendedUpdatesPerRequest`.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Wire for ConfigurationProperty {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut property = Self::default();
        input.fields(|input, name| {
            match name {
                "Name" => property.name = input.value()?,
                "Value" => property.value = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(property)
    }

    fn write(&self, out: &mut Output) {
        out.field("Name", &self.name);
        out.field("Value", &self.value);
    }
}

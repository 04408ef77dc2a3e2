use jiff::Timestamp;

use crate::Problem;
use crate::input::Input;
use crate::output::Output;
use crate::time::Zoneless;
use crate::values::Wire;

/// How a service is: the answer to `Ping`, which no downstream server calls (MS-WSUSSS 3.1.4.12).
///
/// `ConfigFile…` and the rest of the WSDL's elements tell where and how the software is installed; they are written
/// empty and never read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoredServices {
    /// It works.
    pub success: bool,
    /// The service's clock.
    pub services_time: Timestamp,
    /// Its name.
    pub services_name: Option<String>,
    /// The name of its computer.
    pub services_machine: Option<String>,
    /// It was asked over HTTPS.
    pub is_https: bool,
    /// The `Content-Type` it was asked with.
    pub request_content_type: Option<String>,
}

impl Wire for MonitoredServices {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut success, mut services_time, mut is_https) = (None, None, false);
        let (mut services_name, mut services_machine, mut request_content_type) = (None, None, None);
        input.fields(|input, name| {
            match name {
                "SuccessFlag" => success = Some(input.value()?),
                "ServicesTime" => services_time = Some(input.value()?),
                "ServicesName" => services_name = Some(input.value()?),
                "ServicesMachine" => services_machine = Some(input.value()?),
                "IsHttps" => is_https = input.value()?,
                "RequestContentType" => request_content_type = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            success: input.required(success, "SuccessFlag")?,
            services_time: input.required(services_time, "ServicesTime")?,
            services_name,
            services_machine,
            is_https,
            request_content_type,
        })
    }

    fn write(&self, out: &mut Output) {
        // The schema demands these three, and nobody needs to know.
        let unset = Zoneless(crate::time::UNSET);
        out.field("SuccessFlag", &self.success);
        out.field("ServicesTime", &self.services_time);
        out.optional("ServicesName", self.services_name.as_ref());
        out.optional("ServicesMachine", self.services_machine.as_ref());
        out.field("IsHttps", &self.is_https);
        out.optional("RequestContentType", self.request_content_type.as_ref());
        out.field("ConfigFileLastModifiedTime", &unset);
        out.field("ConfigFileNextExpirationTime", &unset);
        out.field("ConfigFileExpirationModuloInMinutes", &0);
    }
}

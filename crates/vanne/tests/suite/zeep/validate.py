"""Calls every operation of the three services of MS-WUSP with a client generated from the official WSDLs.

Usage: validate.py SERVER_URL WSDL_FOLDER

Every answer is read by zeep with strict=True and validated against the schema of its WSDL as well, over
SOAP 1.1 and 1.2. Prints what was validated; ends with a traceback and a non-zero status at the first fault.
"""

import base64
import datetime
import hashlib
import pathlib
import sys
import urllib.request
import uuid

from lxml import etree

from service import NOW, Service, session

ROLLUP = {
    "GetRollupConfiguration", "RollupDownstreamServers", "RollupComputers", "GetOutOfSyncComputers",
    "RollupComputerStatus",
}


def ids(numbers):
    return {"int": numbers}


def handshake(client, simple_auth, computer):
    config = client.call("GetConfig", protocolVersion="2.90")
    assert config.IsRegistrationRequired is True
    assert [plug_in.PlugInID for plug_in in config.AuthInfo.AuthPlugInInfo] == ["SimpleTargeting"]
    properties = {it.Name: it.Value for it in config.Properties.ConfigurationProperty}
    assert properties["ProtocolVersion"] == "3.2", properties
    authorization = simple_auth.call(
        "GetAuthorizationCookie", clientId=computer, targetGroupName="", dnsName="zeep.contoso.example"
    )

    def cookie(**changes):
        parameters = {
            "authCookies": {"AuthorizationCookie": [
                {"PlugInId": authorization.PlugInId, "CookieData": authorization.CookieData}
            ]},
            "oldCookie": {"Expiration": NOW},
            "lastChange": config.LastChange,
            "currentTime": NOW,
            "protocolVersion": "2.90",
        }
        return parameters | changes

    client.fault("InvalidAuthorizationCookie", "GetCookie", **cookie(authCookies={"AuthorizationCookie": []}))
    client.fault("ConfigChanged", "GetCookie", **cookie(lastChange=NOW - datetime.timedelta(days=900)))
    return client.call("GetCookie", **cookie())


def parameters(**changes):
    return {
        "ExpressQuery": False,
        "SkipSoftwareSync": False,
        "NeedTwoGroupOutOfScopeUpdates": True,
    } | changes


def scan(client, cookie):
    """Scans until nothing new comes; everything non-leaf counts as installed."""
    known = {}
    while True:
        numbers = [number for number, update in known.items() if not update.IsLeaf]
        leaves = [number for number, update in known.items() if update.IsLeaf]
        wanted = parameters(InstalledNonLeafUpdateIDs=ids(numbers), OtherCachedUpdateIDs=ids(leaves))
        info = client.call("SyncUpdates", cookie=session(cookie), parameters=wanted)
        cookie = info.NewCookie
        new = info.NewUpdates.UpdateInfo if info.NewUpdates else []
        for update in new:
            etree.fromstring(f"<fragment>{update.Xml}</fragment>")
            known[update.ID] = update
        if not new and not info.Truncated:
            return cookie, known


def driver_pass(client, cookie, known):
    device = {
        "HardwareIDs": {"string": ["PCI\\VEN_FA8A&DEV_0001&SUBSYS_00010001"]},
        "CompatibleIDs": {"string": ["PCI\\VEN_FA8A&DEV_0001"]},
        "installedDriver": {
            "MatchingID": "PCI\\VEN_FA8A&DEV_0001",
            "DriverVerDate": NOW - datetime.timedelta(days=3000),
            "DriverVerVersion": 1 << 48,
            "Class": "Net",
            "Manufacturer": "Fabrikam",
            "Provider": "Fabrikam",
            "Model": "Fabrikam",
            "DriverRank": 0x00802001,
        },
    }
    numbers = [number for number, update in known.items() if not update.IsLeaf]
    wanted = parameters(
        SkipSoftwareSync=True,
        InstalledNonLeafUpdateIDs=ids(numbers),
        SystemSpec={"Device": [device]},
        ComputerSpec={"HardwareIDs": {"guid": [str(uuid.uuid4())]}},
        FeatureScoreMatchingKey="amd64.10.0",
    )
    info = client.call("SyncUpdates", cookie=session(cookie), parameters=wanted)
    assert info.NewUpdates.UpdateInfo[0].Deployment.HardwareIds.string, "the device the driver is for"
    printers = client.call(
        "SyncPrinterCatalog", cookie=session(info.NewCookie), installedNonLeafUpdateIDs=ids(numbers),
        printerUpdateIDs=ids([]),
    )
    assert len(printers.NewUpdates.UpdateInfo) == 1
    return printers.NewCookie


def identity(update):
    fragment = etree.fromstring(f"<fragment>{update.Xml}</fragment>").find("UpdateIdentity")
    return {"UpdateID": fragment.get("UpdateID"), "RevisionNumber": int(fragment.get("RevisionNumber"))}


def details(client, cookie, known):
    types = {"XmlUpdateFragmentType": ["Core", "Extended", "LocalizedProperties", "Eula"]}
    numbers = list(known)[-40:]
    info = client.call(
        "GetExtendedUpdateInfo", cookie=session(cookie), revisionIDs=ids(numbers + [999_999]), infoTypes=types,
        locales={"string": ["de-DE", "en"]}, GeoId="USA", callerAttributes="Id=zeep;",
    )
    assert info.OutOfScopeRevisionIDs.int == [999_999]
    for update in info.Updates.Update:
        etree.fromstring(f"<fragment>{update.Xml}</fragment>")
    places = info.FileLocations.FileLocation
    found = client.call(
        "GetFileLocations", cookie=session(cookie),
        fileDigests={"base64Binary": [places[0].FileDigest, bytes(20)]},
    )
    assert [place.FileDigest for place in found.FileLocations.FileLocation] == [places[0].FileDigest]
    with urllib.request.urlopen(found.FileLocations.FileLocation[0].Url) as answer:
        assert hashlib.sha1(answer.read()).digest() == places[0].FileDigest
    kept = client.call(
        "RefreshCache", cookie=session(found.NewCookie),
        globalIDs={"UpdateIdentity": [identity(update) for update in known.values()]},
    )
    assert len(kept) == len(known), (len(kept), len(known))
    if "GetExtendedUpdateInfo2" in client.operations:
        client.call(
            "GetExtendedUpdateInfo2", cookie=session(cookie),
            updateIDs={"UpdateIdentity": [identity(update) for update in known.values()][:50]},
            infoTypes={"XmlUpdateFragmentType": ["Extended", "FileUrl"]}, locales={"string": ["en"]},
        )
    client.fault(
        "InvalidParameters", "GetExtendedUpdateInfo", message="revisionIDs", cookie=session(cookie),
        revisionIDs=ids(list(range(51))), infoTypes=types, locales={"string": ["en"]},
    )


def event(computer, number, misc):
    return {
        "BasicData": {
            "TargetID": {"Sid": computer}, "SequenceNumber": 0, "TimeAtTarget": NOW,
            "EventInstanceID": str(uuid.uuid4()), "NamespaceID": 1, "EventID": number, "SourceID": 101,
            "UpdateID": {"UpdateID": str(uuid.UUID(int=0)), "RevisionNumber": 0}, "Win32HResult": 0,
        },
        "ExtendedData": {
            "ReplacementStrings": {"string": ["0"]}, "MiscData": {"string": misc},
            "ProcessorArchitecture": "Amd64Compatible",
            "OSVersion": {
                "Major": 10, "Minor": 0, "Build": 26200, "Revision": 1, "ServicePackMajor": 0, "ServicePackMinor": 0
            },
            "OSLocaleID": 1033,
        },
        "PrivateData": {},
    }


def reports(reporting, cookie, computer, known):
    needed = ";".join(identity(update)["UpdateID"] for update in known.values()).upper()
    batch = {"ReportingEvent": [event(computer, 147, []), event(computer, 156, ["U=" + needed])]}
    assert reporting.call("ReportEventBatch", cookie=session(cookie), clientTime=NOW, eventBatch=batch) is True
    assert reporting.call(
        "ReportEventBatch2", computerId=computer, clientTime=NOW, eventBatch=batch
    ) is False, "nobody can tell whose these are"
    reporting.call(
        "GetRequiredInventoryType", cookie=session(cookie), rulesId=str(uuid.uuid4()), rulesVersion="1.0"
    )
    reporting.call(
        "ReportInventory", cookie=session(cookie), clientTime=NOW,
        inventory={"IsCompressed": False, "RawXml": "<inventory/>"},
    )
    foreign = {"ReportingEvent": [event(str(uuid.uuid4()), 147, [])]}
    reporting.fault(
        "InvalidParameters", "ReportEventBatch", message="eventBatch", cookie=session(cookie), clientTime=NOW,
        eventBatch=foreign,
    )


def refusals(client, reporting, cookie):
    garbage = {"Expiration": NOW, "EncryptedData": base64.b64encode(b"garbage" * 20)}
    wanted = {"ExpressQuery": False, "SkipSoftwareSync": False}
    for wrong in (garbage, {"Expiration": NOW}, None):
        client.fault("InvalidCookie", "SyncUpdates", cookie=wrong, parameters=wanted)
        client.fault("InvalidCookie", "GetFileLocations", cookie=wrong, fileDigests={"base64Binary": [bytes(20)]})
        reporting.fault("InvalidCookie", "ReportEventBatch", cookie=wrong, clientTime=NOW, eventBatch=None)
    client.fault("RegistrationRequired", "SyncUpdates", cookie=session(cookie), parameters=wanted)
    client.fault("InvalidParameters", "RegisterComputer", message="computerInfo", cookie=session(cookie))


def register(client, cookie):
    client.call("RegisterComputer", cookie=session(cookie), computerInfo={
        "DnsName": "zeep.contoso.example", "OSMajorVersion": 10, "OSMinorVersion": 0, "OSBuildNumber": 26200,
        "OSServicePackMajorNumber": 0, "OSServicePackMinorNumber": 0, "OSLocale": "en-US",
        "ComputerManufacturer": "Contoso", "ComputerModel": "Zeep", "BiosReleaseDate": NOW,
        "ProcessorArchitecture": "AMD64", "SuiteMask": 256, "OldProductType": 1, "NewProductType": 48,
        "SystemMetrics": 0, "ClientVersionMajorNumber": 1507, "ClientVersionMinorNumber": 2601,
        "ClientVersionBuildNumber": 30012, "ClientVersionQfeNumber": 0,
    })


def categories(client):
    unknown = str(uuid.uuid4())
    answer = client.call("StartCategoryScan", requestedCategories={
        "CategoryRelationship": [{"IndexOfAndGroup": 0, "CategoryId": unknown}]
    })
    assert answer.requestedCategoryIdsInError.guid == [unknown], answer


def run(server, wsdl, version):
    def service(name, binding, path):
        return Service(server, wsdl / f"wusp-{name}.wsdl", binding + version, path)

    services = [
        service("Client", "ClientSoap", "/ClientWebService/client.asmx"),
        service("SimpleAuth", "SimpleAuthSoap", "/SimpleAuthWebService/SimpleAuth.asmx"),
        service("Reporting", "WebServiceSoap", "/ReportingWebService/WebService.asmx"),
    ]
    client, simple_auth, reporting = services
    computer = str(uuid.uuid4())
    cookie = handshake(client, simple_auth, computer)
    refusals(client, reporting, cookie)
    register(client, cookie)
    categories(client)
    cookie, known = scan(client, cookie)
    assert len(known) > 60, len(known)
    assert any(update.Deployment.Deadline for update in known.values()), "there is one with a deadline"
    cookie = driver_pass(client, cookie, known)
    details(client, cookie, known)
    reports(reporting, cookie, computer, known)
    for service in services:
        missed = service.operations - service.called - ROLLUP
        assert not missed, f"never called: {missed}"
    called = sum(len(service.called) for service in services)
    answers = sum(service.validator.validated for service in services)
    print(f"SOAP {version or '11'}: {called} operations validated in {answers} answers")


def main():
    server, wsdl = sys.argv[1], pathlib.Path(sys.argv[2])
    for version in ("", "12"):
        run(server, wsdl, version)


main()

"""Asks a server everything that a downstream server may ask, with a client generated from the WSDLs of MS-WSUSSS.

Usage: upstream.py SERVER_URL WSDL_FOLDER

As validate.py does for clients: strict, over SOAP 1.1 and 1.2, every answer validated against the schema of its
WSDL. The server has the small catalog, and all of it is approved with a deadline.
"""

import base64
import datetime
import hashlib
import pathlib
import sys
import tempfile
import uuid

from lxml import etree

from service import NOW, SCHEMA, Service, session

BUILT_IN = {"a0a08746-4dbe-4a37-9adf-9e7652c0b421", "b73ca6ed-5727-47f3-84de-015e03f6a88a"}
NOWHERE = "00000000-0000-0000-0000-000000000000"
# MS-WSUSSS 3.1.4.4.3.1, and what Microsoft's service sends. The WSDL has the four maxima in alphabetical order.
MAXIMA = ["Updates", "DriverSets", "ComputerIds", "PnpHardwareIds"]
# Microsoft's service calls it unused, and nobody was seen to call it there.
# What clients report is validate.py's.
UNUSED = {
    "DssAuth": {"Ping"}, "ServerSync": set(),
    "Reporting": {"ReportEventBatch", "ReportEventBatch2", "GetRequiredInventoryType", "ReportInventory"},
}
# "Never", and what stands for a cookie (MS-WSUSSS 3.1.4.13.2.1, 3.1.4.14.3.2).
NEVER = datetime.datetime(1753, 1, 1)
DUMMY = {"Expiration": "9999-12-31T23:59:59.9999999", "EncryptedData": b""}
COUNTERS = [
    "UpdateCount", "DeclinedUpdateCount", "ApprovedUpdateCount", "NotApprovedUpdateCount",
    "UpdatesWithStaleUpdateApprovalsCount", "ExpiredUpdateCount", "CriticalOrSecurityUpdatesNotApprovedForInstallCount",
    "WsusInfrastructureUpdatesNotApprovedForInstallCount", "UpdatesWithClientErrorsCount",
    "UpdatesWithServerErrorsCount", "UpdatesNeedingFilesCount", "UpdatesNeededByComputersCount",
    "UpdatesUpToDateCount", "CustomComputerTargetGroupCount", "ComputerTargetCount",
    "ComputerTargetsNeedingUpdatesCount", "ComputerTargetsWithUpdateErrorsCount", "ComputersUpToDateCount",
]
SYSTEM = {
    "OSMajorVersion": 10, "OSMinorVersion": 0, "OSBuildNumber": 26200, "OSServicePackMajorNumber": 0,
    "OSServicePackMinorNumber": 0, "OSLocale": "fr-FR", "SuiteMask": 256, "OldProductType": 1, "NewProductType": 48,
    "SystemMetrics": 0, "ProcessorArchitecture": "AMD64",
}


def as_in_the_text(wsdl):
    """A copy of a WSDL with the members of ServerSyncConfigData in the order of the text."""
    tree = etree.parse(str(wsdl))
    types = tree.iter(SCHEMA + "complexType")
    config = next(kind for kind in types if kind.get("name") == "ServerSyncConfigData")[0]
    members = {member.get("name"): member for member in config}
    place = config.index(members["ServerHostsPsfFiles"])
    for number, what in enumerate(MAXIMA, 1):
        suffix = "InRequest" if what.endswith("Ids") else "PerRequest"
        config.insert(place + number, members[f"MaxNumberOf{what}{suffix}"])
    copy = pathlib.Path(tempfile.mkdtemp()) / wsdl.name
    tree.write(str(copy))
    return copy


def authorized(server_sync, dss_auth):
    config = server_sync.call("GetAuthConfig")
    [plug_in] = config.AuthInfo.AuthPlugInInfo
    assert (plug_in.PlugInID, plug_in.ServiceUrl) == ("DssTargeting", "DssAuthWebService/DssAuthWebService.asmx")
    assert config.AllowedEventIds is None, "to be left out"
    name, identity = "dss.contoso.example", str(uuid.uuid4())
    for wrong in ({"accountName": "", "accountGuid": identity}, {"accountName": "no name", "accountGuid": identity},
                  {"accountName": name, "accountGuid": "{" + identity + "}"}, {"accountName": name}):
        dss_auth.fault("InvalidParameters", "GetAuthorizationCookie", **wrong)
    # As the client of Microsoft's update-server-server-sync has it: each in the place of the other.
    dss_auth.call("GetAuthorizationCookie", accountName=identity, accountGuid=name)
    authorization = dss_auth.call(
        "GetAuthorizationCookie", accountName=name, accountGuid=identity.upper(), programKeys=None
    )
    return authorization, identity


def opened(server_sync, authorization):
    def ask(**changes):
        one = {"PlugInId": authorization.PlugInId, "CookieData": authorization.CookieData}
        return {"authCookies": {"AuthorizationCookie": [one]}, "protocolVersion": "1.20"} | changes

    server_sync.fault("InvalidParameters", "GetCookie", **ask(authCookies={"AuthorizationCookie": []}))
    garbage = {"AuthorizationCookie": [{"PlugInId": "DssTargeting", "CookieData": b"garbage" * 9}]}
    server_sync.fault("InvalidAuthorizationCookie", "GetCookie", **ask(authCookies=garbage))
    server_sync.fault("IncompatibleProtocolVersion", "GetCookie", **ask(protocolVersion="2.0"))
    server_sync.fault("InvalidParameters", "GetCookie", message="protocolVersion", **ask(protocolVersion="new"))
    for version in ("1.1", "1.2", "1.3", "1.6", "1.7", "1.8", "1.20", "1.21"):
        cookie = server_sync.call("GetCookie", **ask(protocolVersion=version))
    left = cookie.Expiration - NOW
    assert datetime.timedelta(hours=3) < left < datetime.timedelta(hours=5), left
    return server_sync.call("GetCookie", **ask(oldCookie=session(cookie)))


def configuration(server_sync, cookie):
    config = server_sync.call("GetConfigData", cookie=session(cookie))
    assert config.CatalogOnlySync is False and config.LazySync is True
    assert config.MaxNumberOfUpdatesPerRequest == 100, config.MaxNumberOfUpdatesPerRequest
    assert config.MaxUpdatesPerRequestInGetUpdateDecryptionData >= 100
    assert config.ProtocolVersion == "1.20" and config.NewConfigAnchor
    languages = config.LanguageUpdateList.ServerSyncLanguageData
    assert (languages[0].LanguageID, languages[0].ShortLanguage) == (0, "all")
    assert (1036, "fr") in [(language.LanguageID, language.ShortLanguage) for language in languages]
    server_sync.call("GetConfigData", cookie=session(cookie), configAnchor=config.NewConfigAnchor)
    server_sync.fault(
        "InvalidParameters", "GetConfigData", message="configAnchor", cookie=session(cookie), configAnchor="garbage"
    )


def listed(server_sync, cookie, **changes):
    wanted = {"GetConfig": False, "Get63LanguageOnly": False} | changes
    return server_sync.call("GetRevisionIdList", cookie=session(cookie), filter=wanted)


def revisions(listing):
    return listing.NewRevisions.UpdateIdentity if listing.NewRevisions else []


def named(identity):
    return {"UpdateID": identity.UpdateID, "RevisionNumber": identity.RevisionNumber}


def lists(server_sync, cookie):
    facts = listed(server_sync, cookie, GetConfig=True)
    updates = listed(server_sync, cookie)
    assert len(revisions(facts)) > 15 and len(revisions(updates)) > 40
    again = listed(server_sync, cookie, Anchor=updates.Anchor)
    assert revisions(again) == [] and server_sync.said("NewRevisions"), "the array is there, and empty"
    languages = {"LanguageAndDelta": [{"Id": 1033, "Delta": False}]}
    assert len(revisions(listed(server_sync, cookie, Languages=languages))) == len(revisions(updates))
    unknown = {"IdAndDelta": [{"Id": str(uuid.uuid4()), "Delta": False}]}
    assert revisions(listed(server_sync, cookie, Categories=unknown, Classifications=unknown)) == []
    server_sync.fault("InvalidParameters", "GetRevisionIdList", message="filter", cookie=session(cookie))
    wrong = {"GetConfig": False, "Get63LanguageOnly": False, "Anchor": "garbage"}
    server_sync.fault("InvalidParameters", "GetRevisionIdList", cookie=session(cookie), filter=wrong)
    wrong = wrong | {"Anchor": "2147483647,2026-10-05 17:27:44.393"}
    server_sync.fault("ServerChanged", "GetRevisionIdList", cookie=session(cookie), filter=wrong)
    return [named(one) for one in revisions(facts) + revisions(updates)], updates.Anchor


def documents(server_sync, cookie, wanted):
    files, forms, open_ones = {}, set(), list(wanted)
    while open_ones:
        batch = {"UpdateIdentity": open_ones[:100]}
        data = server_sync.call("GetUpdateData", cookie=session(cookie), updateIds=batch)
        came = data.updates.ServerSyncUpdateData
        assert came and server_sync.said("fileUrls")
        for update in came:
            assert (update.XmlUpdateBlob is None) != (update.XmlUpdateBlobCompressed is None), "exactly one form"
            if update.XmlUpdateBlob:
                forms.add("text")
                root = etree.fromstring(update.XmlUpdateBlob)
                identity = root.find("{*}UpdateIdentity")
                assert identity.get("UpdateID") == update.Id.UpdateID, "under its own name"
            else:
                forms.add("cabinet")
                assert update.XmlUpdateBlobCompressed[:4] == b"MSCF"
            open_ones.remove(named(update.Id))
        for place in data.fileUrls.ServerSyncUrlData if data.fileUrls else []:
            files[place.FileDigest] = place
        told = {digest for update in came if update.FileDigestList for digest in update.FileDigestList.base64Binary}
        assert told <= set(files), "each file has an entry"
    assert forms == {"text", "cabinet"}, forms
    stranger = {"UpdateIdentity": [{"UpdateID": str(uuid.uuid4()), "RevisionNumber": 1}]}
    data = server_sync.call("GetUpdateData", cookie=session(cookie), updateIds=stranger)
    assert data.updates is None or not data.updates.ServerSyncUpdateData
    too_many = {"UpdateIdentity": (wanted * 3)[:101]}
    server_sync.fault("InvalidParameters", "GetUpdateData", message="updateIds", cookie=session(cookie), updateIds=too_many)
    server_sync.fault("InvalidParameters", "GetUpdateData", message="updateIds", cookie=session(cookie))
    keys = server_sync.call(
        "GetUpdateDecryptionData", cookie=session(cookie), updateIds={"UpdateIdentity": wanted[-50:]}
    )
    # zeep leaves out what has one member only.
    for update in keys.ServerSyncUpdateFileDecryption:
        assert update.FileDecryptionData.ServerSyncFileDecryption
    return list(files)


def deployments(server_sync, cookie, anchor):
    told = server_sync.call("GetDeployments", cookie=session(cookie), syncAnchor=anchor)
    groups = {group.TargetGroupID: group for group in told.Groups.ServerSyncTargetGroup}
    assert BUILT_IN <= set(groups) and all(groups[one].IsBuiltin for one in BUILT_IN)
    assert groups[min(BUILT_IN)].ParentGroupId == NOWHERE, "All Computers is at the top"
    for array in ("DeadDeployments", "HiddenUpdates", "AcceptedEulas"):
        assert server_sync.said(array), f"{array} is there though empty"
    approved = told.Deployments.ServerSyncDeployment
    assert approved and all(one.Deadline.year == 2027 and one.Action == 0 for one in approved)
    again = server_sync.call(
        "GetDeployments", cookie=session(cookie), syncAnchor=anchor, deploymentAnchor=told.Anchor
    )
    assert not again.Deployments or not again.Deployments.ServerSyncDeployment
    server_sync.fault("InvalidParameters", "GetDeployments", message="syncAnchor", cookie=session(cookie))


def files(server_sync, cookie, digests):
    server_sync.call("DownloadFiles", cookie=session(cookie), fileDigestList={"base64Binary": digests[:100]})
    unknown = hashlib.sha1(b"unknown").digest()
    server_sync.fault(
        "FileDigestsMissing", "DownloadFiles", message=base64.b64encode(unknown).decode(), cookie=session(cookie),
        fileDigestList={"base64Binary": [digests[0], unknown]},
    )
    server_sync.fault("InvalidParameters", "DownloadFiles", message="fileDigestList", cookie=session(cookie))


def server_below(identity, parent=NOWHERE, **changes):
    return {
        "ServerId": identity, "FullDomainName": "dss.contoso.example", "LastSyncTime": NOW, "ParentServerId": parent,
        "Version": "10.0.26100.1", "IsReplica": True, "LastRollupTime": NEVER,
        "ServerSummary": {counter: number for number, counter in enumerate(COUNTERS)},
    } | changes


def servers_below(reporting, own, update):
    """Of itself, of one below it, and of the computers of both in sum."""
    def tell(*servers, **changes):
        told = {"downstreamServers": {"DownstreamServerRollupInfo": list(servers)}} | changes
        return {"cookie": DUMMY, "clientTime": NOW} | told

    activity = {"UpdateId": update["UpdateID"], "RevisionNumber": update["RevisionNumber"]}
    activity |= {"InstallSuccessCount": 3, "InstallFailureCount": 1}
    summaries = {"DownstreamServerRollupClientSummary": [SYSTEM | {
        "Count": 7, "ActivitySummaries": {"DownstreamServerRollupClientActivitySummary": [activity]},
    }, SYSTEM | {"OSBuildNumber": 20348, "Count": 1, "ActivitySummaries": {}}]}
    child = str(uuid.uuid4())
    below = server_below(child, parent=own, IsReplica=False)
    reporting.call("RollupDownstreamServers", **tell(below, server_below(own, ClientSummaries=summaries)))
    reporting.fault("InvalidParameters", "RollupDownstreamServers", **tell(downstreamServers=None))
    stranger = str(uuid.uuid4())
    reporting.fault("InternalServerError", "RollupDownstreamServers", **tell(server_below(stranger)))
    reporting.fault(
        "InternalServerError", "RollupDownstreamServers", **tell(server_below(child, parent=stranger))
    )
    return child


def computer_below(identity, parent, **changes):
    return {
        "ComputerId": identity, "LastSyncTime": NOW, "LastSyncResult": 1, "LastReportedRebootTime": NEVER,
        "LastReportedStatusTime": NOW, "LastInventoryTime": NEVER, "ParentServerId": parent,
    } | changes


def computers_below(reporting, own, child):
    details = {key: value for key, value in SYSTEM.items()} | {
        "IPAddress": "192.0.2.9", "FullDomainName": "pc.contoso.example", "OSFamily": "Windows",
        "OSDescription": "Windows 11", "ComputerMake": "Contoso", "ComputerModel": "Zeep", "BiosVersion": "1",
        "BiosName": "Contoso", "BiosReleaseDate": NOW, "ClientVersion": "10.0.26100.1",
        "TargetGroupIdList": {"guid": sorted(BUILT_IN)}, "RequestedTargetGroupNames": {"string": ["Pilot"]},
    }
    detailed, short = str(uuid.uuid4()), str(uuid.uuid4())

    def tell(*computers):
        return {"cookie": DUMMY, "clientTime": NOW, "computers": {"ComputerRollupInfo": list(computers)}}

    both = tell(computer_below(detailed, own, Details=details), computer_below(short, child))
    changed = reporting.call("RollupComputers", **both)
    assert [(one.ComputerId, one.Change) for one in changed] == [(short, "NewParent")], changed
    again = reporting.call("RollupComputers", **tell(computer_below(short, child, Details=details)))
    assert not again and reporting.said("RollupComputersResult"), "the array is there, and empty"
    reporting.fault("InternalServerError", "RollupComputers", **tell(computer_below(short, str(uuid.uuid4()))))
    reporting.fault("InvalidParameters", "RollupComputers", message="computers", cookie=DUMMY, clientTime=NOW)
    return detailed, short


def states_below(reporting, own, computers, update):
    def tell(number, *told, **changes):
        states = [
            {"UpdateId": update["UpdateID"], "SummarizationState": state, "LastChangeTime": NOW} for state in told
        ]
        statuses = [{
            "InstanceId": str(uuid.uuid4()), "ComputerId": computer, "EffectiveLastDetectionTime": NOW,
            "RollupNumber": number, "IsFullRollup": number == 1,
            "UpdateStatus": {"ComputerStatusRollupUpdateStatus": states},
        } for computer in computers]
        status = {"computers": {"ComputerStatusRollupInfo": statuses}} | changes
        return {"cookie": DUMMY, "clientTime": NOW, "parentServerId": own} | status

    def missed(number):
        numbers = [{"ComputerId": computer, "RollupNumber": number} for computer in computers]
        return reporting.call(
            "GetOutOfSyncComputers", cookie=DUMMY, parentServerId=own,
            lastRollupNumbers={"ComputerLastRollupNumber": numbers},
        ) or []

    assert sorted(missed(1)) == sorted(computers), "nothing was received yet"
    for number, state in enumerate(range(7), 1):
        assert reporting.call("RollupComputerStatus", **tell(number, state)) is True
    assert missed(7) == [] and reporting.said("GetOutOfSyncComputersResult"), "the array is there, and empty"
    assert sorted(missed(9)) == sorted(computers)
    reporting.fault("InvalidParameters", "RollupComputerStatus", message="computers", **tell(8, computers=None))
    reporting.fault(
        "InternalServerError", "RollupComputerStatus", **tell(8, 2, parentServerId=str(uuid.uuid4()))
    )
    reporting.fault(
        "InvalidParameters", "GetOutOfSyncComputers", message="lastRollupNumbers", cookie=DUMMY, parentServerId=own
    )


def rollup(reporting, own, update):
    config = reporting.call("GetRollupConfiguration", cookie=DUMMY)
    assert config.DoDetailedRollup is True
    uuid.UUID(config.RollupResetGuid), uuid.UUID(config.ServerId)
    maxima = (
        config.RollupDownstreamServersMaxBatchSize, config.RollupComputersMaxBatchSize,
        config.GetOutOfSyncComputersMaxBatchSize, config.RollupComputerStatusMaxBatchSize,
    )
    assert all(number > 0 for number in maxima), maxima
    child = servers_below(reporting, own, update)
    computers = computers_below(reporting, own, child)
    states_below(reporting, own, computers, update)
    assert reporting.call("Ping", pingLevel=1).SuccessFlag is True


def refusals(server_sync):
    for wrong in ({"Expiration": NOW, "EncryptedData": b"garbage" * 20}, {"Expiration": NOW}, None):
        server_sync.fault("InvalidCookie", "GetConfigData", cookie=wrong)
        server_sync.fault("InvalidCookie", "GetUpdateData", cookie=wrong, updateIds={"UpdateIdentity": []})
        server_sync.fault("InvalidCookie", "GetDeployments", cookie=wrong, syncAnchor="garbage")


def run(server, wsdl, version):
    server_sync = Service(
        server, as_in_the_text(wsdl / "wsusss-ServerSync.wsdl"), "ServerSyncProxySoap" + version,
        "/ServerSyncWebService/ServerSyncWebService.asmx",
    )
    # Two slashes, as a stock server asks, whose base address ends in one.
    dss_auth = Service(
        server, wsdl / "wsusss-DssAuth.wsdl", "DssAuthWebServiceSoap" + version,
        "//DssAuthWebService/DssAuthWebService.asmx",
    )
    reporting = Service(
        server, wsdl / "wsusss-Reporting.wsdl", "WebServiceSoap" + version,
        "/ReportingWebService/ReportingWebService.asmx",
    )
    authorization, own = authorized(server_sync, dss_auth)
    cookie = opened(server_sync, authorization)
    refusals(server_sync)
    configuration(server_sync, cookie)
    wanted, anchor = lists(server_sync, cookie)
    digests = documents(server_sync, cookie, wanted)
    deployments(server_sync, cookie, anchor)
    files(server_sync, cookie, digests)
    # Microsoft's service tells the latest revision of what others name; an id that nobody has is left out.
    named = [wanted[0]["UpdateID"], str(uuid.uuid4())]
    related = server_sync.call(
        "GetRelatedRevisionsForUpdates", cookie=session(cookie), updateIDs={"guid": named}
    )
    assert [one["UpdateID"] for one in related] == named[:1], related
    assert server_sync.call("Ping", pingLevel=1).SuccessFlag is True
    rollup(reporting, own, wanted[-1])
    services = {"ServerSync": server_sync, "DssAuth": dss_auth, "Reporting": reporting}
    for name, service in services.items():
        missed = service.operations - service.called - UNUSED[name]
        assert not missed, f"never called: {missed}"
    called = sum(len(service.called) for service in services.values())
    answers = sum(service.validator.validated for service in services.values())
    print(f"SOAP {version or '11'}: {called} operations between servers validated in {answers} answers")


def main():
    server, wsdl = sys.argv[1], pathlib.Path(sys.argv[2])
    for version in ("", "12"):
        run(server, wsdl, version)


main()

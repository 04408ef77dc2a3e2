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
UNUSED = {"DssAuth": {"Ping"}, "ServerSync": set()}


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
    return dss_auth.call("GetAuthorizationCookie", accountName=name, accountGuid=identity.upper(), programKeys=None)


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
    cookie = opened(server_sync, authorized(server_sync, dss_auth))
    refusals(server_sync)
    configuration(server_sync, cookie)
    wanted, anchor = lists(server_sync, cookie)
    digests = documents(server_sync, cookie, wanted)
    deployments(server_sync, cookie, anchor)
    files(server_sync, cookie, digests)
    related = server_sync.call(
        "GetRelatedRevisionsForUpdates", cookie=session(cookie), updateIDs={"guid": [wanted[0]["UpdateID"]]}
    )
    assert not related, related
    assert server_sync.call("Ping", pingLevel=1).SuccessFlag is True
    for name, service in {"ServerSync": server_sync, "DssAuth": dss_auth}.items():
        missed = service.operations - service.called - UNUSED[name]
        assert not missed, f"never called: {missed}"
    called = len(server_sync.called) + len(dss_auth.called)
    answers = server_sync.validator.validated + dss_auth.validator.validated
    print(f"SOAP {version or '11'}: {called} operations between servers validated in {answers} answers")


def main():
    server, wsdl = sys.argv[1], pathlib.Path(sys.argv[2])
    for version in ("", "12"):
        run(server, wsdl, version)


main()

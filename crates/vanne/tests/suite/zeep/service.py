"""Clients that zeep generates from official WSDLs, strict: every answer is validated against its schema as well."""

import datetime
import pathlib
import tempfile
import uuid

import zeep
import zeep.exceptions
from lxml import etree

SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
ENVELOPES = ("{http://schemas.xmlsoap.org/soap/envelope/}", "{http://www.w3.org/2003/05/soap-envelope}")
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def schema_of(wsdl):
    """The schemas embedded in a WSDL, as one validator."""
    folder = pathlib.Path(tempfile.mkdtemp())
    schemas = list(etree.parse(str(wsdl)).iter(SCHEMA + "schema"))
    names = {schema.get("targetNamespace"): f"{place}.xsd" for place, schema in enumerate(schemas)}
    for schema in schemas:
        for imported in schema.iter(SCHEMA + "import"):
            imported.set("schemaLocation", names[imported.get("namespace")])
        (folder / names[schema.get("targetNamespace")]).write_bytes(etree.tostring(schema))
    whole = etree.Element(SCHEMA + "schema")
    for namespace, name in names.items():
        etree.SubElement(whole, SCHEMA + "import", namespace=namespace, schemaLocation=name)
    (folder / "whole.xsd").write_bytes(etree.tostring(whole))
    return etree.XMLSchema(etree.parse(str(folder / "whole.xsd")))


class Validator(zeep.Plugin):
    """Validates the body of every answer that is no fault."""

    def __init__(self, schema):
        self.schema = schema
        self.validated = 0
        self.answer = None
        self.refusal = None

    def ingress(self, envelope, http_headers, operation):
        body = next(envelope.find(space + "Body") for space in ENVELOPES if envelope.tag == space + "Envelope")
        assert len(body) == 1, etree.tostring(body)
        if body[0].tag.endswith("}Fault"):
            self.refusal = body[0]
        else:
            self.answer = etree.fromstring(etree.tostring(body[0]))
            self.schema.assertValid(self.answer)
            self.validated += 1
        return envelope, http_headers


class Service:
    """One service over one version of SOAP; remembers which operations answered."""

    def __init__(self, server, wsdl, binding, path):
        self.validator = Validator(schema_of(wsdl))
        self.client = zeep.Client(str(wsdl), settings=zeep.Settings(strict=True), plugins=[self.validator])
        name = next(name for name in self.client.wsdl.bindings if name.endswith("}" + binding))
        self.operations = set(self.client.wsdl.bindings[name]._operations)
        self.port = self.client.create_service(name, server + path)
        self.called = set()

    def call(self, operation, **parameters):
        answer = getattr(self.port, operation)(**parameters)
        self.called.add(operation)
        return answer

    def said(self, element):
        """Whether the last answer has an element: zeep reads an empty array as none at all."""
        return self.validator.answer.find(".//{*}" + element) is not None

    def fault(self, code, operation, message=None, **parameters):
        """Makes a call that must be refused."""
        try:
            answer = getattr(self.port, operation)(**parameters)
        except zeep.exceptions.Fault as fault:
            # Between servers the detail is in no namespace with SOAP 1.2 (MS-WSUSSS 2.2.9.2): zeep does not find it.
            children = self.validator.refusal.find("Detail") if fault.detail is None else fault.detail
            detail = {etree.QName(child).localname: child.text or "" for child in children}
            assert list(detail) == ["ErrorCode", "Message", "ID", "Method"], detail
            assert detail["ErrorCode"] == code, (operation, detail)
            assert message is None or detail["Message"] == message, (operation, detail)
            assert detail["Method"].endswith(f"/{operation}\""), detail
            uuid.UUID(detail["ID"])
            return
        raise AssertionError(f"{operation} was not refused: {answer}")


def session(cookie):
    """A cookie as a parameter."""
    return {"Expiration": cookie.Expiration, "EncryptedData": cookie.EncryptedData}

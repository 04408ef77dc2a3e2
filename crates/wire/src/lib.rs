//! SOAP, MS-WUSP messages, faults and Xpress: bytes to types and back.

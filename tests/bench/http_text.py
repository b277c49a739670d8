"""Requests as bytes, with the gaps of load/request_template.hpp."""
FIVE = "<D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:getetag/><D:creationdate/>"
XML = '<?xml version="1.0" encoding="utf-8"?>\n'
NAMED = (XML + f'<D:propfind xmlns:D="DAV:"><D:prop>{FIVE}</D:prop></D:propfind>').encode()
ALLPROP = (XML + '<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>').encode()
LOCKINFO = (XML + '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
            "<D:owner>bench</D:owner></D:lockinfo>").encode()


def request(method, path, fields=None, body=b"", length=None):
    """`length`: of a body the load sends after this text."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in (fields or {}).items())]
    if body or length is not None:
        # {n8} and what replaces it are of different length
        lines.append(f"Content-Length: {length if length is not None else len(body) + 4 * body.count(b'{n8}')}")
    if body:
        lines.append("Content-Type: application/xml")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def proppatch(path, count):
    """An instruction a property: of several properties in one, lighttpd takes the first and says that all went well."""
    values = "".join(f"<D:set><D:prop><Z:p{i}>value {i} of {{n8}}, of a common length</Z:p{i}></D:prop></D:set>" for i in range(count))
    body = XML + f'<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:bench:">{values}</D:propertyupdate>'
    return request("PROPPATCH", path, body=body.encode())


def propfind(path, depth, body=NAMED):
    return request("PROPFIND", path, {"Depth": depth}, body)


def lock(path):
    return request("LOCK", path, {"Depth": "0", "Timeout": "Second-3600"}, LOCKINFO)


def unlock(path):
    return request("UNLOCK", path, {"Lock-Token": "{token}"})

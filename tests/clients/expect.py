"""Judges an answer by the lines after "<" in a trace, and keeps what later requests need of it."""
import re

from lxml import etree

NAMESPACES = {"D": "DAV:", "s": "http://sabredav.org/ns", "O": "http://owncloud.org/ns", "W": "urn:schemas-microsoft-com:",
              "A": "http://apache.org/dav/props/", "S": "SAR:", "L": "http://ucb.openoffice.org/dav/props/"}


class Missing(Exception):
    """The answer is not what the client needs."""


def check(text, answer, names):
    """One expectation; `names` gains what it keeps."""
    if re.fullmatch(r"\d{3}( \d{3})*", text):
        return _need(str(answer.status) in text.split(), f"status {text.replace(' ', ' or ')}", f"{answer.status}")
    keyword, _, rest = text.partition(" ")
    checks = {"xpath": _xpath, "body": _body, "length": _length, "keep": _keep, "interim": _interim}
    if keyword in checks:
        return checks[keyword](rest, answer, names)
    return _header(text, answer)


def _need(true, wanted, got):
    if not true:
        raise Missing(f"needs {wanted}; got {got}")


def _tree(answer):
    try:
        return etree.fromstring(answer.body)
    except etree.XMLSyntaxError as error:
        raise Missing(f"needs an XML body; {error}: {answer.body[:200]!r}") from None


def _evaluate(expression, answer):
    try:
        return _tree(answer).xpath(expression, namespaces=NAMESPACES)
    except etree.XPathError as error:
        raise ValueError(f"{error}: {expression}") from None


def _xpath(expression, answer, _names):
    _need(_evaluate(expression, answer), f"the body to have {expression}", answer.body[:1500].decode("utf-8", "replace"))


def _body(wanted, answer, _names):
    _need(answer.body == wanted.encode(), f"the body {wanted!r}", repr(answer.body[:200]))


def _length(wanted, answer, _names):
    _need(len(answer.body) == int(wanted), f"a body of {wanted} bytes", f"{len(answer.body)} bytes")


def _interim(wanted, answer, _names):
    _need(int(wanted) in answer.interim, f"{wanted} before the answer", f"{answer.interim or 'none'}")


def _header(text, answer):
    """Name: value | Name ~ pattern | Name present | Name absent"""
    if match := re.fullmatch(r"([!#$%&'*+.^_`|~\w-]+): (.*)", text):
        name, wanted = match.groups()
        return _need(answer.header(name) == wanted, f"{name}: {wanted}", answer.header(name))
    if match := re.fullmatch(r"([\w-]+) ~ (.*)", text):
        name, pattern = match.groups()
        values = ", ".join(value for key, value in answer.headers if key.lower() == name.lower())
        return _need(re.search(pattern, values), f"{name} like {pattern}", values or "no such header")
    if match := re.fullmatch(r"([\w-]+) (present|absent)", text):
        name, how = match.groups()
        return _need((answer.header(name) is not None) == (how == "present"), f"{name} {how}", answer.header(name))
    raise ValueError(f"not an expectation: {text}")


def _keep(text, answer, names):
    """keep NAME = xpath EXPRESSION | keep NAME = Header [~ pattern with one group]"""
    name, _, what = text.partition(" = ")
    if what.startswith("xpath "):
        found = _evaluate(f"string({what[6:]})", answer).strip()
    else:
        header, _, pattern = what.partition(" ~ ")
        match = re.search(pattern or "^(.*)$", answer.header(header) or "")
        found = match.group(1) if match else ""
    _need(found, f"{what}, to be used in later requests", "nothing")
    names[name] = found

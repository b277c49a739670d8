"""If (RFC 4918, 10.4) and the conditions of RFC 9110, 13."""
import functools

import cases
from client import NOWHERE

case = functools.partial(cases.case, "Conditions")


def put(d, name, **fields):
    """A conditional PUT: its status, and what has become of the content."""
    status = d.status("PUT", name, body="new", **fields)
    return f"{status}, {'written' if d.content(name) == 'new' else 'untouched'}"


WRITTEN = r"20[014], written"


@case("PUT on a file without lock, If: `(<unknown token>)`; `(Not <unknown token>)`", "10.4.3, 10.4.4", "MUST",
      "412, untouched; 204, written", wanted="412, untouched; " + WRITTEN)
def unknown_token(d):
    d.put("f")
    return f"{put(d, 'f', If=f'(<{NOWHERE}>)')}; {put(d, 'f', If=f'(Not <{NOWHERE}>)')}"


@case("PUT on a locked file, If: `(Not <DAV:no-lock>)`; `(<token>) (Not <DAV:no-lock>)`", "10.4.8", "MUST",
      "423, untouched; 204, written", wanted="423, untouched; " + WRITTEN)
def no_lock(d):
    d.put("f")
    token = d.lock("f")
    return f"{put(d, 'f', If='(Not <DAV:no-lock>)')}; {put(d, 'f', If=f'(<{token}>) (Not <DAV:no-lock>)')}"


@case("PUT on a locked file with the token of another file, tagged with that one", "7.5", "MUST", "423, untouched")
def token_of_another(d):
    d.put("f", "g")
    d.lock("f")
    return put(d, "f", If=f"<{d.url('g')}> (<{d.lock('g')}>)")


@case("PUT of a new member, the locked folder's token tagged with the folder", "7.5, 10.4.2", "MUST", "201, written")
def tagged_with_the_folder(d):
    d.put("c/f")
    token = d.lock("c/")
    return put(d, "c/g", If=f"<{d.url('c/')}> (<{token}>)")


@case('PUT with If: `(["another tag"])`; `([the tag])`', "10.4.4", "MUST", "412, untouched; 204, written",
      wanted="412, untouched; " + WRITTEN)
def entity_tag_in_if(d):
    d.put("f")
    return "; ".join((put(d, "f", If='(["other"])'), put(d, "f", If=f"([{d.tag('f')}])")))


@case('PUT on a locked file, If: `(<token> ["another tag"])`', "10.4.3", "MUST", "412, untouched")
def token_and_wrong_tag(d):
    d.put("f")
    token = d.lock("f")
    return put(d, "f", If=f'(<{token}> ["other"])')


@case('PUT on a locked file, If: `(["another tag"]) (<token>)`', "10.4.3", "MUST", "204, written", wanted=WRITTEN)
def wrong_tag_or_token(d):
    d.put("f")
    token = d.lock("f")
    return put(d, "f", If=f'(["other"]) (<{token}>)')


@case("PUT with an If that does not parse: `<token (`", "10.4.2", "use", "400, untouched", allowed=r"4\d\d, untouched")
def malformed(d):
    d.put("f")
    return put(d, "f", If=f"<{NOWHERE} (")


@case("If-Match with the tag before last: PUT, DELETE, MOVE", "RFC 9110, 13.1.1", "MUST", "412, 412, 412; untouched")
def if_match(d):
    d.put("f", body="first one")
    tag = d.tag("f")
    d.put("f", body="old")
    answers = (d.status("PUT", "f", body="new", If_Match=tag), d.status("DELETE", "f", If_Match=tag),
               d.transfer("MOVE", "f", "g", If_Match=tag))
    return ", ".join(answers) + ("; untouched" if d.content("f") == "old" and d.content("g") is None else "; done")


@case("PUT with If-None-Match: `*` on a file that exists", "RFC 9110, 13.1.2", "MUST", "412, untouched")
def if_none_match_any(d):
    d.put("f")
    return put(d, "f", If_None_Match="*")


@case("PROPFIND with If-None-Match and the current tag, as iOS adds it", "RFC 9110, 13.2.1", "use", "207 (200)")
def propfind_if_none_match(d):
    d.put("f")
    return d.status("PROPFIND", "f", Depth=0, If_None_Match=d.tag("f"))


@case("PUT with an If-None-Match without quotes, as Joplin sends it", "RFC 9110, 13.1.2", "use", "204, written",
      wanted=WRITTEN)
def unquoted_if_none_match(d):
    d.put("f")
    return put(d, "f", If_None_Match="JoplinIgnore-12345")

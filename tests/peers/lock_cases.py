"""Write locks (RFC 4918, 6, 7, 9.10, 9.11)."""
import functools

import cases
from client import DAV, lockinfo, propertyupdate, propfind_body, set_prop

case = functools.partial(cases.case, "Locks")


@case("PUT on a locked file without its token: status, content afterwards", "7", "MUST", "423, old")
def put_without_token(d):
    d.put("f")
    d.lock("f")
    return f"{d.status('PUT', 'f', body='new')}, {d.content('f')}"


@case("PROPPATCH on a locked file: without its token, with it", "7, 9.2", "MUST", "423; 207 (200)",
      allowed=r"423; 207 \(403\)")
def proppatch_under_lock(d):
    d.put("f")
    token, body = d.lock("f"), propertyupdate(set_prop("<Z:p>x</Z:p>"))
    return f"{d.status('PROPPATCH', 'f', body=body)}; {d.status('PROPPATCH', 'f', body=body, If=f'(<{token}>)')}"


@case("MOVE of a locked file to a free name, its own token alone in If", "7.5, 10.4.3", "MUST", "201, moved",
      wanted="20[14], moved")
def token_of_the_source_moves(d):
    d.put("f")
    token = d.lock("f")
    status = d.transfer("MOVE", "f", "g", If=f"(<{token}>)")
    return f"{status}, {'moved' if d.content('g') == 'old' and d.content('f') is None else 'not moved'}"


@case("COPY onto a locked file: without its token, with it in a tagged list", "7, 7.5.1", "MUST", "423; 204",
      wanted="423; 20[14]")
def copy_onto_locked(d):
    d.put("f", "g")
    token = d.lock("g")
    return "; ".join((d.transfer("COPY", "f", "g"), d.transfer("COPY", "f", "g", If=f"<{d.url('g')}> (<{token}>)")))


@case("a shared lock, a second one, an exclusive one", "6.2", "MUST", "200, 200, 423",
      allowed=r"[45]\d\d, [45]\d\d, 200")
def shared(d):
    d.put("f")
    return ", ".join(str(d.ask_lock("f", scope=x).status) for x in ("shared", "shared", "exclusive"))


@case("a folder locked with Depth 0: PUT on a member that exists", "7.4", "MUST", "204", wanted="20[014]")
def depth_zero_leaves_contents_free(d):
    d.put("c/f")
    d.lock("c/")
    return d.status("PUT", "c/f", body="new")


@case("a folder locked with Depth 0, no token: MKCOL, PUT of a new member, DELETE of a member", "7.4, 7.5", "MUST", "423, 423, 423",
      allowed=", ".join([r"4\d\d( \(4\d\d\))?|207 \(424, 423\)".join("()")] * 3))
def depth_zero_guards_membership(d):
    d.put("c/f")
    d.lock("c/")
    return ", ".join((d.status("MKCOL", "c/new/"), d.status("PUT", "c/g", body="x"), d.status("DELETE", "c/f")))


@case("a folder locked with Depth infinity: PUT of a new member with the token, then on it without", "6.1, 7.4", "MUST",
      "201, 423")
def deep_lock_covers_new_members(d):
    d.put("c/f")
    token = d.lock("c/", depth="infinity")
    first = d.status("PUT", "c/g", body="x", If=f"<{d.url('c/')}> (<{token}>)")
    return f"{first}, {d.status('PUT', 'c/g', body='y')}"


@case("LOCK with Depth infinity of a folder with a locked member: status, the folder afterwards", "7.4, 9.10.3",
      "MUST", "207 (423, 424); free", wanted=r"(423|207 \((423, 424|424, 423|423)\)); free")
def deep_lock_over_locked_member(d):
    d.put("c/f")
    d.lock("c/f")
    answer = d.status("LOCK", "c/", {"Depth": "infinity"}, lockinfo())
    return f"{answer}; {'locked' if d.is_locked('c/g') else 'free'}"


@case("LOCK of a name that does not exist: status, GET; then below a folder that does not exist", "7.3, 9.10.4", "MUST",
      "201, empty file; 409", allowed=r"20[01], no file; 409")  # a lock-null resource, appendix D
def unmapped(d):
    first = d.ask_lock("new").status
    content = {None: "no file", "": "empty file"}.get(d.content("new"), "something else")
    return f"{first}, {content}; {d.ask_lock('no/such').status}"


@case("refresh, If with the token and no body: status, the token afterwards; the same with a body", "9.10.2, 9.10.5", "MUST",
      "200, the same; 423")
def refresh(d):
    d.put("f")
    token = d.lock("f")
    answer = d.ask("LOCK", "f", If=f"(<{token}>)", Timeout="Second-900")
    same = token.encode() in answer.body and answer.header("Lock-Token") in (None, f"<{token}>")
    second = d.ask_lock("f", headers={"If": f"(<{token}>)"})
    return f"{answer.status}, {'the same' if same else 'another'}; {second.status}"


@case("UNLOCK of a folder's deep lock: at a URL it does not cover, at a member, then PUT without token", "9.11, 9.11.1", "MUST",
      "409; 204, 204", wanted="409; 204, 20[04]", allowed=r"4\d\d; 204, 20[04]")
def unlock_at_a_member(d):
    d.put("c/f", "other")
    token = d.lock("c/", depth="infinity")
    first, second = (d.status("UNLOCK", x, Lock_Token=f"<{token}>") for x in ("other", "c/f"))
    return f"{first}; {second}, {d.status('PUT', 'c/f', body='new')}"


@case("MOVE of a locked file: the new name afterwards, the old name", "7.6", "MUST", "free; free", allowed="not moved")
def locks_do_not_move(d):
    d.put("f")
    token = d.lock("f")
    d.transfer("MOVE", "f", "g", If=f"<{d.url('f')}> (<{token}>) <{d.url('g')}> (Not <DAV:no-lock>)")
    if d.content("g") is None:
        return "not moved"
    return "; ".join("locked" if d.is_locked(x) else "free" for x in ("g", "f"))


@case("DELETE of a locked file with its token: status, PUT there afterwards without", "9.6", "MUST", "204; 201",
      wanted="20[04]; 201")
def lock_goes_with_delete(d):
    d.put("f")
    token = d.lock("f")
    return f"{d.status('DELETE', 'f', If=f'(<{token}>)')}; {d.status('PUT', 'f', body='x')}"


@case("owner with elements of the client's own, as lockdiscovery has it", "9.10.1, 15.8", "MUST", "as sent")
def owner_is_kept(d):
    d.put("f")
    d.lock("f", owner="<D:owner><x:who xmlns:x='urn:x' a='1'>me &amp; you</x:who></D:owner>")
    answer = d.ask("PROPFIND", "f", {"Depth": "0"}, propfind_body("<D:lockdiscovery/>"))
    owner = answer.xml().find(f".//{DAV}owner")
    if owner is None:
        return "no owner"
    who = owner.find("{urn:x}who")
    if who is None:
        return "other XML" if len(owner) else "text only" if owner.text else "empty"
    return "as sent" if (who.text, who.get("a")) == ("me & you", "1") else "changed"


@case("Timeout: Second-600 asked for, granted", "6.6, 10.7", "free", "Second-600")
def timeout(d):
    d.put("f")
    answer = d.ask_lock("f")
    return (answer.xml().findtext(f".//{DAV}timeout") or "none").strip()

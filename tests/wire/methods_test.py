"""What each method answers when it works and when it does not."""
import contextlib
import os
import socket
import unittest

from davit import Case, check_schema, Server, OURS, DAV, main, multistatus, one, lockinfo, propfind_body, propertyupdate, set_prop


class Options(Case):
    def test_compliance_classes_and_methods(self):
        answer = self.expect(200, "OPTIONS", "/")
        classes = [c.strip() for c in answer.header("DAV").split(",")]
        for expected in ("1", "2", "3", "extended-mkcol", "sabredav-partialupdate"):
            self.assertIn(expected, classes)
        self.assertEqual(answer.header("MS-Author-Via"), "DAV")
        self.assertEqual(answer.header("Content-Length"), "0")

    def test_allow_follows_what_stands_there(self):
        self.put(self.dir + "/file")
        of = lambda path: {m.strip() for m in self.expect(200, "OPTIONS", path).header("Allow").split(",")}
        self.assertIn("PUT", of(self.dir + "/file"))
        self.assertNotIn("MKCOL", of(self.dir + "/file"))
        self.assertNotIn("PUT", of(self.dir))
        self.assertIn("MKCOL", of(self.dir + "/nothing"))
        self.assertIn("LOCK", of(self.dir + "/nothing"))
        self.assertNotIn("GET", of(self.dir + "/nothing"))

    def test_options_of_the_whole_server_names_its_classes(self):
        answer = self.expect(200, "OPTIONS", "*")
        self.assertIn("1", answer.header("DAV"))


class Get(Case):
    def test_head_has_the_fields_of_get(self):
        self.put(self.dir + "/a.txt", b"hello")
        get = self.expect(200, "GET", self.dir + "/a.txt")
        head = self.expect(200, "HEAD", self.dir + "/a.txt")
        for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"):
            self.assertEqual(get.header(name), head.header(name), name)
        self.assertEqual(get.header("Content-Type"), "text/plain; charset=utf-8")
        self.assertEqual(get.body, b"hello")

    def test_listing_is_escaped_and_sandboxed(self):
        self.put(self.dir + "/%3Cscript%3E%22&.txt")
        answer = self.expect(200, "GET", self.dir + "/")
        self.assertIn("default-src 'none'", answer.header("Content-Security-Policy"))
        self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
        self.assertNotIn(b"<script>", answer.body)
        self.assertIn(b"&lt;script&gt;", answer.body)

    def test_get_obeys_the_conditions_of_rfc_9110(self):
        tag = self.put(self.dir + "/f").header("ETag")
        modified = self.expect(200, "GET", self.dir + "/f").header("Last-Modified")
        path = self.dir + "/f"
        unchanged = self.expect(304, "GET", path, {"If-None-Match": tag})
        for field in ("ETag", "Cache-Control", "Last-Modified"):  # RFC 9110, 15.4.5
            self.assertEqual(unchanged.header(field), self.request("GET", path).header(field), field)
        self.expect(200, "GET", self.dir + "/", {"If-None-Match": "*"})  # a page has no tag
        self.expect(304, "GET", path, {"If-None-Match": "W/" + tag})
        self.expect(304, "GET", path, {"If-None-Match": "*"})
        self.expect(200, "GET", path, {"If-None-Match": '"other"'})
        self.expect(304, "GET", path, {"If-Modified-Since": modified})
        self.expect(200, "GET", path, {"If-Modified-Since": modified, "If-None-Match": '"other"'})
        self.expect(412, "GET", path, {"If-Match": '"other"'})
        self.expect(412, "GET", path, {"If-Match": "W/" + tag})
        self.expect(412, "GET", path, {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"})
        self.expect(200, "GET", path, {"If-Unmodified-Since": modified})
        self.expect(200, "GET", path, {"If-Modified-Since": "yesterday"})

    def test_get_of_an_unmapped_url_is_404(self):
        self.expect(404, "GET", self.dir + "/nothing")
        self.put(self.dir + "/f")
        self.expect(404, "GET", self.dir + "/f/below")


class Put(Case):
    def test_created_then_replaced(self):
        first = self.expect(201, "PUT", self.dir + "/f", body=b"one")
        second = self.expect(204, "PUT", self.dir + "/f", body=b"two")
        self.assertNotEqual(first.header("ETag"), second.header("ETag"))
        self.assertEqual(second.header("ETag"), self.expect(200, "HEAD", self.dir + "/f").header("ETag"))
        self.assertEqual(self.get(self.dir + "/f"), b"two")

    def test_put_without_parent_or_onto_a_collection_is_refused(self):
        self.expect(409, "PUT", self.dir + "/no/f", body=b"")
        answer = self.expect(405, "PUT", self.dir, body=b"")
        self.assertNotIn("PUT", answer.header("Allow"))
        self.put(self.dir + "/f", b"old")
        self.expect(409, "PUT", self.dir + "/f/below", body=b"")
        self.expect(400, "PUT", self.dir + "/f", {"Content-Range": "lines 0-1/3"}, b"xy")
        self.expect(412, "PUT", self.dir + "/f", {"If-None-Match": "*"}, b"new")
        self.expect(412, "PUT", self.dir + "/f", {"If-Match": '"other"'}, b"new")
        self.expect(412, "PUT", self.dir + "/g", {"If-Match": "*"}, b"new")
        self.assertEqual(self.get(self.dir + "/f"), b"old")
        self.expect(404, "GET", self.dir + "/g")

    def test_properties_and_mode_survive(self):
        self.put(self.dir + "/f", b"one")
        self.proppatch(self.dir + "/f", set_prop("<Z:p>kept</Z:p><A:executable>T</A:executable>"))
        self.put(self.dir + "/f", b"two")
        answer = self.request("PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body("<Z:p/><A:executable/>"))
        self.assertIn(b"kept", answer.body)
        self.assertTrue(os.stat(self.server.root + self.dir + "/f").st_mode & 0o100)

    def test_modification_time_of_owncloud_clients(self):
        answer = self.expect(201, "PUT", self.dir + "/f", {"X-OC-Mtime": "1000000000"}, b"x")
        self.assertEqual(self.expect(200, "HEAD", self.dir + "/f").header("Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT")
        self.assertEqual(answer.header("X-OC-MTime"), "accepted")

    def test_tags_do_not_repeat_within_a_tick(self):
        connection = self.server.connect()
        tags = {self.request("PUT", self.dir + "/f", body=b"%03d" % (i % 2), connection=connection).header("ETag") for i in range(200)}
        connection.close()
        self.assertEqual(len(tags), 200)


class PutInMemory(Put):
    """The same where nothing is synced, and a small upload is written without a thread."""
    config = "[storage]\ndurable = false\n"


class Delete(Case):
    def test_file_and_tree(self):
        self.put(self.dir + "/f")
        self.expect(204, "DELETE", self.dir + "/f")
        self.expect(404, "DELETE", self.dir + "/f")
        self.expect(201, "MKCOL", self.dir + "/t")
        self.put(self.dir + "/t/f")
        self.expect(400, "DELETE", self.dir + "/t", {"Depth": "0"})
        self.expect(204, "DELETE", self.dir + "/t")
        self.expect(404, "GET", self.dir + "/t/f")
        self.expect(403, "DELETE", "/")
        self.expect(412, "DELETE", self.dir, {"If-Match": '"x"'})

    def test_a_name_made_again_has_no_properties(self):
        self.put(self.dir + "/f")
        self.proppatch(self.dir + "/f", set_prop("<Z:p>old</Z:p>"))
        self.expect(204, "DELETE", self.dir + "/f")
        self.put(self.dir + "/f")
        answer = self.request("PROPFIND", self.dir + "/f", {"Depth": "0"}, propfind_body("<Z:p/>"))
        self.assertNotIn(b"old", answer.body)


class Mkcol(Case):
    def test_mkcol_refuses_existing_urls_missing_parents_and_foreign_bodies(self):
        self.expect(405, "MKCOL", self.dir)
        self.expect(409, "MKCOL", self.dir + "/no/such")
        self.expect(415, "MKCOL", self.dir + "/x", {"Content-Type": "text/plain"}, b"hello")
        self.put(self.dir + "/f")
        self.expect(405, "MKCOL", self.dir + "/f")
        self.expect(409, "MKCOL", self.dir + "/f/x")
        self.expect(404, "GET", self.dir + "/x")


class CopyMove(Case):
    def tree(self):
        self.expect(201, "MKCOL", self.dir + "/t")
        self.expect(201, "MKCOL", self.dir + "/t/sub")
        self.put(self.dir + "/t/f", b"f")
        self.put(self.dir + "/t/sub/g", b"g")

    def to(self, path, **more):
        return {"Destination": "http://localhost" + path, **more}

    def test_copy_of_a_tree(self):
        self.tree()
        self.proppatch(self.dir + "/t/f", set_prop("<Z:p>v</Z:p>"))
        self.expect(201, "COPY", self.dir + "/t", self.to(self.dir + "/u"))
        self.assertEqual(self.get(self.dir + "/u/sub/g"), b"g")
        answer = self.request("PROPFIND", self.dir + "/u/f", {"Depth": "0"}, propfind_body("<Z:p/>"))
        self.assertIn(b">v<", answer.body)
        self.expect(204, "COPY", self.dir + "/t", self.to(self.dir + "/u"))
        self.expect(412, "COPY", self.dir + "/t", self.to(self.dir + "/u", Overwrite="F"))

    def test_copy_depth_zero(self):
        self.tree()
        self.expect(201, "COPY", self.dir + "/t", self.to(self.dir + "/u", Depth="0"))
        self.expect(404, "GET", self.dir + "/u/f")
        self.expect(200, "GET", self.dir + "/u")

    def test_copy_replaces_whole(self):
        self.tree()
        self.expect(201, "MKCOL", self.dir + "/u")
        self.put(self.dir + "/u/old")
        self.expect(204, "COPY", self.dir + "/t", self.to(self.dir + "/u"))
        self.expect(404, "GET", self.dir + "/u/old")
        self.assertEqual(self.get(self.dir + "/u/f"), b"f")

    def test_move_of_a_tree(self):
        self.tree()
        self.expect(201, "MOVE", self.dir + "/t", self.to(self.dir + "/u"))
        self.expect(404, "GET", self.dir + "/t/f")
        self.assertEqual(self.get(self.dir + "/u/sub/g"), b"g")

    def test_move_replaces_other_kinds(self):
        self.tree()
        self.put(self.dir + "/file", b"file")
        self.expect(204, "MOVE", self.dir + "/file", self.to(self.dir + "/t"))
        self.assertEqual(self.get(self.dir + "/t"), b"file")
        self.expect(201, "MKCOL", self.dir + "/c")
        self.expect(204, "MOVE", self.dir + "/c", self.to(self.dir + "/t/"))
        self.expect(404, "GET", self.dir + "/c")
        self.expect(200, "GET", self.dir + "/t/")

    def test_copy_replaces_other_kinds(self):
        self.tree()
        self.put(self.dir + "/file", b"file")
        self.expect(412, "COPY", self.dir + "/file", self.to(self.dir + "/t", Overwrite="F"))
        self.expect(204, "COPY", self.dir + "/file", self.to(self.dir + "/t"))
        self.assertEqual(self.get(self.dir + "/t"), b"file")
        self.expect(201, "MKCOL", self.dir + "/c")
        self.put(self.dir + "/c/member", b"m")
        self.expect(204, "COPY", self.dir + "/c", self.to(self.dir + "/t"))
        self.assertEqual(self.get(self.dir + "/t/member"), b"m")
        self.assertEqual(self.get(self.dir + "/file"), b"file")

    def test_impossible_places(self):
        self.tree()
        for method in ("COPY", "MOVE"):
            self.expect(403, method, self.dir + "/t", self.to(self.dir + "/t"))
            self.expect(403, method, self.dir + "/t", self.to(self.dir + "/t/sub/x"))
            self.expect(403, method, self.dir + "/t/sub", self.to(self.dir + "/t"))
            self.expect(409, method, self.dir + "/t", self.to(self.dir + "/no/such"))
            self.expect(404, method, self.dir + "/nothing", self.to(self.dir + "/x"))
            self.expect(400, method, self.dir + "/t")
            self.expect(400, method, self.dir + "/t", self.to(self.dir + "/x", Overwrite="maybe"))
            self.expect(400, method, self.dir + "/t", self.to(self.dir + "/x", Depth="1"))
            self.expect(400, method, self.dir + "/t", {"Destination": "http://localhost/../x"})
            self.expect(415, method, self.dir + "/t", self.to(self.dir + "/x"), b"<a/>")
        self.assertEqual(self.get(self.dir + "/t/sub/g"), b"g")

    def test_destination_with_another_scheme_or_port(self):
        self.put(self.dir + "/f")
        self.expect(201, "COPY", self.dir + "/f", {"Destination": "https://localhost:8443" + self.dir + "/g"})
        self.expect(201, "COPY", self.dir + "/f", {"Destination": self.dir + "/h"})

    def test_any_public_name_in_front_of_a_proxy(self):
        self.put(self.dir + "/f")
        self.expect(201, "MOVE", self.dir + "/f", {"Host": "upstream", "Destination": "https://dav.example.com" + self.dir + "/g"})

    def test_times_are_kept(self):
        self.expect(201, "PUT", self.dir + "/f", {"X-OC-Mtime": "1000000000"}, b"x")
        self.expect(201, "COPY", self.dir + "/f", self.to(self.dir + "/g"))
        f, g = (self.expect(200, "HEAD", self.dir + "/" + n) for n in "fg")
        self.assertEqual(f.header("Last-Modified"), g.header("Last-Modified"))
        self.assertNotEqual(f.header("ETag"), g.header("ETag"))


class CopyMoveInMemory(CopyMove):
    """The same where nothing is synced, and a MOVE that is one rename is made without a thread."""
    config = "[storage]\ndurable = false\n"


class NamedServer(Case):
    config = '[server]\nauthorities = ["dav.example.com"]\n'

    def test_other_servers_are_refused(self):
        self.put(self.dir + "/f")
        for method in ("COPY", "MOVE"):
            answer = self.expect(502, method, self.dir + "/f", {"Destination": "http://elsewhere.example/x"})
            self.assertIn(b"elsewhere.example", answer.body)
        self.expect(201, "COPY", self.dir + "/f", {"Destination": "https://dav.example.com:8443" + self.dir + "/g"})
        self.expect(201, "COPY", self.dir + "/f", {"Destination": "http://localhost" + self.dir + "/h"})
        self.expect(412, "GET", self.dir + "/f", {"If": "<http://elsewhere.example/> (Not <DAV:no-lock>)"})


class Methods(Case):
    def test_unknown_and_impossible(self):
        self.expect(501, "BREW", self.dir)
        self.expect(501, "TRACE", self.dir)
        self.put(self.dir + "/f")
        for path in ("", "/f", "/none"):
            allow = self.expect(405, "POST", self.dir + path, body=b"x").header("Allow")
            self.assertEqual(allow, self.expect(200, "OPTIONS", self.dir + path).header("Allow"), path)

    def test_an_unknown_method_is_501_whatever_its_target(self):
        """RFC 9110, 9.1: 501 for a method that the server does not implement. RFC 9112, 3.2.3: CONNECT names host:port."""
        for method, target in (("CONNECT", "example.com:443"), ("CONNECT", "[::1]:443"), ("CONNECT", "example.com"), ("CONNECT", "/f"),
                               ("CONNECT", "*"), ("TRACE", "*"), ("TRACE", "example.com:80"), ("BREW", "*"), ("BREW", "pot:1"),
                               ("propfind", "/"), ("options", "*"), ("SEARCH", "/%zz"), ("M-SEARCH", "*")):
            answer = self.expect(501, method, target)
            self.assertEqual(answer.header("X-Dav-Error-Code"), "not-implemented", (method, target))
        for method, target in (("GET", "*"), ("POST", "*"), ("GET", "example.com:443"), ("OPTIONS", "example.com:443"), ("POST", "x:1")):
            self.expect(400, method, target)

    def test_what_follows_a_connect_is_not_read_as_requests(self):
        with contextlib.closing(self.server.connect()) as connection:
            connection.send(b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\nDELETE /f HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = connection.read()
            self.assertEqual((answer.status, answer.header("Connection")), (501, "close"))
            self.assertTrue(connection.closed())

    def test_a_connection_goes_on_after_another_unknown_method(self):
        with contextlib.closing(self.server.connect()) as connection:
            connection.send(b"BREW pot:1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nteaOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual([connection.read().status, connection.read().status], [501, 200])

    def test_a_coded_body_is_not_taken_for_another(self):
        """RFC 9110, 15.5.16."""
        for method, body in (("PUT", b"x"), ("PROPFIND", b"<x/>"), ("PROPPATCH", b"<x/>"), ("MKCOL", b"<x/>")):
            answer = self.expect(415, method, self.dir + "/new", {"Content-Encoding": "gzip"}, body)
            self.assertEqual(answer.header("Accept-Encoding"), "identity")
        self.expect(201, "PUT", self.dir + "/new", {"Content-Encoding": "identity"}, b"x")

    def test_identity_is_no_coding_in_any_case(self):
        self.put(self.dir + "/new")
        for coding in ("Identity", "IDENTITY", "", "identity, Identity", ",", "identity,"):
            self.expect(204, "PUT", self.dir + "/new", {"Content-Encoding": coding}, b"x")
        for coding in ("gzip", "identity, gzip", "Identity-x"):
            self.expect(415, "PUT", self.dir + "/new", {"Content-Encoding": coding}, b"x")

    def test_every_failure_has_the_one_shape(self):
        for method, path, headers in (("GET", "/none", {}), ("BREW", "/", {}), ("PROPFIND", "/", {"Depth": "7"}),
                                      ("MOVE", self.dir, {}), ("GET", "/%zz", {})):
            answer = self.request(method, path, {**headers, "X-Request-Id": "my-id.1"})
            self.assertGreaterEqual(answer.status, 400)
            self.assertEqual(answer.header("X-Request-Id"), "my-id.1")
            root = answer.xml()
            self.assertEqual(check_schema(root), 1)
            self.assertEqual(root.tag, DAV + "error")
            self.assertTrue(root.findtext("{http://sabredav.org/ns}message"))
            detail = root.find(OURS + "detail")
            self.assertEqual(detail.get("request-id"), "my-id.1")
            self.assertEqual(detail.get("changed"), "none")
            self.assertIn(detail.get("retryable"), ("true", "false"))

    def test_read_only(self):
        server = Server(root=self.server.root + self.dir, args=("--read-only",))
        try:
            for method, headers, body in (("PUT", {}, b"x"), ("MKCOL", {}, None), ("DELETE", {}, None), ("LOCK", {}, lockinfo()),
                                          ("COPY", {"Destination": "/y"}, None), ("MOVE", {"Destination": "/y"}, None),
                                          ("PROPPATCH", {}, propertyupdate(set_prop("<Z:p/>")))):
                answer = server.request(method, "/x", headers, body)
                self.assertEqual(answer.status, 403, (method, answer))
                self.assertIn(b'code="read-only"', answer.body)
            self.assertEqual(os.listdir(server.root), [])
            found = one(server.request("PROPFIND", "/", {"Depth": "0"}, propfind_body("<D:supportedlock/>")))
            self.assertEqual(len(found[DAV + "supportedlock"][1]), 0)  # RFC 4918, 15.10: no locks here
        finally:
            server.stop()


class NeitherFileNorFolder(Case):
    def test_a_socket_is_answered_as_a_fifo_by_every_method(self):
        folder = self.server.root + self.dir
        requests = (("GET", {}, None), ("HEAD", {}, None), ("OPTIONS", {}, None), ("PROPFIND", {"Depth": "0"}, None),
                    ("PROPFIND", {"Depth": "1"}, propfind_body("<D:getetag/><Z:p/>")), ("PROPPATCH", {}, propertyupdate(set_prop("<Z:p/>"))),
                    ("PUT", {}, "x"), ("PUT", {"Content-Range": "bytes 0-0/*"}, "x"), ("LOCK", {}, lockinfo()), ("MKCOL", {}, None),
                    ("COPY", {"Destination": self.dir + "/copy"}, None), ("MOVE", {"Destination": self.dir + "/moved"}, None), ("DELETE", {}, None))
        for method, headers, body in requests:
            statuses = []
            for kind in ("fifo", "socket"):
                path = os.path.join(folder, kind)
                if kind == "fifo":
                    os.mkfifo(path)
                else:
                    listener = socket.socket(socket.AF_UNIX)
                    listener.bind(path)
                    listener.close()
                statuses.append(self.request(method, f"{self.dir}/{kind}", headers, body).status)
                listing = multistatus(self.request("PROPFIND", self.dir, {"Depth": "1"}))
                self.assertTrue(listing)
                for left in os.listdir(folder):
                    os.unlink(os.path.join(folder, left))
            self.assertEqual(statuses[0], statuses[1], (method, headers))
            self.assertNotEqual(statuses[0], 500, (method, headers))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""python-requests: a name and a password given as str are sent in Latin-1. What scripts do with it: the methods by hand."""
import unittest
import xml.etree.ElementTree as ElementTree

import requests
from client_case import NAME, PASSWORD, ClientCase
from davit import lockinfo, propfind_body, propertyupdate, set_prop


class Requests(ClientCase):
    def setUp(self):
        self.session = requests.Session()
        self.addCleanup(self.session.close)
        self.session.auth = (NAME, PASSWORD)

    def ask(self, status, method, path, headers=None, data=None):
        answer = self.session.request(method, self.url + path, headers=headers, data=data, timeout=20)
        self.assertEqual(answer.status_code, status, (method, path, answer.text))
        return answer

    def test_a_script_lists_uploads_locks_moves_and_deletes(self):
        self.ask(201, "MKCOL", "/box")
        self.ask(201, "PUT", "/box/f", data=b"content")
        self.assertEqual(self.ask(200, "GET", "/box/f").content, b"content")
        names = {e.text for e in ElementTree.fromstring(self.ask(207, "PROPFIND", "/box/", {"Depth": "1"}).content).iter("{DAV:}href")}
        self.assertEqual(names, {"/box/", "/box/f"})
        self.ask(207, "PROPPATCH", "/box/f", data=propertyupdate(set_prop("<Z:p>v</Z:p>")))
        found = ElementTree.fromstring(self.ask(207, "PROPFIND", "/box/f", {"Depth": "0"}, propfind_body("<Z:p/>")).content)
        self.assertEqual([e.text for e in found.iter("{http://example.com/ns/}p")], ["v"])
        token = self.ask(200, "LOCK", "/box/f", {"Timeout": "Second-60"}, lockinfo()).headers["Lock-Token"]
        self.ask(423, "PUT", "/box/f", data=b"other")
        self.ask(204, "PUT", "/box/f", {"If": f"({token})"}, b"other")
        self.ask(204, "UNLOCK", "/box/f", {"Lock-Token": token})
        self.ask(201, "MOVE", "/box/f", {"Destination": self.url + "/box/g"})
        self.assertEqual((self.served("/box/f"), self.served("/box/g")), (None, b"other"))
        self.ask(204, "DELETE", "/box")

    def test_a_wrong_password_is_refused_and_utf_8_is_understood_too(self):
        self.session.auth = (NAME, PASSWORD.replace("ß", "ss"))
        self.ask(401, "GET", "/")
        self.session.auth = (NAME.encode(), PASSWORD.encode())
        self.ask(200, "GET", "/")


if __name__ == "__main__":
    unittest.main()

"""A real Chromium against a real server: what pages of other people can do, and what users still can."""
import io
import os
import subprocess
import sys
import tempfile
import unittest
import wave

sys.path.insert(0, os.path.join(os.environ["SOURCE_DIR"], "tests", "wire"))
from chromium import Chromium, ForeignSite, until  # noqa: E402
from davit import Server, set_prop, propertyupdate  # noqa: E402

RULES = "MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1"

# Each tells by done() what came of it.
TRY = """
const tell = p => p.then(r => r.text().then(t => done(r.status + ' ' + t))).catch(e => done('refused: ' + e.name));
"""

# What an uploaded page does when somebody opens it. The title says how far it came.
UPLOADED = b"""<!DOCTYPE html><title>shown</title><body>a page<script>
document.title = 'scripts run';
fetch('secret').then(r => r.text()).then(t => { document.title = 'read ' + t; return fetch('victim', {method: 'DELETE'}); });
</script></body>"""


def pdf():
    """One page, all red."""
    content = b"1 0 0 rg 0 0 300 300 re f"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>", b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)]
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)


def sound():
    """A second of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    return out.getvalue()


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = ForeignSite({})
        cls.evil = f"http://evil.example:{cls.site.port}/"
        cls.open_server = Server()
        cls.folder = tempfile.TemporaryDirectory()
        users = cls.folder.name + "/users"
        with open(users, "wb") as file:
            file.write(b"anna:" + subprocess.run(["openssl", "passwd", "-6", "secret"], check=True, capture_output=True).stdout)
        cls.login_server = Server(config=f'[auth]\nusers = "{users}"\n')
        cls.browser = Chromium(RULES)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.site.stop()
        cls.open_server.stop()
        cls.login_server.stop()
        cls.folder.cleanup()

    def setUp(self):
        self.base = "http://127.0.0.1:%d/" % self.open_server.address[1]

    def place(self, name, content, server=None):
        """Puts a file into the folder itself."""
        with open(os.path.join((server or self.open_server).root, name), "wb") as file:
            file.write(content)

    def has(self, name, server=None):
        return os.path.exists(os.path.join((server or self.open_server).root, name))

    def test_a_page_of_another_origin_neither_reads_nor_writes(self):
        self.place("secret", b"s3cr3t")
        self.browser.open(self.evil)
        for url, options in (("secret", "{}"), ("new", "{method: 'PUT', body: 'x'}"), ("secret", "{method: 'DELETE'}")):
            self.assertIn("refused", self.browser.wait(TRY + f"tell(fetch('{self.base}{url}', {options}))"))
        # No preflight, no answer: the request is made, and must be refused.
        self.browser.wait(f"fetch('{self.base}new', {{method: 'POST', mode: 'no-cors', body: 'x'}}).finally(() => done())")
        self.assertTrue(self.has("secret"))
        self.assertFalse(self.has("new"))

    def test_a_rebound_name_neither_reads_nor_writes(self):
        self.place("secret", b"s3cr3t")
        self.place("secret", b"s3cr3t")
        self.browser.open("http://rebound.example:%d/" % self.open_server.address[1])
        self.assertNotIn("s3cr3t", self.browser.wait(TRY + "tell(fetch('/secret'))"))
        self.assertNotIn("201", self.browser.wait(TRY + "tell(fetch('/new', {method: 'PUT', body: 'x'}))"))
        self.assertFalse(self.has("new"))

    def test_a_page_of_the_server_itself_writes(self):
        self.browser.open(self.base + "nothing")  # an error body is sandboxed, so this is a page without the rights of its origin
        self.assertIn("refused", self.browser.wait(TRY + "tell(fetch('/own', {method: 'PUT', body: 'x'}))"))
        server = Server(config="[server]\npublish_pages = true\n")
        self.addCleanup(server.stop)
        self.place("page.html", b"<title>mine</title>", server)
        for host in ("127.0.0.1", "localhost"):
            self.browser.open(f"http://{host}:{server.address[1]}/page.html")
            self.assertIn(self.browser.wait(TRY + "tell(fetch('own', {method: 'PUT', body: 'x'}))"), ("201 ", "204 "))
        self.assertTrue(self.has("own", server))

    def test_an_uploaded_page_has_no_rights_of_the_user_who_opens_it(self):
        server = self.login_server
        self.place("secret", b"s3cr3t", server)
        self.place("victim", b"x", server)
        svg = (b"<svg xmlns='http://www.w3.org/2000/svg'><title>shown</title><script>document.title='scripts run';"
               b"fetch('victim',{method:'DELETE'})</script></svg>")
        for name, content, stored in (("page.html", UPLOADED, None), ("page.svg", svg, None), ("page.xhtml", svg, None), ("page.pdf", UPLOADED, "text/html"),
                                      ("plain.txt", UPLOADED, None), ("page", UPLOADED, None)):
            self.place(name, content, server)
            if stored:
                login = {"Authorization": "Basic YW5uYTpzZWNyZXQ="}
                answer = server.request("PROPPATCH", "/" + name, login, propertyupdate(set_prop(f"<D:getcontenttype>{stored}</D:getcontenttype>")))
                self.assertEqual(answer.status, 207)
            self.browser.open("about:blank")
            self.browser.open("http://anna:secret@127.0.0.1:%d/%s" % (server.address[1], name))
            self.browser.open("about:blank")
            self.browser.open("http://127.0.0.1:%d/%s" % (server.address[1], name))  # with the remembered login
            until(lambda: self.browser.title() not in ("shown", ""), 0.3)
            self.assertNotIn("scripts run", self.browser.title())
            self.assertNotIn("s3cr3t", self.browser.title())
            self.assertIn("refused", self.browser.wait(TRY + "tell(fetch('secret', {credentials: 'include'}))"), name)
            self.assertIn("refused", self.browser.wait(TRY + "tell(fetch('victim', {method: 'DELETE', credentials: 'include'}))"), name)
        self.assertTrue(self.has("victim", server))

    def test_a_foreign_page_loads_no_scripts_and_images(self):
        self.place("data.js", b"window.stolen = 's3cr3t';")
        self.place("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'/>")
        for element, source, name in (("script", "src", "data.js"), ("img", "src", "picture.svg")):
            self.browser.open(self.evil)
            self.assertEqual(self.browser.wait(f"const e = document.createElement('{element}'); e.onload = () => done('loaded'); "
                                               f"e.onerror = () => done('refused'); e.{source} = '{self.base}{name}'; document.body.append(e);"), "refused")
        self.assertIsNone(self.browser.run("return window.stolen || null;"))

    def test_pdf_is_shown(self):
        self.place("red.pdf", pdf())
        self.browser.open(self.base + "red.pdf")
        self.assertGreater(until(self.browser.red_pixels), 10000)

    def test_sounds_are_played(self):
        self.place("silence.wav", sound())
        self.browser.open(self.base + "silence.wav")
        self.assertEqual(until(lambda: self.browser.run("const v = document.querySelector('video, audio'); return v && v.duration;")), 1)

    def test_pictures_and_text_are_shown(self):
        self.place("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='300' height='300'><rect fill='red' width='300' height='300'/></svg>")
        self.browser.open(self.base + "picture.svg")
        self.assertGreater(until(self.browser.red_pixels), 10000)
        self.place("note.txt", b"a note")
        self.browser.open(self.base + "note.txt")
        self.assertEqual(self.browser.run("return document.body.innerText;"), "a note")


if __name__ == "__main__":
    unittest.main()

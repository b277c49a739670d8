"""The rule of 424, judged from the body alone by an independent XML parser."""
from davit import Case, DAV, OURS, check_schema, status_of


def entries(root):
    """Every entry of a multistatus or mkcol-response in document order: (href, property or None, status, error element, sentence)."""
    found = []
    for response in ([root] if root.tag == DAV + "mkcol-response" else root.findall(DAV + "response")):
        href = response.findtext(DAV + "href")
        propstats = response.findall(DAV + "propstat")
        for holder in propstats or [response]:
            names = [e.tag for e in holder.find(DAV + "prop")] if propstats else [None]
            for name in names:
                found.append((href, name, status_of(holder), holder.find(DAV + "error"), holder.findtext(DAV + "responsedescription")))
    return found


class Checks(Case):
    def check_signposts(self, root):
        """From each 424 alone its cause can be found, and the first entry that failed is a real failure."""
        self.assertGreater(check_schema(root), 0)
        found = entries(root)
        failed = [e for e in found if e[2] >= 400]
        self.assertTrue(failed)
        self.assertNotEqual(failed[0][2], 424, "the first failure must be a real one")
        self.assertEqual(found[0], failed[0], "the real failure stands first")
        for href, name, status, error, sentence in failed:
            self.assertTrue(sentence)
            if status != 424:
                facts = error.find(OURS + "root-cause")
                self.assertIn(facts.get("retryable"), ("true", "false"))
                continue
            cause = error.find(OURS + "failed-dependency")
            wanted = cause.get("property") and "{%s}%s" % (cause.get("namespace"), cause.get("property"))
            match = [e for e in failed if e[2] == int(cause.get("status")) and e[1] == wanted
                     and (e[0] is None or e[0] == cause.get("href"))]
            self.assertEqual(len(match), 1, f"{cause.attrib} leads nowhere")
            self.assertEqual(match[0][3].find(OURS + "root-cause").get("code"), cause.get("code"))
            self.assertIn(cause.get("property") or cause.get("href"), sentence)
        return found

#!/usr/bin/env python3
"""The shipped alerts fire at the first failure: promtool runs them on series that begin as a fresh server shows them."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "../wire")]
from davit import Server, wait_until  # noqa: E402

RULES = os.path.join(os.environ["SOURCE_DIR"], "config/prometheus/davit.rules.yml")
SERIES = re.compile(r'^(davit_[a-z_]+)(?:\{(.*)\})? (\S+)$', re.M)


def promtool(test):
    """What promtool says of a unit test for the rules. JSON is YAML."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"rule_files": [RULES], "evaluation_interval": "1m", "tests": [test]}, file)
        file.flush()
        done = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def codes_of(alert):
    """The codes of first failures that an alert is about."""
    with open(RULES) as file:
        text = file.read()
    rule = re.search(rf"- alert: {alert}\n\s+expr: (.*)", text)[1]
    return re.search(r'code=~?"([^"]*)"', rule)[1].split("|")


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(config='[server]\nmanagement = ["127.0.0.1:0"]\n')
        cls.at_start = cls.series()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    @classmethod
    def series(cls):
        """{series: value} of /metrics, labels in order of their names."""
        text = cls.server.request("GET", "/metrics", address=cls.server.management).body.decode()
        return {f'{name}{{{",".join(sorted(labels.split(",")))}}}' if labels else name: float(value) for name, labels, value in SERIES.findall(text)}

    def fires(self, series, alert, first):
        """Whether the alert fires within minutes of the first 1 of a series, which has `first` before: promtool is told to expect no
        alert, and complains of the one that it gets."""
        code, out = promtool({"interval": "1m", "input_series": [{"series": series, "values": f"{first}x5 1x10"}],
                              "alert_rule_test": [{"eval_time": "9m", "alertname": alert, "exp_alerts": []}]})
        self.assertEqual(code != 0, f'Labels:{{alertname="{alert}"' in out, out)
        return code != 0

    def test_the_rules_are_rules(self):
        done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_failure_that_an_alert_counts_is_zero_on_a_fresh_server(self):
        with open(RULES) as file:
            codes = {code for group in re.findall(r'code=~?"([^"]*)"', file.read()) for code in group.split("|")}
        self.assertGreater(len(codes), 5)
        for code in codes:
            for method in ("GET", "PUT", "MKCOL", "COPY", "MOVE", "DELETE", "LOCK", "PROPPATCH", "PATCH", "other"):
                self.assertEqual(self.at_start.get(f'davit_first_failures_total{{code="{code}",method="{method}"}}'), 0.0, (code, method))
        self.assertEqual(self.at_start.get("davit_log_lines_dropped_total"), 0.0)

    def test_the_first_507_and_the_first_fault_fire(self):
        for alert in ("DavitDiskFull", "DavitServerFaults", "DavitDiskUnfit"):
            for code in codes_of(alert):
                series = f'davit_first_failures_total{{code="{code}",method="PUT"}}'
                self.assertIn(series, self.at_start)
                self.assertTrue(self.fires(series, alert, f"{self.at_start[series]:g}"), (alert, code))
        self.assertTrue(self.fires("davit_log_lines_dropped_total", "DavitLogStandsStill", "0"))

    def test_a_series_that_begins_at_one_would_not_fire(self):
        """Why the server shows them from the start."""
        self.assertFalse(self.fires('davit_first_failures_total{code="no-space",method="PUT"}', "DavitDiskFull", "_"))

    def test_the_first_failure_counts_in_the_series_that_was_there(self):
        self.server.request("PUT", "/f", body=b"x")
        lock = ('<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>')
        self.assertEqual(self.server.request("LOCK", "/f", body=lock).status, 200)
        self.assertEqual(self.server.request("PUT", "/f", body=b"y").status, 423)
        series = 'davit_first_failures_total{code="locked",method="PUT"}'
        self.assertEqual(self.at_start[series], 0.0)
        self.assertTrue(wait_until(lambda: self.series()[series] == 1.0))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Opens the page of `bkctl trace report` in headless Chromium, and judges it by what the browser made of it.

    check.py --bkctl target/debug/bkctl [--chromium chromium] [RECORDING...]

Without recordings it takes the golden one. Of each it checks that

* the page asks for nothing: in the browser's network log no request comes from it;
* the tables hold the numbers of `bkctl trace stats --format json`, cell by cell;
* its own script ran, and no script that hides in a name did: the recording is shown again with names that try;
* in both themes text and background are told apart (contrast of WCAG 2.1, at least 4.5);
* two pages of the same recording are the same bytes, and below a megabyte.
"""

import argparse
import html.parser
import http.server
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import threading

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tracer/tests/golden/first.bkt"
SIZE = 1_000_000
# What a name tries: markup, the end of the page's own script, an attribute's end.
EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\"'&"


class Page(html.parser.HTMLParser):
    """The cells that carry numbers, by table and row, and the title."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.rows, self.single, self.title, self.images = {}, {}, "", 0
        self._table, self._row, self._name, self._cells, self._open = None, None, "", 0, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self._open.append(tag)
        if tag == "table":
            self._table = attributes.get("id")
        elif tag == "tr":
            self._row, self._name, self._cells = {}, "", 0
        elif tag == "img":
            self.images += 1
        elif tag == "td":
            self._cells += 1
        if "data-key" in attributes:
            into = self._row if tag == "td" else self.single
            into[attributes["data-key"]] = attributes["data-value"]

    def handle_data(self, data):
        if self._cells == 1 and self._open and self._open[-1] == "td":
            self._name += data
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += data

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass
        if tag == "tr" and self._name:
            self.rows.setdefault(self._table, []).append((self._name, self._row))
            self._row = None
        elif tag == "table":
            self._table = None


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=120).stdout


class Server:
    """Serves one text at every address of this machine's own, so that a page's requests have somewhere to go."""

    def __init__(self, text):
        body = text.encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def browse(chromium, text):
    """What the browser makes of the page `text`, and what the page asked for besides itself."""
    with tempfile.TemporaryDirectory() as folder, Server(text) as server:
        log, page = pathlib.Path(folder) / "net.json", f"{server.origin}/report.html"
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        # The browser's own services stay at home.
        options += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-first-run"]
        dom = run(chromium, *options, f"--log-net-log={log}", "--dump-dom", page).decode()
        asked = [event.get("params", {}) for event in json.loads(log.read_text())["events"]]
    if not any(params.get("url") == page for params in asked):
        sys.exit("the browser's network log does not name the page: nothing would be checked")
    # What the browser asks for by itself has no origin.
    of_page = {params["url"] for params in asked if "url" in params and params.get("initiator") == server.origin}
    return dom, sorted(of_page - {page, f"{server.origin}/favicon.ico"})


def field(row, key):
    """The field `a.b` of a row of the JSON."""
    for part in key.split("."):
        row = row[part]
    return row


def same(shown, expected):
    if isinstance(expected, str):
        return shown == expected
    if expected is None:
        return shown == "?"
    return abs(float(shown) - expected) <= 1e-9 * max(1.0, abs(expected))


def compare(page, statistics):
    """The numbers of the page that are not those of the statistics; and how many were compared."""
    wrong, compared = [], 0
    tables = {"tasks": "tasks", "work": "tasks", "stacks": "tasks", "interrupts": "interrupts", "objects": "objects"}
    for table, of in tables.items():
        expected = {row["name"]: row for row in statistics.get(of, [])}
        for name, cells in page.rows.get(table, []):
            for key, shown in cells.items():
                compared += 1
                if name not in expected or not same(shown, field(expected[name], key)):
                    wrong.append(f"{table}: {name}: {key} is {shown}")
    for key, shown in page.single.items():
        compared += 1
        if not same(shown, field(statistics, key)):
            wrong.append(f"{key} is {shown}")
    for table, of in (("tasks", "tasks"), ("interrupts", "interrupts"), ("objects", "objects")):
        if len(page.rows.get(table, [])) != len(statistics.get(of, [])):
            wrong.append(f"{table}: {len(page.rows.get(table, []))} of {len(statistics.get(of, []))} rows")
    return wrong, compared


def with_names(recording, name):
    """The recording with every name changed to `name` and a number."""
    data = recording.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    header = json.loads(data[16 : 16 + length])
    for task in header.get("tasks", []):
        task["name"] = f"{name}{task['number']}"
    for kind in ("names", "objects", "exceptions"):
        header[kind] = {key: f"{name}{key}" for key in header.get(kind, {})}
    header["board"] = name
    text = json.dumps(header).encode()
    return data[:12] + struct.pack("<I", len(text)) + text + data[16 + length :]


# Reads the colours that the browser worked out, and writes the worst contrast of text into the title.
CONTRAST = """
<script>
const luminance = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (node) => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
let worst = [99, ""];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || ["SCRIPT", "TITLE", "title"].includes(node.tagName)) continue;
  const style = getComputedStyle(node);
  const pair = [luminance(node.closest("svg") ? style.fill : style.color), luminance(behind(node))].sort((a, b) => b - a);
  const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
  if (contrast < worst[0]) worst = [contrast, walker.currentNode.data.trim().slice(0, 40)];
}
document.title = worst[0].toFixed(2) + " " + worst[1];
</script>
"""


def contrast(chromium, text, theme):
    """The worst contrast of text in `theme`, and that text."""
    policy = text.index("<meta http-equiv")
    text = text[:policy] + text[text.index("\n", policy) + 1 :]
    text = text.replace('<html lang="en">', f'<html lang="en" data-theme="{theme}">').replace("</body>", CONTRAST + "</body>")
    ratio, words = Page(browse(chromium, text)[0]).title.split(" ", 1)
    return float(ratio), words


def check(options, recording, folder):
    failures = []
    page, again = folder / "report.html", folder / "again.html"
    for output in (page, again):
        run(options.bkctl, "trace", "report", recording, "-o", output)
    text = page.read_text()
    if page.read_bytes() != again.read_bytes():
        failures.append("two pages of the same recording differ")
    if len(page.read_bytes()) >= SIZE:
        failures.append(f"{len(page.read_bytes())} bytes")
    statistics = json.loads(run(options.bkctl, "trace", "stats", recording, "--format", "json"))
    dom, asked = browse(options.chromium, text)
    if asked:
        failures.append(f"the page asks for {asked}")
    shown = Page(dom)
    wrong, compared = compare(shown, statistics)
    failures += wrong
    if compared < 20:
        failures.append(f"only {compared} numbers were compared")
    if 'hidden=""' in dom:
        failures.append("the page's own script did not run")
    for theme in ("light", "dark"):
        ratio, words = contrast(options.chromium, text, theme)
        if ratio < 4.5:
            failures.append(f"contrast {ratio} in the {theme} theme: {words}")
    evil = folder / "evil.bkt"
    evil.write_bytes(with_names(recording, EVIL))
    run(options.bkctl, "trace", "report", evil, "-o", page)
    shown = Page(browse(options.chromium, page.read_text())[0])
    if shown.title.startswith("owned") or shown.images:
        failures.append("a name became markup")
    return failures, compared


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bkctl", required=True, type=pathlib.Path)
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("recordings", nargs="*", type=pathlib.Path, default=[GOLDEN])
    options = parser.parse_args()
    if not browse(options.chromium, "<!doctype html><img src='/picture'>")[1]:
        sys.exit("a page that asks for a picture is not caught: nothing would be checked")
    failed = False
    for recording in options.recordings:
        with tempfile.TemporaryDirectory() as folder:
            failures, compared = check(options, recording, pathlib.Path(folder).resolve())
        for failure in failures:
            print(f"{recording.name}: {failure}", file=sys.stderr)
        failed |= bool(failures)
        print(f"{recording.name}: {compared} numbers compared, {len(failures)} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

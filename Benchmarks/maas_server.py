#!/usr/bin/env python3
"""A region with a given number of events, for the benchmark: answers are made before the first request.

usage: maas_server.py EVENTS

Prints its port, and serves until its standard input ends. Knows what a tail asks: `after` in steps of 1,000, `level`
INFO or AUDIT; of the latter there are none. Keys are not checked.
"""
import http.server
import json
import sys
import threading
import urllib.parse

PAGE = 1000


def event(number):
    return {
        "username": f"user{number % 11}", "node": f"e8{number % 97:02d}7h", "hostname": f"compute-{number % 97:02d}",
        "id": number, "level": ("INFO", "WARNING", "ERROR")[number % 3],
        "created": f"Fri, 17 May. 2024 {number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}",
        "type": ("Ready", "Performing PXE boot", "Failed to power on node")[number % 3],
        "description": f"event {number}: power on of node 'compute-{number % 97:02d}' with \"ipmi\" took a while",
    }


def page(numbers):
    body = {"count": len(numbers), "events": [event(number) for number in reversed(numbers)],
            "next_uri": "/MAAS/api/2.0/events/?op=query", "prev_uri": None}
    return json.dumps(body, indent=4).encode()


def main():
    count = int(sys.argv[1])
    pages = {first: page(range(first + 1, min(first + PAGE, count) + 1)) for first in range(0, count, PAGE)}
    empty = page(range(0))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 20
        disable_nagle_algorithm = True

        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            after = int(query.get("after", ["0"])[0])
            body = empty if query.get("level") == ["AUDIT"] else pages.get(after, empty)
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()

"""Receive messages as a partner would, in a process of its own: PORT FOLDER."""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Receiving(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    folder = Path()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with (self.folder / "calls").open("a") as kept:
            kept.write(json.dumps({"path": self.path, "headers": headers, "body": body}) + "\n")
            kept.flush()
            os.fsync(kept.fileno())
        answer = json.loads((self.folder / "answer.json").read_text())
        time.sleep(answer["delay_s"])
        self.send_response(answer["status"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        if "endless" in answer["headers"]:
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65536)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


Receiving.folder = Path(sys.argv[2])
ThreadingHTTPServer.allow_reuse_address = True
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiving).serve_forever()

"""A time-stamp authority over HTTP, by openssl ts, and others that are up to no good: by the path that is asked.

Serves CONFIG (openssl ts). Prints its port. Files: seen.tsq is the last request; replay.tsr is what /replay gives."""
import http.server
import socket
import subprocess
import sys
import time

config = sys.argv[1]
REPLY = "application/timestamp-reply"


class Authority(http.server.BaseHTTPRequestHandler):
    def give(self, body, content=REPLY, status=200, size=None, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", content)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stamped(self, extra=()):
        return subprocess.run(["openssl", "ts", "-reply", "-config", config, "-queryfile", "seen.tsq", *extra], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def drip(self, head):
        self.wfile.write(head)
        while True:
            self.wfile.write(b"x")
            time.sleep(0.1)

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        with open("seen.tsq", "wb") as seen:
            seen.write(query)
        with open("seen.headers", "w", encoding="ascii") as seen:
            seen.write(self.requestline + "\n" + str(self.headers))
        try:
            self.answer(self.path[1:])
        except (BrokenPipeError, ConnectionResetError):
            pass

    def answer(self, what):
        if what.startswith("tsa"):
            self.give(self.stamped())
        elif what == "text":
            self.give(b"<html>not here</html>")
        elif what == "page":
            self.give(self.stamped(), "text/html")
        elif what == "other-form":          # DER, and no response
            self.give(bytes.fromhex("3003020105"))
        elif what == "tail":
            self.give(self.stamped() + b"more")
        elif what == "cut":
            self.give(self.stamped()[:100], size=1000)
        elif what == "huge":
            self.give(bytes.fromhex("30840fffffff") + b"x" * 3_000_000)
        elif what == "endless-form":        # a value of indefinite length
            self.give(bytes.fromhex("3080") + b"\x04\x01x" * 100_000)
        elif what == "status":
            self.give(b"", "text/plain", 500)
        elif what == "redirect":
            self.give(b"", "text/plain", 302, headers=[("Location", "/tsa")])
        elif what == "empty":
            self.give(b"")
        elif what == "replay":
            with open("replay.tsr", "rb") as replay:
                self.give(replay.read())
        elif what == "silent":
            time.sleep(60)
        elif what == "close":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif what == "drip-head":
            self.drip(b"HTTP/1.0 200 OK\r\nX: ")
        elif what == "no-http":
            self.wfile.write(b"X: y\r\n" * 1000)
        elif what == "endless-heads":
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            while True:
                self.wfile.write(b"X: y\r\n" * 1000)
        elif what == "drip-body":
            self.drip(b"HTTP/1.0 200 OK\r\nContent-Type: " + REPLY.encode() + b"\r\n\r\n" + bytes.fromhex("3082fff0"))
        else:
            self.give(b"", "text/plain", 404)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Authority)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()

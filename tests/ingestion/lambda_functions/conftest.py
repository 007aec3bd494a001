"""A local Lambda Runtime API, and the functions in the runtime's own process."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

VERSION = "/2018-06-01/runtime"


class _Runtime(BaseHTTPRequestHandler):
    """GET next gives an event, POST response or error takes what became of it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self):
        number, event, seconds = self.server.events.get()
        body = json.dumps(event).encode()
        deadline = str(int((time.time() + seconds) * 1000))
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", f"request-{number}")
        self.send_header("Lambda-Runtime-Deadline-Ms", deadline)
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:x:1:function:f")
        self.send_header("Lambda-Runtime-Trace-Id", "Root=1-0-0;Parent=0;Sampled=0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.answers.put((self.path.rpartition("/")[2], body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Function:
    """One function in a process of `python -m awslambdaric`."""

    def __init__(self, handler, environment):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Runtime)
        self.server.daemon_threads = True
        self.server.events, self.server.answers = queue.Queue(), queue.Queue()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        address = f"127.0.0.1:{self.server.server_address[1]}"
        environment = os.environ | environment | {"AWS_LAMBDA_RUNTIME_API": address}
        command = [sys.executable, "-m", "awslambdaric", f"ingestion.lambda_handler.{handler}"]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.numbers = 0

    def invoke(self, event, seconds=300):
        """(`response` or `error`, its body)."""
        self.numbers += 1
        self.server.events.put((self.numbers, event, seconds))
        while self.process.poll() is None:
            with contextlib.suppress(queue.Empty):
                return self.server.answers.get(timeout=0.5)
        raise AssertionError(f"the runtime ended: {self.process.returncode}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End the process; what it logged."""
        self.kill()
        self.server.shutdown()
        self.server.server_close()
        return self.process.stdout.read().decode()


@pytest.fixture
def start():
    """Start functions; they end with the test."""
    running = []

    def begin(handler, environment):
        running.append(Function(handler, environment))
        return running[-1]

    yield begin
    for function in running:
        function.stop()

"""Sends requests with the curl command for `bambora-conformance --shim`: reads and writes one JSON object per line."""

import base64
import json
import ssl
import subprocess
import sys
import tempfile

# time_pretransfer is zero until the connection is there.
COMMAND = ["curl", "--disable", "--silent", "--show-error", "--http1.1", "--path-as-is", "--globoff", "--config", "-"]
COMMAND += ["--write-out", "%{stderr}\n%{time_pretransfer}"]


def send(settings, request, folder):
    def file(name, content=b""):
        with open(f"{folder}/{name}", "wb") as opened:
            opened.write(content)
        return opened.name

    trusted = "".join(ssl.DER_cert_to_PEM_cert(base64.b64decode(der)) for der in settings["root_certificates"])
    given = {name: value for name, value in request["headers"] if name != "content-length"}
    options = [("url", request["url"]), ("request", request["method"]), ("dump-header", file("head"))]
    options += [("noproxy", "*"), ("cacert", file("trusted", trusted.encode()))]
    options += [("connect-timeout", str(settings["connect_timeout"])), ("max-time", str(settings["total_timeout"]))]
    options += [("header", f"{name}: {value}") for name, value in given.items()]
    # Otherwise curl adds these.
    options += [("header", f"{name}:") for name in ("content-type", "expect") if name not in given]
    if request["method"] != "GET":
        options.append(("data-binary", "@" + file("body", base64.b64decode(request["body"]))))
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as curl:
        # Arguments would show in the list of processes, with the credentials.
        curl.stdin.write("".join(f"{name} = {json.dumps(value)}\n" for name, value in options).encode())
        curl.stdin.close()
        body = curl.stdout.read(settings["body_limit"] + 1)
        if len(body) > settings["body_limit"]:
            curl.kill()
            return {"failure": "unknown", "reason": "the body is longer than the limit"}
        reason, _, connected = curl.stderr.read().decode().rpartition("\n")
    if curl.returncode != 0:
        return {"failure": "unknown" if float(connected) else "not_sent", "reason": reason.strip()}
    with open(f"{folder}/head", encoding="latin-1", newline="") as opened:
        # There may be informational heads before, and trailers behind.
        head = [head for head in opened.read().split("\r\n\r\n") if head.startswith("HTTP/")][-1]
    line, *headers = head.split("\r\n")
    headers = [[name, value.strip()] for name, _, value in (header.partition(":") for header in headers)]
    return {"status": int(line.split(" ")[1]), "headers": headers, "body": base64.b64encode(body).decode()}


print(json.dumps({"ready": True, "keep": True}), flush=True)
for line in sys.stdin:
    call = json.loads(line)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(send(call["settings"], call["request"], folder)), flush=True)

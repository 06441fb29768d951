"""Sends requests with Python's requests for `bambora-conformance --shim`: reads and writes one JSON object per line."""

import base64
import json
import ssl
import sys
import tempfile

import requests
import urllib3

session = requests.Session()
session.trust_env = False


def trust(certificates):
    """Writes these certificates, given in DER and base64, to a temporary file and returns it."""
    file = tempfile.NamedTemporaryFile("w", suffix=".pem")
    file.writelines(ssl.DER_cert_to_PEM_cert(base64.b64decode(certificate)) for certificate in certificates)
    file.flush()
    return file


def send(settings, request):
    prepared = requests.Request(
        request["method"],
        request["url"],
        headers=dict(request["headers"]),
        data=base64.b64decode(request["body"]),
    ).prepare()
    timeouts = (settings["connect_timeout"], settings["total_timeout"])
    with trust(settings["root_certificates"]) as trusted:
        got = session.send(prepared, timeout=timeouts, allow_redirects=False, stream=True, verify=trusted.name)
    # requests has read the body of a redirect by now. Any other body is read undecoded and up to the limit.
    body = got.content if got.is_redirect else b""
    for chunk in () if got.is_redirect else got.raw.stream(4096, decode_content=False):
        body += chunk
        if len(body) > settings["body_limit"]:
            raise requests.RequestException("the body is longer than the limit")
    headers = [[name, value] for name, value in got.headers.items()]
    return {"status": got.status_code, "headers": headers, "body": base64.b64encode(body).decode()}


print(json.dumps({"ready": True, "keep": True}), flush=True)
for line in sys.stdin:
    call = json.loads(line)
    try:
        reply = send(call["settings"], call["request"])
    except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
        reply = {"failure": "not_sent", "reason": type(error).__name__}
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        # requests raises the same for a refused connection and for a broken one.
        reply = {"failure": "unknown", "reason": type(error).__name__}
    print(json.dumps(reply), flush=True)

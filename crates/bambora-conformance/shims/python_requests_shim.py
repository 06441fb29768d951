"""Carries requests by Python's requests, for `bambora-conformance --shim`: one JSON object per line in, one out."""

import base64
import json
import sys

import requests
import urllib3

session = requests.Session()
session.trust_env = False

for line in sys.stdin:
    call = json.loads(line)
    settings, request = call["settings"], call["request"]
    prepared = requests.Request(
        request["method"],
        request["url"],
        headers=dict(request["headers"]),
        data=base64.b64decode(request["body"]),
    ).prepare()
    timeouts = (settings["connect_timeout"], settings["total_timeout"])
    try:
        got = session.send(prepared, timeout=timeouts, allow_redirects=False, stream=True)
        body = b""
        for chunk in got.raw.stream(4096, decode_content=False):
            body += chunk
            if len(body) > settings["body_limit"]:
                raise requests.RequestException("too long")
        headers = [[name, value] for name, value in got.headers.items()]
        answer = {"status": got.status_code, "headers": headers, "body": base64.b64encode(body).decode()}
    except requests.ConnectTimeout as error:
        answer = {"failure": "not_sent", "reason": type(error).__name__}
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        # requests says the same for a connection that was refused and for one that broke.
        answer = {"failure": "unknown", "reason": type(error).__name__}
    print(json.dumps(answer), flush=True)

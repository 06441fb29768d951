"""Sends requests with Python's httpx for `bambora-conformance --shim`: reads and writes one JSON object per line."""

import asyncio
import base64
import json
import ssl
import sys

import httpx


async def send(settings, request):
    certificates = map(base64.b64decode, settings["root_certificates"])
    trusted = ssl.create_default_context(cadata="".join(map(ssl.DER_cert_to_PEM_cert, certificates)))
    # A request of its own, since the client's request() adds headers.
    headers = [(name, value) for name, value in request["headers"]]
    prepared = httpx.Request(request["method"], request["url"], headers=headers, content=base64.b64decode(request["body"]))
    prepared.extensions["timeout"] = httpx.Timeout(None, connect=settings["connect_timeout"]).as_dict()
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(verify=trusted, trust_env=False, limits=limits) as client:
        got = await client.send(prepared, stream=True, follow_redirects=False)
        body = b""
        async for chunk in got.aiter_raw():
            body += chunk
            if len(body) > settings["body_limit"]:
                raise httpx.ReadError("the body is longer than the limit")
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in got.headers.raw]
    return {"status": got.status_code, "headers": headers, "body": base64.b64encode(body).decode()}


print(json.dumps({"ready": True, "keep": True}), flush=True)
for line in sys.stdin:
    call = json.loads(line)
    settings = call["settings"]
    try:
        # httpx has timeouts for each read only.
        reply = asyncio.run(asyncio.wait_for(send(settings, call["request"]), settings["total_timeout"]))
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        reply = {"failure": "not_sent", "reason": repr(error)}
    except (httpx.HTTPError, asyncio.TimeoutError) as error:
        reply = {"failure": "unknown", "reason": repr(error)}
    print(json.dumps(reply), flush=True)

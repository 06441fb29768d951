// Sends requests with Node's fetch for `bambora-conformance --shim`: reads and writes one JSON object per line.

import { createInterface } from "node:readline";

const NOT_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];

async function send(settings, request) {
  const response = await fetch(request.url, {
    method: request.method,
    // fetch writes the length itself.
    headers: request.headers.filter(([name]) => name !== "content-length"),
    body: request.method === "GET" ? undefined : Buffer.from(request.body, "base64"),
    redirect: "manual",
    signal: AbortSignal.timeout(settings.total_timeout * 1000),
  });
  let body = Buffer.alloc(0);
  for await (const chunk of response.body ?? []) {
    body = Buffer.concat([body, chunk]);
    if (body.length > settings.body_limit) throw new Error("the body is longer than the limit");
  }
  return { status: response.status, headers: [...response.headers], body: body.toString("base64") };
}

console.log(JSON.stringify({ ready: true, keep: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { settings, request } = JSON.parse(line);
  const reply = await send(settings, request).catch((error) => {
    const reason = error.cause?.code ?? error.name;
    return { failure: NOT_SENT.includes(reason) ? "not_sent" : "unknown", reason };
  });
  console.log(JSON.stringify(reply));
}

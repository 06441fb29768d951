"""One row in one round: Python's requests with a Session. Arguments and report are those of `--row` of the benchmark beside this file."""
import json, os, resource, sys, tempfile, threading, time
import base64, requests

_, port, root, reuse, in_flight, milliseconds = sys.argv
scheme = "http" if root == "-" else "https"
url = f"{scheme}://localhost:{port}/payments/ORDER-1001/cancel/"
verify = True
if root != "-":
    file = tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False)
    body = base64.encodebytes(bytes.fromhex(root)).decode()
    file.write(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    file.close()
    verify = file.name
credentials = base64.b64encode(b"abcdefg@123456789:7AQu7FGB2Kwm").decode()
headers = {"Authorization": f"Basic {credentials}", "API-Version": "1"}
nanoseconds = []

def call(session):
    response = session.post(url, headers=headers, timeout=(5, 30), allow_redirects=False, verify=verify)
    assert response.json()["state"] == "Canceled"

def work():
    session = requests.Session()
    session.trust_env = False
    call(session)
    until = time.monotonic() + int(milliseconds) / 1000
    while True:
        started = time.monotonic()
        if started >= until:
            return
        if reuse != "reuse":
            session.close()
        call(session)
        nanoseconds.append(int((time.monotonic() - started) * 1e9))

workers = [threading.Thread(target=work) for _ in range(int(in_flight))]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
if root != "-":
    os.unlink(verify)
used = resource.getrusage(resource.RUSAGE_SELF)
nanoseconds.sort()
print(json.dumps({
    "calls": len(nanoseconds),
    "per_second": len(nanoseconds) / (int(milliseconds) / 1000),
    "p50": nanoseconds[len(nanoseconds) * 50 // 100],
    "p99": nanoseconds[len(nanoseconds) * 99 // 100],
    "cpu_ticks": int((used.ru_utime + used.ru_stime) * 100),
    "peak_kib": used.ru_maxrss,
}))

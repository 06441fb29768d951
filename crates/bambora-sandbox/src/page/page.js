"use strict";

// The page holds nothing but what it shows: after each event it reads the sandbox again. Texts become text nodes, never markup.

const MOST_PAYMENTS = 100;
const MOST_REQUESTS = 100;
const MOST_FAULTS = 30;
const RETRY_MS = 3000;

const by = (id) => document.getElementById(id);

/** Creates an element. Texts among the children are texts, whatever is in them. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Parses JSON; whole numbers that a number cannot hold become BigInts. */
function parse(text) {
  return JSON.parse(text, (_, value, context) => {
    const isInexact = typeof value === "number" && !Number.isSafeInteger(value) && context !== undefined;
    return isInexact ? BigInt(context.source) : value;
  });
}

const amountFormat = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const amount = (value) => amountFormat.format(value);

// ── The control API

async function call(method, path, body) {
  const response = await fetch(`/_sandbox/${path}`, {
    method,
    headers: method === "GET" ? {} : { "Bambora-Sandbox": "1" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const value = parse(await response.text());
  if (!response.ok) {
    throw Object.assign(new Error(value.error), { status: response.status });
  }
  return value;
}

/** Changes something; what the sandbox says against it is shown. */
async function change(method, path, body) {
  try {
    const value = await call(method, path, body);
    say("");
    return value;
  } catch (error) {
    say(error.message);
    return undefined;
  } finally {
    refresh();
  }
}

function say(problem) {
  by("problem").textContent = problem;
  by("problem").hidden = problem === "";
}

// ── Which payment is shown: the fragment of the address says it

const paymentLink = (reference) => `#/payments/${encodeURIComponent(reference)}`;

function chosen() {
  const match = location.hash.match(/^#\/payments\/(.+)$/);
  try {
    return match === null ? null : decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

// ── Lists that change in place, so that focus and scrolling stay where they are

function reconcile(list, items, keyOf, render) {
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const content = JSON.stringify(item, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    let child = known.get(key);
    known.delete(key);
    if (child !== undefined && child.content !== content) {
      const fresh = render(item);
      if (child === place) {
        place = fresh;
      }
      child.replaceWith(fresh);
      child = fresh;
    }
    child ??= render(item);
    child.content = content;
    child.dataset.key = key;
    if (child === place) {
      place = place.nextElementSibling;
    } else {
      list.insertBefore(child, place);
    }
  }
  for (const gone of known.values()) {
    gone.remove();
  }
}

// ── Payments

function stateText(payment) {
  const flags = [];
  if (payment.operation_in_progress) {
    flags.push("operation in progress");
  }
  if (payment.canceled_in_back_office) {
    flags.push("canceled in the back office");
  }
  const flag = make("span", { className: "flag" }, flags.join(", "));
  return flags.length === 0 ? [payment.state] : [payment.state, ", ", flag];
}

function paymentRow(item) {
  if (item.all) {
    const link = make("a", { href: "#/requests" }, make("span", {}, "All requests"),
      make("span", { className: "amount" }, amount(item.total)));
    mark(link, item.current);
    return make("li", {}, link);
  }
  const link = make("a", { href: paymentLink(item.reference) },
    make("span", { className: "reference", title: item.reference }, item.reference),
    make("span", { className: "amount" }, amount(item.amount), " ", make("small", {}, item.currency)),
    make("span", { className: "state" }, ...stateText(item)));
  mark(link, item.current);
  return make("li", {}, link);
}

function mark(link, isCurrent) {
  if (isCurrent) {
    link.setAttribute("aria-current", "page");
  }
}

function showPayments({ payments, complete, total }, requests, reference) {
  const rows = payments.map((payment) => ({ ...payment, current: payment.reference === reference }));
  const all = { all: true, total: requests.total, current: reference === null };
  const key = (item) => (item.all ? "all" : `payment ${item.reference}`);
  reconcile(by("payments"), [all, ...rows], key, paymentRow);
  const notes = {
    none: "No payments yet. Make one here, or let a program authorize one.",
    found: "No payment has this in its reference.",
    more: `The newest ${payments.length} of ${amount(total)}, or of those found.`,
  };
  by("payments-note").textContent =
    total === 0 ? notes.none : payments.length === 0 ? notes.found : complete ? "" : notes.more;
}

function showPayment(payment, reference) {
  const title = by("view-title");
  title.textContent = reference ?? "All requests";
  title.className = reference === null ? "" : "reference";
  document.title = reference === null ? "Sandbox" : `${reference} · Sandbox`;
  by("view-state").replaceChildren(...(payment === null ? [] : stateText(payment)));
  by("payment").hidden = payment === null;
  by("view-note").textContent =
    reference !== null && payment === null ? "There is no payment with this reference. A program may ask for it all the same." : "";
  if (payment === null) {
    return;
  }
  const figure = (name, value) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, amount(value), " ", make("small", {}, payment.currency)));
  by("amounts").replaceChildren(
    figure("Amount, minor units", payment.amount),
    figure("Captured", payment.captured),
    figure("Refunded", payment.refunded),
    figure("Released", payment.canceled ? BigInt(payment.amount) - BigInt(payment.captured) : 0));
  const postings = [
    ...payment.captures.map((posting) => ["Capture", posting]),
    ...payment.refunds.map((posting) => ["Refund", posting]),
  ];
  by("postings").hidden = postings.length === 0;
  by("postings").tBodies[0].replaceChildren(...postings.map(([kind, posting]) =>
    make("tr", {}, make("td", {}, kind), make("td", { className: "number" }, amount(posting.amount)),
      make("td", {}, posting.comment ?? ""))));
}

// ── Requests: what was done, and what was told

const PAST = {
  cancel: "Canceled", capture: "Captured", refund: "Refunded", authorize: "Authorized", authorize_card: "Authorized",
};

function bodyAmount(request) {
  try {
    const { amount: value } = parse(request.body);
    return value === undefined ? "" : ` ${amount(value)}`;
  } catch {
    return "";
  }
}

const count = (number, singular, plural) => (number === "1" ? `1 ${singular}` : `${number} ${plural}`);

/** Whether the payment was canceled where the payments API does not show it. */
const isHidden = (request) => request.canceled && request.state !== "Canceled";

/** What happened, and what else there is to say about it. */
function done(request) {
  const [kind, number] = (request.fault ?? "").split("-then-")[0].split(":");
  const more = [];
  if (request.late_effects > 0) {
    more.push("just before, an earlier request took effect");
  }
  if (request.operation === null) {
    return { text: "Nothing", more: ["not a request for a payment, or not authenticated"] };
  }
  if (request.operation === "query") {
    const text = request.state === null ? "There is no such payment"
      : isHidden(request) ? "The payment is canceled in the back office" : `The payment is ${request.state}`;
    return { text, more, isQuery: true };
  }
  if (request.applied) {
    const text = PAST[request.operation];
    return { text: text + bodyAmount(request), more: text === request.state ? more : [...more, `now ${request.state}`] };
  }
  more.push(request.state === null ? "there is no such payment" : `the payment is ${request.state}`);
  const refused = request.problem !== null && !request.fault?.endsWith(request.problem);
  if (!refused && kind === "late") {
    return { text: "Nothing yet", more: [`due after ${count(number, "further request", "further requests")}`, ...more] };
  }
  if (!refused && (kind === "progress" || kind === "fail")) {
    const end = kind === "progress" ? "then it succeeds" : "then it fails";
    return { text: "In progress", more: [`for ${count(number, "query", "queries")}, ${end}`, ...more] };
  }
  return { text: "Nothing", more };
}

const FALSE_SUCCESS = {
  garbage: "a body that is not JSON", cut: "half of the payment", other: "the object of another payment",
};

/** What the client was told, and how it looks between the two. */
function told(request) {
  if (request.response !== "sent") {
    const text = request.response === "held" ? "Nothing yet: held" : "Nothing yet: delayed";
    return { text, rail: request.response };
  }
  const [, response] = (request.fault ?? "").split("-then-");
  if (request.status === null) {
    return { text: response === "reset" ? "Nothing: connection reset" : "Nothing: connection closed", rail: "lost" };
  }
  const isSuccess = request.status >= 200 && request.status < 300;
  if (isSuccess && response in FALSE_SUCCESS) {
    return { text: `${request.status}, ${FALSE_SUCCESS[response]}`, rail: "wrong" };
  }
  if (isSuccess) {
    const rail = isHidden(request) ? "wrong" : "sent";
    return { text: `${request.status}, ${request.state ?? "authorized"}`, rail, isSuccess };
  }
  const problem = request.problem === null ? "" : `, ${request.problem.replaceAll("_", " ")}`;
  return { text: `${request.status}${problem}`, rail: response === undefined || response === "ok" ? "sent" : "wrong" };
}

function verdict(request, { isQuery }, { rail, isSuccess }) {
  if (request.response !== "sent" || request.operation === null) {
    return "";
  }
  if (isSuccess && isHidden(request)) {
    return "told what the API shows, which is not what is true";
  }
  if (request.fault === null) {
    return "";
  }
  if (request.applied && !isSuccess) {
    return "done, but not told";
  }
  const isSkipped = !isQuery && request.fault.startsWith("skip");
  if (isSkipped && isSuccess) {
    return "told as a success, but not done";
  }
  if (rail === "sent") {
    return "";
  }
  return isSkipped ? "neither done nor told" : "not told";
}

let epoch = 0; // the sandbox's start, on this machine's clock

function clock(ms) {
  const time = new Date(epoch + ms);
  const digits = (number, length) => String(number).padStart(length, "0");
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => digits(part, 2)).join(":")
    + `.${digits(time.getMilliseconds(), 3)}`;
}

function requestRow(request) {
  const [what, said] = [done(request), told(request)];
  const difference = verdict(request, what, said);
  const name = request.operation ?? `${request.method} ${request.target.slice(0, 200)}`;
  const head = make("p", { className: "request" },
    make("span", { className: "name" }, name),
    request.linked && request.reference !== null
      ? make("a", { className: "reference", href: paymentLink(request.reference) }, request.reference) : null,
    make("time", { title: `request ${request.number}, on connection ${request.connection}` }, clock(request.at_ms)),
    request.fault === null ? null : make("span", { className: "chip", title: "the fault that it met" }, request.fault));
  const doneSide = make("div", { className: "done" },
    make("p", {}, make("span", { className: "hidden" }, "Done: "), make(request.applied ? "strong" : "span", {}, what.text)),
    ...what.more.map((text) => make("p", { className: "more" }, text)));
  const toldSide = make("div", { className: "told" },
    make("p", {}, make("span", { className: "hidden" }, "Told: "), make("strong", {}, said.text)),
    difference === "" ? null : make("p", { className: "verdict" }, difference));
  if (request.response === "held") {
    const release = make("button", { type: "button", className: "small" }, "Release it");
    release.addEventListener("click", () => change("POST", `requests/${request.number}/release`));
    toldSide.append(release);
  }
  const rail = make("span", { className: `rail ${said.rail}` });
  rail.setAttribute("aria-hidden", "true");
  const isLost = difference !== "" && difference !== "not told" && difference !== "neither done nor told";
  return make("li", { className: isLost ? "differs" : "" }, head,
    make("div", { className: "exchange" }, doneSide, rail, toldSide));
}

function showRequests({ requests, complete, dropped, now_ms: now }, reference) {
  if (Math.abs(Date.now() - now - epoch) > 2000) {
    epoch = Date.now() - now;
  }
  // A payment's story is read from its beginning; of the whole log, the newest requests are of interest.
  const rows = requests.map((request) => ({ ...request, linked: reference === null }));
  reconcile(by("requests"), reference === null ? rows.reverse() : rows, (request) => request.number, requestRow);
  const notes = [];
  if (requests.length === 0) {
    notes.push("No requests yet.");
  } else if (reference === null) {
    notes.push("The newest first.");
  }
  if (!complete) {
    notes.push(`Only the newest ${requests.length} are shown.`);
  }
  if (dropped > 0) {
    notes.push(`The log is full: ${amount(dropped)} older requests were dropped from it.`);
  }
  by("requests-note").textContent = notes.join(" ");
}

// ── Faults

function plannedRow(planned) {
  const who = planned.reference === null
    ? [`every ${planned.operation}`]
    : [`a ${planned.operation} of `, make("span", { className: "reference" }, planned.reference)];
  const how = [planned.delay_ms > 0 ? `after ${planned.delay_ms} ms` : "", planned.held ? "held" : ""].filter(Boolean);
  const back = make("button", { type: "button", className: "small" }, "Take it back");
  back.addEventListener("click", () => change("DELETE", `faults/${planned.number}`));
  return make("li", {}, make("span", { className: "chip" }, planned.fault), make("span", { className: "for" }, ...who,
    how.length === 0 ? "" : `, ${how.join(", ")}`), back);
}

function showFaults({ faults, complete, total }) {
  reconcile(by("planned"), faults, (planned) => planned.number, plannedRow);
  by("planned-box").hidden = total === 0;
  by("planned-note").textContent = complete ? "" : `The first ${faults.length} of ${amount(total)}.`;
}

function faultFields() {
  const form = by("fault").elements;
  const isCounted = ["late", "progress", "fail"].includes(form.effect.value);
  form.count.closest("label").hidden = !isCounted;
  const effect = isCounted ? `${form.effect.value}:${form.count.value || 0}` : form.effect.value;
  const fault = `${effect}-then-${form.response.value}`;
  by("fault-text").textContent = fault;
  return {
    operation: form.operation.value,
    reference: form.scope.value === "every" ? null : chosen(),
    fault,
    held: form.held.checked,
    delay_ms: Number(form.delay.value),
  };
}

// ── Reading the sandbox

let isDue = false;
let isReading = false;

/** Reads the sandbox and shows it; once more afterwards if it was called meanwhile, however often. */
async function refresh() {
  isDue = true;
  if (isReading) {
    return;
  }
  isReading = true;
  while (isDue) {
    isDue = false;
    try {
      await read();
    } catch {
      // The stream of events breaks, too, and says so.
    }
  }
  isReading = false;
}

async function read() {
  const reference = chosen();
  const search = encodeURIComponent(by("search").value);
  const ofPayment = reference === null ? "" : `&reference=${encodeURIComponent(reference)}`;
  const missing = (error) => {
    if (error.status === 404) {
      return null;
    }
    throw error;
  };
  const [payments, faults, requests, payment] = await Promise.all([
    call("GET", `payments?limit=${MOST_PAYMENTS}&search=${search}`),
    call("GET", `faults?limit=${MOST_FAULTS}${ofPayment}`),
    call("GET", `requests?last=${MOST_REQUESTS}${ofPayment}`),
    reference === null ? null : call("GET", `payments/${encodeURIComponent(reference)}`).catch(missing),
  ]);
  if (reference !== chosen()) {
    isDue = true;
    return;
  }
  showPayments(payments, requests, reference);
  showPayment(payment, reference);
  showFaults(faults);
  showRequests(requests, reference);
}

// ── Live, as long as somebody looks

let events = null;

function connect() {
  events?.close();
  events = null;
  if (document.hidden) {
    return;
  }
  const opened = new EventSource("/_sandbox/events");
  events = opened;
  opened.addEventListener("change", (event) => {
    status("live", "Live");
    const { held } = JSON.parse(event.data);
    by("release-all").hidden = held === 0;
    by("release-all").textContent = `Release all (${held})`;
    refresh();
  });
  opened.addEventListener("error", () => {
    status("lost", "The sandbox does not respond");
    opened.close();
    if (events === opened) {
      events = null;
      setTimeout(() => events ?? connect(), RETRY_MS);
    }
  });
}

function status(state, text) {
  if (by("status").dataset.state !== state) {
    by("status").dataset.state = state;
    by("status").textContent = text;
  }
}

function navigate() {
  document.body.dataset.view = location.hash === "" || location.hash === "#/" ? "list" : "requests";
  const { scope } = by("fault").elements;
  scope.options[0].disabled = chosen() === null;
  scope.value = chosen() === null ? "every" : "next";
  faultFields();
  refresh();
}

by("origin").textContent = location.origin;
by("search").addEventListener("input", refresh);
by("fault").addEventListener("input", faultFields);
by("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  change("POST", "faults", faultFields());
});
by("authorize").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { reference, state, amount: value, currency } = event.target.elements;
  const body = { state: state.value, amount: Number(value.value), currency: currency.value };
  const payment = await change("PUT", `payments/${encodeURIComponent(reference.value)}`, body);
  if (payment !== undefined) {
    reference.value = "";
    location.hash = paymentLink(payment.reference);
  }
});
by("release-all").addEventListener("click", () => change("POST", "release"));
by("reset").addEventListener("click", () => {
  by("confirm").returnValue = "";
  by("confirm").showModal();
});
by("confirm").addEventListener("close", async () => {
  if (by("confirm").returnValue === "reset" && await change("POST", "reset") !== undefined) {
    location.hash = "#/";
  }
});
addEventListener("hashchange", () => {
  navigate();
  by("view-title").focus();
});
document.addEventListener("visibilitychange", connect);
navigate();
connect();

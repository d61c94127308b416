"use strict";

const STATUS = { "-1": "not delivered", 0: "accepted", 1: "at the operator", 2: "delivered", 3: "delayed" };
const EVERY_MS = 1000;
const PHONES = 30;
const opened = [];
const shown = new Map();

const one = (id) => document.getElementById(id);
const counted = (amount, noun) => `${amount} ${noun}${amount === 1 ? "" : "s"}`;

async function ask(path, order) {
  const how = order && { method: "POST", body: JSON.stringify(order), headers: { "Content-Type": "application/json" } };
  const answer = await fetch(path, how);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.offer ? `${told.error}. Write to ${told.offer.number}, beginning with ${told.offer.prefix}` : told.error);
  return told;
}

const complaints = new Map();

function complain(about, words) {
  complaints.set(about, words);
  one("trouble").textContent = [...complaints.values()].filter(Boolean).join(" · ");
  one("trouble").hidden = !one("trouble").textContent;
}

function clock(iso) {
  return new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function line(kind, text, meta, status) {
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = text;
  const small = document.createElement("span");
  small.className = "meta" + (status === undefined ? "" : ` s${status}`);
  small.textContent = meta;
  item.append(small);
  return item;
}

function lines(phone) {
  const got = phone.received.map((sms) => [sms.status_since, line("theirs", sms.text,
    `${sms.from} · ${clock(sms.status_since)} · ${sms.parts > 1 ? `${sms.parts} parts · ` : ""}${STATUS[sms.status]}`, sms.status)]);
  const coming = phone.expected.map((sms) => [sms.taken, line("coming", sms.text,
    `${sms.from} · ${STATUS[sms.status]}${sms.error ? ` (${sms.error})` : ""} · ${clock(sms.status_since)}`, sms.status)]);
  const mine = phone.written.map((sms) => [sms.created, line("mine", sms.text, `to ${sms.num} · ${clock(sms.created)}`)]);
  return [...got, ...coming, ...mine].sort((a, b) => a[0].localeCompare(b[0])).map((pair) => pair[1]);
}

function card(number) {
  const section = one("phone").content.cloneNode(true).querySelector("section");
  section.querySelector("h2").textContent = `+${number}`;
  const text = section.querySelector("textarea");
  text.setAttribute("aria-label", `Text from +${number}`);
  section.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = section.querySelector(".said");
    try {
      const sent = await ask(`/sandbox/phones/${number}/sms`, { text: text.value });
      text.value = "";
      said.textContent = `sent to ${sent.num}: ${sent.text}`;
      await refresh();
    } catch (error) {
      said.textContent = error.message;
    }
  });
  return section;
}

function show(phone) {
  let section = shown.get(phone.phone);
  if (!section) {
    section = card(phone.phone);
    shown.set(phone.phone, section);
    one("phones").append(section);
  }
  const print = JSON.stringify(phone);
  if (section.dataset.print === print) return;
  section.dataset.print = print;
  const reply = phone.reply_to;
  section.querySelector(".hint").textContent = reply
    ? `A sender in letters cannot be answered. This goes to ${reply.number} and begins with ${reply.prefix}.`
    : "There is no service number to write to.";
  const list = section.querySelector(".texts");
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  list.replaceChildren(...lines(phone));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function drop(cards, kept, sectionOf) {
  for (const [id, card] of cards) {
    if (kept.includes(id)) continue;
    sectionOf(card).remove();
    cards.delete(id);
  }
}

async function refresh() {
  try {
    const [facts, phones] = await Promise.all([ask("/sandbox/"), ask(`/sandbox/phones?limit=${PHONES}`)]);
    const known = new Set(phones.map((phone) => phone.phone));
    for (const number of opened) if (!known.has(number)) phones.push(await ask(`/sandbox/phones/${number}`));
    phones.forEach(show);
    drop(shown, phones.map((phone) => phone.phone), (section) => section);
    one("empty").hidden = phones.length > 0;
    const moved = facts.offset_s ? ` (moved by ${Math.round(facts.offset_s)} s)` : "";
    one("facts").textContent = `${new Date(facts.now).toLocaleString()}${moved} · ${counted(facts.messages, "message")} · ` +
      `${counted(facts.requests, "request")} · balance ${facts.accounts.main} ₽` +
      (facts.faults ? ` · ${counted(facts.faults, "fault")} set` : "");
    complain(refresh, "");
  } catch (error) {
    complain(refresh, `The sandbox does not answer: ${error.message}`);
  }
}

one("time").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await ask("/sandbox/time", { advance_s: 60 * Number(one("minutes").value) });
    complain(clock, "");
    await refresh();
  } catch (error) {
    complain(clock, error.message);
  }
});

one("open").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const phone = await ask(`/sandbox/phones/${encodeURIComponent(one("number").value)}`);
    if (!opened.includes(phone.phone)) opened.push(phone.phone);
    one("number").value = "";
    complain(card, "");
    await refresh();
  } catch (error) {
    complain(card, error.message);
  }
});

async function live() {
  if (!document.hidden) await refresh();
  setTimeout(live, EVERY_MS);
}

live();

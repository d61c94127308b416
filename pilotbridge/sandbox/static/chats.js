"use strict";

// Chats beside the phones; ask, one, clock, line and complain are those of phones.js.
const CHATS = 8;
const MESSAGES = 60;
const ALL = "all";
const rooms = new Map();

async function act(room, verb, order) {
  const said = room.section.querySelector(".said");
  try {
    const told = await ask(`/sandbox/telegram/chats/${room.id}/${verb}`, order);
    said.textContent = "";
    await refreshChats();
    return told;
  } catch (error) {
    said.textContent = error.message;
    return null;
  }
}

function person(room) {
  const chosen = room.section.querySelector(".people").value;
  return chosen ? { person: Number(chosen) } : {};
}

function place(room) {
  const chosen = room.section.querySelector(".threads").value;
  return Number(chosen) ? { thread: Number(chosen) } : {};
}

function roomCard(chat) {
  const section = one("chat").content.cloneNode(true).querySelector("section");
  const room = { id: chat.id, section, print: "" };
  const text = section.querySelector("textarea");
  section.querySelector(".threads").addEventListener("change", refreshChats);
  section.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = await act(room, "write", { text: text.value, ...person(room), ...place(room) });
    if (sent) text.value = "";
  });
  return room;
}

function choose(select, options) {
  const print = JSON.stringify(options);
  if (select.dataset.print === print) return;
  select.dataset.print = print;
  const before = select.value;
  select.replaceChildren(...options.map(([value, name]) => new Option(name, value)));
  if (options.some(([value]) => String(value) === before)) select.value = before;
}

const HAPPENED = {
  forum_topic_created: (it) => `topic ${it.name} made`,
  forum_topic_edited: (it) => `topic changed${it.name ? ` to ${it.name}` : ""}`,
  forum_topic_closed: () => "topic closed",
  forum_topic_reopened: () => "topic open again",
  new_chat_members: (it) => `${it.map((who) => who.first_name).join(", ")} joined`,
  left_chat_member: (it) => `${it.first_name} left`,
  migrate_to_chat_id: (it) => `became supergroup ${it}`,
  migrate_from_chat_id: (it) => `was group ${it}`,
};

function words(message) {
  const event = Object.keys(HAPPENED).find((name) => name in message);
  if (event) return HAPPENED[event](message[event]);
  const file = message.document ? `📎 ${message.document.file_name}\n` : "";
  return file + (message.text || message.caption || (file ? "" : "(something else than text)"));
}

function bubble(room, message, bot) {
  const isService = Object.keys(HAPPENED).some((name) => name in message);
  const kind = isService ? "service" : message.from.id === bot ? "theirs" : "mine";
  const given = message.reactions.map((one) => one.emoji).join(" ");
  const seen = clock(message.date * 1000) + (message.edit_date ? " · edited" : "") + (given ? ` · ${given}` : "");
  const answered = message.reply_to_message && !message.reply_to_message.forum_topic_created
    ? `↩ ${words(message.reply_to_message).slice(0, 40)} · ` : "";
  const item = line(kind, words(message), `${answered}${message.from.first_name} · ${seen}`);
  if (message.reply_markup) item.append(keys(room, message));
  return item;
}

function keys(room, message) {
  const group = document.createElement("span");
  group.className = "keys";
  for (const key of message.reply_markup.inline_keyboard.flat()) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = key.text;
    button.disabled = !("callback_data" in key);
    button.addEventListener("click", () => act(room, "press",
      { message_id: message.message_id, data: key.callback_data, ...person(room) }));
    group.append(button);
  }
  return group;
}

async function showChat(chat, people, presses, bot) {
  const room = rooms.get(chat.id) || roomCard(chat);
  if (!rooms.has(chat.id)) {
    rooms.set(chat.id, room);
    one("chats").append(room.section);
  }
  const section = room.section;
  const name = chat.title || chat.first_name;
  const thread = section.querySelector(".threads").value;
  const chosen = thread && thread !== ALL ? `&thread=${thread}` : "";
  const [messages, topics] = await Promise.all([
    ask(`/sandbox/telegram/chats/${chat.id}/messages?limit=${MESSAGES}${chosen}`),
    ask(`/sandbox/telegram/chats/${chat.id}/topics`)]);
  const answers = presses.filter((press) => press.chat === chat.id && press.answer && press.answer.text);
  const print = JSON.stringify([chat, people, messages, topics, answers]);
  if (room.print === print) return;
  room.print = print;
  section.querySelector("h2").textContent = name;
  section.querySelector("textarea").setAttribute("aria-label", `Message to ${name}`);
  const open = topics.filter((topic) => !topic.deleted);
  choose(section.querySelector(".threads"), [[ALL, "the whole chat"], ...(open.length ? [[0, "General"]] : []),
    ...open.map((topic) => [topic.message_thread_id, topic.name + (topic.closed ? " (closed)" : "")])]);
  section.querySelector(".where").hidden = !open.length;
  const inside = chat.type === "private" ? [] : people.filter((who) => !["left", "kicked", undefined].includes(chat.members[who.id]));
  choose(section.querySelector(".people"), inside.map((who) => [who.id, who.first_name]));
  section.querySelector(".who").hidden = inside.length < 2;
  section.querySelector(".hint").textContent = `${chat.id} · the bot is ${chat.bot}` +
    (chat.migrated_to ? ` · became ${chat.migrated_to}` : "") + (answers.length ? ` · it said: ${answers[0].answer.text}` : "");
  const list = section.querySelector(".texts");
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  list.replaceChildren(...messages.reverse().map((message) => bubble(room, message, bot)));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

async function refreshChats() {
  try {
    const [chats, people, presses, bot] = await Promise.all([
      ask(`/sandbox/telegram/chats?limit=${CHATS}`), ask("/sandbox/telegram/people"),
      ask("/sandbox/telegram/presses?limit=20"), ask("/sandbox/telegram/bot")]);
    await Promise.all(chats.map((chat) => showChat(chat, people, presses, bot.id)));
    drop(rooms, chats.map((chat) => chat.id), (room) => room.section);
    complain(refreshChats, "");
  } catch (error) {
    complain(refreshChats, `Chats cannot be shown: ${error.message}`);
  }
}

async function liveChats() {
  if (!document.hidden) await refreshChats();
  setTimeout(liveChats, EVERY_MS);
}

liveChats();

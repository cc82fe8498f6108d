// The right column: the Intercom contact as it changes.
import { send } from "./api.js";
import { ask, el, on, press, refresh } from "./dom.js";
import { attribute, moment } from "./format.js";

const highlightMs = 12_000;

/** What was seen before, per contact: attribute values with the time of their last change, and tags. */
const seen = new Map();

/** Shows the contact's story; `undefined` when the chosen customer has no contact. */
export function showContact(story, customer, changed) {
  const node = document.getElementById("contact");
  document.getElementById("reply").hidden = story === undefined || story.contact.state !== "live";
  if (story === undefined) {
    refresh(node, { nobody: customer?.id ?? null }, () => nobody(customer));
    return;
  }
  const marks = compare(story);
  refresh(node, { story, marks }, () => [
    head(story, changed),
    section(
      "Attributes",
      story.attributes.length === 0
        ? none("No custom attributes yet.")
        : attributes(story.attributes, marks.attributes),
    ),
    section("Tags", story.tags.length === 0 ? none("No tags.") : tags(story.tags, marks.tags)),
    ...(story.notes.length === 0 ? [] : [section("Notes", ...story.notes.toReversed().map(note))]),
    section("Conversations", ...threads(story)),
    ...(story.events.length === 0
      ? []
      : [section("Events", el("ul", { class: "timeline" }, ...story.events.map(event)))]),
  ]);
}

function nobody(customer) {
  return customer === undefined
    ? el("div", { class: "empty" }, el("span", {}, "The contact of the chosen customer appears here."))
    : el(
        "div",
        { class: "empty" },
        el("strong", {}, "No contact yet"),
        el("span", {}, "Intercom has no user with this customer's user id or e-mail address."),
      );
}

/** Finds what changed since the last look, so that it can be highlighted for a while. */
function compare({ contact, attributes: list, tags: names }) {
  const known = seen.get(contact.id);
  const now = Date.now();
  const values = new Map();
  for (const { name, value } of list) {
    const before = known?.values.get(name);
    const isChanged = known !== undefined && before?.value !== value;
    values.set(name, isChanged ? { value, was: before?.value, at: now } : (before ?? { value, at: 0 }));
  }
  const tagTimes = new Map(names.map((name) => [name, known === undefined ? 0 : (known.tags.get(name) ?? now)]));
  seen.set(contact.id, { values, tags: tagTimes });
  const isFresh = ([, { at }]) => now - at < highlightMs;
  return {
    attributes: Object.fromEntries([...values].filter(isFresh).map(([name, { was }]) => [name, { was }])),
    tags: [...tagTimes].filter(([, at]) => now - at < highlightMs).map(([name]) => name),
  };
}

function head({ contact }, changed) {
  const who = contact.name ?? contact.email ?? contact.external_id ?? contact.id;
  const lines = [contact.email, contact.external_id === null ? null : `user id ${contact.external_id}`]
    .filter(Boolean)
    .join(" · ");
  return el(
    "div",
    { class: "contact-head" },
    el(
      "div",
      { class: "person" },
      el("h2", {}, who),
      el(
        "span",
        { class: `pill ${contact.state === "live" ? "info" : "bad"}` },
        contact.state === "live" ? contact.role : contact.state,
      ),
    ),
    el("p", { class: "sub" }, lines),
    contact.unsubscribed_from_emails ? el("p", { class: "sub" }, "Unsubscribed from e-mails") : null,
    contact.state === "live" ? buttons(contact, changed) : null,
  );
}

/** What a teammate can do; each button asks first. */
function buttons(contact, changed) {
  const fields = [
    { name: "name", label: "Name", value: contact.name ?? "" },
    { name: "email", label: "E-mail", type: "email", value: contact.email ?? "" },
  ];
  const isEdited = ([name, value]) => value !== "" && value !== (contact[name] ?? "");
  const actions = [
    {
      label: "Edit",
      done: "The contact was edited",
      question: { title: "Edit the contact", text: "As a teammate would in Intercom.", go: "Save", fields },
      body: (values) => ({ action: "editContact", ...Object.fromEntries(Object.entries(values).filter(isEdited)) }),
    },
    ...handling(contact),
    {
      label: "Archive",
      done: "The contact was archived",
      question: {
        title: "Archive this contact?",
        text: "It disappears from searches and lists, and the API answers 404.",
        go: "Archive",
      },
      body: () => ({ action: "archiveContact" }),
    },
    {
      label: "Delete",
      done: "The contact was deleted",
      question: {
        title: "Delete this contact for good?",
        text: "With its conversations. The e-mail address stays locked for seven days.",
        go: "Delete",
        danger: true,
      },
      body: () => ({ action: "deleteContact" }),
    },
  ];
  return el("div", { class: "buttons" }, ...actions.map((action) => actionButton(action, contact, changed)));
}

/** What is done with a contact every day; the last one by the contact. */
function handling(contact) {
  const isOut = contact.unsubscribed_from_emails;
  return [
    {
      label: "Tag",
      done: "The contact was tagged",
      question: {
        title: "Put a tag on the contact",
        text: "As a teammate would in Intercom.",
        go: "Tag",
        fields: [{ name: "tag", label: "Tag", value: "", required: true }],
      },
      body: (values) => ({ action: "tagContact", ...values }),
    },
    {
      label: "Close conversations",
      done: "The conversations were closed",
      question: { title: "Close the conversations?", text: "All that are open, as a teammate would.", go: "Close" },
      body: () => ({ action: "closeConversations" }),
    },
    {
      label: isOut ? "Subscribe" : "Unsubscribe",
      done: isOut ? "The contact wants e-mails again" : "The contact wants no e-mails",
      question: {
        title: isOut ? "Subscribe to e-mails?" : "Unsubscribe from e-mails?",
        text: "As the contact would by the link in an e-mail.",
        go: isOut ? "Subscribe" : "Unsubscribe",
      },
      body: () => ({ action: "editContact", unsubscribed_from_emails: !isOut }),
    },
  ];
}

function actionButton({ label, question, body, done }, contact, changed) {
  const button = el(
    "button",
    { type: "button", "data-key": label, class: question.danger ? "danger" : undefined },
    label,
  );
  on(button, "click", async () => {
    const values = await ask(question);
    if (values === undefined) return;
    await press(button, () => send("POST", "actions", { contact: contact.id, ...body(values) }), done);
    changed();
  });
  return button;
}

function section(title, ...content) {
  return el("section", { class: "section" }, el("h3", {}, title), ...content);
}

function none(text) {
  return el("p", { class: "none" }, text);
}

function attributes(list, marks) {
  return el(
    "dl",
    { class: "attributes" },
    ...list.map((one) => {
      const mark = marks[one.name];
      const was =
        mark === undefined
          ? null
          : el("small", {}, mark.was === undefined ? "new" : `was ${attribute({ ...one, value: mark.was })}`);
      return el(
        "div",
        { class: mark === undefined ? undefined : "changed" },
        el("dt", {}, one.name),
        el("dd", {}, attribute(one), was),
      );
    }),
  );
}

function tags(names, fresh) {
  return el(
    "div",
    { class: "tags" },
    ...names.map((name) => el("span", { class: fresh.includes(name) ? "tag fresh" : "tag" }, name)),
  );
}

function note({ text, at }) {
  return el("div", { class: "note" }, text, el("small", {}, moment(at)));
}

function threads({ conversations, messages }) {
  if (conversations.length + messages.length === 0) return [none("No conversations.")];
  const sent = messages.map((message) =>
    el(
      "div",
      { class: "thread" },
      el(
        "div",
        { class: "thread-head" },
        el("span", {}, message.type === "email" ? "E-mail, no answer yet" : "Message, no answer yet"),
        el("time", {}, moment(message.at)),
      ),
      el(
        "div",
        { class: "bubble admin" },
        message.subject === "" ? message.text : `${message.subject}\n${message.text}`,
      ),
    ),
  );
  return [...conversations.toReversed().map(thread), ...sent.toReversed()];
}

const stateKinds = { open: "good", snoozed: "info", closed: "" };

function thread({ id, state, priority, title, parts }) {
  return el(
    "div",
    { class: "thread" },
    el(
      "div",
      { class: "thread-head" },
      el("span", {}, title ?? `Conversation ${id}`),
      el("span", { class: `pill ${stateKinds[state]}` }, state, priority === "none" ? null : `, ${priority} priority`),
    ),
    ...parts.map(part),
  );
}

const words = {
  assignment: "assigned",
  close: "closed",
  open: "opened again",
  priority_changed: "set the priority",
  snoozed: "snoozed",
  timer_unsnooze: "woke up",
};

function part({ author, text, at, kind }) {
  if (text === null)
    return el("p", { class: "happened" }, `${author.name ?? author.type} ${words[kind] ?? kind} · ${moment(at)}`);
  const look = kind === "note" ? "bubble admin note" : `bubble ${author.type}`;
  return el(
    "div",
    { class: look },
    text,
    el(
      "small",
      {},
      `${kind === "note" ? "Note by " : ""}${author.name ?? author.email ?? author.type} · ${moment(at)}`,
    ),
  );
}

function event({ name, at, metadata }) {
  const details = Object.entries(metadata)
    .map(([key, value]) => `${key}: ${readable(value)}`)
    .join(", ");
  return el(
    "li",
    {},
    el("span", {}, name),
    el("time", {}, moment(at)),
    details === "" ? null : el("small", {}, details),
  );
}

function readable(value) {
  if (value === null || typeof value !== "object") return String(value);
  if ("amount" in value) return `${value.amount} ${value.currency}`;
  return value.value ?? JSON.stringify(value);
}

/**
 * Station rules: what each part of a rules document says, in a sentence: for the tables of docs/reference/rules.md and for the hints that
 * editors show. A part is found by the name of what it stands in; a test fails while one has no words.
 */
export const ruleWords: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  document: {
    version: "Of the format: 1.",
    language: "For customers of whom it is not known, or whose language no text is written in.",
    timeZone: "For customers whose country has several, or is not known; a name such as Europe/Berlin.",
    business: "About the business, for texts.",
    quietHours: "When no message leaves, for all rules that do not say otherwise.",
    caps: "How many messages a person gets at most, of all rules together.",
    holdouts: "Control groups that several rules share, by name.",
    dunning: "What rules with `dunning: true` have to know.",
    breaker: "A rule that wants to touch more customers within an hour pauses itself.",
    model: "A language model that phrases messages; off without it. Its key is a setting of the server.",
    texts: "The texts, by name and language; Liquid.",
    rules: "The rules.",
  },
  business: { name: "How it is called in texts: `business.name`." },
  caps: { chat: "For chat messages.", email: "For e-mails." },
  cap: { messages: "At most so many messages …", per: "… within so long." },
  quietHours: {
    from: "From this clock time on, in the customer's time zone …",
    to: "… to this one; on the next day when it is the earlier one.",
    weekends: "Saturdays and Sundays are quiet as a whole.",
  },
  holdouts: {
    share: "How many percent of the customers are left alone; the same ones each time.",
    attribute: "An attribute of this name shows in Intercom who is (true or false).",
  },
  dunning: {
    stripeEmails:
      "Whether Stripe itself mails customers about failed payments (Dashboard → Billing → Emails); its API does not tell.",
  },
  breaker: {
    share: "More than this share of the customers, in percent …",
    atLeast: "… and more than this number.",
  },
  model: {
    url: "The address of an API like OpenAI's.",
    name: "The model's name there.",
    timeoutSeconds: "How long an answer may take.",
  },
  texts: {
    en: "In English.",
    de: "In German.",
    subject: "Of an e-mail.",
    body: "The text itself: Liquid, and Markdown for paragraphs, lists, bold and links.",
  },
  rule: {
    name: "How it is called everywhere; another name is another rule.",
    description: "What it does, in a sentence.",
    purpose: "Why the business may do this to its customers, for whoever judges it.",
    mode: "draft: only tried · shadow: judges live events and records what it would have done · live · paused.",
    share: "The share of customers, in percent, for whom a live rule acts; the same ones each time.",
    holdout: "Customers who are left alone on purpose: a share of this rule's own in percent, or a shared group.",
    on: "What makes it look at a customer; exactly one trigger.",
    if: "A condition that is looked at when it is triggered.",
    while: "The reason; once it is not true any more the run is over, and before every message it is looked at again.",
    whenOver: "What is done with the run's tags and attributes once `while` is not true any more: undo or keep.",
    oncePer:
      "What it happens once for: ever (customer), per open invoice, subscription, billing period, object of the moment, or not again within a time such as 30 days.",
    dunning:
      "It speaks to customers about an invoice that failed: of such rules only one speaks per invoice, and none when it would be harmful.",
    priority: "Of two rules that want to speak at the same time the higher one does.",
    quietHours: "Instead of the document's; `none` for messages that cannot wait.",
    caps: "Instead of the document's; `none` for messages that cannot wait.",
    steps: "What is done, in this order.",
  },
  holdout: { group: "The name of a group of `holdouts`." },
  on: {
    moment: "Something happened, by its name in [data events](data-events.md).",
    stripe: "An event of Stripe's, by its type, for what is no moment.",
    becomes: "A condition about the customer was false, or not known, and is true.",
    date: "A date of the profile.",
    before: "So long before the date.",
    after: "So long after the date.",
    yearly: "Again each year.",
    at: "The customer's clock time, for dates that have none of their own.",
    signal:
      "Something happened in Intercom: replied, conversation_opened, conversation_closed, unsubscribed, tagged or untagged.",
    tag: "With tagged and untagged: this tag; left out, any.",
    manual: "Somebody asks for it, with `dunlin rules trigger` or over the API.",
  },
  step: {
    id: "A name of yours for the step.",
    set: "Sets an attribute of the contact; it stays until it is undone or set again.",
    tag: "Tags the contact.",
    untag: "Takes a tag away.",
    message: "Sends a chat message or an e-mail.",
    conversation: "Opens a conversation in the customer's name, so that it lands in the inbox.",
    note: "Leaves a note that only teammates see.",
    assign:
      "Assigns the conversation of the run, or else the customer's latest open one; nothing is done where there is none.",
    priority:
      "Sets the priority of the conversation that `assign` would take: none, low, medium, high or urgent. Only a [preview](#priority) of Intercom's API does.",
    ticket: "Makes a ticket.",
    dataEvent: "Sends a data event, from which a Series or a Workflow can start.",
    webhook: "Calls an address of yours.",
    wait: "Waits for a time or until a date, and less long for a reply or a condition.",
    stop: "Ends the run, for this reason.",
    undo: "Takes back the tags and attributes that this run has set.",
    branch: "Goes on with the first case whose condition is true; one that is not known is not true.",
    else: "What is done when no condition of the branch is true.",
  },
  set: {
    attribute: "Its name in Intercom. Neither one of Intercom's own fields nor one that the mapping writes.",
    type: "string, integer, float, boolean or date.",
    value: "Written down, or worked out: `{ cel: … }`. A date is written as 2026-11-30.",
  },
  value: { cel: "An expression that answers the value." },
  message: {
    channel: "chat or email.",
    text: "By name from `texts`.",
    from: "The teammate in whose name (id); without one, the owner of the access token.",
    draft: "A language model phrases it; the text itself is what is sent when it cannot.",
  },
  draft: {
    instruction: "What the model is told beside the facts.",
    approval: "Whether a person has to approve what it wrote.",
  },
  conversation: { text: "By name from `texts`." },
  note: { text: "By name from `texts`.", from: "The teammate in whose name (id)." },
  assign: { team: "A team's id.", teammate: "A teammate's id." },
  ticket: {
    type: "The ticket type's id.",
    title: "By name from `texts`; one line.",
    description: "By name from `texts`.",
    attributes: "Attributes of the ticket type, by name; written down or worked out.",
    team: "Assigned to this team (id).",
    teammate: "Assigned to this teammate (id).",
  },
  attributes: { cel: "An expression that answers the value." },
  dataEvent: {
    name: "The event's name in Intercom.",
    metadata: "At most ten values, by name; written down or worked out. Dates need names that end in `_date`.",
  },
  metadata: { cel: "An expression that answers the value." },
  webhook: {
    url: "An https address on the public internet.",
    facts: "What goes along, by name; written down or worked out.",
  },
  facts: { cel: "An expression that answers the value." },
  wait: {
    for: "So long; or",
    until: "until a date of the profile.",
    orReply: "Ends it earlier: the customer has answered.",
    orUntil: "Ends it earlier: this condition is true.",
  },
  until: {
    date: "The date, by its name in the profile.",
    before: "So long before the date.",
    after: "So long after the date.",
  },
  // oxlint-disable-next-line no-thenable -- the language has this word; nobody waits for a table
  branch: { if: "The condition of the case.", then: "The steps of the case." },
};

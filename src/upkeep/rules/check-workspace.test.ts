/** What Intercom says about the teams, teammates and ticket types that rules name; and what when it says nothing. */
import { describe, expect, it } from "vitest";
import { rulesDocument } from "../../../contract/rule.ts";
import { aDocument } from "../../../test/support/rule-documents.ts";
import type { IntercomClient } from "../../intercom/client.ts";
import { IntercomForbidden } from "../../intercom/failure.ts";
import { checkNamedThings } from "./check-workspace.ts";

const forbidden = new IntercomForbidden("Read tickets", {
  message: "The app lacks “Read tickets”.",
  status: 403,
  vendorCode: "forbidden",
  requestId: null,
});

const answers: Readonly<Record<string, unknown>> = {
  "/teams": { type: "team.list", teams: [{ type: "team", id: 5001, name: "Support" }] },
  "/admins": { type: "admin.list", admins: [{ type: "admin", id: "77", name: null }] },
  "/ticket_types": { type: "list", data: [{ type: "ticket_type", id: "7001", name: "Billing" }] },
};

function workspace(told: Readonly<Record<string, unknown>> = answers): {
  readonly intercom: IntercomClient;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const intercom: IntercomClient = {
    async request({ path, schema }) {
      await Promise.resolve();
      asked.push(path);
      const body = told[path];
      if (body instanceof Error) throw body;
      return { data: schema.parse(body), requestId: "r1", headers: {} };
    },
    close: async () => undefined,
  };
  return { intercom, asked };
}

const ticket = { ticket: { type: "7009", title: "hello", team: "4711" } };
const read = (...steps: readonly object[]) => rulesDocument.parse(aDocument({ steps }));

describe("what rules name", () => {
  it("is looked for in the lists that it needs", async () => {
    const { intercom, asked } = workspace();
    const { problems, unknown } = await checkNamedThings(read(ticket, { assign: { team: "5001" } }), intercom);
    expect(problems.map(({ code, problem }) => `${code}: ${problem}`)).toEqual([
      "TICKET_TYPE_UNKNOWN: Intercom has no ticket type 7009; there is 7001 (Billing)",
      "TEAM_UNKNOWN: Intercom has no team 4711; there is 5001 (Support)",
    ]);
    expect(unknown).toEqual([]);
    expect(asked.toSorted()).toEqual(["/teams", "/ticket_types"]);
  });

  it("is not known where a permission is missing, which is no error", async () => {
    const { intercom } = workspace({ ...answers, "/ticket_types": forbidden });
    const { problems, unknown } = await checkNamedThings(read(ticket), intercom);
    expect(problems.map(({ code }) => code)).toEqual(["TEAM_UNKNOWN"]);
    expect(unknown).toEqual([{ part: "ticketType", why: "the app may not read them", permission: "Read tickets" }]);
  });

  it("is not asked about without a connection", async () => {
    expect(await checkNamedThings(read(ticket), undefined)).toEqual({ problems: [], unknown: [] });
  });
});

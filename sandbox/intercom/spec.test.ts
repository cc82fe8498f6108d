import { describe, expect, it } from "vitest";
import { loadSpecCheck } from "./spec-check.ts";
import { createTestClient, type Answer } from "./test-client.ts";

const check = loadSpecCheck();

/** Where Intercom's own examples differ from the description: nobody's address is `null`, as everywhere there. */
const knownDifferences = [/\/email: must be string$/];

/** Fills the braces of a described path, calls it and holds the answer against the description. */
function caller() {
  const { call } = createTestClient();
  return async (method: string, path: string, body?: unknown, ids: readonly string[] = []): Promise<Answer> => {
    let next = 0;
    const [pattern = "", query] = path.split("?");
    const real = pattern.replaceAll(/\{[^}]+\}/g, () => ids[next++] ?? "missing");
    const answer = await call(method, query === undefined ? real : `${real}?${query}`, body);
    const complaints = check?.({ method, path: pattern, status: answer.status, body: answer.body }) ?? [];
    const unexpected = complaints.filter((complaint) => !knownDifferences.some((known) => known.test(complaint)));
    expect(unexpected, `${method} ${path} ${JSON.stringify(answer.body)}`).toEqual([]);
    return answer;
  };
}

const idOf = (answer: Answer) => String(answer.get("id"));

describe("answers of version Preview fit its description", () => {
  const previewCheck = loadSpecCheck("Preview");

  it.skipIf(previewCheck === undefined)("for a priority (skipped when there is no copy of it)", async () => {
    const { callWith, intercom } = createTestClient();
    const { id } = intercom.userStarts(intercom.seedContact({ email: "a@b.c" }).id, "Hello?");
    const call = callWith({ "intercom-version": "Preview" });
    for (const real of [id, "1"]) {
      const { status, body } = await call("PUT", `/conversations/${real}`, { priority: "high" });
      const complaints = previewCheck?.({ method: "PUT", path: "/conversations/{id}", status, body }) ?? [];
      expect(complaints.filter((complaint) => !knownDifferences.some((known) => known.test(complaint)))).toEqual([]);
    }
  });
});

describe.skipIf(check === undefined)(
  "answers fit the description of version 2.16 (skipped when there is no copy of it)",
  () => {
    it("and the check bites", () => {
      const odd = {
        method: "GET",
        path: "/contacts/{contact_id}",
        status: 200,
        body: { type: "contact", id: 7, tags: { data: "none" } },
      };
      expect(check?.(odd)).toEqual([
        "GET /contacts/{contact_id} 200/id: must be string",
        expect.stringContaining("/tags"),
        expect.stringContaining("/tags"),
        expect.stringContaining("/tags"),
      ]);
      expect(check?.({ ...odd, status: 418 })).toEqual(["GET /contacts/{contact_id} 418 is not described"]);
    });

    it("for teammates", async () => {
      const call = caller();
      const me = await call("GET", "/me");
      await call("GET", "/admins");
      await call("GET", "/admins/{admin_id}", undefined, [idOf(me)]);
      await call("GET", "/admins/{admin_id}", undefined, ["1"]);
      await call("GET", "/teams");
    });

    it("for contacts", async () => {
      const call = caller();
      await call("POST", "/data_attributes", { name: "billing_plan", model: "contact", data_type: "string" });
      const id = idOf(
        await call("POST", "/contacts", {
          external_id: "x",
          email: "a@b.c",
          phone: "+49",
          avatar: "https://a.example/b.png",
          custom_attributes: { billing_plan: "pro" },
        }),
      );
      const lead = idOf(await call("POST", "/contacts", { role: "lead", email: "a@b.c" }));
      const tag = idOf(await call("POST", "/tags", { name: "vip" }));
      await call("POST", "/contacts/{contact_id}/tags", { id: tag }, [id]);
      await call("GET", "/contacts/{contact_id}/tags", undefined, [id]);
      const note = idOf(await call("POST", "/contacts/{contact_id}/notes", { body: "Hello" }, [id]));
      await call("GET", "/contacts/{contact_id}/notes", undefined, [id]);
      await call("GET", "/notes/{note_id}", undefined, [note]);
      await call("PUT", "/contacts/{contact_id}", { name: "Ann", signed_up_at: 1_790_000_000 }, [id]);
      await call("GET", "/contacts/{contact_id}", undefined, [id]);
      await call("GET", "/contacts/find_by_external_id/{external_id}", undefined, ["x"]);
      await call("GET", "/contacts");
      await call("POST", "/contacts/search", { query: { field: "email", operator: "=", value: "a@b.c" } });
      await call("GET", "/contacts/{contact_id}/segments", undefined, [id]);
      await call("POST", "/contacts/{contact_id}/subscriptions", { id: "91", consent_type: "opt_out" }, [id]);
      await call("GET", "/contacts/{contact_id}/subscriptions", undefined, [id]);
      await call("DELETE", "/contacts/{contact_id}/subscriptions/{subscription_id}", undefined, [id, "91"]);
      await call("POST", "/contacts/merge", { from: lead, into: id });
      await call("GET", "/contacts/{contact_id}", undefined, [lead]);
      await call("GET", "/contacts/{id}/merge_history", undefined, [id]);
      await call("DELETE", "/contacts/{contact_id}/tags/{tag_id}", undefined, [id, tag]);
      await call("POST", "/contacts/{contact_id}/archive", undefined, [id]);
      await call("POST", "/contacts/{contact_id}/unarchive", undefined, [id]);
      await call("DELETE", "/contacts/{contact_id}", undefined, [id]);
    });

    it("for definitions, events and lists of types", async () => {
      const call = caller();
      const attribute = await call("POST", "/data_attributes", {
        name: "One Ring",
        model: "company",
        data_type: "options",
        options: [{ value: "a" }, { value: "b" }],
      });
      await call("PUT", "/data_attributes/{data_attribute_id}", { description: "Just a ring" }, [idOf(attribute)]);
      await call("GET", "/data_attributes?include_archived=true");
      await call("GET", "/data_attributes?model=conversation");
      await call("POST", "/contacts", { external_id: "x" });
      await call("POST", "/events", { event_name: "invoice-paid", created_at: 1_793_000_000, user_id: "x" });
      await call("GET", "/events?type=user&user_id=x&summary=true");
      await call("GET", "/tags");
      await call("GET", "/segments");
      await call("GET", "/subscription_types");
    });

    it("for companies", async () => {
      const call = caller();
      const contact = idOf(await call("POST", "/contacts", { external_id: "x" }));
      const id = idOf(
        await call("POST", "/companies", { company_id: "c1", name: "Acme", plan: "Pro", size: 8, monthly_spend: 49 }),
      );
      await call("POST", "/contacts/{contact_id}/companies", { id }, [contact]);
      await call("GET", "/contacts/{contact_id}/companies", undefined, [contact]);
      await call("GET", "/companies/{company_id}", undefined, [id]);
      await call("PUT", "/companies/{company_id}", { name: "Acme Ltd" }, [id]);
      await call("GET", "/companies");
      await call("POST", "/companies/list");
      await call("GET", "/companies/scroll");
      await call("GET", "/companies/{company_id}/contacts", undefined, [id]);
      await call("POST", "/companies/{company_id}/notes", { body: "Hello" }, [id]);
      await call("GET", "/companies/{company_id}/notes", undefined, [id]);
      await call("GET", "/companies/{company_id}/segments", undefined, [id]);
      await call("DELETE", "/contacts/{contact_id}/companies/{company_id}", undefined, [contact, id]);
      await call("DELETE", "/companies/{company_id}", undefined, [id]);
      await call("GET", "/companies/{company_id}", undefined, [id]);
    });

    it("for conversations", async () => {
      const call = caller();
      const admin_id = idOf(await call("GET", "/me"));
      const contact = idOf(await call("POST", "/contacts", { external_id: "x", email: "a@b.c", name: "Ann" }));
      await call("POST", "/messages", {
        message_type: "email",
        subject: "Hi",
        body: "Hello",
        template: "plain",
        from: { type: "admin", id: Number(admin_id) },
        to: { type: "user", id: contact },
      });
      const started = await call("POST", "/conversations", {
        from: { type: "user", id: contact },
        body: "My invoice?",
      });
      const id = String(started.get("conversation_id"));
      await call(
        "POST",
        "/conversations/{conversation_id}/reply",
        { type: "admin", message_type: "comment", admin_id, body: "Here" },
        [id],
      );
      await call(
        "POST",
        "/conversations/{conversation_id}/reply",
        { type: "user", message_type: "comment", intercom_user_id: contact, body: "Thanks" },
        ["last"],
      );
      await call(
        "POST",
        "/conversations/{conversation_id}/parts",
        { message_type: "assignment", type: "admin", admin_id, assignee_id: admin_id },
        [id],
      );
      await call(
        "POST",
        "/conversations/{conversation_id}/parts",
        { message_type: "snoozed", admin_id, snoozed_until: 1_800_000_000 },
        [id],
      );
      await call("POST", "/conversations/{conversation_id}/parts", { message_type: "close", type: "admin", admin_id }, [
        id,
      ]);
      const tag = idOf(await call("POST", "/tags", { name: "billing" }));
      await call("POST", "/conversations/{conversation_id}/tags", { id: tag, admin_id }, [id]);
      await call("GET", "/conversations/{conversation_id}", undefined, [id]);
      await call("DELETE", "/conversations/{conversation_id}/tags/{tag_id}", { admin_id }, [id, tag]);
      const attribute = await call("POST", "/conversations/attributes", { name: "case", data_type: "string" });
      await call("POST", "/conversations/attributes", { name: "kind", data_type: "list", options: [{ label: "a" }] });
      await call("POST", "/conversations/attributes", { name: "odd", data_type: "colour" });
      await call("GET", "/conversations/attributes");
      await call("PUT", "/conversations/attributes/{id}", { description: "d" }, [idOf(attribute)]);
      await call("PUT", "/conversations/{conversation_id}", { title: "Invoice", custom_attributes: { case: "c1" } }, [
        id,
      ]);
      await call("DELETE", "/conversations/attributes/{id}", undefined, [idOf(attribute)]);
      await call("GET", "/conversations");
      await call("POST", "/conversations/search", { query: { field: "contact_ids", operator: "=", value: contact } });
      await call("DELETE", "/conversations/{conversation_id}", undefined, [id]);
      await call("GET", "/conversations/{conversation_id}", undefined, [id]);
    });

    it("for tickets", async () => {
      const call = caller();
      const admin_id = idOf(await call("GET", "/me"));
      const types = await call("GET", "/ticket_types");
      const states = await call("GET", "/ticket_states");
      const type = String(types.get("data", 0, "id"));
      await call("POST", "/ticket_types", { name: "Refund" });
      await call("GET", "/ticket_types/{ticket_type_id}", undefined, [type]);
      await call(
        "POST",
        "/ticket_types/{ticket_type_id}/attributes",
        { name: "amount", description: "", data_type: "decimal" },
        [type],
      );
      const id = idOf(
        await call("POST", "/tickets", {
          ticket_type_id: type,
          contacts: [{ email: "a@b.c" }],
          ticket_attributes: { _default_title_: "T", amount: 3 },
        }),
      );
      await call(
        "PUT",
        "/tickets/{ticket_id}",
        { ticket_state_id: states.get("data", 1, "id"), admin_id, assignee_id: admin_id },
        [id],
      );
      await call("PUT", "/tickets/{ticket_id}", { assignee_id: "5" }, [id]);
      await call("PUT", "/tickets/{ticket_id}", { ticket_state_id: "5" }, [id]);
      await call(
        "POST",
        "/tickets/{ticket_id}/reply",
        { type: "admin", message_type: "note", admin_id, body: "<p>n</p>" },
        [id],
      );
      await call("GET", "/tickets/{ticket_id}", undefined, [id]);
      await call("POST", "/tickets/search", { query: { field: "state", operator: "=", value: "in_progress" } });
      await call("DELETE", "/tickets/{ticket_id}", undefined, [id]);
    });

    it("for data connectors", async () => {
      const call = caller();
      const id = idOf(
        await call("POST", "/data_connectors", {
          name: "Plan",
          http_method: "post",
          url: "https://x.example/{{id}}",
          headers: [{ name: "x-secret", value: "s" }],
          data_inputs: [{ name: "id", type: "string", required: true }],
          mock_response: { plan: "Pro" },
        }),
      );
      await call("POST", "/data_connectors", {});
      await call("PATCH", "/data_connectors/{id}", { state: "live" }, [id]);
      await call("PATCH", "/data_connectors/{id}", { state: "paused" }, [id]);
      await call("DELETE", "/data_connectors/{id}", undefined, [id]);
      await call("GET", "/data_connectors/{id}", undefined, [id]);
      await call("GET", "/data_connectors");
      await call("GET", "/data_connectors/{data_connector_id}/execution_results", undefined, [id]);
      await call("PATCH", "/data_connectors/{id}", { state: "draft" }, [id]);
      await call("DELETE", "/data_connectors/{id}", undefined, [id]);
      await call("GET", "/data_connectors/{id}", undefined, [id]);
    });
  },
);

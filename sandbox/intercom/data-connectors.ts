/** Data connectors, through which Fin and workflows call other services; born as drafts. */
import { z } from "zod";
import { tokenAdmin } from "./admins.ts";
import { pageById, queryPageRequest } from "./pages.ts";
import { notFound, Refusal } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { DataConnector } from "./rows.ts";
import { anyObject } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

const pageSize = { default: 20, max: 50 };
const executionPageSize = { default: 10, max: 30 };

const methods = ["get", "post", "put", "delete", "patch"] as const;
const audiences = ["leads", "users", "visitors"] as const;

const input = z.strictObject({
  name: z.string().min(1),
  type: z.enum(["string", "integer", "decimal", "boolean"]),
  description: z.string().default(""),
  required: z.boolean().default(false),
  default_value: z.string().default(""),
});

const createBody = z.strictObject({
  name: z.string().exactOptional(),
  description: z.string().exactOptional(),
  http_method: z.string().exactOptional(),
  url: z.string().exactOptional(),
  body: z.string().exactOptional(),
  headers: z.array(z.strictObject({ name: z.string(), value: z.string() })).exactOptional(),
  data_inputs: z.array(input).exactOptional(),
  audiences: z.array(z.string()).exactOptional(),
  direct_fin_usage: z.boolean().exactOptional(),
  customer_authentication: z.boolean().exactOptional(),
  bypass_authentication: z.boolean().exactOptional(),
  validate_missing_attributes: z.boolean().exactOptional(),
  mock_response: anyObject.exactOptional(),
  token_ids: z.array(z.string()).exactOptional(),
});

const updateBody = createBody.extend({ state: z.string().exactOptional() });

/** Create, read, change and delete connectors, and the (always empty) record of their calls. */
export function dataConnectorRoutes(workspace: Workspace): readonly Route[] {
  const { connectors } = workspace.tables;
  const path = "/data_connectors";
  const read = (suffix: string) => ({ method: "GET", path: path + suffix, scope: "read_data_connectors" }) as const;
  const scope = "write_data_connectors";
  const found = (id: string) => findConnector(workspace, id);
  return [
    route(read(""), ({ query }) => {
      const page = pageById(queryPageRequest(pageSize, query), connectors.all());
      return ok({ type: "list", data: page.items.map(summary), pages: connectorPages(page.pages) });
    }),
    bodyRoute({ method: "POST", path, scope, body: createBody }, ({ body }) => ({
      status: 201,
      body: detail(createConnector(workspace, body)),
    })),
    route(read("/:id"), (call) => ok(detail(found(param(call, "id"))))),
    bodyRoute({ method: "PATCH", path: `${path}/:id`, scope, body: updateBody }, (call) => {
      const connector = found(param(call, "id"));
      return ok(detail(connectors.put(applyInput(workspace, connector, call.body))));
    }),
    route({ method: "DELETE", path: `${path}/:id`, scope }, (call) => {
      const { id, state } = found(param(call, "id"));
      if (state !== "draft") throw new Refusal(409, "conflict", "Data connector must be in draft state to be deleted");
      connectors.delete(id);
      return ok({ id, object: "data_connector", deleted: true });
    }),
    route(read("/:id/execution_results"), (call) => {
      found(param(call, "id"));
      const { perPage } = queryPageRequest(executionPageSize, call.query);
      return ok({ type: "list", data: [], pages: { type: "pages", per_page: perPage, next: null } });
    }),
  ];
}

/** Connector lists have shorter pages than others: no page number, and `next` holds only the cursor. */
function connectorPages(pages: ReturnType<typeof pageById>["pages"]) {
  const next = pages.next === undefined ? null : { starting_after: pages.next.starting_after };
  return { type: "pages", per_page: pages.per_page, next };
}

function findConnector(workspace: Workspace, id: string): DataConnector {
  const connector = workspace.tables.connectors.get(id);
  if (connector === undefined) throw notFound("Data connector not found", "data_connector_not_found");
  return connector;
}

function createConnector(workspace: Workspace, body: z.output<typeof createBody>): DataConnector {
  if (body.name === undefined || body.name === "") throw new Refusal(422, "parameter_not_found", "Name is required");
  const now = workspace.nowS();
  const blank: DataConnector = {
    id: workspace.ids.next("data_connector"),
    name: body.name,
    description: null,
    state: "draft",
    http_method: "get",
    url: null,
    body: "",
    headers: [],
    data_inputs: [],
    audiences: [...audiences],
    direct_fin_usage: false,
    customer_authentication: false,
    bypass_authentication: false,
    validate_missing_attributes: false,
    mock_response: null,
    token_ids: [],
    admin_id: tokenAdmin(workspace).id,
    created_at: now,
    updated_at: now,
  };
  return workspace.tables.connectors.put(applyInput(workspace, blank, body));
}

/** What the body leaves out stays; three of its values have fixed choices. */
function applyInput(workspace: Workspace, present: DataConnector, body: z.output<typeof updateBody>): DataConnector {
  const { http_method: method, audiences: people, state, ...rest } = body;
  return {
    ...present,
    ...rest,
    http_method: readMethod(method) ?? present.http_method,
    audiences: readAudiences(people) ?? present.audiences,
    state: readState(state) ?? present.state,
    updated_at: workspace.nowS(),
  };
}

function readMethod(wanted: string | undefined): DataConnector["http_method"] | undefined {
  if (wanted === undefined) return undefined;
  const method = methods.find((known) => known === wanted);
  if (method === undefined) throw unprocessable("Http Method isn't an option");
  return method;
}

function readAudiences(wanted: readonly string[] | undefined): DataConnector["audiences"] | undefined {
  if (wanted === undefined) return undefined;
  const known = audiences.filter((audience) => wanted.includes(audience));
  if (known.length !== new Set(wanted).size) {
    throw unprocessable("Invalid audiences. Must be a subset of: leads, users, visitors");
  }
  return known;
}

function readState(wanted: string | undefined): DataConnector["state"] | undefined {
  if (wanted === undefined || wanted === "draft" || wanted === "live") return wanted;
  throw unprocessable("Invalid state. Must be one of: draft, live");
}

function unprocessable(message: string): Refusal {
  return new Refusal(422, "parameter_invalid", message);
}

function summary(connector: DataConnector) {
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
  return {
    type: "data_connector",
    id: connector.id,
    name: connector.name,
    description: connector.description,
    state: connector.state,
    http_method: connector.http_method,
    direct_fin_usage: connector.direct_fin_usage,
    created_by_admin_id: connector.admin_id,
    updated_by_admin_id: connector.admin_id,
    created_at: time(connector.created_at),
    updated_at: time(connector.updated_at),
    execution_results_url: `/data_connectors/${connector.id}/execution_results`,
  };
}

/** Header values never come back: they may be secrets. */
function detail(connector: DataConnector) {
  return {
    ...summary(connector),
    url: connector.url,
    body: connector.body,
    headers: connector.headers.map(({ name }) => ({ name, value: "****" })),
    audiences: connector.audiences,
    execution_type: "server_side",
    configuration_response_type: connector.mock_response === null ? "test_response_type" : "mock_response_type",
    data_transformation_type: "full_access",
    client_function_name: null,
    client_function_timeout_ms: 30_000,
    data_inputs: connector.data_inputs,
    response_fields: Object.entries(connector.mock_response ?? {}).map(([path, value]) => responseField(path, value)),
    object_mappings: [],
    token_ids: connector.token_ids,
    customer_authentication: connector.customer_authentication,
    bypass_authentication: connector.bypass_authentication,
    validate_missing_attributes: connector.validate_missing_attributes,
  };
}

function responseField(path: string, value: unknown) {
  const number = Number.isInteger(value) ? "integer" : "decimal";
  const types: Readonly<Record<string, string>> = { string: "string", number, boolean: "boolean" };
  return { path, type: types[typeof value] ?? "unknown", example_value: value, redacted: false };
}

/** The mapping: what is in force, trying out another one, and saving it. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  mappingDiffOrder,
  mappingOrder,
  mappingPreviewOrder,
  mappingTrial,
  type DocumentProblem,
  type MappingBoard,
  type MappingDiff,
  type MappingPreview,
  type MappingRollout,
  type MappingSaved,
} from "../../contract/mapping.ts";
import { getDocument } from "../documents/store.ts";
import { compileMapping, type Mapping } from "../mapping/mapping.ts";
import type { Contexts } from "../pipeline/context.ts";
import type { SubjectGround } from "../pipeline/explain-subject.ts";
import { readMappingBoard, readRollout } from "../upkeep/mapping/board.ts";
import { checkMapping, type MappingGround } from "../upkeep/mapping/check-mapping.ts";
import { diffMapping } from "../upkeep/mapping/diff-mapping.ts";
import { previewMapping } from "../upkeep/mapping/preview-mapping.ts";
import { MappingInvalid, readMappingDocument, saveMapping } from "../upkeep/mapping/save-mapping.ts";
import { NotReady } from "./failure.ts";
import { parseInput } from "./input.ts";

export type MappingDoor = Omit<SubjectGround, "mapping"> & {
  readonly inForce: () => Promise<Mapping>;
  /** Undefined until both vendors are connected. */
  readonly contexts: () => Contexts | undefined;
  /** Another version was saved. */
  readonly onSaved: () => void;
};

const versionAddress = z.object({ version: z.coerce.number().int().positive() });

/** Adds `GET` and `PUT /api/mapping`, its versions, and its check, preview and diff. */
export function addMapping(server: FastifyInstance, door: MappingDoor): void {
  const { pool } = door;
  server.get("/api/mapping", async (_request, reply): Promise<MappingBoard> => {
    void reply.header("cache-control", "no-store");
    return readMappingBoard(pool, await door.inForce());
  });

  server.get("/api/mapping/versions/:version", async (request): Promise<MappingSaved> => {
    const { version } = parseInput(versionAddress, request.params);
    const { savedAt, savedBy, note, body } = await getDocument(pool, "mapping", version);
    return { version, savedAt: savedAt.toISOString(), savedBy, note, document: readMappingDocument(body) };
  });

  server.get("/api/mapping/rollout", async (_request, reply): Promise<MappingRollout | null> => {
    void reply.header("cache-control", "no-store").type("application/json");
    return readRollout(pool);
  });

  server.post("/api/mapping/check", async (request): Promise<{ problems: readonly DocumentProblem[] }> => {
    const { document } = parseInput(mappingTrial, request.body ?? {});
    const { problems } = await checkMapping(await orInForce(door, document), groundOf(door));
    return { problems };
  });

  server.post("/api/mapping/preview", async (request): Promise<MappingPreview> => {
    const { document, customer, account } = parseInput(mappingPreviewOrder, request.body);
    const mapping = trialOf(await orInForce(door, document));
    return previewMapping(door, mapping, { name: customer, account });
  });

  server.post("/api/mapping/diff", async (request): Promise<MappingDiff> => {
    const { document, contacts } = parseInput(mappingDiffOrder, request.body);
    const mapping = trialOf(document);
    const inForce = await door.inForce();
    return diffMapping(connected(door), { mapping, inForce }, { contactsMax: contacts });
  });

  server.put("/api/mapping", async (request): Promise<MappingBoard> => {
    const { document, basedOn, note } = parseInput(mappingOrder, request.body);
    const checked = await checkMapping(document, groundOf(door));
    if (!checked.document) throw new MappingInvalid(checked.problems);
    await saveMapping(pool, { document: checked.document, basedOn, by: "web", note });
    door.onSaved();
    return readMappingBoard(pool, await door.inForce());
  });
}

function groundOf({ pool, contexts }: MappingDoor): MappingGround {
  return { pool, intercom: contexts()?.main.intercom };
}

async function orInForce(door: MappingDoor, document: unknown): Promise<unknown> {
  return document ?? (await door.inForce()).document;
}

function trialOf(input: unknown): Mapping {
  const document = readMappingDocument(input);
  return compileMapping(document, { name: "trial", retiring: document.retired });
}

function connected({ contexts }: MappingDoor): Contexts {
  const found = contexts();
  if (!found) throw new NotReady();
  return found;
}

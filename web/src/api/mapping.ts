/** The mapping over HTTP: what is in force, trying another one out, saving it, and how far its rollout is. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import {
  mappingBoard,
  mappingDiff,
  mappingPreview,
  mappingRollout,
  mappingSaved,
  type MappingBoard,
  type MappingDiff,
  type MappingDocument,
  type MappingPreview,
  type MappingRollout,
} from "../../../contract/mapping.ts";
import { isSignedOut } from "./api-error.ts";
import { getJson, sendJson } from "./request.ts";

const checked = z.object({
  problems: z.array(z.object({ path: z.string(), problem: z.string(), severity: z.enum(["error", "warning"]) })),
});

/** Looking at a thousand contacts takes a while. */
const diffPatienceMs = 60_000;
const rolloutEveryMs = 700;
const checkKeptMs = 60_000;

/** The query of `GET /api/mapping`. It is not asked again by itself: a draft stands on what its author saw. */
export function mappingQuery() {
  return queryOptions({
    queryKey: ["mapping"],
    queryFn: ({ signal }) => getJson("/api/mapping", mappingBoard, signal),
    staleTime: Infinity,
    retry: false,
    networkMode: "always",
    throwOnError: (error: Error) => isSignedOut(error),
  });
}

/** The query of `GET /api/mapping/rollout`: asked again and again until the rollout is over. */
export function rolloutQuery(known: MappingRollout | null) {
  return queryOptions({
    queryKey: ["mapping-rollout", known?.version ?? 0],
    queryFn: ({ signal }) => getJson("/api/mapping/rollout", mappingRollout.nullable(), signal),
    initialData: known,
    enabled: known !== null && !isOver(known),
    refetchInterval: (query) => (isOver(query.state.data ?? null) ? false : rolloutEveryMs),
    retry: false,
    networkMode: "always",
  });
}

/** Whether nothing more comes of it. */
export function isOver(rollout: MappingRollout | null): boolean {
  return rollout === null || rollout.phase === "done" || rollout.phase === "superseded";
}

/** The query of `POST /api/mapping/check`; each document is asked about once. */
export function mappingCheckQuery(document: MappingDocument, enabled: boolean) {
  return queryOptions({
    queryKey: ["mapping-check", document],
    queryFn: ({ signal }) => checkMapping(document, signal),
    enabled,
    staleTime: Infinity,
    gcTime: checkKeptMs,
    placeholderData: keepPreviousData,
    retry: false,
    networkMode: "always",
  });
}

async function checkMapping(document: MappingDocument, signal: AbortSignal): Promise<MappingProblems> {
  const answer = await sendJson("/api/mapping/check", checked, { method: "POST", body: { document }, signal });
  return answer.problems;
}

export type MappingProblems = z.infer<typeof checked>["problems"];

/** A version as it was saved. */
export async function readMappingVersion(version: number): Promise<MappingDocument> {
  return (await getJson(`/api/mapping/versions/${version}`, mappingSaved)).document;
}

/** What a mapping would show on one contact. */
export function previewMapping(document: MappingDocument, customer: string): Promise<MappingPreview> {
  return sendJson("/api/mapping/preview", mappingPreview, { method: "POST", body: { document, customer } });
}

/** What saving a mapping would change. */
export function diffMapping(document: MappingDocument): Promise<MappingDiff> {
  const body = { document };
  return sendJson("/api/mapping/diff", mappingDiff, { method: "POST", body, patienceMs: diffPatienceMs });
}

export type MappingToSave = {
  readonly document: MappingDocument;
  readonly basedOn: number;
  readonly note?: string;
};

/** Saves a mapping; refused with `DOCUMENT_CHANGED` when somebody else was faster. */
export function saveMapping(order: MappingToSave): Promise<MappingBoard> {
  return sendJson("/api/mapping", mappingBoard, { method: "PUT", body: order });
}

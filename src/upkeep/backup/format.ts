/**
 * The backup file: gzip around lines of text, so that `zcat FILE | head -1` shows what it is without Dunlin.
 *
 *     {"dunlin":"backup","format":1,…}        the header
 *     {"table":"stripe_events"}               then its rows, as PostgreSQL's COPY writes them, one a line
 *     …
 *     \.                                      the end of these rows; then the next table
 *     {"end":true,"rows":{…},"sha256":"…"}    the trailer: counts, and the checksum of every byte before this line
 *
 * Rows are in COPY's text form because it is the one that means the same to every version of PostgreSQL.
 */
import { z } from "zod";
import { parseJson } from "../../lib/json.ts";

/** Counts up when an older Dunlin could no longer read the file. */
export const formatVersion = 1;

const mark = z.object({ dunlin: z.literal("backup"), format: z.number() });

const shape = z.object({
  /** The server's version, e.g. 18.4. */
  postgres: z.string(),
  /** What the tables look like, exactly. */
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  /** In the order in which they follow. */
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
  /** Where the numbering of new rows stands; null before the first. */
  sequences: z.array(z.object({ table: z.string(), column: z.string(), last: z.number().nullable() })),
});

const header = mark.extend({ madeAt: z.string(), version: z.string(), ...shape.shape });
const section = z.object({ table: z.string() });
const trailer = z.object({ end: z.literal(true), rows: z.record(z.string(), z.number()), sha256: z.string() });

/** What a database holds, without the rows. */
export type Shape = Readonly<z.infer<typeof shape>>;
export type Header = Readonly<z.infer<typeof header>>;
export type Trailer = Readonly<z.infer<typeof trailer>>;

/** What a line between the rows says; undefined when it says nothing that we know. */
export type Line =
  | { readonly kind: "header"; readonly header: Header }
  | { readonly kind: "future"; readonly format: number }
  | { readonly kind: "table"; readonly name: string }
  | { readonly kind: "trailer"; readonly trailer: Trailer };

/** The line after the last row of a table, from COPY's own format: no row can look like it. */
export const endOfRows = "\\.\n";

/** Reads a line that stands outside rows. */
export function parseLine(text: string): Line | undefined {
  const value = parseJson(text);
  const marked = mark.safeParse(value);
  if (marked.success && marked.data.format > formatVersion) return { kind: "future", format: marked.data.format };
  const first = header.safeParse(value);
  if (first.success) return { kind: "header", header: first.data };
  const table = section.safeParse(value);
  if (table.success) return { kind: "table", name: table.data.table };
  const last = trailer.safeParse(value);
  return last.success ? { kind: "trailer", trailer: last.data } : undefined;
}

/** Writes such a line. */
export function lineOf(value: Header | Trailer | { readonly table: string }): string {
  return `${JSON.stringify(value)}\n`;
}

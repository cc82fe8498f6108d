/** Station rules: looking up names that people wrote, without finding what every object inherits. */

/** What stands under this name in the record itself. */
export function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

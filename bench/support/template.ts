/** Event bodies at a rate that leaves the machine to the server: the JSON is made once, the ids are filled in. */

export type Values = Readonly<Record<string, string | number>>;
export type Template = (values: Values) => string;

/** A place that text is filled into. */
export function text(name: string): string {
  return `<${name}>`;
}

/** A place that a number is filled into; it loses its quotes. */
export function number(name: string): string {
  return `<#${name}>`;
}

/** Makes a template of a value whose places are marked with `text` and `number`; pretty-printed, as Stripe sends it. */
export function templateOf(value: unknown): Template {
  const json = JSON.stringify(value, null, 2);
  // At odd positions stand the names, as `split` keeps what the groups caught.
  const parts = json.split(/"<#(\w+)>"|<(\w+)>/).filter((part) => part !== undefined);
  return (values) => {
    let body = parts[0] ?? "";
    for (let index = 1; index < parts.length; index += 2) {
      body += String(valueOf(values, parts[index] ?? "")) + (parts[index + 1] ?? "");
    }
    return body;
  };
}

function valueOf(values: Values, name: string): string | number {
  const value = values[name];
  if (value === undefined) throw new Error(`The template needs a value for ${name}.`);
  return value;
}

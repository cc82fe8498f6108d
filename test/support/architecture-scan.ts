/** A small reader of TypeScript text for the architecture test: tokens, and from them what a file imports. */

export type Token = {
  readonly kind: "word" | "string" | "template" | "mark";
  readonly text: string;
  readonly line: number;
};

/** One place where a file names another module. */
export type Import = {
  readonly specifier: string;
  readonly line: number;
  /** Erased by the compiler: `import type …`, `export type … from`. */
  readonly typeOnly: boolean;
};

/** After these a slash begins a regular expression, not a division. */
const beforeRegex = /^(?:[([{}=,;:!&|?+\-*%<>~^]|return|typeof|case|in|of|void|delete|do|else|await|yield)$/;

// All sticky: they match where the reader stands.
const skipped = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/y;
const word = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
// An unfinished quote is no string: it is an apostrophe in the text between JSX tags.
const quoted = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const templatePart = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

/** Cuts a source into words, strings, templates and marks; comments, spaces and regular expressions fall away. */
export function tokensOf(source: string): readonly Token[] {
  return new Tokenizer(source).read();
}

class Tokenizer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  /** How many braces are open inside each `${…}` that we are in. */
  readonly #openBraces: number[] = [];
  #at = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
  }

  read(): readonly Token[] {
    while (this.#at < this.#source.length) this.#step();
    return this.#tokens;
  }

  #step(): void {
    const space = this.#match(skipped);
    if (space) return this.#advance(space);
    const name = this.#match(word);
    if (name) return this.#push("word", name);
    const string = this.#match(quoted);
    if (string) return this.#push("string", string, string.slice(1, -1));
    return this.#readMark(this.#source.charAt(this.#at));
  }

  #readMark(mark: string): void {
    const expression = mark === "/" && this.#mayBeRegex() ? this.#match(regex) : undefined;
    if (expression) return this.#advance(expression);
    if (mark === "`") return this.#readTemplate(mark);
    this.#countBrace(mark);
    if (this.#openBraces.at(-1) !== -1) return this.#push("mark", mark);
    this.#openBraces.pop();
    return this.#readTemplate(mark);
  }

  /** Reads on to the end of the template or to its next `${`, whose inside is read as code again. */
  #readTemplate(opening: string): void {
    const text = this.#match(templatePart, this.#at + 1) ?? "";
    const isOver = this.#source.charAt(this.#at + 1 + text.length) !== "$";
    // Only a template without any `${}` has a value that can be known here.
    this.#push("template", opening + text + (isOver ? "`" : "${"), opening === "`" && isOver ? text : "");
    if (!isOver) this.#openBraces.push(0);
  }

  #match(pattern: RegExp, at: number = this.#at): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.#source)?.[0];
  }

  #countBrace(mark: string): void {
    const open = this.#openBraces.at(-1);
    if (open === undefined || (mark !== "{" && mark !== "}")) return;
    this.#openBraces[this.#openBraces.length - 1] = open + (mark === "{" ? 1 : -1);
  }

  #mayBeRegex(): boolean {
    const before = this.#tokens.at(-1);
    return (
      before === undefined || ((before.kind === "mark" || before.kind === "word") && beforeRegex.test(before.text))
    );
  }

  #push(kind: Token["kind"], raw: string, text: string = raw): void {
    this.#tokens.push({ kind, text, line: this.#line });
    this.#advance(raw);
  }

  #advance(raw: string): void {
    this.#at += raw.length;
    this.#line += raw.split("\n").length - 1;
  }
}

/** Everything a source imports: statements, re-exports, `import()` in code and in types, `require()`. */
export function importsOf(source: string): readonly Import[] {
  const tokens = tokensOf(source);
  return tokens.flatMap((token, index) => {
    if (token.kind !== "word" || isMember(tokens, index)) return [];
    if (token.text === "require") return called(tokens, index);
    if (token.text === "import") return [...called(tokens, index), ...bare(tokens, index), ...clause(tokens, index)];
    return token.text === "export" ? clause(tokens, index) : [];
  });
}

/** `x.import`, `{ export: … }` and the like are names, not statements. */
export function isMember(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  const isSpread = before === "." && tokens[index - 2]?.text === "." && tokens[index - 3]?.text === ".";
  return (before === "." && !isSpread) || tokens[index + 1]?.text === ":";
}

/** `import("x")` and `require("x")`. */
function called(tokens: readonly Token[], index: number): readonly Import[] {
  const argument = tokens[index + 2];
  if (tokens[index + 1]?.text !== "(" || !argument) return [];
  return argument.kind === "string" || argument.kind === "template" ? [found(argument, false)] : [];
}

/** `import "x"`. */
function bare(tokens: readonly Token[], index: number): readonly Import[] {
  const next = tokens[index + 1];
  return next?.kind === "string" ? [found(next, false)] : [];
}

const clauseMarks: ReadonlySet<string> = new Set(["{", "}", ",", "*"]);
// A statement of its own begins: what came before had no `from`.
const statementWords: ReadonlySet<string> = new Set(["import", "export", "const", "function", "class"]);

/** `import … from "x"` and `export … from "x"`: from the keyword on, only names and the marks of a clause may follow. */
function clause(tokens: readonly Token[], index: number): readonly Import[] {
  const typeOnly = tokens[index + 1]?.text === "type" && !["from", ","].includes(tokens[index + 2]?.text ?? "");
  for (let at = index + 1; at < tokens.length; at += 1) {
    const [token, next] = [tokens[at], tokens[at + 1]];
    if (!token || !belongsToClause(token)) return [];
    if (token.text === "from" && next?.kind === "string") return [found(next, typeOnly)];
  }
  return [];
}

function belongsToClause({ kind, text }: Token): boolean {
  return kind === "word" ? !statementWords.has(text) : kind === "mark" && clauseMarks.has(text);
}

function found(token: Token, typeOnly: boolean): Import {
  return { specifier: token.text, line: token.line, typeOnly };
}

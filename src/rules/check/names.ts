/** Station rules: checks names that the rules of a document share with each other and with Intercom: attributes, tags, events. */
import type { RulesDocument } from "../../../contract/rule.ts";
import type { AttributeType } from "../../model/attribute.ts";
import { holdoutType } from "../compile.ts";
import { stepsIn } from "../steps.ts";
import { error, fine, warning, type Problems } from "./problem.ts";
import { metadataKeysMax } from "./steps.ts";

/** Intercom: active event names of a workspace (help article 5245634). */
const eventNamesMax = 120;

/** Names of Intercom's own fields of a contact: a custom attribute of that name would be read as them. */
const standardNames = new Set(
  "id type role name email phone avatar user_id external_id owner_id created_at updated_at signed_up_at last_seen_at last_contacted_at unsubscribed_from_emails location language browser os tags segments companies notes".split(
    " ",
  ),
);

/** Checks the names of a document; `mapped` are the attributes that the mapping writes. */
export function checkSharedNames(document: RulesDocument, mapped: ReadonlySet<string>): Problems {
  return [...checkAttributes(attributesIn(document), mapped), ...checkTags(document), ...checkEvents(document)];
}

/** An attribute that something sets. */
type SetAttribute = {
  readonly name: string;
  readonly type: AttributeType;
  readonly path: string;
  /** The rule; null for a group of holdouts. */
  readonly rule: Setter | null;
};

type Setter = { readonly name: string; readonly isLive: boolean; readonly purpose: string };

function attributesIn({ rules, holdouts }: RulesDocument): readonly SetAttribute[] {
  const ofGroups = Object.entries(holdouts).flatMap(([group, { attribute: name }]): readonly SetAttribute[] =>
    name === undefined ? [] : [{ name, type: holdoutType, path: `holdouts.${group}.attribute`, rule: null }],
  );
  const ofRules = rules.flatMap(({ name: rule, mode, purpose, steps }, index) =>
    stepsIn({ steps, path: `rules[${index}].steps` }).flatMap(({ step, path }): readonly SetAttribute[] => {
      if (!("set" in step)) return [];
      const { attribute: name, type } = step.set;
      return [{ name, type, path: `${path}.set.attribute`, rule: { name: rule, isLive: mode === "live", purpose } }];
    }),
  );
  return [...ofGroups, ...ofRules];
}

function checkAttributes(attributes: readonly SetAttribute[], mapped: ReadonlySet<string>): Problems {
  const mappedKeys = new Set([...mapped].map(keyOf));
  const known = new Map<string, SetAttribute[]>();
  return attributes.flatMap((attribute) => {
    const key = keyOf(attribute.name);
    const others = known.get(key) ?? [];
    known.set(key, others);
    const own = checkName(attribute, mappedKeys);
    const found = own.length > 0 ? own : checkAgainst(attribute, others);
    others.push(attribute);
    return found;
  });
}

/** Intercom compares names without regard to case. */
function keyOf(name: string): string {
  return name.trim().toLowerCase();
}

function checkName({ name, path }: SetAttribute, mappedKeys: ReadonlySet<string>): Problems {
  const key = keyOf(name);
  if (name in Object.prototype)
    return [error("NAME_RESERVED", path, `“${name}” means something of its own here; choose another name`)];
  if (standardNames.has(key))
    return [error("NAME_RESERVED", path, `“${name}” is a field of Intercom's own; choose another name`)];
  if (!mappedKeys.has(key)) return fine;
  return [
    error(
      "ATTRIBUTE_WRITERS",
      path,
      `the mapping writes “${name}” already, and two writers undo each other; choose another name`,
    ),
  ];
}

function checkAgainst(attribute: SetAttribute, others: readonly SetAttribute[]): Problems {
  const { name, type, path, rule } = attribute;
  const [first] = others;
  if (first === undefined) return fine;
  if (first.name !== name)
    return [
      error("NAME_SPELLING", path, `Intercom takes “${name}” and “${first.name}” for one attribute (${first.path})`),
    ];
  if (first.type !== type)
    return [error("ATTRIBUTE_TYPE", path, `“${name}” is ${type} here and ${first.type} at ${first.path}`)];
  if (rule === null || first.rule === null) {
    return [error("ATTRIBUTE_WRITERS", path, `“${name}” shows who is held out (${first.path}); choose another name`)];
  }
  return rule.isLive ? checkRivals(name, { path, rule, others }) : fine;
}

/** Two live rules may set an attribute together, such as a status that one sets and the other takes back. */
function checkRivals(
  name: string,
  { path, rule, others }: { readonly path: string; readonly rule: Setter; readonly others: readonly SetAttribute[] },
): Problems {
  const rivals = others.flatMap((other) => (other.rule?.isLive && other.rule.name !== rule.name ? [other.rule] : []));
  const rival = rivals.find(({ purpose }) => keyOf(purpose) !== keyOf(rule.purpose));
  if (!rival) return fine;
  return [
    warning(
      "ATTRIBUTE_WRITERS",
      path,
      `the rule ${rival.name} sets “${name}” for another purpose; whoever is later wins`,
    ),
  ];
}

/** A tag that is spelled in two ways is one for Intercom's search, and two for a signal. */
function checkTags({ rules }: RulesDocument): Problems {
  const known = new Map<string, string>();
  const tags = rules.flatMap(({ on, steps }, index) => [
    ...("signal" in on && on.tag !== undefined ? [{ tag: on.tag, path: `rules[${index}].on.tag` }] : []),
    ...stepsIn({ steps, path: `rules[${index}].steps` }).flatMap(({ step, path }) => {
      if ("tag" in step) return [{ tag: step.tag, path: `${path}.tag` }];
      return "untag" in step ? [{ tag: step.untag, path: `${path}.untag` }] : [];
    }),
  ]);
  return tags.flatMap(({ tag, path }) => {
    const other = known.get(keyOf(tag)) ?? tag;
    known.set(keyOf(tag), other);
    return other === tag
      ? []
      : [warning("NAME_SPELLING", path, `it is spelled “${other}” elsewhere; write it the same everywhere`)];
  });
}

/** Rules may share an event, which then has the keys of all of them. Intercom keeps the first ten that it ever saw. */
function checkEvents({ rules }: RulesDocument): Problems {
  const keys = new Map<string, Set<string>>();
  const tooMany = rules.flatMap(({ steps }, index) =>
    stepsIn({ steps, path: `rules[${index}].steps` }).flatMap(({ step, path }) => {
      if (!("dataEvent" in step)) return [];
      const { name, metadata } = step.dataEvent;
      const own = Object.keys(metadata);
      const all = keys.get(name) ?? new Set<string>();
      keys.set(name, all);
      for (const key of own) all.add(key);
      const problem = `“${name}” would have ${all.size} keys over all rules; Intercom keeps ${metadataKeysMax} of one event`;
      return all.size > metadataKeysMax && own.length <= metadataKeysMax
        ? [error("EVENT_LIMIT", `${path}.dataEvent.metadata`, problem)]
        : [];
    }),
  );
  if (keys.size <= eventNamesMax) return tooMany;
  return [
    ...tooMany,
    error("EVENT_LIMIT", "rules", `${keys.size} names of data events; Intercom takes ${eventNamesMax} in a workspace`),
  ];
}

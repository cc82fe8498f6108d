/** What went from what to what, a few lines at first. */
import { VisuallyHidden } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { Fragment, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PulseChange } from "../../../../contract/pulse.ts";
import { findText } from "../../i18n/texts.ts";
import { tellingFirst } from "./change-order.ts";
import classes from "./feeds.module.css";
import { useChangeTexts, type Voice } from "./use-change-texts.ts";

const shownAtFirst = 3;

type Props = { readonly changes: readonly PulseChange[]; readonly voice: Voice };

/** The changes, in plain words the most telling first; the rest of a long list comes on demand. */
export function ChangeList({ changes, voice }: Props): ReactNode {
  const { t, i18n } = useTranslation();
  const textsOf = useChangeTexts(voice);
  const [all, setAll] = useState(false);
  const hidden = changes.length - shownAtFirst;
  if (changes.length === 0) return null;
  const isNamed = (key: string): boolean => findText(i18n, `field.${key}`) !== undefined;
  const ordered = voice === "plain" ? tellingFirst(changes, isNamed) : changes;
  return (
    <>
      <ul className={classes["changes"]}>
        {(all ? ordered : ordered.slice(0, shownAtFirst)).map((change) => (
          <Change key={change.field} {...textsOf(change)} voice={voice} />
        ))}
      </ul>
      {hidden > 0 && (
        <button type="button" className={classes["more"]} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("feed.fewer") : t("feed.more", { count: hidden })}
        </button>
      )}
    </>
  );
}

type ChangeProps = { readonly field: string; readonly before: string; readonly after: string; readonly voice: Voice };

function Change({ field, before, after, voice }: ChangeProps): ReactNode {
  const { t } = useTranslation();
  return (
    <li>
      <VisuallyHidden>{t("feed.changed", { field, before, after })}</VisuallyHidden>
      <span aria-hidden="true" className={classes["change"]} data-voice={voice}>
        <span className={classes["field"]}>{voice === "exact" ? breakable(field) : field}</span>
        <span className={classes["before"]}>{before}</span>
        <span className={classes["after"]}>
          <IconArrowRight size={13} className={classes["arrow"]} />
          {after}
        </span>
      </span>
    </li>
  );
}

/** A long name of an attribute breaks behind an underscore, where there is no room for it. */
function breakable(name: string): ReactNode {
  return name.split(/(?<=_)/).map((part, index) => (
    // The parts of a name never change their order.
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

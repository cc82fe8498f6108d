/** What went from what to what, a few lines at first. */
import { VisuallyHidden } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PulseChange } from "../../../../contract/pulse.ts";
import { readField } from "../../format/read-field.ts";
import { findText } from "../../i18n/texts.ts";
import classes from "./feeds.module.css";
import { useChangeTexts, type Voice } from "./use-change-texts.ts";

const shownAtFirst = 3;

type Props = { readonly changes: readonly PulseChange[]; readonly voice: Voice };

/** The changes, those with a name in plain words first; the rest of a long list comes on demand. */
export function ChangeList({ changes, voice }: Props): ReactNode {
  const { t, i18n } = useTranslation();
  const textsOf = useChangeTexts(voice);
  const [all, setAll] = useState(false);
  const hidden = changes.length - shownAtFirst;
  if (changes.length === 0) return null;
  const isNamed = ({ field }: PulseChange): boolean => findText(i18n, `field.${readField(field).key}`) !== undefined;
  const ordered = voice === "plain" ? changes.toSorted((a, b) => Number(isNamed(b)) - Number(isNamed(a))) : changes;
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
        <span className={classes["field"]}>{field}</span>
        <span className={classes["before"]}>{before}</span>
        <span className={classes["after"]}>
          <IconArrowRight size={13} className={classes["arrow"]} />
          {after}
        </span>
      </span>
    </li>
  );
}

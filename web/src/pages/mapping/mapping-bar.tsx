/** The bar of the mapping's draft: its problems lead to where they can be put right. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { hasErrors } from "../../draft/problems.ts";
import { DraftBar } from "../../page/draft-bar.tsx";
import { useFailureText } from "../../page/failure-text.ts";
import { attributesOf } from "./mapping-draft.ts";
import { momentIn, placeOf, type MappingTab } from "./places.ts";
import type { MappingDraft } from "./use-mapping-draft.ts";

type Props = {
  readonly draft: MappingDraft;
  readonly onTab: (tab: MappingTab) => void;
  readonly onDiff: () => void;
  readonly onSave: () => void;
};

/** The bar; away while an attribute is being edited. */
export function MappingBar({ draft, onTab, onDiff, onSave }: Props): ReactNode {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const { document, changes, check, editing, edit, discard } = draft;
  if (editing) return null;
  const go = (path: string): void => {
    const { tab, attribute } = placeOf(path);
    onTab(tab);
    if (attribute) edit(attribute);
  };
  const placeName = (path: string): string => {
    const { tab, attribute } = placeOf(path);
    if (attribute) return attributesOf(document, attribute.holder)[attribute.index]?.name || t("attribute.unnamed");
    return momentIn(path) ?? t(`mapping.tab.${tab}`);
  };
  const mayGoOn = check.settled && !hasErrors(check.problems);
  return (
    <DraftBar
      count={changes.length}
      problems={check.settled ? check.problems : undefined}
      checkFailure={check.failure && failureText(check.failure)}
      placeName={placeName}
      onGo={go}
      onDiscard={discard}
    >
      <Button variant="default" disabled={!mayGoOn} onClick={onDiff}>
        {t("mapping.diff")}
      </Button>
      <Button disabled={!mayGoOn} onClick={onSave}>
        {t("save.open")}
      </Button>
    </DraftBar>
  );
}

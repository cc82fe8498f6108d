/** The page once there is a mapping: its parts as tabs, the draft over them, and the dialogs of the draft. */
import { Button } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappingBoard } from "../../../../contract/mapping.ts";
import { LeaveGuard } from "../../page/leave-guard.tsx";
import { PageHead } from "../../page/page-head.tsx";
import pageClasses from "../../page/page.module.css";
import { AttributeDrawer } from "./attribute-drawer.tsx";
import { DiffDialog } from "./diff-dialog.tsx";
import { MappingBar } from "./mapping-bar.tsx";
import { pathOf } from "./mapping-draft.ts";
import { MappingSave } from "./mapping-save.tsx";
import { MappingTabs } from "./mapping-tabs.tsx";
import type { MappingTab } from "./places.ts";
import { PreviewDialog } from "./preview-dialog.tsx";
import { RolloutStrip } from "./rollout-strip.tsx";
import { useMappingDraft, type MappingDraft } from "./use-mapping-draft.ts";

type Props = {
  readonly board: MappingBoard;
  readonly tab: MappingTab;
  readonly onTab: (tab: MappingTab) => void;
  readonly onReload: () => Promise<void>;
};

type Dialog = "preview" | "diff" | "save" | null;

/** Everything that the Mapping page shows. */
export function MappingView({ board, tab, onTab, onReload }: Props): ReactNode {
  const { t } = useTranslation();
  const draft = useMappingDraft(board.document);
  const [dialog, setDialog] = useState<Dialog>(null);
  const { document, changes, check } = draft;
  const on = document.attributes.filter((attribute) => attribute.on).length;
  const close = (): void => setDialog(null);
  return (
    <div className={pageClasses["page"]}>
      <LeaveGuard dirty={changes.length > 0} />
      <PageHead
        title={t("shell.mapping")}
        lead={`${t("mapping.lead")} ${t("mapping.onCount", { count: on, all: document.attributes.length })}`}
      >
        <Button variant="default" onClick={() => setDialog("preview")}>
          {t("mapping.preview")}
        </Button>
      </PageHead>
      <RolloutStrip rollout={board.rollout} />
      <MappingTabs
        board={board}
        draft={document}
        changes={changes}
        // What is being edited shows its own problems.
        problems={draft.editing ? [] : check.problems}
        tab={tab}
        onTab={onTab}
        onEdit={draft.edit}
        onDraft={draft.set}
      />
      <MappingBar draft={draft} onTab={onTab} onDiff={() => setDialog("diff")} onSave={() => setDialog("save")} />
      <Editor board={board} draft={draft} />
      {dialog === "preview" && <PreviewDialog document={document} isDraft={changes.length > 0} onClose={close} />}
      {dialog === "diff" && <DiffDialog document={document} onClose={close} onSave={() => setDialog("save")} />}
      {dialog === "save" && (
        <MappingSave
          board={board}
          draft={document}
          changes={changes}
          onClose={close}
          onReload={() => {
            draft.discard();
            close();
            void onReload();
          }}
        />
      )}
    </div>
  );
}

function Editor({ board, draft }: { readonly board: MappingBoard; readonly draft: MappingDraft }): ReactNode {
  const { editing, setEditing } = draft;
  if (!editing) return null;
  return (
    <AttributeDrawer
      fields={board.fields}
      isNew={editing.place.index === null}
      holder={editing.place.holder}
      attribute={editing.attribute}
      retire={editing.retire}
      path={pathOf(draft.document, editing.place)}
      check={draft.check}
      onChange={(attribute) => setEditing({ ...editing, attribute })}
      onRetire={(retire) => setEditing({ ...editing, retire })}
      onApply={draft.apply}
      onRemove={draft.remove}
      onClose={() => setEditing(null)}
    />
  );
}

/** Saving a draft: what is changed, a note for those who read the history, and what to do when it is refused. */
import { Button, Modal, Textarea } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/api-error.ts";
import { useFailureText } from "./failure-text.ts";
import { Notice } from "./notice.tsx";
import classes from "./page.module.css";

type Props = {
  readonly onClose: () => void;
  readonly onSave: (note: string) => void;
  readonly onReload: () => void;
  readonly saving: boolean;
  readonly error: Error | null;
  /** What follows once it is saved. */
  readonly lead: string;
  /** The list of changes. */
  readonly children: ReactNode;
};

const noteMax = 500;

/** The dialog. */
export function SaveDialog({ onClose, onSave, onReload, saving, error, lead, children }: Props): ReactNode {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const [note, setNote] = useState("");
  const isOvertaken = error instanceof ApiError && error.code === "DOCUMENT_CHANGED";
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("save.title")}
      size={560}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <div className={classes["stack"]}>
        <p className={classes["sectionLead"]}>{lead}</p>
        {children}
        <Textarea
          label={t("save.note")}
          description={t("save.noteHelp")}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={noteMax}
          autosize
          minRows={2}
          data-autofocus
        />
        {error && (
          <div role="alert">
            <Notice
              tone="brick"
              icon={<IconAlertTriangle size={18} />}
              title={t(isOvertaken ? "save.overtaken" : "save.refused")}
            >
              <p>{failureText(error)}</p>
            </Notice>
          </div>
        )}
        <div className={classes["buttons"]}>
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          {isOvertaken ? (
            <Button onClick={onReload}>{t("save.reload")}</Button>
          ) : (
            <Button loading={saving} onClick={() => onSave(note.trim())}>
              {t("save.save")}
            </Button>
          )}
        </div>
      </div>
    </Modal>
  );
}

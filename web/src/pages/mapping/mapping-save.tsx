/** Saves the mapping of a draft; the new version is then in force, and its rollout begins. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappingBoard, MappingDocument } from "../../../../contract/mapping.ts";
import { mappingQuery, saveMapping } from "../../api/mapping.ts";
import { SaveDialog } from "../../page/save-dialog.tsx";
import { ChangeList } from "./change-list.tsx";
import type { Change } from "./changes.ts";

type Props = {
  readonly board: MappingBoard;
  readonly draft: MappingDocument;
  readonly changes: readonly Change[];
  readonly onClose: () => void;
  readonly onReload: () => void;
};

/** The dialog with the list of changes. */
export function MappingSave({ board, draft, changes, onClose, onReload }: Props): ReactNode {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (note: string) =>
      saveMapping({ document: draft, basedOn: board.version, ...(note === "" ? {} : { note }) }),
    networkMode: "always",
    onSuccess: (saved) => queryClient.setQueryData(mappingQuery().queryKey, saved),
  });
  return (
    <SaveDialog
      lead={t("save.mappingLead")}
      saving={isPending}
      error={error}
      onSave={mutate}
      onClose={onClose}
      onReload={onReload}
    >
      <ChangeList changes={changes} />
    </SaveDialog>
  );
}

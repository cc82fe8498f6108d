/** What saving the draft would change, by attribute, with examples. */
import { Button, Loader, Modal, Progress } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappingDiff, MappingDiffLine, MappingDocument } from "../../../../contract/mapping.ts";
import { diffMapping } from "../../api/mapping.ts";
import { useFormat } from "../../format/use-format.ts";
import { FailureNotice } from "../../page/failure-notice.tsx";
import pageClasses from "../../page/page.module.css";
import classes from "./mapping.module.css";
import { useValueText } from "./use-value-text.ts";

type Props = { readonly document: MappingDocument; readonly onClose: () => void; readonly onSave: () => void };

/** The dialog; it looks at contacts when it is opened. */
export function DiffDialog({ document, onClose, onSave }: Props): ReactNode {
  const { t } = useTranslation();
  const { data, error } = useQuery({
    queryKey: ["mapping-diff", document],
    queryFn: () => diffMapping(document),
    gcTime: 0,
    retry: false,
    networkMode: "always",
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size={720}
      title={t("diff.title")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <div className={pageClasses["stack"]}>
        {error && <FailureNotice error={error} />}
        {!data && !error && (
          <p className={classes["busy"]} role="status">
            <Loader size={18} aria-hidden /> {t("diff.looking")}
          </p>
        )}
        {data && <Outcome diff={data} />}
        <div className={pageClasses["buttons"]}>
          <Button variant="default" onClick={onClose}>
            {t("form.close")}
          </Button>
          <Button disabled={!data} onClick={onSave}>
            {t("save.open")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Outcome({ diff }: { readonly diff: MappingDiff }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { contacts, looked, affected, lines, added, retired } = diff;
  return (
    <>
      <p className={classes["verdict"]} role="status">
        {affected === 0 ? t("diff.none") : t("diff.affected", { count: affected, looked: format.number(looked) })}
      </p>
      {looked < contacts && (
        <p className={classes["hint"]}>
          {t("diff.partly", { looked: format.number(looked), contacts: format.number(contacts) })}
        </p>
      )}
      {affected === 0 && <p className={pageClasses["sectionLead"]}>{t("diff.noneText")}</p>}
      <Names title={t("diff.added")} names={added} />
      <Names title={t("diff.retired")} names={retired} />
      {lines.length > 0 && (
        <ul className={classes["diff"]}>
          {lines.map((line) => (
            <DiffRow key={line.name} line={line} looked={looked} />
          ))}
        </ul>
      )}
    </>
  );
}

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }): ReactNode {
  if (names.length === 0) return null;
  return (
    <p className={classes["names"]}>
      {title}{" "}
      {names.map((name) => (
        <code key={name}>{name}</code>
      ))}
    </p>
  );
}

function DiffRow({ line, looked }: { readonly line: MappingDiffLine; readonly looked: number }): ReactNode {
  const { t } = useTranslation();
  const valueText = useValueText();
  const { name, contacts, examples } = line;
  return (
    <li>
      <div className={classes["diffHead"]}>
        <code>{name}</code>
        <span>{t("diff.contacts", { count: contacts })}</span>
      </div>
      <Progress value={(100 * contacts) / Math.max(1, looked)} size={4} radius="xl" aria-hidden />
      <ul className={classes["examples"]}>
        {examples.map(({ customerId, before, after }) => (
          <li key={customerId}>
            <code>{customerId}</code>
            <span>
              <span className={classes["before"]}>{valueText(line, before)}</span>
              <IconArrowRight size={14} role="img" aria-label={t("preview.becomes")} />
              <span className={classes["after"]}>{valueText(line, after)}</span>
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}

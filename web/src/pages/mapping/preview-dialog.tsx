/** What the mapping, or its draft, would show on one contact. */
import { Button, Drawer, Loader, Switch, TextInput } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappingDocument, MappingPreview } from "../../../../contract/mapping.ts";
import { previewMapping } from "../../api/mapping.ts";
import { Empty } from "../../page/empty.tsx";
import { useFailureText } from "../../page/failure-text.ts";
import pageClasses from "../../page/page.module.css";
import classes from "./mapping.module.css";
import { useValueText } from "./use-value-text.ts";

type Props = { readonly document: MappingDocument; readonly isDraft: boolean; readonly onClose: () => void };

/** The drawer: asks for a customer, then lists what changes, or all of it. */
export function PreviewDialog({ document, isDraft, onClose }: Props): ReactNode {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const [customer, setCustomer] = useState("");
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (asked: string) => previewMapping(document, asked),
    networkMode: "always",
  });
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={640}
      padding={20}
      title={t("preview.title")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <form
        className={classes["ask"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (customer.trim() !== "") mutate(customer.trim());
        }}
      >
        <TextInput
          className={classes["grow"] ?? ""}
          label={t("customer.label")}
          description={t("customer.help")}
          value={customer}
          spellCheck={false}
          autoCapitalize="off"
          data-autofocus
          error={error && failureText(error)}
          onChange={(event) => setCustomer(event.currentTarget.value)}
        />
        <Button type="submit" loading={isPending} disabled={customer.trim() === ""}>
          {t("preview.show")}
        </Button>
      </form>
      {isPending && !data && <Loader size={22} aria-label={t("shell.loading")} />}
      {data && <Lines key={data.customer.customerId} preview={data} isDraft={isDraft} />}
    </Drawer>
  );
}

function Lines({ preview, isDraft }: { readonly preview: MappingPreview; readonly isDraft: boolean }): ReactNode {
  const { t } = useTranslation();
  const [all, setAll] = useState(!isDraft);
  const { customer, contactId, lines } = preview;
  const changing = lines.filter(({ shown, desired }) => shown !== desired);
  const shown = all ? lines : changing;
  return (
    <section className={pageClasses["stack"]} aria-label={customer.label ?? customer.customerId}>
      <div className={pageClasses["sectionHead"]}>
        <div>
          <h3 className={pageClasses["sectionTitle"]}>{customer.label ?? customer.customerId}</h3>
          <p className={pageClasses["sectionLead"]}>
            {contactId === null ? t("preview.noContact") : t("preview.changing", { count: changing.length })}
          </p>
        </div>
        <Switch label={t("preview.all")} checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
      </div>
      {shown.length === 0 ? (
        <Empty title={t("preview.nothing")}>
          <p>{t("preview.nothingText")}</p>
        </Empty>
      ) : (
        <dl className={classes["lines"]}>
          {shown.map((line) => (
            <Line key={line.name} line={line} />
          ))}
        </dl>
      )}
    </section>
  );
}

function Line({ line }: { readonly line: MappingPreview["lines"][number] }): ReactNode {
  const { t } = useTranslation();
  const valueText = useValueText();
  const { name, shown, desired, whyEmpty } = line;
  const changes = shown !== desired;
  return (
    <div className={classes["line"]} data-changes={changes || undefined}>
      <dt>
        <code>{name}</code>
      </dt>
      <dd>
        {changes && (
          <>
            <span className={classes["before"]}>{valueText(line, shown)}</span>
            <IconArrowRight size={14} role="img" aria-label={t("preview.becomes")} />
          </>
        )}
        <span className={classes["after"]}>{valueText(line, desired)}</span>
        {whyEmpty !== null && (
          <span className={classes["why"]} lang="en">
            {whyEmpty}
          </span>
        )}
      </dd>
    </div>
  );
}

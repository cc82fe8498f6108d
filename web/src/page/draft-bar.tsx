/** The bar of a draft: how much is changed, whether it may be saved, and what to do with it. */
import { Button, Loader } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { hasErrors, sentence, type Problem } from "../draft/problems.ts";
import classes from "./page.module.css";

type Props = {
  readonly count: number;
  /** Undefined while the check is on its way. */
  readonly problems: readonly Problem[] | undefined;
  /** The check itself failed, and why. */
  readonly checkFailure: string | null;
  /** What a place is called by people. */
  readonly placeName: (path: string) => string;
  readonly onGo: (path: string) => void;
  readonly onDiscard: () => void;
  readonly children: ReactNode;
};

/** The bar; it appears with the first change. */
export function DraftBar(props: Props): ReactNode {
  const { count, problems = [], onDiscard, children } = props;
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const listId = useId();
  if (count === 0) return null;
  return (
    <section className={classes["bar"]} aria-label={t("draft.title")}>
      {open && problems.length > 0 && <ProblemList {...props} problems={problems} id={listId} />}
      <div className={classes["barText"]}>
        <span className={classes["barCount"]}>{t("draft.changes", { count })}</span>
        <span role="status">
          <CheckState {...props} open={open} listId={listId} onToggle={() => setOpen(!open)} />
        </span>
      </div>
      <div className={classes["buttons"]}>
        <Button variant="subtle" color="gray" onClick={onDiscard}>
          {t("draft.discard")}
        </Button>
        {children}
      </div>
    </section>
  );
}

type StateProps = Props & { readonly open: boolean; readonly listId: string; readonly onToggle: () => void };

function CheckState({ problems, checkFailure, open, listId, onToggle }: StateProps): ReactNode {
  const { t } = useTranslation();
  if (checkFailure !== null) return <span className={classes["error"]}>{checkFailure}</span>;
  if (!problems) {
    return (
      <span className={classes["barState"]}>
        <Loader size={14} aria-hidden /> {t("draft.checking")}
      </span>
    );
  }
  if (problems.length === 0) {
    return (
      <span className={classes["barState"]} data-tone="good">
        <IconCheck size={16} aria-hidden /> {t("draft.good")}
      </span>
    );
  }
  const tone = hasErrors(problems) ? "error" : "warning";
  return (
    <button
      type="button"
      className={`${classes["link"]} ${classes["barState"]}`}
      data-tone={tone}
      aria-expanded={open}
      aria-controls={listId}
      onClick={onToggle}
    >
      <IconAlertTriangle size={16} aria-hidden />
      {tone === "error"
        ? t("draft.problems", { count: problems.length })
        : t("draft.hints", { count: problems.length })}
    </button>
  );
}

type ListProps = Props & { readonly problems: readonly Problem[]; readonly id: string };

function ProblemList({ problems, placeName, onGo, id }: ListProps): ReactNode {
  return (
    <ul className={classes["problems"]} id={id}>
      {problems.map(({ path, problem, severity }) => (
        <li key={`${path} ${problem}`}>
          <button type="button" className={classes["link"]} data-tone={severity} onClick={() => onGo(path)}>
            {placeName(path)}
          </button>{" "}
          <span lang="en">{sentence(problem)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Starts the web UI: language first, so that nothing is ever shown in the wrong one. */
import "@fontsource-variable/inter/wght.css";
import "./styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startI18n } from "./i18n/start-i18n.ts";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no #root element.");

const i18n = await startI18n();
createRoot(root).render(
  <StrictMode>
    <App i18n={i18n} />
  </StrictMode>,
);

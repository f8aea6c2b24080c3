/** The looks of the widget, as constructable style sheets (no inline style for a CSP to refuse). */

import { unsafeCSS } from "lit";

import list from "./css/list.css?inline";
import theme from "./css/theme.css?inline";

export const styles = [unsafeCSS(theme), unsafeCSS(list)];
